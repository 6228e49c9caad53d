/**
 * The gzip framing of metadata: one member of stored blocks, the same bytes from every language.
 *
 * Source: spec/metadata.md, "Framing"; RFC 1952; RFC 1951 section 3.2.4.
 */
import { crc32 } from "./checksum.js";
import { LIMIT_GZIP_STORED_BLOCK_BYTES } from "./constants.gen.js";
import { FlavorError } from "./error.js";

const HEADER = Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
const BLOCK_HEADER_BYTES = 5;
const TAIL_BYTES = 8;

/** @returns size of the framed form of `plainBytes` bytes. */
export function storedGzipSize(plainBytes: number): number {
  const blocks = Math.max(1, Math.ceil(plainBytes / LIMIT_GZIP_STORED_BLOCK_BYTES));
  return HEADER.length + blocks * BLOCK_HEADER_BYTES + plainBytes + TAIL_BYTES;
}

/** @returns one gzip member of stored blocks. */
export function encodeStoredGzip(plain: Uint8Array): Uint8Array {
  const out = new Uint8Array(storedGzipSize(plain.length));
  const view = new DataView(out.buffer);
  out.set(HEADER);
  let at = HEADER.length;
  let from = 0;
  do {
    const length = Math.min(LIMIT_GZIP_STORED_BLOCK_BYTES, plain.length - from);
    out[at] = from + length === plain.length ? 1 : 0;
    view.setUint16(at + 1, length, true);
    view.setUint16(at + 3, length ^ 0xffff, true);
    out.set(plain.subarray(from, from + length), at + BLOCK_HEADER_BYTES);
    at += BLOCK_HEADER_BYTES + length;
    from += length;
  } while (from < plain.length);
  view.setUint32(at, crc32(plain), true);
  view.setUint32(at + 4, plain.length % 2 ** 32, true);
  return out;
}

/**
 * @param bytes - exactly one member as `encodeStoredGzip` writes it.
 * @throws FlavorError `metadata-malformed` for any other framing.
 */
export function decodeStoredGzip(bytes: Uint8Array): Uint8Array {
  const refuse = (what: string) => new FlavorError("metadata-malformed", `metadata is not framed as this format asks: ${what}`);
  if (bytes.length < HEADER.length + BLOCK_HEADER_BYTES + TAIL_BYTES) throw refuse(`${bytes.length} bytes are too few`);
  if (HEADER.some((byte, at) => bytes[at] !== byte)) throw refuse("the gzip header is another");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const plain = new Uint8Array(bytes.length);
  let at = HEADER.length;
  let size = 0;
  for (let last = false; !last; ) {
    if (at + BLOCK_HEADER_BYTES + TAIL_BYTES > bytes.length) throw refuse("a block is cut off");
    const head = view.getUint8(at);
    const length = view.getUint16(at + 1, true);
    if (head > 1) throw refuse(`block header 0x${head.toString(16)} at ${at}`);
    last = head === 1;
    if ((view.getUint16(at + 3, true) ^ 0xffff) !== length) throw refuse(`the block length at ${at} does not fit its complement`);
    if (!last && length !== LIMIT_GZIP_STORED_BLOCK_BYTES) throw refuse(`a block of ${length} bytes that is not the last`);
    if (last && length === 0 && size > 0) throw refuse("an empty last block");
    at += BLOCK_HEADER_BYTES;
    if (at + length + TAIL_BYTES > bytes.length) throw refuse("a block is cut off");
    plain.set(bytes.subarray(at, at + length), size);
    at += length;
    size += length;
  }
  const content = plain.subarray(0, size);
  if (at + TAIL_BYTES !== bytes.length) throw refuse(`${bytes.length - at - TAIL_BYTES} bytes follow the member`);
  if (view.getUint32(at, true) !== crc32(content)) throw refuse("the CRC-32 does not fit");
  if (view.getUint32(at + 4, true) !== size) throw refuse("the length does not fit");
  return content;
}
