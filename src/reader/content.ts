/**
 * A slot's content: its stored bytes checked against the signed digest, and every operation but TAR undone. Streams; memory stays at a few frames.
 *
 * Source: spec/operations.md.
 */
import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import { createGunzip } from "node:zlib";
import { Decompressor } from "@cloudpss/zstd";
import { FlavorError } from "../format/error.js";
import type { MetadataSlot } from "../format/metadata.js";
import { checkSupported, unpackOperations, type OperationChain, type OperationName } from "../format/operations.js";
import { shortDigest } from "../format/checksum.js";
import { readChunks, readRange } from "./file.js";
import { checkFrameList, decodeFrame } from "./frames.js";
import type { Package } from "./open.js";

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
  const chain = unpackOperations(pkg.descriptors[position]?.operations ?? 0n, !pkg.sealed);
  checkSupported(chain);
  return chain;
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
  let size = 0;
  for await (const chunk of decodeOperations(storedBytes(pkg, position), undone, slot.id)) {
    size += chunk.length;
    if (pkg.sealed && size > slot.originalSize) throw new FlavorError("archive-malformed", `slot ${JSON.stringify(slot.id)} decodes to more than the ${slot.originalSize} bytes that the metadata says`);
    yield chunk;
  }
  if (pkg.sealed && size !== slot.originalSize) throw new FlavorError("archive-malformed", `slot ${JSON.stringify(slot.id)} decodes to ${size} bytes, the metadata says ${slot.originalSize}`);
}

/**
 * Undo compressing operations on a stream, from the last to the first.
 *
 * @param chain - without TAR, in the order they were applied.
 * @param name - what the bytes are, for messages.
 * @throws FlavorError `archive-malformed`.
 */
export async function* decodeOperations(source: AsyncIterable<Uint8Array>, chain: OperationChain, name: string): AsyncGenerator<Uint8Array> {
  let stream: AsyncIterable<Uint8Array> = source;
  for (const operation of chain.toReversed()) stream = throughDecoder(stream, operation, name);
  yield* stream;
}

/** The zstd decoder gives all that one piece of input decodes to at once, and 4 bytes can decode to 128 KiB. */
const ZSTD_PIECE_BYTES = 512;

async function* inPieces(source: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += most) yield chunk.subarray(at, at + most);
  }
}

async function* throughDecoder(source: AsyncIterable<Uint8Array>, operation: OperationName, name: string): AsyncGenerator<Uint8Array> {
  const decoder: Duplex = operation === "ZSTD" ? new Decompressor() : createGunzip();
  const upstream: Error[] = [];
  void feed(operation === "ZSTD" ? inPieces(source, ZSTD_PIECE_BYTES) : source, decoder).catch((cause: unknown) => {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    upstream.push(error);
    decoder.destroy(error);
  });
  try {
    for await (const chunk of decoder) yield chunk as Uint8Array;
  } catch (cause) {
    if (upstream[0] !== undefined) throw upstream[0];
    throw new FlavorError("archive-malformed", `${JSON.stringify(name)} is not valid ${operation} data`, { cause });
  } finally {
    decoder.destroy();
  }
}

/** Each piece waits until the one before has been decoded and taken: a pipe would end the input early, and then nothing holds the decoder back. */
async function feed(source: AsyncIterable<Uint8Array>, decoder: Duplex): Promise<void> {
  for await (const piece of source) {
    const failed = await new Promise<boolean>((resolve) => decoder.write(piece, (error) => { resolve(error !== null && error !== undefined); }));
    // Its reader is told by the decoder itself.
    if (failed || decoder.destroyed) return;
  }
  decoder.end();
}
