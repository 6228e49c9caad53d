/**
 * Zstd frames of a slot: cutting an archive into their plain halves, and listing those of a blob that came ready-made.
 *
 * Source: spec/operations.md, "Zstd frames".
 */
import { LIMIT_FRAME_PLAIN_BYTES, LIMIT_FRAME_STORED_BYTES, LIMIT_FRAME_WINDOW_LOG, LIMIT_FRAMES_PER_SLOT, SIZE_TAR_BLOCK } from "../format/constants.gen.js";
import type { Frame } from "../format/metadata.js";
import type { FrameHeader } from "../reader/frames.js";
import type { TarPiece } from "./archive.js";

export interface PlainFrame {
  readonly plain: Uint8Array;
  /** Offset of the first header that starts in the frame; null when none does. */
  readonly first: number | null;
}

/**
 * @param pieces - of an archive; together a multiple of 512 bytes.
 * @param most - plain bytes of a frame at most; a multiple of 512.
 * @returns frames, one buffer for all of them (the next one overwrites it), of at most `most` bytes, cut at multiples of 512 and never inside a header with its extensions.
 */
export async function* cutFrames(pieces: AsyncIterable<TarPiece>, most: number): AsyncGenerator<PlainFrame> {
  const buffer = new Uint8Array(most);
  let filled = 0;
  let first: number | null = null;
  const take = (): PlainFrame => {
    const frame = { plain: buffer.subarray(0, filled), first };
    filled = 0;
    first = null;
    return frame;
  };
  for await (const { kind, bytes } of pieces) {
    if (kind === "header") {
      if (filled + bytes.length > most) yield take();
      first ??= filled;
    }
    for (let from = 0; from < bytes.length; ) {
      if (filled === most) yield take();
      const part = bytes.subarray(from, from + most - filled);
      buffer.set(part, filled);
      filled += part.length;
      from += part.length;
    }
  }
  if (filled > 0) yield take();
}

interface FoundFrame {
  readonly offset: number;
  readonly plainStart: number;
  readonly plain: number;
  first: number | null;
}

/** The frames of a blob that is stored as it is, told while it is decoded; they make a list only if all of them are as this format writes them. */
export class FoundFrames {
  readonly #frames: FoundFrame[] = [];
  #plainEnd = 0;
  /** The frame in which the last headers began. */
  #current = 0;
  #fit = true;

  /** A frame begins. @param offset - in the blob. */
  addFrame(offset: number, header: FrameHeader): void {
    const plain = Number(header.contentSize ?? 0n);
    const bounded = plain > 0 && plain <= LIMIT_FRAME_PLAIN_BYTES && plain % SIZE_TAR_BLOCK === 0 && header.windowBytes <= 1n << BigInt(LIMIT_FRAME_WINDOW_LOG);
    this.#fit &&= bounded && !header.hasChecksum && this.#frames.length < LIMIT_FRAMES_PER_SLOT;
    if (!this.#fit) return;
    this.#frames.push({ offset, plainStart: this.#plainEnd, plain, first: null });
    this.#plainEnd += plain;
  }

  /** Headers of an entry were decoded, and so the frames that they lie in have been added. @param offset - in the archive. */
  addHeaders(offset: number, size: number): void {
    if (!this.#fit) return;
    const endOf = (frame: FoundFrame | undefined) => (frame === undefined ? Infinity : frame.plainStart + frame.plain);
    while (endOf(this.#frames[this.#current]) <= offset) this.#current += 1;
    const frame = this.#frames[this.#current];
    if (frame === undefined || offset + size > endOf(frame)) this.#fit = false;
    else frame.first ??= offset - frame.plainStart;
  }

  /** @param blobSize - stored bytes. @returns the list without digests, or undefined if the blob has none. */
  list(blobSize: number): readonly Omit<Frame, "sha256">[] | undefined {
    const frames = this.#frames.map(({ offset, plain, first }, position) => ({ offset, size: (this.#frames[position + 1]?.offset ?? blobSize) - offset, plain, first }));
    return this.#fit && frames.length > 0 && frames.every(({ size }) => size <= LIMIT_FRAME_STORED_BYTES) ? frames : undefined;
  }
}
