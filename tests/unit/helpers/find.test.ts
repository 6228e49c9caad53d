import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { parsePlatform } from "../../../src/format/platform.js";
import { findLauncher } from "../../../src/helpers/find.js";
import { helperDigest, listHelpers, pickHelper } from "../../../src/helpers/list.js";

const platform = parsePlatform("linux_amd64");
let root = "";
let cacheDir = "";

function put(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), "flavor-find-"));
  root = join(folder, "root");
  cacheDir = join(folder, "cache");
  put(join(root, "version.txt"), "1.2.3\n");
});

const find = (more: Partial<Parameters<typeof findLauncher>[0]> = {}) => findLauncher({ platform, environment: {}, root, cacheDir, cwd: root, ...more });
const rust = (os = "linux_amd64") => `\x7fELF FLAVOR-LAUNCHER\0rust\x001.2.3\0${os}\0`;

describe("findLauncher", () => {
  it("searches beside the package, then the checkout, then the cache of this version", async () => {
    const cached = put(join(cacheDir, "helpers", "1.2.3", "flavor-rs-launcher-linux_amd64"), rust());
    put(join(cacheDir, "helpers", "9.9.9", "flavor-rs-launcher-linux_amd64"), rust());
    expect((await find()).path).toBe(cached);
    const built = put(join(root, "dist", "bin", "flavor-rs-launcher-linux_amd64"), rust());
    expect((await find()).path).toBe(built);
    const shipped = put(join(root, "helpers", "flavor-rs-launcher-linux_amd64"), rust());
    expect(await find()).toEqual({ name: "flavor-rs-launcher", path: shipped, sizeBytes: rust().length, marker: { kind: "rust", version: "1.2.3", platform: "linux_amd64" } });
  });

  it("takes a given path, a path from the environment, and a name", async () => {
    put(join(root, "dist", "bin", "flavor-rs-launcher-linux_amd64"), rust());
    const go = put(join(root, "dist", "bin", "flavor-go-launcher-linux_amd64"), "unmarked");
    const mine = put(join(root, "mine"), "unmarked");
    expect((await find({ path: "mine" })).path).toBe(mine);
    expect((await find({ environment: { FLAVOR_LAUNCHER_BIN: mine } })).path).toBe(mine);
    expect((await find({ path: "flavor-go-launcher" })).path).toBe(go);
    expect((await find({ name: "flavor-go-launcher" })).path).toBe(go);
    expect((await find({ environment: { FLAVOR_LAUNCHER_BIN: "" } })).name).toBe("flavor-rs-launcher");
  });

  it("lists every place when there is none", async () => {
    await expect(find()).rejects.toMatchObject({ code: "helper-missing", message: expect.stringContaining(join(cacheDir, "helpers", "1.2.3")) as string, hint: expect.stringContaining("make build-helpers") as string });
  });

  it("refuses a path that does not exist and a launcher for another platform", async () => {
    await expect(find({ path: "nothing" })).rejects.toMatchObject({ code: "file-missing" });
    put(join(root, "arm"), rust("linux_arm64"));
    await expect(find({ path: "arm" })).rejects.toMatchObject({ code: "helper-missing", message: expect.stringContaining("linux_arm64") as string });
  });
});

describe("listHelpers", () => {
  it("lists helpers of every platform and nothing else", async () => {
    put(join(root, "dist", "bin", "flavor-rs-launcher-linux_amd64"), rust());
    put(join(root, "dist", "bin", "flavor-go-builder-windows_amd64.exe"), "MZ");
    put(join(root, "dist", "bin", "notes.txt"), "");
    const helpers = await listHelpers({ environment: {}, root, cacheDir });
    expect(helpers.map(({ name, role, language }) => [name, role, language])).toEqual([
      ["flavor-go-builder", "builder", "go"],
      ["flavor-rs-launcher", "launcher", "rust"],
    ]);
    expect(await helperDigest(pickHelper(helpers, "flavor-rs-launcher"))).toMatch(/^[0-9a-f]{64}$/);
    expect(() => pickHelper(helpers, "flavor-rs-builder")).toThrow(expect.objectContaining({ code: "helper-missing" }) as Error);
  });
});
