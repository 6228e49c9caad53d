/**
 * Building a package from blobs: metadata, index block, slot table, signatures, and the file itself.
 *
 * Everything that is written is known before the first byte goes out, so the output is written once, front to back, to a temporary name beside it.
 *
 * Source: spec/pspf-2025.md.
 */
import { sha256, shortDigest } from "../format/checksum.js";
import { INDEX_CAPABILITIES, INDEX_FLAGS, LIMIT_SLOTS } from "../format/constants.gen.js";
import { FlavorError } from "../format/error.js";
import { encodeStoredGzip, storedGzipSize } from "../format/gzip.js";
import { encodeIndexBlock, type IndexBlock } from "../format/index-block.js";
import { encodeMetadata, type Metadata, type MetadataSlot } from "../format/metadata.js";
import { isCompressed, packOperations, parseOperations } from "../format/operations.js";
import { packageId, sealDigests, sealMessage } from "../format/seal.js";
import type { Signer } from "../format/signer.js";
import { encodeSlot, lifecycleCode, nameHash, platformCode, purposeCode, slotNumber } from "../format/slot.js";
import { encodeTrailer } from "../format/trailer.js";
import type { SlotBlob } from "./blob.js";
import { layOut, type Layout } from "./layout.js";
import { isWheel, readWheelZip, wheelBytes, wheelDigest, wheelSlotSize, wheelTail, type WheelZip } from "./wheel.js";
import { writePackage, type Region, type RegionContent } from "./write.js";

const ZERO_KEY = new Uint8Array(32);
const ZERO_SIGNATURE = new Uint8Array(64);
/** What a wheel slot's end is modulo 16, so that the trailer follows it at once. */
const TRAILER_PHASE = 8;

export interface BuildSlot {
  readonly id: string;
  readonly target: string;
  readonly operations: string;
  readonly purpose: string;
  readonly lifecycle: string;
  readonly permissions?: number;
  readonly platform?: string;
  readonly blob: SlotBlob;
}

export interface BuildInput {
  /** All of the metadata but slots and what signing decides. */
  readonly metadata: Omit<Metadata, "slots" | "signed" | "sealed" | "keyLifetime" | "launcher">;
  /** A last one of purpose `wheel` is a plain zip. */
  readonly slots: readonly BuildSlot[];
  readonly launcher: { readonly file: string; readonly tool: string; readonly toolVersion: string; readonly platform?: string; readonly size: number; readonly sha256: string };
  /** Undefined for an unsigned package. */
  readonly signer: Signer | undefined;
  readonly sourceDateEpoch: number | undefined;
  /** Absolute path; replaced if it exists. */
  readonly output: string;
  readonly signal: AbortSignal;
  /** Called with bytes written since the last call. */
  readonly onBytes?: (count: number) => void;
  /** Called with the finished file under its temporary name; what it throws keeps the output from appearing. */
  readonly inspect?: (path: string) => Promise<void>;
}

export interface BuildResult {
  readonly packageSize: number;
  /** 64 hex digits. */
  readonly packageId: string;
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
  readonly metadata: Metadata;
}

interface Plan {
  readonly metadata: Metadata;
  readonly metadataBytes: Uint8Array;
  readonly layout: Layout;
  /** The zip of the last slot, and what takes the place of its end. */
  readonly wheel: { readonly zip: WheelZip; readonly tail: Uint8Array } | undefined;
}

/**
 * @throws FlavorError `disk-full`, `output-unwritable`, `metadata-malformed` when the metadata grows above its limit, `interrupted`; nothing is left behind.
 */
export async function buildPackage(input: BuildInput): Promise<BuildResult> {
  const plan = await planPackage(input);
  const { metadata, layout } = plan;
  const metadataRegion = encodeStoredGzip(plan.metadataBytes);
  const slotTable = Buffer.concat(metadata.slots.map((slot, position) => encodeDescriptor(slot, position, layout.slotOffsets[position] ?? 0)));
  const signer = input.signer;
  const unsealed: IndexBlock = {
    packageSize: layout.packageSize,
    launcherSize: input.launcher.size,
    metadataOffset: layout.metadataOffset,
    metadataSize: metadataRegion.length,
    slotTableOffset: layout.slotTableOffset,
    slotTableSize: layout.slotTableSize,
    slotCount: metadata.slots.length,
    flags: indexFlags(metadata),
    publicKey: signer?.publicKey ?? ZERO_KEY,
    metadataChecksum: sha256(metadataRegion),
    metadataSignature: signer === undefined ? ZERO_SIGNATURE : await signer.sign(plan.metadataBytes),
    seal: ZERO_SIGNATURE,
    buildTimestamp: BigInt(input.sourceDateEpoch ?? 0),
    capabilities: indexCapabilities(metadata),
    cosigners: [],
  };
  const digests = sealDigests(encodeIndexBlock(unsealed), slotTable);
  const indexBlock = encodeIndexBlock(signer === undefined ? unsealed : { ...unsealed, seal: await signer.sign(sealMessage(digests)) });
  const regions: Region[] = [
    { offset: 0, size: input.launcher.size, content: { file: input.launcher.file, sha256: input.launcher.sha256 } },
    { offset: input.launcher.size, size: indexBlock.length, content: indexBlock },
    { offset: layout.metadataOffset, size: metadataRegion.length, content: metadataRegion },
    { offset: layout.slotTableOffset, size: slotTable.length, content: slotTable },
    ...metadata.slots.map(({ size }, position): Region => ({ offset: layout.slotOffsets[position] ?? 0, size, content: slotContent(input.slots[position], plan) })),
  ];
  const trailer = encodeTrailer(indexBlock);
  regions.push({ offset: layout.trailerOffset, size: trailer.length, content: trailer });
  const digest = await writePackage(input.output, regions, input.signal, input.onBytes ?? (() => undefined), input.inspect ?? (() => Promise.resolve()));
  return { packageSize: layout.packageSize, packageId: Buffer.from(packageId(digests)).toString("hex"), sha256: digest, metadata };
}

function slotContent(slot: BuildSlot | undefined, { wheel }: Plan): RegionContent {
  if (slot === undefined) return new Uint8Array(0);
  return isWheel(slot) && wheel !== undefined ? wheelBytes(wheel.zip, wheel.tail) : { file: slot.blob.file, sha256: slot.blob.sha256 };
}

/**
 * Metadata and layout. With a wheel they depend on each other: the zip's padding depends on where it lies, that on the length of the metadata, that on the slot's size.
 */
async function planPackage(input: BuildInput): Promise<Plan> {
  if (input.slots.length > LIMIT_SLOTS) {
    throw new FlavorError("manifest-invalid", `${input.slots.length} slots are more than the ${LIMIT_SLOTS} that a package can have`);
  }
  const last = input.slots.at(-1);
  const wheelSlot = last !== undefined && isWheel(last) ? last : undefined;
  const slots = (wheelSlot === undefined ? input.slots : input.slots.slice(0, -1)).map(slotEntry);
  const compose = (wheelEntry: MetadataSlot | undefined): { metadata: Metadata; bytes: Uint8Array; layout: Layout } => {
    const metadata: Metadata = {
      ...input.metadata,
      slots: wheelEntry === undefined ? slots : [...slots, wheelEntry],
      signed: input.signer !== undefined,
      sealed: true,
      ...(input.signer === undefined ? {} : { keyLifetime: input.signer.lifetime }),
      launcher: {
        tool: input.launcher.tool,
        toolVersion: input.launcher.toolVersion,
        ...(input.launcher.platform === undefined ? {} : { platform: input.launcher.platform }),
        size: input.launcher.size,
        sha256: input.launcher.sha256,
      },
    };
    const bytes = encodeMetadata(metadata);
    return { metadata, bytes, layout: layOut(input.launcher.size, storedGzipSize(bytes.length), metadata.slots.map((slot) => slot.size)) };
  };
  if (wheelSlot === undefined) {
    const { metadata, bytes, layout } = compose(undefined);
    return { metadata, metadataBytes: bytes, layout, wheel: undefined };
  }
  const zip = await readWheelZip(wheelSlot.blob.file);
  const entry = (padding: number, digest: string): MetadataSlot => {
    const size = wheelSlotSize(zip, padding);
    return { ...slotEntry(wheelSlot), size, originalSize: size, sha256: digest };
  };
  const unknownDigest = "0".repeat(64);
  let padding = 0;
  for (let round = 0; round < 16; round += 1) {
    const { layout } = compose(entry(padding, unknownDigest));
    const missing = (((TRAILER_PHASE - layout.contentEnd) % 16) + 16) % 16;
    if (missing === 0) {
      const tail = wheelTail(zip, layout.slotOffsets.at(-1) ?? 0, padding);
      const { metadata, bytes } = compose(entry(padding, await wheelDigest(zip, tail)));
      return { metadata, metadataBytes: bytes, layout, wheel: { zip, tail } };
    }
    padding = (padding + missing) % 16;
  }
  throw new FlavorError("internal", "the wheel's padding does not settle");
}

function slotEntry(slot: BuildSlot): MetadataSlot {
  const { blob } = slot;
  const permissions = blob.mode === undefined ? undefined : (slot.permissions ?? blob.mode);
  return {
    id: slot.id,
    target: slot.target,
    size: blob.size,
    originalSize: blob.originalSize,
    sha256: blob.sha256,
    operations: slot.operations,
    purpose: slot.purpose,
    lifecycle: slot.lifecycle,
    ...(permissions === undefined ? {} : { permissions }),
    ...(slot.platform === undefined ? {} : { platform: slot.platform }),
    ...(blob.frames === undefined ? {} : { frames: blob.frames }),
  };
}

function encodeDescriptor(slot: MetadataSlot, position: number, offset: number): Uint8Array {
  return encodeSlot({
    id: slotNumber(position),
    nameHash: nameHash(slot.id),
    offsetBytes: offset,
    sizeBytes: slot.size,
    originalSizeBytes: slot.originalSize,
    operations: packOperations(parseOperations(slot.operations)),
    checksum: shortDigest(Buffer.from(slot.sha256, "hex")),
    purpose: purposeCode(slot.purpose),
    lifecycle: lifecycleCode(slot.lifecycle),
    platform: platformCode(slot.platform),
    permissions: slot.permissions ?? 0,
  });
}

function indexFlags(metadata: Metadata): number {
  const compressed = metadata.slots.some((slot) => isCompressed(parseOperations(slot.operations)));
  return (metadata.signed ? INDEX_FLAGS.signed : 0) | (compressed ? INDEX_FLAGS.compressed : 0) | (metadata.build.deterministic ? INDEX_FLAGS.reproducible : 0);
}

function indexCapabilities(metadata: Metadata): bigint {
  return (metadata.signed ? INDEX_CAPABILITIES.signed : 0n) | (metadata.slots.some((slot) => slot.frames !== undefined) ? INDEX_CAPABILITIES.streaming : 0n);
}
