import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { npmHelperFolders, npmName } from "../../../src/helpers/npm-packages.js";
import { ARCHITECTURES, OPERATING_SYSTEMS } from "../../../src/format/platform.js";

let modules: string;
let root: string;
beforeEach(() => {
  modules = join(mkdtempSync(join(tmpdir(), "flavor npm ")), "node_modules");
  root = join(modules, "flavorpack");
  mkdirSync(root, { recursive: true });
});
afterEach(() => {
  rmSync(join(modules, ".."), { recursive: true, force: true });
});

function install(name: string, where: string = modules): string {
  const folder = join(where, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version: "0.1.0" }));
  return join(folder, "helpers");
}

describe("npmHelperFolders", () => {
  it("finds nothing where no package of helpers is installed", () => {
    expect(npmHelperFolders(root)).toEqual([]);
  });

  it("finds packages beside flavorpack and inside it, builders first", () => {
    const launchers = install("@flavorpack/launchers-windows-arm64");
    const nested = install("@flavorpack/launchers-linux-amd64", join(root, "node_modules"));
    const builders = install("@flavorpack/builders-linux-amd64");
    expect(npmHelperFolders(root)).toEqual([builders, nested, launchers]);
    expect(npmHelperFolders(root, [{ kind: "launchers", platform: { os: "windows", arch: "arm64" } }])).toEqual([launchers]);
  });
});

describe("npmName", () => {
  it("gives the names that npm/table.json has", () => {
    const table = JSON.parse(readFileSync("npm/table.json", "utf8")) as { readonly platforms: object; readonly kinds: object };
    expect(Object.keys(table.platforms).sort()).toEqual(OPERATING_SYSTEMS.flatMap((os) => ARCHITECTURES.map((arch) => `${os}_${arch}`)).sort());
    expect(Object.keys(table.kinds)).toEqual(["builders", "launchers"]);
    expect(npmName({ kind: "launchers", platform: { os: "darwin", arch: "arm64" } })).toBe("@flavorpack/launchers-darwin-arm64");
  });
});
