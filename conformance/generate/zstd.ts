/**
 * Zstd frames of raw and run-length blocks: valid for every decoder, the same bytes from every version, and with headers that say what a vector wants.
 *
 * Source: RFC 8878, sections 3.1.1 and 3.1.2.
 */
import { sha256, toHex } from "../../src/format/checksum.js";
import type { Json } from "../../src/format/json.js";

const MAGIC = Buffer.from("28b52ffd", "hex");
const RAW_BLOCK = 0;
const RLE_BLOCK = 1;
const LARGEST_BLOCK = 128 * 1024;

export interface FrameHeader {
  /** The content size that the header declares; null for none. Without it, the true one. */
  readonly contentSize?: bigint | null;
  /** log2 of a window; without it the frame is a single segment. */
  readonly windowLog?: number;
  readonly dictionaryId?: number;
  /** Set the flag that a checksum follows, and append these four bytes. */
  readonly checksum?: Uint8Array;
}

function header(plainSize: number, { contentSize = BigInt(plainSize), windowLog, dictionaryId, checksum }: FrameHeader): Buffer {
  const single = windowLog === undefined;
  const sizeCode = contentSize === null ? 0 : contentSize > 0xffff_ffffn ? 3 : 2;
  const descriptor = (sizeCode << 6) | (single ? 0x20 : 0) | (checksum === undefined ? 0 : 4) | (dictionaryId === undefined ? 0 : 1);
  const window = single ? [] : [(windowLog - 10) << 3];
  const dictionary = dictionaryId === undefined ? [] : [dictionaryId];
  const size = Buffer.alloc(sizeCode === 3 ? 8 : sizeCode === 2 ? 4 : 0);
  if (contentSize !== null && sizeCode === 3) size.writeBigUInt64LE(contentSize);
  if (contentSize !== null && sizeCode === 2) size.writeUInt32LE(Number(contentSize));
  return Buffer.concat([MAGIC, Buffer.from([descriptor, ...window, ...dictionary]), size]);
}

function block(type: number, size: number, last: boolean, body: Uint8Array): Buffer {
  const head = Buffer.alloc(3);
  head.writeUIntLE((size << 3) | (type << 1) | (last ? 1 : 0), 0, 3);
  return Buffer.concat([head, body]);
}

/** @returns one frame that holds `plain` in raw blocks. */
export function zstdFrame(plain: Uint8Array, options: FrameHeader = {}): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at === 0 || at < plain.length; at += LARGEST_BLOCK) {
    const piece = plain.subarray(at, at + LARGEST_BLOCK);
    blocks.push(block(RAW_BLOCK, piece.length, at + LARGEST_BLOCK >= plain.length, piece));
  }
  return Buffer.concat([header(plain.length, options), ...blocks, options.checksum ?? new Uint8Array()]);
}

/** @returns one frame of `size` zero bytes in a few: a bomb. */
export function zstdZeros(size: number, options: FrameHeader = {}): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < size; at += LARGEST_BLOCK) {
    const piece = Math.min(LARGEST_BLOCK, size - at);
    blocks.push(block(RLE_BLOCK, piece, at + piece === size, Buffer.from([0])));
  }
  return Buffer.concat([header(size, options), ...blocks]);
}

/** @returns a frame that decoders skip. */
export function skippableFrame(body: Uint8Array): Buffer {
  const head = Buffer.from("502a4d1800000000", "hex");
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

/**
 * An archive cut into frames, and the list of them (spec/operations.md, "Zstd frames").
 *
 * @param frameBytes - plain bytes of a frame, a multiple of 512.
 * @param encode - makes one frame.
 */
export function framed(archive: Uint8Array, frameBytes: number, encode: (plain: Uint8Array) => Uint8Array = zstdFrame): { readonly stored: Buffer; readonly frames: Json[] } {
  const blobs: Uint8Array[] = [];
  const frames: Json[] = [];
  let offset = 0;
  for (let at = 0; at < archive.length; at += frameBytes) {
    const plain = archive.subarray(at, at + frameBytes);
    const blob = encode(plain);
    blobs.push(blob);
    frames.push({ first: firstHeader(archive, at, plain.length), offset, plain: plain.length, sha256: toHex(sha256(blob)), size: blob.length });
    offset += blob.length;
  }
  return { stored: Buffer.concat(blobs), frames };
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
