import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { parsePlatform } from "../../../src/format/platform.js";
import { findBuilder, findLauncher } from "../../../src/helpers/find.js";
import { listHelpers, pickHelper } from "../../../src/helpers/list.js";

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

const builder = (language: "rust" | "go", version = "1.2.3", os = "linux_amd64") => `FLAVOR-BUILDER\0${language}\0${version}\0${os}\0`;
const digest = (text: string) => createHash("sha256").update(text).digest("hex");
/** An npm package of helpers, installed inside the package under test. */
const npm = (name: string, file: string, text: string) => {
  put(join(root, "node_modules", "@flavorpack", name, "package.json"), "{}");
  return put(join(root, "node_modules", "@flavorpack", name, "helpers", file), text);
};

describe("findLauncher", () => {
  it("searches beside the package, then the checkout, then the cache of this version", async () => {
    const cached = put(join(cacheDir, "helpers", "1.2.3", "flavor-rs-launcher-linux_amd64"), rust());
    put(join(cacheDir, "helpers", "9.9.9", "flavor-rs-launcher-linux_amd64"), rust());
    expect((await find()).path).toBe(cached);
    const built = put(join(root, "dist", "bin", "flavor-rs-launcher-linux_amd64"), rust());
    expect((await find()).path).toBe(built);
    const shipped = put(join(root, "helpers", "flavor-rs-launcher-linux_amd64"), rust());
    expect(await find()).toEqual({ name: "flavor-rs-launcher", path: shipped, sizeBytes: rust().length, marker: { role: "launcher", kind: "rust", version: "1.2.3", platform: "linux_amd64" } });
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
    await expect(find()).rejects.toMatchObject({ code: "helper-missing", message: expect.stringContaining(join(cacheDir, "helpers", "1.2.3")) as string, hint: expect.stringContaining("npm install @flavorpack/launchers-linux-amd64@1.2.3") as string });
    put(join(root, "build.sh"), "");
    put(join(root, "rust", "Cargo.toml"), "");
    await expect(find()).rejects.toMatchObject({ hint: expect.stringContaining("make build-helpers") as string });
  });

  it("refuses a path that does not exist and a launcher for another platform", async () => {
    await expect(find({ path: "nothing" })).rejects.toMatchObject({ code: "file-missing" });
    put(join(root, "arm"), rust("linux_arm64"));
    await expect(find({ path: "arm" })).rejects.toMatchObject({ code: "helper-missing", message: expect.stringContaining("linux_arm64") as string });
  });
});

describe("findLauncher, in packages of npm", () => {
  const file = "flavor-rs-launcher-linux_amd64";

  it("finds the launchers of the target, before those of the cache", async () => {
    put(join(cacheDir, "helpers", "1.2.3", file), rust());
    const shipped = npm("launchers-linux-amd64", file, rust());
    expect((await find()).path).toBe(shipped);
  });

  it("names the package that is missing", async () => {
    await expect(find({ platform: parsePlatform("windows_arm64") })).rejects.toMatchObject({ code: "helper-missing", hint: expect.stringContaining("npm install @flavorpack/launchers-windows-arm64@1.2.3") as string });
  });

  it("refuses one that the release does not name, whatever its own package says, and takes it by path", async () => {
    const path = npm("launchers-linux-amd64", file, rust());
    npm("launchers-linux-amd64", "SHA256SUMS", `${digest(rust())}  ${file}\n`);
    expect((await find()).path).toBe(path);
    put(join(root, "helpers", "SHA256SUMS"), `${digest("another")}  ${file}\n`);
    await expect(find()).rejects.toMatchObject({ code: "helper-digest-wrong" });
    expect((await find({ path })).path).toBe(path);
  });
});

describe("findLauncher, with pins", () => {
  it("refuses one in dist/bin that is not as pinned, instead of going on to the next", async () => {
    put(join(root, "dist", "bin", "flavor-rs-launcher-linux_amd64"), rust());
    put(join(root, "dist", "bin", "SHA256SUMS"), `${digest("another")}  flavor-rs-launcher-linux_amd64\n`);
    put(join(cacheDir, "helpers", "1.2.3", "flavor-rs-launcher-linux_amd64"), rust());
    await expect(find()).rejects.toMatchObject({ code: "helper-digest-wrong", message: expect.stringContaining(digest("another")) as string });
  });
});

describe.runIf(process.platform === "linux" && process.arch === "x64")("findBuilder", () => {
  const findB = (more: Partial<Parameters<typeof findBuilder>[0]> = {}) => findBuilder({ environment: {}, root, cacheDir, cwd: root, ...more });

  it("prefers the Rust one wherever it lies, and takes the language asked for", async () => {
    const go = put(join(root, "dist", "bin", "flavor-go-builder-linux_amd64"), builder("go"));
    expect((await findB()).path).toBe(go);
    const cached = put(join(cacheDir, "helpers", "1.2.3", "flavor-rs-builder-linux_amd64"), builder("rust"));
    expect((await findB()).path).toBe(cached);
    expect((await findB({ language: "go" })).path).toBe(go);
  });

  it("passes over one of another version, and says what it searched when there is no other", async () => {
    const old = put(join(root, "dist", "bin", "flavor-rs-builder-linux_amd64"), builder("rust", "1.2.2"));
    await expect(findB({ language: "rust" })).rejects.toMatchObject({ code: "helper-missing", message: expect.stringContaining(old) as string, hint: expect.stringContaining("@flavorpack/builders-linux-amd64") as string });
  });

  it("takes FLAVOR_BUILDER_BIN: a path, or a name, unless it is of another language than asked for", async () => {
    const mine = put(join(root, "mine"), builder("go", "9"));
    const go = put(join(root, "dist", "bin", "flavor-go-builder-linux_amd64"), builder("go"));
    const rs = put(join(root, "dist", "bin", "flavor-rs-builder-linux_amd64"), builder("rust"));
    expect((await findB({ environment: { FLAVOR_BUILDER_BIN: "mine" } })).path).toBe(mine);
    expect((await findB({ environment: { FLAVOR_BUILDER_BIN: mine }, language: "rust" })).path).toBe(rs);
    expect((await findB({ environment: { FLAVOR_BUILDER_BIN: "flavor-go-builder" } })).path).toBe(go);
    expect((await findB({ environment: { FLAVOR_BUILDER_BIN: "flavor-go-builder" }, language: "rust" })).path).toBe(rs);
    expect((await findB({ environment: { FLAVOR_BUILDER_BIN: "" } })).path).toBe(rs);
  });

  it("refuses a path that does not exist, a launcher, and a builder for another platform", async () => {
    put(join(root, "launcher"), rust());
    put(join(root, "arm"), builder("rust", "1.2.3", "linux_arm64"));
    await expect(findB({ environment: { FLAVOR_BUILDER_BIN: "nothing" } })).rejects.toMatchObject({ code: "file-missing" });
    await expect(findB({ environment: { FLAVOR_BUILDER_BIN: "launcher" } })).rejects.toMatchObject({ code: "helper-missing", message: expect.stringContaining("not a builder") as string });
    await expect(findB({ environment: { FLAVOR_BUILDER_BIN: "arm" } })).rejects.toMatchObject({ code: "helper-missing", message: expect.stringContaining("linux_arm64") as string });
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
    expect(pickHelper(helpers, "flavor-rs-launcher-linux_amd64", "linux_arm64")).toMatchObject({ origin: "local", pin: "none", sha256: digest(rust()) });
    expect(() => pickHelper(helpers, "flavor-rs-builder", "linux_amd64")).toThrow(expect.objectContaining({ code: "helper-missing" }) as Error);
  });

  it("picks the one for this machine among those of one name", async () => {
    for (const os of ["darwin_amd64", "linux_amd64"]) put(join(root, "dist", "bin", `flavor-rs-launcher-${os}`), rust(os));
    const helpers = await listHelpers({ environment: {}, root, cacheDir });
    expect(pickHelper(helpers, "flavor-rs-launcher", "linux_amd64").marker?.platform).toBe("linux_amd64");
    expect(pickHelper(helpers, "flavor-rs-launcher", "windows_arm64").marker?.platform).toBe("darwin_amd64");
  });
});
