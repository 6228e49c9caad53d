import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentProgress } from "../../../src/builder/progress.js";
import { hostPlatform } from "../../../src/format/platform.js";
import { isNodePath, resolveNodeRuntime, type NodeRuntimeContext } from "../../../src/runtimes/node.js";
import { npmEnvironment, npmFailure } from "../../../src/runtimes/node-npm.js";
import { registryPackage } from "../../../src/runtimes/node-registry.js";

const HOST = hostPlatform(process.platform, process.arch);
const MAJOR = process.versions.node.split(".")[0] ?? "";
let folder: string;
let notices: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "node-runtime-"));
  notices = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Offline and without npm: nothing leaves the machine. */
function context(changes: Partial<NodeRuntimeContext> = {}): NodeRuntimeContext {
  const progress = { ...silentProgress, notice: (text: string) => notices.push(text) };
  return { stagingDir: folder, cacheDir: join(folder, "cache"), target: HOST, offline: true, environment: { PATH: "" }, progress, signal: new AbortController().signal, ...changes };
}

async function fillCache(version: string, content: string): Promise<string> {
  const name = registryPackage(HOST);
  const place = join(folder, "cache", "runtimes", `${name}-${version}-0123456789abcdef`);
  await mkdir(join(place, "bin"), { recursive: true });
  const file = join(place, "bin", process.platform === "win32" ? "node.exe" : "node");
  await writeFile(file, content);
  await writeFile(join(place, "runtime.json"), JSON.stringify({ package: name, version, integrity: "sha512-x", sha256: createHash("sha256").update(content).digest("hex") }));
  return file;
}

describe("resolveNodeRuntime", () => {
  it("copies the running Node when nothing else is to be had, and says so", async () => {
    const runtime = await resolveNodeRuntime({}, context());
    expect(runtime.version).toBe(process.versions.node);
    expect((await stat(runtime.file)).mode & 0o111).not.toBe(0);
    expect(notices).toEqual([expect.stringContaining("a copy of the running one (offline; the cache has none")]);
  });

  it("takes the cache's newest that fits", async () => {
    await fillCache(`${MAJOR}.0.1`, "old");
    const newer = await fillCache(`${MAJOR}.0.2`, "new");
    await fillCache("4.0.0", "another line");
    const runtime = await resolveNodeRuntime({ engines: `>=4` }, context());
    expect(runtime).toMatchObject({ file: newer, version: `${MAJOR}.0.2`, origin: `npm:${registryPackage(HOST)}@${MAJOR}.0.2` });
  });

  it("uses the cache when npm is missing, with a notice", async () => {
    await fillCache(`${MAJOR}.0.1`, "cached");
    await resolveNodeRuntime({}, context({ offline: false }));
    expect(notices[0]).toMatch(/npm was not found on PATH; using the cached Node/u);
  });

  it("throws a damaged cache entry away", async () => {
    const file = await fillCache(`${MAJOR}.0.1`, "cached");
    await writeFile(file, "damaged");
    expect((await resolveNodeRuntime({}, context())).origin).toBe("the running Node");
    await expect(stat(file)).rejects.toThrow();
  });

  it("takes a file, or a folder with bin/node, whatever its version", async () => {
    const runtime = await resolveNodeRuntime({ asked: process.execPath, engines: ">=99" }, context());
    expect(runtime).toMatchObject({ version: process.versions.node, origin: process.execPath });
    await mkdir(join(folder, "given", "bin"), { recursive: true });
    await writeFile(join(folder, "given", "bin", "node"), `#!/bin/sh\nexec "${process.execPath}" "$@"\n`);
    await chmod(join(folder, "given", "bin", "node"), 0o755);
    // A version manager's shim: the binary behind it is taken.
    const shimmed = await resolveNodeRuntime({ asked: "./given", folder }, context());
    expect(shimmed.origin).toBe(process.execPath);
    expect((await readFile(shimmed.file)).subarray(0, 2).toString()).not.toBe("#!");
  });

  it.each([
    ["a path that is not there", { asked: "./nowhere/node" }, {}, "file-missing"],
    ["a folder without Node", { asked: "./" }, {}, "file-missing"],
    ["a version that nobody has", { asked: "99" }, {}, "runtime-missing"],
    ["a range that the running Node does not fit", { engines: "<1" }, {}, "runtime-missing"],
    ["another platform without network and cache", {}, { target: { os: "windows", arch: "arm64" } }, "runtime-missing"],
    ["text that is no version", { asked: "newest" }, {}, "manifest-invalid"],
  ] as const)("refuses %s", async (_, request, changes, code) => {
    await expect(resolveNodeRuntime({ folder, ...request }, context(changes))).rejects.toMatchObject({ code });
  });

  it("refuses a binary of another platform", async () => {
    const header = Buffer.alloc(4096);
    header.write("MZ", 0);
    header.writeUInt32LE(0x80, 0x3c);
    header.writeUInt16LE(0x8664, 0x84);
    await writeFile(join(folder, "node.exe"), header);
    const target = { os: "linux", arch: HOST.arch === "amd64" ? "arm64" : "amd64" } as const;
    await expect(resolveNodeRuntime({ asked: join(folder, "node.exe") }, context({ target }))).rejects.toMatchObject({ code: "platform-unfit", message: expect.stringContaining("windows_amd64") as string });
  });

  it("tells paths from versions", () => {
    expect(["./node", "/usr/bin/node", "bin/node", "..", "C:\\node.exe", "node.exe"].map(isNodePath)).toEqual([true, true, true, true, true, true]);
    expect(["22", "v22.1.0", ">=20", "^20 || ^22", "lts/*", "node"].map(isNodePath)).toEqual([false, false, false, false, false, false]);
  });
});

describe("npm's words", () => {
  it("are read from JSON, or from the error lines", () => {
    expect(npmFailure({ status: 1, stdout: '{"error":{"code":"E404","summary":"Not\\nfound","detail":"d"}}', stderr: "" })).toEqual({ code: "E404", summary: "Not found" });
    expect(npmFailure({ status: 1, stdout: "", stderr: "npm error code ETARGET\nnpm error notarget No matching version\nnpm error A complete log of this run can be found in: x\n" })).toEqual({ code: "ETARGET", summary: "notarget No matching version" });
    expect(npmFailure({ status: 7, stdout: "", stderr: "" }).summary).not.toBe("");
  });

  it("are asked in an environment without the traces of an outer npm", () => {
    const environment = { PATH: "p", npm_config_registry: "r", npm_config_local_prefix: "x", npm_package_name: "x", npm_lifecycle_event: "x", NODE_OPTIONS: "x", INIT_CWD: "x", HTTPS_PROXY: "h" };
    expect(npmEnvironment(environment)).toEqual({ PATH: "p", npm_config_registry: "r", HTTPS_PROXY: "h" });
  });
});
