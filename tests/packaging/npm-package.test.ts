/** The npm package as a user gets it: packed, installed elsewhere, imported, and run. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHECKOUT, workFolder } from "./packing.js";

const folder = workFolder();
const project = join(folder.path, "project");
afterAll(() => {
  folder.remove();
});

beforeAll(() => {
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder.path], { cwd: CHECKOUT, stdio: ["ignore", "ignore", "inherit"] });
  const tarball = readdirSync(folder.path).find((name) => name.endsWith(".tgz")) ?? "";
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "name": "user", "private": true, "type": "module" }');
  execFileSync("npm", ["install", "--silent", "--no-fund", "--no-audit", join(folder.path, tarball)], { cwd: project, stdio: ["ignore", "ignore", "inherit"] });
});

describe("the npm package", () => {
  it("packs, opens and verifies from a program that imports it", () => {
    writeFileSync(join(project, "hello.sh"), "#!/bin/sh\necho hello\n", { mode: 0o755 });
    writeFileSync(join(project, "flavor.json"), JSON.stringify({ package: { name: "hello", version: "1" }, execution: { argv: ["/bin/sh", "{workenv}/hello.sh"] }, slots: [{ id: "script", source: "hello.sh", target: "hello.sh" }] }));
    writeFileSync(
      join(project, "main.ts"),
      `import { openPackage, pack, silentProgress, verify, type PackRequest, type VerifyResult } from "flavorpack";
const request: PackRequest = { source: "flavor.json", cwd: process.cwd(), output: "hello.psp", verify: true, force: true, dryRun: false, compression: "default", options: {}, offline: false, environment: process.env, progress: silentProgress, signal: new AbortController().signal };
const packed = await pack(request);
const result: VerifyResult = await verify("hello.psp");
const pkg = await openPackage("hello.psp");
console.log(JSON.stringify({ kind: packed.kind, id: result.packageId === (packed.kind === "packed" ? packed.packageId : ""), name: pkg.metadata.package.name }));
await pkg.close();
`,
    );
    execFileSync(process.execPath, [join(CHECKOUT, "node_modules", "typescript", "bin", "tsc"), "--module", "nodenext", "--target", "es2022", "--strict", "--types", "node", "--typeRoots", join(CHECKOUT, "node_modules", "@types"), "main.ts"], { cwd: project, stdio: "inherit" });
    const launcher = join(CHECKOUT, "dist", "bin", "flavor-rs-launcher-linux_amd64");
    const output = execFileSync(process.execPath, ["main.js"], { cwd: project, encoding: "utf8", env: { ...process.env, FLAVOR_LAUNCHER_BIN: launcher } });
    expect(JSON.parse(output)).toEqual({ kind: "packed", id: true, name: "hello" });
    expect(execFileSync(join(project, "hello.psp"), { encoding: "utf8", env: { FLAVOR_CACHE: join(folder.path, "cache") } })).toBe("hello\n");
  });

  it("brings the command line, and finds launchers put beside it", () => {
    const cli = join(project, "node_modules", ".bin", "flavor");
    expect(execFileSync(cli, ["--version"], { encoding: "utf8" })).toMatch(/^flavor \d+\.\d+\.\d+/);
    cpSync(join(CHECKOUT, "dist", "bin"), join(project, "node_modules", "flavorpack", "helpers"), { recursive: true });
    const listed = JSON.parse(execFileSync(cli, ["helpers", "list", "--json"], { encoding: "utf8" })) as unknown;
    expect(JSON.stringify(listed)).toContain("flavor-rs-launcher");
  });
});
