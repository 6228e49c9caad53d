/**
 * Decoding XZ: one stream of LZMA2 blocks, every check compared, the index and footer too.
 *
 * Of our own: what the registry has decodes whole files in memory, takes any dictionary or does not compare every check, and the binding that ../builder/xz.ts encodes with is not there on every host.
 *
 * Source: spec/operations.md, "Streams"; "The .xz File Format" 1.2.1.
 */
import { createHash } from "node:crypto";
import { crc32, Crc64, equalBytes } from "../format/checksum.js";
import { Lookahead } from "./lookahead.js";
import { decodeLzma2 } from "./lzma2.js";

const HEADER_BYTES = 12;
const HEADER_MAGIC = Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00);
const FOOTER_BYTES = 12;
const FOOTER_MAGIC = Uint8Array.of(0x59, 0x5a);
/** Sizes of the checks of blocks, by the number in the stream's flags; the numbers that are left out are not in use. */
const CHECK_BYTES: Readonly<Record<number, number>> = { 0x00: 0, 0x01: 4, 0x04: 8, 0x0a: 32 };
const CHECK_CRC32 = 0x01;
const CHECK_CRC64 = 0x04;
const CHECK_SHA256 = 0x0a;
const FILTER_LZMA2 = 0x21;
const BLOCK_FILTERS_MASK = 0x03;
const BLOCK_RESERVED_MASK = 0x3c;
const BLOCK_HAS_STORED_SIZE = 0x40;
const BLOCK_HAS_PLAIN_SIZE = 0x80;
/** The longest number. */
const NUMBER_BYTES = 9;

/**
 * @param name - what the bytes are, for messages.
 * @param windowLimit - the largest dictionary that is taken, in bytes.
 * @throws FlavorError `archive-malformed`.
 */
export async function* decodeXz(source: AsyncIterable<Uint8Array>, name: string, windowLimit: number): AsyncGenerator<Uint8Array> {
  const input = new Lookahead(source, name, "XZ");
  const header = await input.take(HEADER_BYTES);
  const check = header[7] ?? 0;
  if (CHECK_BYTES[check] === undefined || !equalBytes(header, streamHeader(check))) throw input.refuse("it does not begin as one");
  const blocks = new Blocks();
  const stream = { check, windowLimit };
  for (;;) {
    const [first = 0] = await input.take(1);
    if (first === 0) break;
    yield* decodeBlock(input, first, stream, blocks);
  }
  const indexSize = await readIndex(input, blocks);
  if (!equalBytes(await input.take(FOOTER_BYTES), streamFooter(indexSize, check))) throw input.refuse("its footer does not fit");
  await input.expectEnd();
}

/** Sizes of blocks, in a digest: there may be more blocks than memory. */
class Blocks {
  readonly #hash = createHash("sha256");
  count = 0;

  add(unpadded: number, plain: number): void {
    this.#hash.update(`${unpadded} ${plain}\n`);
    this.count += 1;
  }

  equals(other: Blocks): boolean {
    return this.count === other.count && equalBytes(this.#hash.digest(), other.#hash.digest());
  }
}

/** What holds for every block of a stream. */
interface StreamRules {
  readonly check: number;
  readonly windowLimit: number;
}

/** @param sizeByte - the first byte of the block's header. */
async function* decodeBlock(input: Lookahead, sizeByte: number, { check, windowLimit }: StreamRules, blocks: Blocks): AsyncGenerator<Uint8Array> {
  const headerSize = (sizeByte + 1) * 4;
  const header = readBlockHeader(input, Buffer.concat([Uint8Array.of(sizeByte), await input.take(headerSize - 1)]), windowLimit);
  const start = input.taken;
  const digest = startCheck(check);
  let plain = 0;
  for await (const bytes of decodeLzma2(input, header.dictionaryBytes)) {
    digest.update(bytes);
    plain += bytes.length;
    yield bytes;
  }
  const stored = input.taken - start;
  if (stored !== (header.stored ?? stored) || plain !== (header.plain ?? plain)) throw input.refuse("a block has another size than its header says");
  await takePadding(input, stored);
  const checkBytes = CHECK_BYTES[check] ?? 0;
  if (!equalBytes(await input.take(checkBytes), digest.digest())) throw input.refuse("the check of a block does not fit");
  blocks.add(headerSize + stored + checkBytes, plain);
}

interface BlockHeader {
  readonly dictionaryBytes: number;
  /** Sizes that the header may declare. */
  readonly stored: number | undefined;
  readonly plain: number | undefined;
}

function readBlockHeader(input: Lookahead, bytes: Buffer, windowLimit: number): BlockHeader {
  const end = bytes.length - 4;
  if (bytes.readUInt32LE(end) !== crc32(bytes.subarray(0, end))) throw input.refuse("the checksum of a block's header does not fit");
  const flags = bytes[1] ?? 0;
  if ((flags & BLOCK_RESERVED_MASK) !== 0) throw input.refuse("a block's header uses reserved flags");
  const otherFilters = () => input.refuse("a block uses other filters than LZMA2");
  if ((flags & BLOCK_FILTERS_MASK) !== 0) throw otherFilters();
  let at = 2;
  const number = () => {
    const found = decodeNumber(bytes.subarray(0, end), at);
    if (found === undefined) throw input.refuse("a number in a block's header is malformed");
    at = found.end;
    return found.value;
  };
  const stored = (flags & BLOCK_HAS_STORED_SIZE) === 0 ? undefined : number();
  const plain = (flags & BLOCK_HAS_PLAIN_SIZE) === 0 ? undefined : number();
  if (number() !== FILTER_LZMA2 || number() !== 1) throw otherFilters();
  const code = bytes[at] ?? 0;
  if (bytes.subarray(at + 1, end).some((byte) => byte !== 0)) throw input.refuse("a block's header goes on after its filters");
  return { dictionaryBytes: dictionarySize(input, code, windowLimit), stored, plain };
}

/** The sizes are 2 and 3 times the powers of two, from 4 KiB on. */
function dictionarySize(input: Lookahead, code: number, windowLimit: number): number {
  const size = (2 | (code & 1)) * 2 ** ((code >> 1) + 11);
  if (code > 40) throw input.refuse(`a block has the dictionary size ${code}`);
  if (size > windowLimit) throw input.refuse(`it asks for a dictionary of ${size} bytes, more than ${windowLimit}`, "compress it with xz -8");
  return size;
}

async function takePadding(input: Lookahead, size: number): Promise<void> {
  if ((await input.take((4 - (size % 4)) % 4)).some((byte) => byte !== 0)) throw input.refuse("its padding is not zero");
}

/** Read the index behind its first byte, and compare it with the blocks. @returns its size. */
async function readIndex(input: Lookahead, blocks: Blocks): Promise<number> {
  const start = input.taken - 1;
  let sum = crc32(Uint8Array.of(0));
  const take = async (count: number) => {
    const bytes = await input.take(count);
    sum = crc32(bytes, sum);
    return bytes;
  };
  const number = async () => {
    const found = decodeNumber(await input.peek(NUMBER_BYTES), 0);
    if (found === undefined) throw input.refuse("a number in its index is malformed");
    await take(found.end);
    return found.value;
  };
  const listed = new Blocks();
  const count = await number();
  if (count !== blocks.count) throw input.refuse("its index lists another number of blocks");
  while (listed.count < count) listed.add(await number(), await number());
  if (!listed.equals(blocks)) throw input.refuse("its index does not fit its blocks");
  while ((input.taken - start) % 4 !== 0) if ((await take(1))[0] !== 0) throw input.refuse("its padding is not zero");
  const found = Buffer.from(await input.take(4)).readUInt32LE();
  if (found !== sum) throw input.refuse("the checksum of its index does not fit");
  return input.taken - start;
}

/** The one header that a stream with this check has. */
function streamHeader(check: number): Uint8Array {
  const flags = Uint8Array.of(0, check);
  return Buffer.concat([HEADER_MAGIC, flags, littleEndian(crc32(flags))]);
}

/** The one footer that fits an index. */
function streamFooter(indexSize: number, check: number): Uint8Array {
  const fields = Buffer.concat([littleEndian(indexSize / 4 - 1), Uint8Array.of(0, check)]);
  return Buffer.concat([littleEndian(crc32(fields)), fields, FOOTER_MAGIC]);
}

function littleEndian(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** @returns the number at a place (7 bits a byte, the lowest first) and where it ends; undefined if it is cut off, longer than it needs to be, or not below 2^53. */
function decodeNumber(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let position = 0; position < NUMBER_BYTES; position += 1) {
    const byte = bytes[at + position];
    if (byte === undefined || (position > 0 && byte === 0)) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * position);
    if (byte < 0x80) return value <= Number.MAX_SAFE_INTEGER ? { value, end: at + position + 1 } : undefined;
  }
  return undefined;
}

interface Check {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

function startCheck(check: number): Check {
  switch (check) {
    case CHECK_CRC32:
      return new Crc32();
    case CHECK_CRC64:
      return new Crc64();
    case CHECK_SHA256: {
      const hash = createHash("sha256");
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
    }
    default:
      return { update: () => undefined, digest: () => new Uint8Array(0) };
  }
}

class Crc32 implements Check {
  #sum = 0;

  update(bytes: Uint8Array): void {
    this.#sum = crc32(bytes, this.#sum);
  }

  digest(): Uint8Array {
    return littleEndian(this.#sum);
  }
}
