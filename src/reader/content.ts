/**
 * A slot's content: its stored bytes checked against the signed digest, and every operation but TAR undone. Streams; memory stays at a few frames.
 *
 * Source: spec/operations.md.
 */
import { createHash } from "node:crypto";
import { LIMIT_STREAM_WINDOW_BYTES } from "../format/constants.gen.js";
import { FlavorError } from "../format/error.js";
import type { MetadataSlot } from "../format/metadata.js";
import { unpackOperations, type OperationChain, type OperationName } from "../format/operations.js";
import { shortDigest } from "../format/checksum.js";
import { decodeBzip2 } from "./bzip2.js";
import { readChunks, readRange } from "./file.js";
import { checkFrameList, decodeFrame } from "./frames.js";
import { decodeGzip } from "./gzip.js";
import type { Package } from "./open.js";
import { decodeXz } from "./xz.js";
import { decodeZstd, type OnFrame } from "./zstd.js";

/** @throws FlavorError `usage` for a position that the package does not have. */
function slotAt(pkg: Package, position: number): MetadataSlot {
  const slot = pkg.metadata.slots[position];
  if (slot === undefined) throw new FlavorError("usage", `the package has no slot ${position}: it has ${pkg.metadata.slots.length}`);
  return slot;
}

/**
 * @param selector - a position or a slot id.
 * @throws FlavorError `usage` naming the slots that there are.
 */
export function findSlot(pkg: Package, selector: string): number {
  const byId = pkg.metadata.slots.findIndex((slot) => slot.id === selector);
  if (byId >= 0) return byId;
  const position = /^\d+$/.test(selector) ? Number(selector) : -1;
  if (position < 0 || position >= pkg.metadata.slots.length) {
    throw new FlavorError("usage", `the package has no slot ${JSON.stringify(selector)}: it has ${pkg.metadata.slots.map((slot, at) => `${at} (${slot.id})`).join(", ")}`);
  }
  return position;
}

/** @returns the chain of a slot, from its descriptor. @throws FlavorError `operation-unknown`, `operation-unsupported`, `slot-field-invalid`. */
export function slotOperations(pkg: Package, position: number): OperationChain {
  return unpackOperations(pkg.descriptors[position]?.operations ?? 0n, !pkg.sealed);
}

/** The stored bytes as they are; the digest is checked after the last of them. @throws FlavorError `slot-digest-wrong`. */
export async function* storedBytes(pkg: Package, position: number): AsyncGenerator<Uint8Array> {
  const slot = slotAt(pkg, position);
  const descriptor = pkg.descriptors[position];
  if (descriptor === undefined) return;
  const hash = createHash("sha256");
  for await (const chunk of readChunks(pkg.file, descriptor.offsetBytes, descriptor.sizeBytes)) {
    hash.update(chunk);
    yield chunk;
  }
  const digest = hash.digest();
  const wanted = slot.sha256 === "" ? undefined : slot.sha256;
  const fits = wanted === undefined ? descriptor.sizeBytes === 0 || shortDigest(digest) === descriptor.checksum : digest.toString("hex") === wanted;
  if (!fits) {
    throw new FlavorError("slot-digest-wrong", `slot ${JSON.stringify(slot.id)} at bytes ${descriptor.offsetBytes}..${descriptor.offsetBytes + descriptor.sizeBytes}: SHA-256 ${digest.toString("hex")}, the metadata says ${wanted ?? "another"}`);
  }
}

/**
 * The content with every operation but TAR undone: a tar for an archive, the file otherwise.
 *
 * What comes out before the end of a slot without frames has not been checked yet; write it where it can be taken back.
 *
 * @throws FlavorError `slot-digest-wrong`, `archive-malformed`, `frame-invalid`.
 */
export async function* slotContent(pkg: Package, position: number): AsyncGenerator<Uint8Array> {
  const slot = slotAt(pkg, position);
  const descriptor = pkg.descriptors[position];
  if (slot.frames !== undefined && descriptor !== undefined) {
    checkFrameList(slot, slot.frames);
    for (const frame of slot.frames) {
      yield decodeFrame(await readRange(pkg.file, descriptor.offsetBytes + frame.offset, frame.size), frame, slot.id);
    }
    return;
  }
  const undone = slotOperations(pkg, position).filter((name) => name !== "TAR");
  const onIntermediate = (size: number) => {
    if (pkg.sealed) checkIntermediate(size, slot.originalSize, slot.id);
  };
  let size = 0;
  for await (const chunk of decodeOperations(storedBytes(pkg, position), undone, slot.id, { onIntermediate })) {
    size += chunk.length;
    if (pkg.sealed && size > slot.originalSize) throw new FlavorError("archive-malformed", `slot ${JSON.stringify(slot.id)} decodes to more than the ${slot.originalSize} bytes that the metadata says`);
    yield chunk;
  }
  if (pkg.sealed && size !== slot.originalSize) throw new FlavorError("archive-malformed", `slot ${JSON.stringify(slot.id)} decodes to ${size} bytes, the metadata says ${slot.originalSize}`);
}

/** How much larger than the content an intermediate result of a chain may be: this many times, and this many bytes more. */
const INTERMEDIATE_FACTOR = 64;
const INTERMEDIATE_BYTES = 1 << 20;

/** @throws FlavorError `archive-malformed` for an intermediate result of a chain that is too large for what comes of it. */
export function checkIntermediate(size: number, originalSize: number, name: string): void {
  const limit = INTERMEDIATE_FACTOR * originalSize + INTERMEDIATE_BYTES;
  if (size > limit) throw new FlavorError("archive-malformed", `${JSON.stringify(name)}: an intermediate result of its operations has more than ${limit} bytes, for ${originalSize} of content`);
}

export interface DecodeOptions {
  /** Called with the size so far of each result that is not the last one. */
  readonly onIntermediate?: (size: number) => void;
  /** Told about the frames of the stored bytes, when their last operation is ZSTD. */
  readonly onFrame?: OnFrame;
}

/**
 * Undo compressing operations on a stream, from the last to the first.
 *
 * @param chain - without TAR, in the order they were applied.
 * @param name - what the bytes are, for messages.
 * @throws FlavorError `archive-malformed`.
 */
export async function* decodeOperations(source: AsyncIterable<Uint8Array>, chain: OperationChain, name: string, options: DecodeOptions = {}): AsyncGenerator<Uint8Array> {
  let stream: AsyncIterable<Uint8Array> = source;
  const windowLimit = streamWindowLimit(chain);
  for (const [position, operation] of chain.toReversed().entries()) {
    if (position > 0) stream = counted(stream, options.onIntermediate ?? (() => undefined));
    stream = decoder(stream, operation, { name, windowLimit, onFrame: position === 0 ? options.onFrame : undefined });
  }
  yield* stream;
}

async function* counted(source: AsyncIterable<Uint8Array>, onSize: (size: number) => void): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    onSize(size);
    yield chunk;
  }
}

/** @returns the largest window in bytes that one operation of a chain may ask for: the windows of all add up. */
export function streamWindowLimit(chain: OperationChain): number {
  const windows = chain.filter((operation) => operation === "XZ" || operation === "ZSTD").length;
  return Math.floor(LIMIT_STREAM_WINDOW_BYTES / Math.max(1, windows));
}

interface Decoding {
  /** What the bytes are, for messages. */
  readonly name: string;
  readonly windowLimit: number;
  readonly onFrame: OnFrame | undefined;
}

function decoder(source: AsyncIterable<Uint8Array>, operation: OperationName, { name, windowLimit, onFrame }: Decoding): AsyncIterable<Uint8Array> {
  switch (operation) {
    case "GZIP":
      return decodeGzip(source, name);
    case "BZIP2":
      return decodeBzip2(source, name);
    case "XZ":
      return decodeXz(source, name, windowLimit);
    case "ZSTD":
      return decodeZstd(source, name, windowLimit, onFrame);
    default:
      throw new FlavorError("operation-unsupported", `operation ${operation} compresses nothing`);
  }
}
