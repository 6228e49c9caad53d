/**
 * Decoding ZSTD as a stream: one or more frames, held to the limits before the decoder sees them. (Slots with a frame list are ./frames.ts's.)
 *
 * Source: spec/operations.md, "Streams"; RFC 8878 section 3.1.1.
 */
import { Decompressor } from "@cloudpss/zstd";
import { decodeFrameHeader, LONGEST_FRAME_HEADER, type FrameHeader } from "./frames.js";
import { Lookahead } from "./lookahead.js";
import { throughTransform } from "./transform.js";

const BLOCK_HEADER_BYTES = 3;
const BLOCK_REPEATED = 1;
const BLOCK_RESERVED = 3;
const LONGEST_BLOCK = 128 * 1024;
const CHECKSUM_BYTES = 4;
/** The decoder gives all that one piece of input decodes to at once, and 4 bytes can decode to 128 KiB. */
const PIECE_BYTES = 512;

/** Called when a frame begins. @param offset - of the frame in the stream. */
export type OnFrame = (offset: number, header: FrameHeader) => void;

/**
 * @param name - what the bytes are, for messages.
 * @param windowLimit - the largest window that is taken, in bytes.
 * @throws FlavorError `archive-malformed`.
 */
export function decodeZstd(source: AsyncIterable<Uint8Array>, name: string, windowLimit: number, onFrame: OnFrame = () => undefined): AsyncGenerator<Uint8Array> {
  const input = new Lookahead(source, name, "ZSTD");
  const decoder = new CountingDecompressor();
  return throughTransform(inPieces(checkedFrames(input, decoder, windowLimit, onFrame)), decoder, (cause) => input.refuse(cause.message));
}

/** libzstd does not compare the size of a frame that ends in an empty block with the declared one. */
class CountingDecompressor extends Decompressor {
  plainBytes = 0;

  override push(chunk: Uint8Array | null): boolean {
    this.plainBytes += chunk?.length ?? 0;
    return super.push(chunk);
  }
}

async function* inPieces(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) yield chunk.subarray(at, at + PIECE_BYTES);
  }
}

/** The bytes as they are; what no reader may decode is refused before it is passed on. Each piece is decoded before the next is asked for. */
async function* checkedFrames(input: Lookahead, decoder: CountingDecompressor, windowLimit: number, onFrame: OnFrame): AsyncGenerator<Uint8Array> {
  do {
    const header = decodeFrameHeader(await input.peek(LONGEST_FRAME_HEADER));
    if (header === undefined) throw input.refuse("a frame does not begin as one (skippable frames are none)");
    if (header.hasDictionary) throw input.refuse("a frame asks for a dictionary");
    const window = header.windowBytes === 0n ? (header.contentSize ?? 0n) : header.windowBytes;
    if (window > windowLimit) throw input.refuse(`a frame asks for a window of ${window} bytes, more than ${windowLimit}`, "compress it with zstd --long=25 at most");
    onFrame(input.taken, header);
    const start = decoder.plainBytes;
    yield await input.take(header.size);
    for (let last = false; !last; ) {
      const block = Buffer.from(await input.peek(BLOCK_HEADER_BYTES));
      if (block.length < BLOCK_HEADER_BYTES) throw input.refuse("it ends early");
      const head = block.readUIntLE(0, BLOCK_HEADER_BYTES);
      last = (head & 1) !== 0;
      const kind = (head >> 1) & 3;
      const size = head >>> 3;
      if (kind === BLOCK_RESERVED || size > LONGEST_BLOCK) throw input.refuse("a block does not begin as one");
      yield await input.take(BLOCK_HEADER_BYTES + (kind === BLOCK_REPEATED ? 1 : size));
    }
    if (header.hasChecksum) yield await input.take(CHECKSUM_BYTES);
    const plain = decoder.plainBytes - start;
    if (header.contentSize !== undefined && header.contentSize !== BigInt(plain)) throw input.refuse(`a frame declares ${header.contentSize} bytes and holds ${plain}`);
  } while ((await input.peek(1)).length > 0);
}
