/**
 * Cutting an archive into the plain halves of zstd frames.
 *
 * Source: spec/operations.md, "Zstd frames".
 */
import { SIZE_TAR_BLOCK } from "../format/constants.gen.js";
import type { TarPiece } from "./archive.js";

/** Plain bytes of a frame: a frame of incompressible data then still stays below 8 MiB when stored. */
export const FRAME_PLAIN_BYTES = 8 * 1024 * 1024 - SIZE_TAR_BLOCK;

export interface PlainFrame {
  readonly plain: Uint8Array;
  /** Offset of the first header that starts in the frame; null when none does. */
  readonly first: number | null;
}

/**
 * @param pieces - of an archive; together a multiple of 512 bytes.
 * @returns frames, one buffer for all of them (the next one overwrites it), of at most `FRAME_PLAIN_BYTES`, cut at multiples of 512 and never inside a header with its extensions.
 */
export async function* cutFrames(pieces: AsyncIterable<TarPiece>): AsyncGenerator<PlainFrame> {
  const buffer = new Uint8Array(FRAME_PLAIN_BYTES);
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
      if (filled + bytes.length > FRAME_PLAIN_BYTES) yield take();
      first ??= filled;
    }
    for (let from = 0; from < bytes.length; ) {
      if (filled === FRAME_PLAIN_BYTES) yield take();
      const part = bytes.subarray(from, from + FRAME_PLAIN_BYTES - filled);
      buffer.set(part, filled);
      filled += part.length;
      from += part.length;
    }
  }
  if (filled > 0) yield take();
}
