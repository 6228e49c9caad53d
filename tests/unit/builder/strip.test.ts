import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stripLauncher } from "../../../src/builder/strip.js";

const HEADER = 64;
const PROGRAM_HEADER = 56;
const LOADED = 400;

/** An ELF file of two segments, the second a note that lies behind what is loaded, then something that nobody loads. */
function elf(): Buffer {
  const file = Buffer.alloc(1000, 0x5a);
  Buffer.from("7f454c460201010000000000000000000200", "hex").copy(file);
  file.writeBigUInt64LE(BigInt(HEADER), 0x20);
  file.writeBigUInt64LE(900n, 0x28);
  file.writeUInt16LE(PROGRAM_HEADER, 0x36);
  file.writeUInt16LE(2, 0x38);
  file.writeUInt16LE(64, 0x3a);
  file.writeUInt16LE(3, 0x3c);
  file.writeUInt16LE(2, 0x3e);
  for (const [position, type, offset, size] of [
    [0, 1, 100, LOADED - 100],
    [1, 4, 500, 20],
  ] as const) {
    const at = HEADER + position * PROGRAM_HEADER;
    file.writeUInt32LE(type, at);
    file.writeBigUInt64LE(BigInt(offset), at + 8);
    file.writeBigUInt64LE(BigInt(size), at + 0x20);
  }
  return file;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "strip-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function strip(content: Uint8Array) {
  const input = join(folder, "in");
  await writeFile(input, content);
  await chmod(input, 0o555);
  const dropped = await stripLauncher(input, join(folder, "out"));
  await chmod(input, 0o755);
  return { dropped, bytes: await readFile(join(folder, "out")) };
}

describe("stripLauncher", () => {
  it("cuts at the end of the last PT_LOAD and zeroes three fields, nothing else", async () => {
    const expected = elf().subarray(0, LOADED);
    expected.fill(0, 0x28, 0x30);
    expected.fill(0, 0x3c, 0x40);
    const { dropped, bytes } = await strip(elf());
    expect(dropped).toBe(600);
    expect(bytes.equals(expected)).toBe(true);
  });

  it.each([
    ["is no ELF file", () => Buffer.from("#!/bin/sh\nexit 0\n")],
    ["already ends with what is loaded", () => elf().subarray(0, LOADED)],
    ["is empty", () => Buffer.alloc(0)],
    ["has its program headers outside of itself", () => {
      const file = elf();
      file.writeBigUInt64LE(1n << 60n, 0x20);
      return file;
    }],
  ])("leaves a file alone that %s", async (_, content) => {
    expect(await strip(content())).toEqual({ dropped: 0, bytes: content() });
  });
});
