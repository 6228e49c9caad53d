/**
 * Packages with something wrong in them, signed again behind it so that the checks that lie deeper are reached.
 *
 * A package is made in stages (content, metadata, framing, descriptors, index block, file), and each stage can be changed.
 */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { compress } from "@cloudpss/zstd";
import { layOut } from "../../src/builder/layout.js";
import { sha256, shortDigest, toHex } from "../../src/format/checksum.js";
import { INDEX, INDEX_CAPABILITIES, INDEX_FLAGS, SIZE_INDEX_BLOCK, SIZE_TRAILER } from "../../src/format/constants.gen.js";
import { privateKeyOf, publicKeyOf } from "../../src/format/ed25519.js";
import { encodeStoredGzip } from "../../src/format/gzip.js";
import { encodeIndexBlock, indexChecksum } from "../../src/format/index-block.js";
import { encodeJson, type Json } from "../../src/format/json.js";
import { isCompressed, packOperations, parseOperations } from "../../src/format/operations.js";
import { sealDigests, sealMessage } from "../../src/format/seal.js";
import { encodeSlot, lifecycleCode, nameHash, platformCode, purposeCode, slotNumber } from "../../src/format/slot.js";
import { encodeTrailer } from "../../src/format/trailer.js";
import { sign } from "node:crypto";

/** The real launcher: without it a package can be verified, but not started. */
export const LAUNCHER = new URL("../../dist/bin/flavor-rs-launcher-linux_amd64", import.meta.url);
const SEED = sha256(Buffer.from("test"));
const PRIVATE_KEY = privateKeyOf(SEED);
export const PUBLIC_KEY = publicKeyOf(SEED);

export type JsonObject = { [key: string]: Json };

export interface Part {
  readonly id: string;
  readonly target: string;
  /** raw, tar, gzip, tar.gz, zstd or tar.zst; the last one gets a frame list. */
  readonly operations: string;
  /** Before compression. */
  readonly plain: Uint8Array;
  readonly permissions?: number;
  readonly lifecycle?: string;
  /** Plain bytes of a frame. */
  readonly frameBytes?: number;
  /** Instead of what compressing `plain` gives. */
  readonly stored?: Uint8Array;
  readonly originalSize?: number;
}

export interface Stages {
  readonly launcher?: Uint8Array;
  readonly parts: readonly Part[];
  readonly argv?: readonly string[];
  readonly unsigned?: boolean;
  /** Changes the document in place. */
  readonly metadata?: (document: JsonObject) => void;
  /** Changes its encoded form. */
  readonly json?: (bytes: Uint8Array) => Uint8Array;
  readonly framing?: (json: Uint8Array) => Uint8Array;
  /** Changes the slot table in place. */
  readonly table?: (table: Buffer) => void;
  /** Changes the index block before it is sealed. */
  readonly index?: (block: Buffer) => void;
  /** Changes both copies after they were sealed; the checksum is made right again. */
  readonly sealed?: (block: Buffer) => void;
  readonly file?: (bytes: Buffer) => Buffer;
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

function store(part: Part): { stored: Uint8Array; frames?: Json[] } {
  if (part.stored !== undefined) return { stored: part.stored };
  switch (part.operations) {
    case "tar.gz":
    case "gzip":
      return { stored: gzipSync(part.plain) };
    case "zstd":
      return { stored: compress(part.plain, 3) };
    case "tar.zst": {
      const bytes = part.frameBytes ?? 8192;
      const blobs: Uint8Array[] = [];
      const frames: Json[] = [];
      let offset = 0;
      for (let at = 0; at < part.plain.length; at += bytes) {
        const plain = part.plain.subarray(at, at + bytes);
        const blob = compress(plain, 3);
        blobs.push(blob);
        frames.push({ first: firstHeader(part.plain, at, plain.length), offset, plain: plain.length, sha256: toHex(sha256(blob)), size: blob.length });
        offset += blob.length;
      }
      return { stored: Buffer.concat(blobs), frames };
    }
    default:
      return { stored: part.plain };
  }
}

/** Offset within `[from, from + size)` of the first header that starts there; null when there is none. */
function firstHeader(archive: Uint8Array, from: number, size: number): number | null {
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0; ) {
    if (at >= from) return at < from + size ? at - from : null;
    const length = Number.parseInt(Buffer.from(archive.subarray(at + 124, at + 135)).toString("latin1"), 8);
    at += 512 + Math.ceil(length / 512) * 512;
  }
  return null;
}

function ed25519(message: Uint8Array): Uint8Array {
  return sign(null, message, PRIVATE_KEY);
}

/** @returns the bytes of the package. */
export function makePackage(stages: Stages): Buffer {
  const launcher = stages.launcher ?? readLauncher();
  const signed = stages.unsigned !== true;
  const blobs = stages.parts.map(store);
  const document: JsonObject = {
    format: "PSPF/2025",
    format_version: "1.0.0",
    package: { name: "demo", version: "1.0", sequence: 0 },
    execution: { argv: stages.argv ?? ["/bin/sh", "{workenv}/bin/run"], command: "x", env: {}, environment: {}, primary_slot: 0 },
    build: { tool: "flavorpack", tool_version: "0.1.0", timestamp: "1980-01-01T00:00:00Z", deterministic: true, platform: { os: "linux", arch: "amd64", host: "linux/amd64" } },
    launcher: { tool: "flavor-rs-launcher", tool_version: "0.1.0", platform: "linux_amd64", size: launcher.length, checksum: `sha256:${toHex(sha256(launcher))}`, capabilities: [] },
    compatibility: { min_format_version: "1.0.0", features: [] },
    verification: { integrity_seal: { algorithm: "ed25519", required: signed, scope: "package" }, signed, require_verification: signed, ...(signed ? { key_lifetime: "publisher" } : {}) },
    slots: stages.parts.map((part, slot) => {
      const { stored, frames } = blobs[slot] ?? { stored: new Uint8Array() };
      return {
        slot,
        id: part.id,
        source: part.id,
        target: part.target,
        size: stored.length,
        original_size: part.originalSize ?? part.plain.length,
        checksum: `sha256:${toHex(sha256(stored))}`,
        operations: part.operations,
        purpose: "data",
        lifecycle: part.lifecycle ?? "runtime",
        permissions: part.permissions === undefined ? null : part.permissions.toString(8).padStart(4, "0"),
        resolution: "build",
        ...(frames === undefined ? {} : { frames }),
      };
    }),
  };
  stages.metadata?.(document);
  const json = (stages.json ?? ((bytes: Uint8Array) => bytes))(encodeJson(document));
  const region = (stages.framing ?? encodeStoredGzip)(json);
  const layout = layOut(launcher.length, region.length, blobs.map(({ stored }) => stored.length));
  const table = Buffer.concat(
    stages.parts.map((part, slot) =>
      encodeSlot({
        id: slotNumber(slot),
        nameHash: nameHash(part.id),
        offsetBytes: layout.slotOffsets[slot] ?? 0,
        sizeBytes: blobs[slot]?.stored.length ?? 0,
        originalSizeBytes: part.originalSize ?? part.plain.length,
        operations: packOperations(parseOperations(part.operations)),
        checksum: shortDigest(sha256(blobs[slot]?.stored ?? new Uint8Array())),
        purpose: purposeCode("data"),
        lifecycle: lifecycleCode(part.lifecycle ?? "runtime"),
        platform: platformCode(undefined),
        permissions: part.permissions ?? 0,
      }),
    ),
  );
  stages.table?.(table);
  const compressed = stages.parts.some((part) => isCompressed(parseOperations(part.operations)));
  const streaming = blobs.some(({ frames }) => frames !== undefined);
  const block = Buffer.from(
    encodeIndexBlock({
      packageSize: layout.packageSize,
      launcherSize: launcher.length,
      metadataOffset: layout.metadataOffset,
      metadataSize: region.length,
      slotTableOffset: layout.slotTableOffset,
      slotTableSize: layout.slotTableSize,
      slotCount: stages.parts.length,
      flags: (signed ? INDEX_FLAGS.signed : 0) | (compressed ? INDEX_FLAGS.compressed : 0) | INDEX_FLAGS.reproducible,
      publicKey: signed ? PUBLIC_KEY : new Uint8Array(32),
      metadataChecksum: sha256(region),
      metadataSignature: signed ? ed25519(json) : new Uint8Array(64),
      seal: new Uint8Array(64),
      buildTimestamp: 0n,
      capabilities: (signed ? INDEX_CAPABILITIES.signed : 0n) | (streaming ? INDEX_CAPABILITIES.streaming : 0n),
      cosigners: [],
    }),
  );
  stages.index?.(block);
  if (signed) block.set(ed25519(sealMessage(sealDigests(block, table))), INDEX.seal.offset);
  stages.sealed?.(block);
  block.writeUInt32LE(indexChecksum(block), INDEX.indexChecksum.offset);
  const file = Buffer.alloc(layout.packageSize);
  file.set(launcher, 0);
  file.set(block, launcher.length);
  file.set(region, layout.metadataOffset);
  file.set(table, layout.slotTableOffset);
  blobs.forEach(({ stored }, slot) => file.set(stored, layout.slotOffsets[slot] ?? 0));
  file.set(encodeTrailer(block), layout.trailerOffset);
  return stages.file?.(file) ?? file;
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
