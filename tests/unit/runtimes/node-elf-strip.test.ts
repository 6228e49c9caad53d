import { execFileSync } from "node:child_process";
import { appendFile, copyFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stripElf } from "../../../src/runtimes/elf-strip.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "strip-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.runIf(process.platform === "linux")("stripElf on the running Node", () => {
  it("makes it smaller, and what is left runs: version, Intl, crypto, workers", async () => {
    const output = join(folder, "node");
    const { before, after } = await stripElf(process.execPath, output);
    expect(before).toBe((await stat(process.execPath)).size);
    expect(after).toBe((await stat(output)).size);
    expect(after).toBeLessThanOrEqual(before);
    const program = `
      const { Worker } = require("node:worker_threads");
      new Worker("require('node:worker_threads').parentPort.postMessage(1)", { eval: true }).on("message", () =>
        console.log(process.version, new Intl.NumberFormat("de").format(1234.5), require("node:crypto").createHash("sha256").update("").digest("hex").slice(0, 8)));`;
    expect(execFileSync(output, ["-e", program], { encoding: "utf8", env: {} })).toBe(`${process.version} 1.234,5 e3b0c442\n`);
  });

  it("changes nothing of what is loaded, and removes the section headers", async () => {
    const output = join(folder, "node");
    const [original, stripped] = await Promise.all([readFile(process.execPath), readFile(output)]);
    expect(stripped.readBigUInt64LE(0x28)).toBe(0n);
    expect(stripped.readUInt32LE(0x3c)).toBe(0);
    expect(stripped.subarray(0x40).equals(original.subarray(0x40, stripped.length))).toBe(true);
    expect((await stat(output)).mode & 0o777).toBe((await stat(process.execPath)).mode & 0o777);
  });

  it("does it in place, and a second time finds nothing to remove", async () => {
    const path = join(folder, "in-place");
    await copyFile(process.execPath, path);
    const first = await stripElf(path, path);
    expect(await stripElf(path, path)).toEqual({ before: first.after, after: first.after });
  });

  it("leaves a file whole that carries data behind its last section", async () => {
    const path = join(folder, "with-payload");
    await copyFile(process.execPath, path);
    await appendFile(path, "payload that the program reads from itself");
    const { before, after } = await stripElf(path, join(folder, "kept"));
    expect(after).toBe(before);
    expect((await readFile(join(folder, "kept"))).equals(await readFile(path))).toBe(true);
  });
});

describe("stripElf on other files", () => {
  it.each([
    ["an empty file", ""],
    ["text", "#!/bin/sh\necho hello\n"],
    ["the beginning of an ELF file", "\x7fELF\x02\x01\x01"],
    ["an ELF header without program headers", `\x7fELF\x02\x01\x01${"\0".repeat(9)}\x02\0${"\0".repeat(46)}`],
    ["an ELF header whose tables lie outside", `\x7fELF\x02\x01\x01${"\0".repeat(9)}\x02\0${"\xff".repeat(46)}`],
  ])("copies %s as it is", async (name, content) => {
    const path = join(folder, name);
    await writeFile(path, content, "latin1");
    expect(await stripElf(path, `${path}.out`)).toEqual({ before: content.length, after: content.length });
    expect(await readFile(`${path}.out`, "latin1")).toBe(content);
  });
});
