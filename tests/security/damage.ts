/**
 * Packages with something wrong in them, signed again behind it: those of `conformance/generate/package.ts`, with a launcher that can start them.
 */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { compress } from "@cloudpss/zstd";
import { makePackage as makeVector, type Codec, type JsonObject, type Part, type Stages as VectorStages } from "../../conformance/generate/package.js";
import { INDEX, SIZE_INDEX_BLOCK, SIZE_TRAILER } from "../../src/format/constants.gen.js";
import { indexChecksum } from "../../src/format/index-block.js";

export { PUBLIC_KEY, type JsonObject, type Part } from "../../conformance/generate/package.js";

/** The real launcher: without it a package can be verified, but not started. */
export const LAUNCHER = new URL("../../dist/bin/flavor-rs-launcher-linux_amd64", import.meta.url);

export interface Stages extends VectorStages {
  readonly argv?: readonly string[];
}

export function readLauncher(): Uint8Array {
  return readFileSync(LAUNCHER);
}

/** One ustar block. */
export function tarHeader(path: string, options: { type?: string; size?: number; mode?: number; link?: string; prefix?: string; sizeField?: string } = {}): Buffer {
  const block = Buffer.alloc(512);
  block.write(path.slice(0, 100), 0, "latin1");
  block.write((options.mode ?? 0o644).toString(8).padStart(7, "0"), 100);
  block.write("0000000", 108);
  block.write("0000000", 116);
  block.write(options.sizeField ?? (options.size ?? 0).toString(8).padStart(11, "0"), 124);
  block.write("02264655600", 136);
  block.write(options.type ?? "0", 156);
  block.write(options.link ?? "", 157);
  block.write("ustar\x0000", 257);
  block.write(options.prefix ?? "", 345);
  block.fill(" ", 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

export function tarFile(path: string, content: string | Uint8Array, mode = 0o644): Buffer {
  const data = Buffer.from(content as string);
  return Buffer.concat([tarHeader(path, { size: data.length, mode }), data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

export function tar(...entries: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...entries, Buffer.alloc(1024)]);
}

/** A program that says `ran`, as an archive with frames and a file beside it. */
export function demoParts(): Part[] {
  return [
    { id: "app", target: ".", operations: "tar.zst", plain: tar(tarHeader("bin/", { type: "5", mode: 0o755 }), tarFile("bin/run", "#!/bin/sh\necho ran\n", 0o755), tarFile("data", "x".repeat(2000))), frameBytes: 1024 },
    { id: "more", target: "lib/more", operations: "tar.gz", plain: tar(tarFile("a.txt", "text")) },
    { id: "raw", target: "raw.txt", operations: "raw", plain: Buffer.from("12345"), permissions: 0o644 },
  ];
}

const CODEC: Codec = { gzip: (plain) => gzipSync(plain), zstd: (plain) => compress(plain, 3) };

/** What the vectors' builder stores as it is. */
function stored(part: Part): Part {
  return part.operations === "zstd" && part.stored === undefined ? { ...part, stored: CODEC.zstd(part.plain) } : part;
}

/** @returns the bytes of a package called `demo`. */
export function makePackage({ argv, ...stages }: Stages): Buffer {
  return makeVector({
    launcher: readLauncher(),
    codec: CODEC,
    ...stages,
    parts: stages.parts.map(stored),
    metadata: (document) => {
      (document["package"] as JsonObject)["name"] = "demo";
      if (argv !== undefined) (document["execution"] as JsonObject)["argv"] = [...argv];
      stages.metadata?.(document);
    },
  });
}

/** Where things lie in a package that `makePackage` made and nobody changed. */
export function regionsOf(file: Buffer): { launcher: number; copy: number; metadata: [number, number]; table: [number, number]; slots: [number, number]; block: number } {
  const block = file.length - SIZE_TRAILER + 4;
  const number = (field: { readonly offset: number }) => Number(file.readBigUInt64LE(block + field.offset));
  const launcher = number(INDEX.launcherSize);
  const table = number(INDEX.slotTableOffset);
  const tableEnd = table + number(INDEX.slotTableSize);
  return { launcher, copy: launcher, metadata: [launcher + SIZE_INDEX_BLOCK, launcher + SIZE_INDEX_BLOCK + number(INDEX.metadataSize)], table: [table, tableEnd], slots: [tableEnd, file.length - SIZE_TRAILER], block };
}

/** Make the index checksum right again, in both copies. */
export function fixChecksum(file: Buffer): Buffer {
  const { block, copy } = regionsOf(file);
  const bytes = file.subarray(block, block + SIZE_INDEX_BLOCK);
  const sum = indexChecksum(bytes);
  file.writeUInt32LE(sum, block + INDEX.indexChecksum.offset);
  if (copy + SIZE_INDEX_BLOCK <= file.length) file.set(bytes, copy);
  return file;
}
