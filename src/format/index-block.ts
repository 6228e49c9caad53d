/**
 * The index block: 8192 bytes that hold offsets, digests and signatures. It lies in a package twice, after the launcher and in the trailer.
 *
 * This module turns those bytes into a record and back and checks what can be checked without the rest of the file; ranges against the file are
 * the reader's job (../reader/open.ts).
 *
 * Source: spec/pspf-2025.md, "Index block". Offsets are generated from spec/tables.json.
 */
import { adler32, equalBytes } from "./checksum.js";
import {
  FORMAT_VERSION,
  INDEX,
  INDEX_CAPABILITIES_WRITTEN,
  INDEX_FLAGS_WRITTEN,
  INDEX_ZERO_FIELDS,
  LIMIT_COSIGNERS,
  MAGIC_BOX,
  PROTOCOL_VERSION,
  SIZE_COSIGNER,
  SIZE_INDEX_BLOCK,
  SIZE_PAGE,
} from "./constants.gen.js";
import { FlavorError } from "./error.js";

export interface Cosigner {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

export interface IndexBlock {
  readonly packageSize: number;
  readonly launcherSize: number;
  readonly metadataOffset: number;
  readonly metadataSize: number;
  readonly slotTableOffset: number;
  readonly slotTableSize: number;
  readonly slotCount: number;
  readonly flags: number;
  /** 32 bytes; zero when unsigned. */
  readonly publicKey: Uint8Array;
  /** SHA-256 of the metadata region, 32 bytes. */
  readonly metadataChecksum: Uint8Array;
  /** 64 bytes; zero when unsigned. */
  readonly metadataSignature: Uint8Array;
  /** 64 bytes; zero when unsigned. */
  readonly seal: Uint8Array;
  /** Seconds since 1970, or 0. */
  readonly buildTimestamp: bigint;
  readonly capabilities: bigint;
  readonly cosigners: readonly Cosigner[];
}

/** @returns 8192 bytes with the checksum filled in. */
export function encodeIndexBlock(index: IndexBlock): Uint8Array {
  const bytes = new Uint8Array(SIZE_INDEX_BLOCK);
  const view = new DataView(bytes.buffer);
  view.setUint32(INDEX.formatVersion.offset, FORMAT_VERSION, true);
  view.setBigUint64(INDEX.packageSize.offset, BigInt(index.packageSize), true);
  view.setBigUint64(INDEX.launcherSize.offset, BigInt(index.launcherSize), true);
  view.setBigUint64(INDEX.metadataOffset.offset, BigInt(index.metadataOffset), true);
  view.setBigUint64(INDEX.metadataSize.offset, BigInt(index.metadataSize), true);
  view.setBigUint64(INDEX.slotTableOffset.offset, BigInt(index.slotTableOffset), true);
  view.setBigUint64(INDEX.slotTableSize.offset, BigInt(index.slotTableSize), true);
  view.setUint32(INDEX.slotCount.offset, index.slotCount, true);
  view.setUint32(INDEX.flags.offset, index.flags, true);
  bytes.set(index.publicKey, INDEX.publicKey.offset);
  bytes.set(index.metadataChecksum, INDEX.metadataChecksum.offset);
  bytes.set(index.metadataSignature, INDEX.metadataSignature.offset);
  bytes.set(index.seal, INDEX.seal.offset);
  view.setUint32(INDEX.pageSize.offset, SIZE_PAGE, true);
  view.setBigUint64(INDEX.buildTimestamp.offset, index.buildTimestamp, true);
  view.setBigUint64(INDEX.capabilities.offset, index.capabilities, true);
  view.setUint32(INDEX.compatibility.offset, FORMAT_VERSION, true);
  view.setUint32(INDEX.protocolVersion.offset, PROTOCOL_VERSION, true);
  index.cosigners.forEach(({ publicKey, signature }, position) => {
    bytes.set(publicKey, INDEX.cosigners.offset + position * SIZE_COSIGNER);
    bytes.set(signature, INDEX.cosigners.offset + position * SIZE_COSIGNER + publicKey.length);
  });
  bytes.set(MAGIC_BOX, INDEX.boxMarker.offset);
  view.setUint32(INDEX.indexChecksum.offset, indexChecksum(bytes), true);
  return bytes;
}

/** @returns Adler-32 over the block with its checksum field taken as zero. */
export function indexChecksum(bytes: Uint8Array): number {
  const copy = bytes.slice();
  copy.fill(0, INDEX.indexChecksum.offset, INDEX.indexChecksum.offset + INDEX.indexChecksum.size);
  return adler32(copy);
}

/**
 * Decode an index block. Ranges are not checked here, nor are fields that must be zero (see `checkFixedFields`).
 *
 * @param bytes - exactly 8192 bytes.
 * @throws FlavorError `version-unsupported` for another format version, `region-out-of-range` for an offset or size above 2^53 - 1.
 */
export function decodeIndexBlock(bytes: Uint8Array): IndexBlock {
  const view = new DataView(bytes.buffer, bytes.byteOffset, SIZE_INDEX_BLOCK);
  const take = (field: { readonly offset: number; readonly size: number }) => bytes.slice(field.offset, field.offset + field.size);
  const length = (name: string, field: { readonly offset: number }) => {
    const value = view.getBigUint64(field.offset, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new FlavorError("region-out-of-range", `index field ${name} is ${value}, above 2^53 - 1`);
    return Number(value);
  };
  const version = view.getUint32(INDEX.formatVersion.offset, true);
  if (version !== FORMAT_VERSION) {
    throw new FlavorError("version-unsupported", `format version is 0x${version.toString(16)}; this reader knows 0x${FORMAT_VERSION.toString(16)}`);
  }
  return {
    packageSize: length("package_size", INDEX.packageSize),
    launcherSize: length("launcher_size", INDEX.launcherSize),
    metadataOffset: length("metadata_offset", INDEX.metadataOffset),
    metadataSize: length("metadata_size", INDEX.metadataSize),
    slotTableOffset: length("slot_table_offset", INDEX.slotTableOffset),
    slotTableSize: length("slot_table_size", INDEX.slotTableSize),
    slotCount: view.getUint32(INDEX.slotCount.offset, true),
    flags: view.getUint32(INDEX.flags.offset, true),
    publicKey: take(INDEX.publicKey),
    metadataChecksum: take(INDEX.metadataChecksum),
    metadataSignature: take(INDEX.metadataSignature),
    seal: take(INDEX.seal),
    buildTimestamp: view.getBigUint64(INDEX.buildTimestamp.offset, true),
    capabilities: view.getBigUint64(INDEX.capabilities.offset, true),
    cosigners: decodeCosigners(take(INDEX.cosigners)),
  };
}

function decodeCosigners(area: Uint8Array): Cosigner[] {
  const cosigners: Cosigner[] = [];
  for (let at = 0; at < LIMIT_COSIGNERS * SIZE_COSIGNER; at += SIZE_COSIGNER) {
    const record = area.slice(at, at + SIZE_COSIGNER);
    if (record.every((byte) => byte === 0)) break;
    cosigners.push({ publicKey: record.slice(0, 32), signature: record.slice(32) });
  }
  return cosigners;
}

/** @throws FlavorError `index-checksum-wrong`, also for a stored checksum of 0. */
export function checkIndexChecksum(bytes: Uint8Array): void {
  const stored = new DataView(bytes.buffer, bytes.byteOffset, SIZE_INDEX_BLOCK).getUint32(INDEX.indexChecksum.offset, true);
  const found = indexChecksum(bytes);
  if (stored === 0 || stored !== found) {
    throw new FlavorError("index-checksum-wrong", `index checksum: stored ${stored.toString(16).padStart(8, "0")}, computed ${found.toString(16).padStart(8, "0")}`);
  }
}

/**
 * Every field that must be zero or fixed, and the bits of flags and capabilities that nobody writes.
 *
 * @throws FlavorError `index-field-invalid`, naming the field; `version-unsupported` for compatibility and protocol_version.
 */
export function checkFixedFields(bytes: Uint8Array, index: IndexBlock): void {
  const refuse = (name: string) => new FlavorError("index-field-invalid", `index field ${name} does not hold the value that it must`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, SIZE_INDEX_BLOCK);
  if (view.getUint32(INDEX.compatibility.offset, true) !== FORMAT_VERSION) throw new FlavorError("version-unsupported", "index field compatibility names another version");
  if (view.getUint32(INDEX.protocolVersion.offset, true) !== PROTOCOL_VERSION) throw new FlavorError("version-unsupported", "index field protocol_version is not 1");
  if ((index.flags & ~INDEX_FLAGS_WRITTEN) !== 0) throw refuse("flags");
  if ((index.capabilities & ~INDEX_CAPABILITIES_WRITTEN) !== 0n) throw refuse("capabilities");
  if (view.getUint32(INDEX.pageSize.offset, true) !== SIZE_PAGE) throw refuse("pageSize");
  for (const name of INDEX_ZERO_FIELDS) {
    const field = INDEX[name];
    if (bytes.subarray(field.offset, field.offset + field.size).some((byte) => byte !== 0)) throw refuse(name);
  }
  if (!equalBytes(bytes.subarray(INDEX.boxMarker.offset), MAGIC_BOX)) throw refuse("boxMarker");
  const used = INDEX.cosigners.offset + index.cosigners.length * SIZE_COSIGNER;
  if (bytes.subarray(used, INDEX.cosigners.offset + INDEX.cosigners.size).some((byte) => byte !== 0)) throw refuse("cosigners");
}
