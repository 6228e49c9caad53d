import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeBlob } from "../../../src/builder/blob.js";
import { openCompressor, SMALL_FRAME_BYTES } from "../../../src/builder/compressor.js";
import { silentProgress } from "../../../src/builder/progress.js";
import type { OperationName } from "../../../src/format/operations.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "streams-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function blobOf(plain: Uint8Array, chain: readonly OperationName[]) {
  const name = randomBytes(8).toString("hex");
  const source = join(folder, `${name}.plain`);
  await writeFile(source, plain);
  const options = { mtimeSeconds: 0, compressor: openCompressor(undefined, () => 0), compression: { level: 3, framePlainBytes: SMALL_FRAME_BYTES }, signal: new AbortController().signal, step: silentProgress.step("") };
  return makeBlob(source, chain, { file: join(folder, `${name}.blob`), ...options });
}

const CONTENTS: Record<string, Buffer> = {
  nothing: Buffer.alloc(0),
  "one byte": Buffer.from("a"),
  "a run of four": Buffer.from("aaaa"),
  "runs of every length": Buffer.concat(Array.from({ length: 700 }, (_, length) => Buffer.alloc(length, length % 5))),
  "one byte over and over": Buffer.alloc(2_000_000),
  "two bytes in turn": Buffer.from("ab".repeat(300_000)),
  noise: randomBytes(1_000_000),
  text: Buffer.from("the quick brown fox jumps over the lazy dog\n".repeat(25_000)),
};

describe.each([
  ["BZIP2", "bz2"],
  ["XZ", "lzma"],
  ["GZIP", "gzip"],
] as const)("a %s blob", (operation, module) => {
  it.each(Object.keys(CONTENTS))("of %s is read by Python", async (name) => {
    const plain = CONTENTS[name] ?? Buffer.alloc(0);
    const blob = await blobOf(plain, [operation]);
    expect(blob.originalSize).toBe(plain.length);
    const read = execFileSync("python3", ["-c", `import sys, ${module}; sys.stdout.buffer.write(${module}.decompress(sys.stdin.buffer.read()))`], { input: await readFile(blob.file), maxBuffer: 1 << 28 });
    expect(read.equals(plain)).toBe(true);
  });

  it("that is in this form already is stored as it is", async () => {
    const first = await blobOf(Buffer.from("content"), [operation]);
    const stored = await readFile(first.file);
    const second = await blobOf(stored, [operation]);
    expect(second).toMatchObject({ sha256: first.sha256, originalSize: 7, size: stored.length });
  });

  it("that is damaged is refused", async () => {
    const stored = await readFile((await blobOf(Buffer.from("content"), [operation])).file);
    await expect(blobOf(stored.subarray(0, -1), [operation])).rejects.toMatchObject({ code: "archive-malformed" });
    await expect(blobOf(Buffer.concat([stored, stored]), [operation])).rejects.toMatchObject({ code: "archive-malformed" });
  });
});

describe("an XZ blob", () => {
  it("has preset 6 and CRC-64", async () => {
    const stored = await readFile((await blobOf(Buffer.from("content"), ["XZ"])).file);
    expect(stored[7]).toBe(0x04);
    // A block header with the one filter LZMA2 and a dictionary of 8 MiB.
    expect(stored.subarray(12, 17).toString("hex")).toBe("0200210116");
  });
});

describe.each(["XZ", "ZSTD"] as const)("a chain of eight %s", (operation) => {
  it("asks for windows that readers take", async () => {
    const chain = Array.from({ length: 8 }, () => operation);
    const blob = await blobOf(Buffer.alloc(9 << 20, "content"), chain);
    const again = await blobOf(await readFile(blob.file), chain);
    expect(again).toMatchObject({ sha256: blob.sha256, originalSize: 9 << 20 });
  });
});
