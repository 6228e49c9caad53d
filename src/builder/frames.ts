/**
 * Cutting an archive into the plain halves of zstd frames.
 *
 * Source: spec/operations.md, "Zstd frames".
 */
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
