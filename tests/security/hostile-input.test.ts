/** What a package says about itself, and what is no package at all, in the hands of the tools that look at it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compress } from "@cloudpss/zstd";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { extractSlot } from "../../src/reader/extract.js";
import { openPackage } from "../../src/reader/open.js";
import { demoParts, makePackage, readLauncher, tar, tarFile, tarHeader, type JsonObject } from "./damage.js";

const CLI = fileURLToPath(new URL("../../dist/js/cli/main.js", import.meta.url));
const COMMANDS = "\u001b]0;t\u0007\u001b[2J\u009b2J\u202e\nsigner  somebody";
// eslint-disable-next-line no-control-regex -- what a terminal obeys
const OBEYED = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]|^signer {2}somebody/m;

let folder: string;
let launcher: Uint8Array;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hostile-"));
  launcher = readLauncher();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function flavor(...words: string[]) {
  return spawnSync(process.execPath, [CLI, ...words], { encoding: "utf8", timeout: 20_000, env: { HOME: folder, FLAVOR_CACHE: folder } });
}

/** Every string that a builder would not write. */
function rename(document: JsonObject): void {
  const inside = (key: string) => document[key] as JsonObject;
  Object.assign(inside("package"), { name: COMMANDS, version: COMMANDS, description: COMMANDS });
  Object.assign(inside("execution"), { argv: [COMMANDS], command: COMMANDS, entry: "x", entries: { "x\u001b[5m": { argv: [COMMANDS] } }, env: { "A\u001b[5m": COMMANDS } });
  Object.assign(inside("build"), { tool: COMMANDS, tool_version: COMMANDS, timestamp: COMMANDS });
  Object.assign(inside("launcher"), { tool: COMMANDS, tool_version: COMMANDS, platform: COMMANDS });
  document["requirements"] = { libc: COMMANDS, libc_version: COMMANDS };
  document["runtime"] = { env: { unset: [COMMANDS] } };
  Object.assign((document["slots"] as readonly JsonObject[])[2] ?? {}, { target: COMMANDS, purpose: COMMANDS });
}

describe("text of a package", () => {
  it("does not command the terminal that shows it", () => {
    const file = join(folder, "commands.psp");
    writeFileSync(file, makePackage({ launcher, parts: demoParts(), metadata: rename }), { mode: 0o755 });
    for (const words of [["inspect", file], ["verify", file], ["extract", file, "2", join(folder, "raw")]]) {
      const { status, stdout, stderr } = flavor(...words);
      expect({ words, status, obeyed: OBEYED.exec(stdout + stderr) }).toEqual({ words, status: 0, obeyed: null });
    }
    for (const command of ["info", "trust", "cache", "verify"]) {
      const { stdout, stderr } = spawnSync(file, [command], { encoding: "utf8", env: { FLAVOR_LAUNCHER_CLI: "1", FLAVOR_CACHE: folder } });
      expect({ command, obeyed: OBEYED.exec(stdout + stderr) }).toEqual({ command, obeyed: null });
      expect(stdout).not.toBe("");
    }
    const { stderr } = spawnSync(file, [], { encoding: "utf8", env: { FLAVOR_CACHE: join(folder, "start") } });
    expect(OBEYED.exec(stderr)).toBe(null);
  });
});

describe("files that are no packages", () => {
  it("a pipe that nobody writes to is refused and not waited for", () => {
    const pipe = join(folder, "pipe");
    spawnSync("mkfifo", [pipe]);
    expect(flavor("verify", pipe)).toMatchObject({ status: 106, stderr: expect.stringContaining("[file-unreadable]") as string });
  });
});

describe("extracting", () => {
  const options = { force: false, signal: new AbortController().signal };

  async function extracted(operations: string, plain: Uint8Array, more: object = {}): Promise<void> {
    const file = join(folder, "extract.psp");
    writeFileSync(file, makePackage({ launcher: new Uint8Array(16), parts: [{ id: "slot", target: operations.startsWith("tar") ? "." : "file", operations, plain, permissions: operations.startsWith("tar") ? 0 : 0o644, ...more }] }));
    const pkg = await openPackage(file);
    try {
      await extractSlot(pkg, 0, join(folder, "extracted"), options);
    } finally {
      await pkg.close();
      rmSync(join(folder, "extracted"), { recursive: true, force: true });
    }
  }

  it("a zstd bomb is stopped before it is in memory", async () => {
    const stored = compress(Buffer.alloc(256 << 20), 3);
    const before = process.resourceUsage().maxRSS;
    await expect(extracted("zstd", new Uint8Array(), { stored, originalSize: 1000 })).rejects.toMatchObject({ code: "archive-malformed" });
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(200 * 1024);
  });

  it.each([
    ["two zero blocks are missing at the end", tarFile("a", "x"), "archive-malformed"],
    ["the filling of a block is not zero", tar(Buffer.concat([tarHeader("a", { size: 1 }), Buffer.alloc(512, "x")])), "archive-malformed"],
    ["an extension has no entry", tar(tarHeader("././@LongLink", { type: "L", size: 3 }), Buffer.from("abc".padEnd(512, "\0"))), "archive-malformed"],
    ["a file's name ends as a directory's", tar(tarHeader("a/", { type: "0" })), "path-unsafe"],
    ["a name is empty", tar(tarHeader("", { type: "5" })), "path-unsafe"],
    ["a link climbs after a name", tar(tarHeader("d/", { type: "5" }), tarHeader("d/up", { type: "2", link: ".." }), tarHeader("l", { type: "2", link: "d/up/.." })), "link-unsafe"],
    ["the magic is cut", tar(Buffer.concat([tarHeader("a").fill(0, 262, 265)])), "archive-malformed"],
  ])("refuses an archive where %s", async (_, plain, code) => {
    await expect(extracted("tar", plain)).rejects.toMatchObject({ code });
  });
});
