import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeBlob } from "../../../src/builder/blob.js";
import { openCompressor, SMALL_FRAME_BYTES } from "../../../src/builder/compressor.js";
import { silentProgress } from "../../../src/builder/progress.js";
import { LIMIT_FRAME_PLAIN_BYTES, LIMIT_FRAME_STORED_BYTES } from "../../../src/format/constants.gen.js";
import type { OperationChain } from "../../../src/format/operations.js";
import { DEFAULT_MTIME_SECONDS } from "../../../src/format/tar.js";
import { decodeFrameHeader } from "../../../src/reader/frames.js";
import { tinyPackage } from "../tiny-package.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "builder-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function blob(source: string, chain: OperationChain, name: string) {
  const compressor = openCompressor(undefined, () => 0);
  try {
    return await makeBlob(source, chain, { file: join(folder, name), mtimeSeconds: DEFAULT_MTIME_SECONDS, compressor, compression: { level: 3, framePlainBytes: SMALL_FRAME_BYTES }, signal: new AbortController().signal, step: silentProgress.step("") });
  } finally {
    await compressor.close();
  }
}

async function writeTree(root: string, mode: number, mtime: number): Promise<void> {
  await mkdir(join(root, "b", "c"), { recursive: true });
  await mkdir(join(root, "a-b"));
  const long = join(root, "b", "x".repeat(120));
  for (const path of [join(root, "b", "z"), join(root, "b-"), long, join(root, "Ünïcødé 名前")]) {
    await writeFile(path, `content of ${path.slice(root.length)}`);
    await chmod(path, mode);
    await utimes(path, mtime, mtime);
  }
  await symlink("../b-", join(root, "b", "link"));
}

describe("makeBlob", () => {
  it("archives a folder to the same bytes whatever its times and exact modes are, and tar reads them", async () => {
    await writeTree(join(folder, "one"), 0o640, 1_000_000);
    await writeTree(join(folder, "two"), 0o606, 2_000_000);
    const [first, second] = [await blob(join(folder, "one"), ["TAR"], "1.tar"), await blob(join(folder, "two"), ["TAR"], "2.tar")];
    expect(first.sha256).toBe(second.sha256);
    const listed = execFileSync("tar", ["--quoting-style=literal", "-tf", first.file], { encoding: "utf8", env: { LC_ALL: "C.UTF-8", PATH: process.env["PATH"] } }).trim().split("\n");
    expect(listed).toEqual(["a-b/", "b/", "b-", "b/c/", "b/link", `b/${"x".repeat(120)}`, "b/z", "Ünïcødé 名前"]);
  });

  it("stores an archive that is in the form asked for as it is, and refuses one that is not", async () => {
    await writeTree(join(folder, "tree"), 0o644, 0);
    const made = await blob(join(folder, "tree"), ["TAR", "GZIP"], "made.tgz");
    const taken = await blob(made.file, ["TAR", "GZIP"], "unused");
    expect(taken).toEqual(made);
    await writeFile(join(folder, "bad.tgz"), "no gzip");
    await expect(blob(join(folder, "bad.tgz"), ["TAR", "GZIP"], "unused")).rejects.toThrow(expect.objectContaining({ code: "archive-malformed" }));
  });

  it("cuts a large archive into frames that declare their size and that zstd reads as one stream", async () => {
    await mkdir(join(folder, "tree"));
    await writeFile(join(folder, "tree", "big"), Buffer.alloc(2 * SMALL_FRAME_BYTES + 12345, "0123456789abcdef\n"));
    await writeFile(join(folder, "tree", "small"), "x");
    const tar = await blob(join(folder, "tree"), ["TAR"], "plain.tar");
    const made = await blob(join(folder, "tree"), ["TAR", "ZSTD"], "made.zst");
    expect(made.originalSize).toBe(tar.size);
    expect(made.frames?.map(({ first }) => first)).toEqual([0, null, expect.any(Number)]);
    const bytes = await readFile(made.file);
    for (const frame of made.frames ?? []) {
      expect(frame.plain % 512).toBe(0);
      expect(decodeFrameHeader(bytes.subarray(frame.offset))).toMatchObject({ contentSize: BigInt(frame.plain), hasDictionary: false });
    }
    const again = await blob(made.file, ["TAR", "ZSTD"], "unused");
    expect(again).toMatchObject({ sha256: made.sha256, originalSize: made.originalSize });
  });

  it("falls back to small frames for what does not compress", async () => {
    await writeFile(join(folder, "random"), randomBytes(20 * 1024 * 1024));
    const compressor = openCompressor(undefined, () => 0);
    const large = { level: 1, framePlainBytes: LIMIT_FRAME_PLAIN_BYTES - 512 };
    await mkdir(join(folder, "tree"));
    await rename(join(folder, "random"), join(folder, "tree", "random"));
    const options = { file: join(folder, "out"), mtimeSeconds: 0, compressor, compression: large, signal: new AbortController().signal, step: silentProgress.step("") };
    const made = await makeBlob(join(folder, "tree"), ["TAR", "ZSTD"], options);
    await compressor.close();
    expect(made.frames?.every((frame) => frame.size <= LIMIT_FRAME_STORED_BYTES && frame.plain <= SMALL_FRAME_BYTES)).toBe(true);
    expect(made.frames?.at(-1)?.offset).toBe(made.size - (made.frames?.at(-1)?.size ?? 0));
  });

  it("uses cached frames only when they are whole", async () => {
    await mkdir(join(folder, "tree"));
    await writeFile(join(folder, "tree", "file"), "content");
    const cached = async () => {
      const compressor = openCompressor(join(folder, "cache"), () => 1000);
      const options = { file: join(folder, `${Math.random()}`), mtimeSeconds: DEFAULT_MTIME_SECONDS, compressor, compression: { level: 3, framePlainBytes: SMALL_FRAME_BYTES }, signal: new AbortController().signal, step: silentProgress.step("") };
      const made = await makeBlob(join(folder, "tree"), ["TAR", "ZSTD"], options);
      await compressor.close();
      return made.sha256;
    };
    const first = await cached();
    const [name = ""] = await readdir(join(folder, "cache", "frames"));
    expect(await cached()).toBe(first);
    await writeFile(join(folder, "cache", "frames", name), "torn");
    expect(await cached()).toBe(first);
  });

  it("stops when it is interrupted", async () => {
    await writeFile(join(folder, "file"), Buffer.alloc(3_000_000));
    const compressor = openCompressor(undefined, () => 0);
    const signal = AbortSignal.abort();
    await expect(makeBlob(join(folder, "file"), ["GZIP"], { file: join(folder, "out"), mtimeSeconds: 0, compressor, compression: { level: 3, framePlainBytes: SMALL_FRAME_BYTES }, signal, step: silentProgress.step("") })).rejects.toThrow(
      expect.objectContaining({ code: "interrupted" }),
    );
    await compressor.close();
  });
});

describe("buildPackage", () => {
  it("writes identical bytes from identical inputs in different folders", async () => {
    const [one, two] = [await tinyPackage(), await tinyPackage()];
    try {
      expect(one.folder).not.toBe(two.folder);
      expect(one.sha256).toBe(two.sha256);
    } finally {
      await Promise.all([one.remove(), two.remove()]);
    }
  });

  it("leaves nothing behind when the inspection fails", async () => {
    await expect(tinyPackage({ output: join(folder, "out.psp"), inspect: () => Promise.reject(new Error("no")) })).rejects.toThrow();
    expect(await readdir(folder)).toEqual([]);
  });

  it("makes an unsigned package that says so", async () => {
    const unsigned = await tinyPackage({ signer: undefined });
    expect(unsigned.metadata).toMatchObject({ signed: false, sealed: true });
    await unsigned.remove();
  });
});
