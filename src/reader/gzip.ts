/**
 * Decoding GZIP: one member, its checksum and length compared. (Node's gunzip goes on with the next member, and passes over what follows the last.)
 *
 * Source: spec/operations.md, "Streams"; RFC 1952.
 */
import { createInflateRaw } from "node:zlib";
import { crc32 } from "../format/checksum.js";
import { Lookahead } from "./lookahead.js";
import { throughTransform } from "./transform.js";

const METHOD_DEFLATE = 8;
const FLAG_HEADER_CRC = 0x02;
const FLAG_EXTRA = 0x04;
const FLAG_NAME = 0x08;
const FLAG_COMMENT = 0x10;
const FLAGS_RESERVED = 0xe0;
const TAIL_BYTES = 8;

/**
 * @param name - what the bytes are, for messages.
 * @throws FlavorError `archive-malformed`.
 */
export async function* decodeGzip(source: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const input = new Lookahead(source, name, "GZIP");
  await skipHeader(input);
  const inflate = createInflateRaw();
  let fed = 0;
  let last: Uint8Array = new Uint8Array(0);
  const pieces = async function* () {
    for (let bytes = await input.peek(1); bytes.length > 0; bytes = await input.peek(1)) {
      input.skip(bytes.length);
      fed += bytes.length;
      last = bytes;
      yield bytes;
    }
  };
  let sum = 0;
  let size = 0;
  for await (const chunk of throughTransform(pieces(), inflate, (cause) => input.refuse(cause.message))) {
    sum = crc32(chunk, sum);
    size += chunk.length;
    yield chunk;
  }
  input.putBack(last.subarray(last.length - (fed - inflate.bytesWritten)));
  const tail = Buffer.from(await input.take(TAIL_BYTES));
  if (tail.readUInt32LE(0) !== sum) throw input.refuse("its checksum does not fit");
  if (tail.readUInt32LE(4) !== size % 2 ** 32) throw input.refuse("its length does not fit");
  await input.expectEnd();
}

async function skipHeader(input: Lookahead): Promise<void> {
  let sum = 0;
  const take = async (count: number) => {
    const bytes = await input.take(count);
    sum = crc32(bytes, sum);
    return bytes;
  };
  const [first, second, method, flags = 0] = await take(10);
  if (first !== 0x1f || second !== 0x8b || method !== METHOD_DEFLATE) throw input.refuse("it does not begin as one");
  if ((flags & FLAGS_RESERVED) !== 0) throw input.refuse("its header uses reserved flags");
  if ((flags & FLAG_EXTRA) !== 0) {
    const [low = 0, high = 0] = await take(2);
    await take(low | (high << 8));
  }
  const texts = [FLAG_NAME, FLAG_COMMENT].filter((flag) => (flags & flag) !== 0).length;
  for (let ended = 0; ended < texts; ) if ((await take(1))[0] === 0) ended += 1;
  if ((flags & FLAG_HEADER_CRC) === 0) return;
  const expected = sum & 0xffff;
  const [low = 0, high = 0] = await take(2);
  if ((low | (high << 8)) !== expected) throw input.refuse("the checksum of its header does not fit");
}
