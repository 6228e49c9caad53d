/**
 * Packages with something wrong in them, signed again behind it so that the checks that lie deeper are reached.
 *
 * A package is made in stages (content, metadata, framing, descriptors, index block, file), and each stage can be changed. Everything is bytes
 * that do not depend on a compressor's version or the machine: compressed slots come as they are, or in frames of raw blocks.
 */
import { sign } from "node:crypto";
import { layOut } from "../../src/builder/layout.js";
import { sha256, shortDigest, toHex } from "../../src/format/checksum.js";
import { INDEX, INDEX_CAPABILITIES, INDEX_FLAGS, SIZE_COSIGNER } from "../../src/format/constants.gen.js";
import { privateKeyOf, publicKeyOf } from "../../src/format/ed25519.js";
import { encodeStoredGzip } from "../../src/format/gzip.js";
import { encodeIndexBlock, indexChecksum } from "../../src/format/index-block.js";
import { encodeJson, type Json } from "../../src/format/json.js";
import { isCompressed, packOperations, parseOperations } from "../../src/format/operations.js";
import { cosignMessage, sealDigests, sealMessage } from "../../src/format/seal.js";
import { encodeSlot, lifecycleCode, nameHash, platformCode, purposeCode, slotNumber } from "../../src/format/slot.js";
import { encodeTrailer } from "../../src/format/trailer.js";
import { framed, zstdFrame } from "./zstd.js";

export type JsonObject = { [key: string]: Json };

/** A stand-in: marked as a launcher is, and nothing that could start. */
export const FAKE_LAUNCHER = Buffer.from("#!/bin/sh\nexit 1\n# FLAVOR-LAUNCHER\0rust\x000.0.1\0linux_amd64\0\n\n");

/** The key of the seed text `test` (spec/trust.md, "Keys"). */
const PRIVATE_KEY = privateKeyOf(sha256(Buffer.from("test")));
export const PUBLIC_KEY = publicKeyOf(sha256(Buffer.from("test")));

/** @param seed - text of another key. @returns how it signs. */
export function keyOf(seed: string): { readonly publicKey: Uint8Array; readonly sign: (message: Uint8Array) => Uint8Array } {
  const secret = sha256(Buffer.from(seed));
  const key = privateKeyOf(secret);
  return { publicKey: publicKeyOf(secret), sign: (message) => sign(null, message, key) };
}

export interface Part {
  readonly id: string;
  readonly target: string;
  /** Canonical spelling. */
  readonly operations: string;
  /** The content with every operation but TAR undone. */
  readonly plain: Uint8Array;
  /** What `plain` is stored as; without it `tar.zst` is stored in frames with a list, `gzip` and `tar.gz` as stored blocks, anything else as it is. */
  readonly stored?: Uint8Array;
  /** Without it, that of `plain`. */
  readonly originalSize?: number;
  readonly permissions?: number;
  readonly purpose?: string;
  readonly lifecycle?: string;
  readonly platform?: string;
  /** Plain bytes of a frame. */
  readonly frameBytes?: number;
}

/** How parts are stored that do not say. */
export interface Codec {
  readonly gzip: (plain: Uint8Array) => Uint8Array;
  readonly zstd: (plain: Uint8Array) => Uint8Array;
}

const WITHOUT_COMPRESSOR: Codec = { gzip: encodeStoredGzip, zstd: zstdFrame };

export interface Stages {
  /** Without it, nothing is compressed. */
  readonly codec?: Codec;
  readonly launcher?: Uint8Array;
  readonly parts: readonly Part[];
  readonly unsigned?: boolean;
  /** Texts whose keys sign beside the publisher's. */
  readonly cosigners?: readonly string[];
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
  /** Changes the finished file. */
  readonly file?: (bytes: Buffer, regions: Regions) => Buffer;
}

/** Where things lie: `[offset, end)`. */
export interface Regions {
  readonly copyA: readonly [number, number];
  readonly metadata: readonly [number, number];
  readonly table: readonly [number, number];
  readonly slots: readonly (readonly [number, number])[];
  readonly trailer: number;
}

interface Blob {
  readonly stored: Uint8Array;
  readonly frames?: Json[];
}

function store(part: Part, codec: Codec): Blob {
  if (part.stored !== undefined) return { stored: part.stored };
  if (part.operations === "gzip" || part.operations === "tar.gz") return { stored: codec.gzip(part.plain) };
  if (part.operations === "tar.zst") return framed(part.plain, part.frameBytes ?? 8192, codec.zstd);
  return { stored: part.plain };
}

/** The document as a builder would write it. */
function describe(stages: Stages, launcher: Uint8Array, blobs: readonly Blob[]): JsonObject {
  const signed = stages.unsigned !== true;
  return {
    format: "PSPF/2025",
    format_version: "1.0.0",
    package: { name: "vector", version: "1.0", sequence: 0 },
    execution: { argv: ["/bin/sh", "{workenv}/bin/run"], command: "/bin/sh {workenv}/bin/run", env: {}, environment: {}, primary_slot: 0 },
    build: { tool: "flavorpack", tool_version: "0.0.1", timestamp: "1980-01-01T00:00:00Z", deterministic: true, platform: { os: "linux", arch: "amd64", host: "linux/amd64" } },
    launcher: { tool: "flavor-rs-launcher", tool_version: "0.0.1", platform: "linux_amd64", size: launcher.length, checksum: `sha256:${toHex(sha256(launcher))}`, capabilities: [] },
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
        purpose: part.purpose ?? "data",
        lifecycle: part.lifecycle ?? "runtime",
        permissions: part.permissions === undefined ? null : part.permissions.toString(8).padStart(4, "0"),
        resolution: "build",
        ...(part.platform === undefined ? {} : { platform: part.platform }),
        ...(frames === undefined ? {} : { frames }),
      };
    }),
  };
}

function encodeTable(parts: readonly Part[], blobs: readonly Blob[], offsets: readonly number[]): Buffer {
  return Buffer.concat(
    parts.map((part, slot) =>
      encodeSlot({
        id: slotNumber(slot),
        nameHash: nameHash(part.id),
        offsetBytes: offsets[slot] ?? 0,
        sizeBytes: blobs[slot]?.stored.length ?? 0,
        originalSizeBytes: part.originalSize ?? part.plain.length,
        operations: packOperations(parseOperations(part.operations)),
        checksum: shortDigest(sha256(blobs[slot]?.stored ?? new Uint8Array())),
        purpose: purposeCode(part.purpose ?? "data"),
        lifecycle: lifecycleCode(part.lifecycle ?? "runtime"),
        platform: platformCode(part.platform),
        permissions: part.permissions ?? 0,
      }),
    ),
  );
}

/** @returns the bytes of the package. */
export function makePackage(stages: Stages): Buffer {
  const { parts } = stages;
  const launcher = stages.launcher ?? FAKE_LAUNCHER;
  const signed = stages.unsigned !== true;
  const blobs = parts.map((part) => store(part, stages.codec ?? WITHOUT_COMPRESSOR));
  const document = describe(stages, launcher, blobs);
  stages.metadata?.(document);
  const json = (stages.json ?? ((bytes: Uint8Array) => bytes))(encodeJson(document));
  const metadata = (stages.framing ?? encodeStoredGzip)(json);
  const layout = layOut(launcher.length, metadata.length, blobs.map(({ stored }) => stored.length));
  const table = encodeTable(parts, blobs, layout.slotOffsets);
  stages.table?.(table);
  const compressed = parts.some((part) => isCompressed(parseOperations(part.operations)));
  const streaming = blobs.some(({ frames }) => frames !== undefined);
  const block = Buffer.from(
    encodeIndexBlock({
      packageSize: layout.packageSize,
      launcherSize: launcher.length,
      metadataOffset: layout.metadataOffset,
      metadataSize: metadata.length,
      slotTableOffset: layout.slotTableOffset,
      slotTableSize: layout.slotTableSize,
      slotCount: parts.length,
      flags: (signed ? INDEX_FLAGS.signed : 0) | (compressed ? INDEX_FLAGS.compressed : 0) | INDEX_FLAGS.reproducible,
      publicKey: signed ? PUBLIC_KEY : new Uint8Array(32),
      metadataChecksum: sha256(metadata),
      metadataSignature: signed ? sign(null, json, PRIVATE_KEY) : new Uint8Array(64),
      seal: new Uint8Array(64),
      buildTimestamp: 0n,
      capabilities: (signed ? INDEX_CAPABILITIES.signed : 0n) | (streaming ? INDEX_CAPABILITIES.streaming : 0n),
      cosigners: [],
    }),
  );
  stages.index?.(block);
  seal(block, table, signed, stages.cosigners ?? []);
  stages.sealed?.(block);
  block.writeUInt32LE(indexChecksum(block), INDEX.indexChecksum.offset);
  const file = Buffer.alloc(layout.packageSize);
  file.set(launcher, 0);
  file.set(block, launcher.length);
  file.set(metadata, layout.metadataOffset);
  file.set(table, layout.slotTableOffset);
  blobs.forEach(({ stored }, slot) => file.set(stored, layout.slotOffsets[slot] ?? 0));
  file.set(encodeTrailer(block), layout.trailerOffset);
  const regions: Regions = {
    copyA: [launcher.length, layout.metadataOffset],
    metadata: [layout.metadataOffset, layout.metadataOffset + metadata.length],
    table: [layout.slotTableOffset, layout.slotTableOffset + table.length],
    slots: layout.slotOffsets.map((offset, slot) => [offset, offset + (blobs[slot]?.stored.length ?? 0)]),
    trailer: layout.trailerOffset,
  };
  return stages.file?.(file, regions) ?? file;
}

function seal(block: Buffer, table: Uint8Array, signed: boolean, cosigners: readonly string[]): void {
  const digests = sealDigests(block, table);
  if (signed) block.set(sign(null, sealMessage(digests), PRIVATE_KEY), INDEX.seal.offset);
  cosigners.forEach((seed, position) => {
    const key = keyOf(seed);
    block.set(Buffer.concat([key.publicKey, key.sign(cosignMessage(digests))]), INDEX.cosigners.offset + position * SIZE_COSIGNER);
  });
}
