/**
 * Zstd frames: what their headers say, and whether a frame list is one that this format allows.
 *
 * Source: spec/operations.md, "Zstd frames"; RFC 8878 section 3.1.1.
 */
import { decompress } from "@cloudpss/zstd";
import { sha256, toHex } from "../format/checksum.js";
import { LIMIT_FRAME_PLAIN_BYTES, LIMIT_FRAME_STORED_BYTES, LIMIT_FRAME_WINDOW_LOG, LIMIT_FRAMES_PER_SLOT, SIZE_TAR_BLOCK } from "../format/constants.gen.js";
import { FlavorError } from "../format/error.js";
import type { Frame, MetadataSlot } from "../format/metadata.js";

const ZSTD_MAGIC = 0xfd2fb528;

export interface FrameHeader {
  /** Bytes of the header. */
  readonly size: number;
  /** Plain size, when the header declares one. */
  readonly contentSize: bigint | undefined;
  /** 0 for a single-segment frame, which is bounded by its content. */
  readonly windowBytes: bigint;
  readonly hasDictionary: boolean;
  readonly hasChecksum: boolean;
}

/** The longest header of a zstd frame. */
export const LONGEST_FRAME_HEADER = 18;

/** @returns the header of a zstd frame, or undefined if the bytes do not begin one (a skippable frame counts as none). */
export function decodeFrameHeader(bytes: Uint8Array): FrameHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 6) return undefined;
  if (view.getUint32(0, true) !== ZSTD_MAGIC) return undefined;
  const descriptor = view.getUint8(4);
  const single = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  let at = 5;
  let windowBytes = 0n;
  if (!single) {
    const window = view.getUint8(at);
    const base = 1n << BigInt(10 + (window >> 3));
    windowBytes = base + (base / 8n) * BigInt(window & 7);
    at += 1;
  }
  at += dictionaryBytes;
  if (at + sizeBytes > bytes.length) return undefined;
  let contentSize: bigint | undefined;
  if (sizeBytes === 1) contentSize = BigInt(view.getUint8(at));
  if (sizeBytes === 2) contentSize = BigInt(view.getUint16(at, true) + 256);
  if (sizeBytes === 4) contentSize = BigInt(view.getUint32(at, true));
  if (sizeBytes === 8) contentSize = view.getBigUint64(at, true);
  return { size: at + sizeBytes, contentSize, windowBytes, hasDictionary: dictionaryBytes > 0, hasChecksum: (descriptor & 4) !== 0 };
}

/**
 * @throws FlavorError `frame-invalid` if the frames do not cover the slot without gap, or one breaks a limit.
 */
export function checkFrameList(slot: MetadataSlot, frames: readonly Frame[]): void {
  const refuse = (why: string) => new FlavorError("frame-invalid", `slot ${JSON.stringify(slot.id)}: ${why}`);
  if (frames.length > LIMIT_FRAMES_PER_SLOT) throw refuse(`${frames.length} frames`);
  let end = 0;
  let plain = 0;
  frames.forEach((frame, position) => {
    if (frame.offset !== end) throw refuse(`frame ${position} is at ${frame.offset}, expected ${end}`);
    if (frame.size === 0 || frame.size > LIMIT_FRAME_STORED_BYTES) throw refuse(`frame ${position} is stored in ${frame.size} bytes, allowed are 1 to ${LIMIT_FRAME_STORED_BYTES}`);
    if (frame.plain > LIMIT_FRAME_PLAIN_BYTES || frame.plain === 0 || frame.plain % SIZE_TAR_BLOCK !== 0) throw refuse(`frame ${position} has ${frame.plain} plain bytes`);
    if (frame.first !== null && (frame.first >= frame.plain || frame.first % SIZE_TAR_BLOCK !== 0)) throw refuse(`frame ${position} has its first header at ${frame.first}`);
    end += frame.size;
    plain += frame.plain;
  });
  if (slot.framesFault !== undefined) throw slot.framesFault;
  if (end !== slot.size) throw refuse(`the frames cover ${end} of ${slot.size} bytes`);
  if (plain !== slot.originalSize) throw refuse(`the frames hold ${plain} bytes, the slot ${slot.originalSize}`);
}

/**
 * Check one stored frame and decode it. The bytes hashed are the bytes decoded.
 *
 * @throws FlavorError `slot-digest-wrong`, `frame-invalid`.
 */
export function decodeFrame(stored: Uint8Array, frame: Frame, slotId: string): Uint8Array {
  const digest = toHex(sha256(stored));
  if (digest !== frame.sha256) {
    throw new FlavorError("slot-digest-wrong", `slot ${JSON.stringify(slotId)}, frame at ${frame.offset}: SHA-256 ${digest}, the metadata says ${frame.sha256}`);
  }
  const header = decodeFrameHeader(stored);
  const refuse = (why: string) => new FlavorError("frame-invalid", `slot ${JSON.stringify(slotId)}, frame at ${frame.offset}: ${why}`);
  if (header === undefined) throw refuse("it is no zstd frame");
  if (header.contentSize !== BigInt(frame.plain)) throw refuse(`it declares ${String(header.contentSize)} plain bytes, the metadata says ${frame.plain}`);
  if (header.hasDictionary) throw refuse("it asks for a dictionary");
  if (header.windowBytes > 1n << BigInt(LIMIT_FRAME_WINDOW_LOG)) throw refuse(`it asks for a window of ${header.windowBytes} bytes`);
  let plain: Uint8Array;
  try {
    plain = decompress(stored);
  } catch (cause) {
    throw new FlavorError("archive-malformed", `slot ${JSON.stringify(slotId)}, frame at ${frame.offset}: it does not decode`, { cause });
  }
  if (plain.length !== frame.plain) throw refuse(`it decodes to ${plain.length} bytes, the metadata says ${frame.plain}`);
  return plain;
}
