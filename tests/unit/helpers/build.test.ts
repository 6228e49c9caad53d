import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { buildHelpers, installHelpers, removeHelpers } from "../../../src/helpers/build.js";
import { checkHelper } from "../../../src/helpers/check.js";
import { listHelpers } from "../../../src/helpers/list.js";

let root = "";
let cacheDir = "";

function put(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "flavor-build-"));
  cacheDir = join(root, "cache");
  put(join(root, "version.txt"), "1.2.3\n");
});

const build = (language: "rust" | "go" | "all" = "rust") =>
  buildHelpers({ root, language, environment: { PATH: process.env["PATH"] }, signal: new AbortController().signal, quiet: true });

describe("buildHelpers", () => {
  it("runs build.sh of a checkout with the language", async () => {
    put(join(root, "rust", "Cargo.toml"), "");
    put(join(root, "build.sh"), 'echo "$1" > built\n');
    await build("rust");
    expect(readFileSync(join(root, "built"), "utf8")).toBe("rust\n");
  });

  it("tells a failed build from a missing checkout", async () => {
    await expect(build()).rejects.toMatchObject({ code: "tool-missing" });
    put(join(root, "rust", "Cargo.toml"), "");
    put(join(root, "build.sh"), "exit 3\n");
    await expect(build("go")).rejects.toMatchObject({ code: "build-failed", message: expect.stringContaining("exit status 3") as string });
  });
});

const marked = (name: string, platform = "linux_amd64") => `FLAVOR-${name.includes("builder") ? "BUILDER" : "LAUNCHER"}\0${name.includes("-go-") ? "go" : "rust"}\x001.2.3\0${platform}\0`;
const list = () => listHelpers({ environment: {}, root, cacheDir });

describe("installHelpers and removeHelpers", () => {
  it("copies to the cache of this version, with pins, where helpers are found, and removes both again", async () => {
    put(join(root, "dist", "bin", "flavor-rs-launcher-linux_amd64"), "launcher", 0o755);
    put(join(cacheDir, "helpers", "1.2.3", "SHA256SUMS"), `${"0".repeat(64)}  flavor-rs-launcher-linux_amd64\n${"1".repeat(64)}  flavor-go-launcher-linux_amd64\n`);
    const installed = await installHelpers(await list(), root, cacheDir);
    expect(installed).toEqual([join(cacheDir, "helpers", "1.2.3", "flavor-rs-launcher-linux_amd64")]);
    const all = await list();
    expect(all.map(({ origin, pin }) => [origin, pin])).toEqual([
      ["local", "none"],
      ["cache", "right"],
    ]);
    expect(await removeHelpers(all)).toHaveLength(2);
    expect(installed.some(existsSync)).toBe(false);
    expect(readFileSync(join(cacheDir, "helpers", "1.2.3", "SHA256SUMS"), "utf8")).toBe(`${"1".repeat(64)}  flavor-go-launcher-linux_amd64\n`);
  });

  it("does not remove what came with the package", async () => {
    put(join(root, "helpers", "flavor-rs-launcher-linux_amd64"), "launcher", 0o755);
    expect(await removeHelpers(await list())).toEqual([]);
  });
});

describe.runIf(process.platform === "linux")("checkHelper", () => {
  /** A script that carries the marker of a helper behind its `exit`. */
  const check = async (name: string, script: string, marker = marked(name)) => {
    put(join(root, "dist", "bin", `${name}-linux_amd64`), `#!/bin/sh\n${script}\nexit\n${marker}`, 0o755);
    const [helper] = await list();
    if (helper === undefined) throw new Error("no helper");
    return checkHelper(helper, "linux_amd64");
  };

  it("asks a launcher for its version in the launcher's own command line, a builder with --version", async () => {
    expect(await check("flavor-rs-launcher", '[ "$FLAVOR_LAUNCHER_CLI $*" = "1 version" ] && echo flavor-rs-launcher 1.2.3 linux_amd64')).toMatchObject({ ok: true, detail: "flavor-rs-launcher 1.2.3 linux_amd64" });
    expect(await check("flavor-go-builder", '[ "$*" = --version ] && echo flavor-go-builder 1.2.3 linux_amd64')).toMatchObject({ ok: true });
  });

  it.each([
    ["fails", "exit 3"],
    ["says another version", "echo flavor-rs-launcher 1.2.4 linux_amd64"],
    ["says more", "echo flavor-rs-launcher 1.2.3 linux_amd64; echo warning >&2"],
  ])("refuses a helper that %s", async (_, script) => {
    expect(await check("flavor-rs-launcher", script)).toMatchObject({ ok: false, detail: expect.stringContaining("expected") as string });
  });

  it("does not run what is for another platform, what is not what its name says, and what is not as pinned", async () => {
    const trap = join(root, "ran");
    const run = `touch '${trap}'`;
    expect(await check("flavor-rs-launcher", run, "none")).toMatchObject({ ok: false, detail: expect.stringContaining("no marker") as string });
    expect(await check("flavor-rs-launcher", run, marked("flavor-go-launcher"))).toMatchObject({ ok: false, detail: expect.stringContaining("flavor-go-launcher") as string });
    expect(await check("flavor-rs-launcher", run, marked("flavor-rs-launcher", "linux_arm64"))).toMatchObject({ ok: false });
    put(join(root, "dist", "bin", "SHA256SUMS"), `${"0".repeat(64)}  flavor-rs-launcher-linux_amd64\n`);
    expect(await check("flavor-rs-launcher", run)).toMatchObject({ ok: false, detail: expect.stringContaining("digest") as string });
    const [helper] = await list();
    if (helper === undefined) throw new Error("no helper");
    expect(await checkHelper({ ...helper, pin: "none", path: join(root, "flavor-rs-launcher"), marker: { role: "launcher", kind: "rust", version: "1.2.3", platform: "linux_arm64" } }, "linux_amd64")).toMatchObject({ ok: true, detail: "not run: it is for linux_arm64" });
    expect(existsSync(trap)).toBe(false);
  });
});
