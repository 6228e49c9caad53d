import { open, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SIZE_INDEX_BLOCK, SIZE_TRAILER } from "../../../src/format/constants.gen.js";
import { verifyPackage } from "../../../src/reader/verify.js";
import { verifyStatus } from "../../verify-status.js";
import { tinyPackage, type TinyPackage } from "../tiny-package.js";

describe("verifyPackage", () => {
  let tiny: TinyPackage;
  let bytes: Buffer;
  let copy: string;

  beforeAll(async () => {
    tiny = await tinyPackage();
    bytes = await readFile(tiny.path);
    copy = join(tiny.folder, "copy.psp");
  });
  afterAll(() => tiny.remove());

  it("accepts what the builder wrote", async () => {
    const result = await verifyPackage(tiny.path);
    expect(result).toMatchObject({ signed: true, sealed: true, keyLifetime: "publisher", packageId: tiny.packageId });
    expect(bytes.length).toBe(tiny.packageSize);
    expect(bytes.length % 16).toBe(0);
  });

  it("finds the index block after the launcher and in the trailer, and box and wand at the end", () => {
    const launcherSize = Number(bytes.readBigUInt64LE(bytes.length - SIZE_TRAILER + 4 + 16));
    const copyA = bytes.subarray(launcherSize, launcherSize + SIZE_INDEX_BLOCK);
    expect(copyA.equals(bytes.subarray(bytes.length - 4 - SIZE_INDEX_BLOCK, bytes.length - 4))).toBe(true);
    expect(bytes.subarray(-8).toString("utf8")).toBe("\u{1f4e6}\u{1fa84}");
  });

  it("detects a change of any single byte of the file", { timeout: 240_000 }, async () => {
    await writeFile(copy, bytes);
    const file = await open(copy, "r+");
    const undetected: number[] = [];
    try {
      for (let at = 0; at < bytes.length; at += 1) {
        const original = bytes[at] ?? 0;
        await file.write(Uint8Array.of(original ^ (1 << at % 8)), 0, 1, at);
        if ((await verifyStatus(copy)) === 0) undetected.push(at);
        await file.write(Uint8Array.of(original), 0, 1, at);
      }
    } finally {
      await file.close();
    }
    expect(undetected).toEqual([]);
    expect(await verifyStatus(copy)).toBe(0);
  });

  it("refuses truncation at every length", { timeout: 240_000 }, async () => {
    await writeFile(copy, bytes);
    const accepted: number[] = [];
    for (let length = bytes.length - 1; length >= 0; length -= 1) {
      await truncate(copy, length);
      if ((await verifyStatus(copy)) !== 10) accepted.push(length);
    }
    expect(accepted).toEqual([]);
  });

  it.each([1, 8, 16, 8192])("refuses %d bytes after the end", async (count) => {
    await writeFile(copy, Buffer.concat([bytes, Buffer.alloc(count)]));
    expect(await verifyStatus(copy)).toBe(10);
  });
});
