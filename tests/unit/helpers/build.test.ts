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

describe("installHelpers and removeHelpers", () => {
  it("copies to the cache of this version, where helpers are found, and removes again", async () => {
    put(join(root, "dist", "bin", "flavor-rs-launcher-linux_amd64"), "launcher", 0o755);
    const built = await listHelpers({ environment: {}, root, cacheDir });
    const installed = await installHelpers(built, root, cacheDir);
    expect(installed).toEqual([join(cacheDir, "helpers", "1.2.3", "flavor-rs-launcher-linux_amd64")]);
    const all = await listHelpers({ environment: {}, root, cacheDir });
    expect(all).toHaveLength(2);
    expect(await removeHelpers(all)).toHaveLength(2);
    expect(installed.some(existsSync)).toBe(false);
  });
});

describe.runIf(process.platform === "linux")("checkHelper", () => {
  const check = async (name: string, script: string) => {
    put(join(root, "dist", "bin", name), `#!/bin/sh\n${script}\n`, 0o755);
    const [helper] = await listHelpers({ environment: {}, root, cacheDir });
    if (helper === undefined) throw new Error("no helper");
    return checkHelper(helper, "linux_amd64");
  };

  it("wants a launcher alone to say that it is no package", async () => {
    expect(await check("flavor-rs-launcher-linux_amd64", "echo '[not-a-package]' >&2; exit 102")).toMatchObject({ ok: true });
    expect(await check("flavor-rs-launcher-linux_amd64", "exit 0")).toMatchObject({ ok: false, detail: expect.stringContaining("found exit 0") as string });
  });

  it("wants a builder to tell its version", async () => {
    expect(await check("flavor-go-builder-linux_amd64", "echo 1.2.3")).toMatchObject({ ok: true, detail: "1.2.3" });
    expect(await check("flavor-go-builder-linux_amd64", "exit 1")).toMatchObject({ ok: false });
  });

  it("does not run what is for another platform", async () => {
    expect(await check("flavor-rs-launcher-linux_arm64", "exit 1")).toMatchObject({ ok: true, detail: "not run: it is for linux_arm64" });
  });
});
