/**
 * Opening a package: trailer, index block, ranges, metadata, signature and seal. Nothing of the slots is read.
 *
 * What comes out has passed every check that does not need the slots' bytes; ./verify.ts does the rest. Checks run in the order of
 * spec/launch.md, "Order of one start", and the first that fails is thrown.
 */
import type { FileHandle } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { equalBytes, sha256 } from "../format/checksum.js";
import { LIMIT_METADATA_PLAIN_BYTES, LIMIT_SLOTS, SIZE_INDEX_BLOCK, SIZE_SLOT_DESCRIPTOR, SIZE_TRAILER } from "../format/constants.gen.js";
import { FlavorError } from "../format/error.js";
import { decodeStoredGzip } from "../format/gzip.js";
import { checkFixedFields, checkIndexChecksum, decodeIndexBlock, type IndexBlock } from "../format/index-block.js";
import { decodeJson, decodeLenientJson } from "../format/json.js";
import { checkMetadataSize, decodeMetadata, type Metadata } from "../format/metadata.js";
import { formatOperations, isArchive } from "../format/operations.js";
import { checkTarget } from "../format/path.js";
import { packageId, sealDigests } from "../format/seal.js";
import { decodeSlot, type SlotDescriptor } from "../format/slot.js";
import { decodeTrailer } from "../format/trailer.js";
import { slotOperations } from "./content.js";
import { openFile, readRange } from "./file.js";
import { checkFrameList } from "./frames.js";
import { checkRanges, checkSlotRanges } from "./ranges.js";
import { checkSeal, checkSignatures, checkUpstreamSignature } from "./signature.js";

/** An open package whose index, metadata, signature and seal have been checked. Close it when done. */
export interface Package {
  readonly path: string;
  readonly file: FileHandle;
  readonly sizeBytes: number;
  readonly index: IndexBlock;
  /** 8192 bytes. */
  readonly indexBytes: Uint8Array;
  readonly slotTable: Uint8Array;
  readonly descriptors: readonly SlotDescriptor[];
  readonly metadata: Metadata;
  /** The JSON bytes as signed. */
  readonly metadataBytes: Uint8Array;
  /** 32 bytes. */
  readonly packageId: Uint8Array;
  /** Whether the rules of this format hold; false for packages that upstream wrote. */
  readonly sealed: boolean;
  close(): Promise<void>;
}

/**
 * Open a package and check all but the slots.
 *
 * @throws FlavorError with the code of the first check that fails; `file-missing` or `file-unreadable` if there is nothing to read.
 * @see spec/pspf-2025.md
 */
export async function openPackage(path: string): Promise<Package> {
  const file = await openFile(path);
  try {
    return await readPackage(path, file);
  } catch (cause) {
    await file.close();
    throw cause;
  }
}

async function readPackage(path: string, file: FileHandle): Promise<Package> {
  const sizeBytes = (await file.stat()).size;
  const tail = Math.min(SIZE_TRAILER, sizeBytes);
  const indexBytes = decodeTrailer(await readRange(file, sizeBytes - tail, tail));
  checkIndexChecksum(indexBytes);
  const index = decodeIndexBlock(indexBytes);
  if (index.packageSize !== sizeBytes) {
    throw new FlavorError("package-size-wrong", `the index says that the package has ${index.packageSize} bytes, the file has ${sizeBytes}`);
  }
  if (index.slotCount > LIMIT_SLOTS) throw new FlavorError("region-out-of-range", `the index names ${index.slotCount} slots, more than ${LIMIT_SLOTS}`);
  const hasCopy = checkRanges(index);
  const stored = await readRange(file, index.metadataOffset, index.metadataSize);
  const slotTable = await readRange(file, index.slotTableOffset, index.slotTableSize);
  const copyFits = hasCopy && equalBytes(await readRange(file, index.launcherSize, SIZE_INDEX_BLOCK), indexBytes);
  const digests = sealDigests(indexBytes, slotTable);

  // What is wrong with the document is the consequence when its digest or the seal is wrong: those are told first.
  const document = readDocument(stored);
  const sealed = document.metadata?.sealed ?? copyFits;
  if (sealed) {
    checkFixedFields(indexBytes, index);
    if (!hasCopy) throw new FlavorError("region-out-of-range", `metadata is at ${index.metadataOffset}, expected ${index.launcherSize + SIZE_INDEX_BLOCK}`);
    if (!copyFits) throw new FlavorError("index-copy-differs", "the index block after the launcher differs from the one in the trailer");
    checkSeal(index, document.metadata, digests);
  }
  if (!equalBytes(sha256(stored), index.metadataChecksum)) throw new FlavorError("metadata-checksum-wrong", "the SHA-256 of the metadata is not the one in the index");
  if (document.metadata === undefined) throw document.fault;
  const { metadata, bytes: metadataBytes } = document;
  if (!sealed) checkUpstreamSignature(index, metadataBytes);
  if (metadata.slots.length !== index.slotCount) {
    throw new FlavorError("slot-mismatch", `the index names ${index.slotCount} slots, the metadata ${metadata.slots.length}`);
  }
  const descriptors = Array.from({ length: index.slotCount }, (_, position) =>
    decodeSlot(slotTable.subarray(position * SIZE_SLOT_DESCRIPTOR, (position + 1) * SIZE_SLOT_DESCRIPTOR), position),
  );
  checkSlotRanges(index, descriptors, sealed);
  const pkg: Package = { path, file, sizeBytes, index, indexBytes, slotTable, descriptors, metadata, metadataBytes, packageId: packageId(digests), sealed, close: () => file.close() };
  checkContents(pkg);
  if (sealed) checkSignatures(index, metadata, metadataBytes, digests);
  return pkg;
}

type Document = { readonly metadata: Metadata; readonly bytes: Uint8Array } | { readonly metadata: undefined; readonly fault: unknown };

/**
 * The metadata document. A package of this format has one framing and one form of JSON; what upstream wrote is read more freely. Which of the two it is
 * stands in the document itself, so what is wrong with the form counts when the seal is announced.
 */
function readDocument(stored: Uint8Array): Document {
  try {
    const bytes = decodeStoredGzip(stored);
    if (bytes.length > LIMIT_METADATA_PLAIN_BYTES) throw new FlavorError("metadata-malformed", `metadata has ${bytes.length} bytes, more than ${LIMIT_METADATA_PLAIN_BYTES}`);
    const document = decodeJson(bytes);
    const metadata = decodeMetadata(document);
    if (metadata.sealed) checkMetadataSize(document, bytes.length);
    return { metadata, bytes };
  } catch (fault) {
    try {
      const bytes = Uint8Array.from(gunzipSync(stored, { maxOutputLength: LIMIT_METADATA_PLAIN_BYTES }));
      const metadata = decodeMetadata(decodeLenientJson(bytes));
      return metadata.sealed ? { metadata: undefined, fault } : { metadata, bytes };
    } catch {
      return { metadata: undefined, fault };
    }
  }
}

/**
 * What a builder may never write, and no level lets pass: chains, targets, ids and frame lists that cannot be used.
 *
 * @throws FlavorError `operation-unknown`, `operation-unsupported`, `slot-field-invalid`, `metadata-malformed`, `path-unsafe`, `frame-invalid`.
 */
function checkContents(pkg: Package): void {
  const ids = new Set<string>();
  pkg.metadata.slots.forEach((slot, position) => {
    const chain = slotOperations(pkg, position);
    if (!pkg.sealed) return;
    if (ids.has(slot.id)) throw new FlavorError("metadata-malformed", `two slots have the id ${JSON.stringify(slot.id)}`);
    ids.add(slot.id);
    if (checkTarget(slot.target) === "." && !isArchive(chain)) throw new FlavorError("path-unsafe", `slot ${JSON.stringify(slot.id)} is a single file and has the root as its target`);
    if (slot.frames === undefined) return;
    if (formatOperations(chain) !== "tar.zst") throw new FlavorError("frame-invalid", `slot ${JSON.stringify(slot.id)} has a frame list and the operations ${formatOperations(chain)}`);
    checkFrameList(slot, slot.frames);
  });
}
