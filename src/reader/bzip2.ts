/**
 * Decoding BZIP2: one member, block by block, every checksum compared.
 *
 * Of our own, because what the registry has reads a whole file at a time or goes on after the first member. Memory is that of one block, at most 900,000 bytes and four times that
 * for the way back from its sorted form. The encoder is ../builder/bzip2.ts.
 *
 * Source: spec/operations.md, "Streams". The format has no document of its own; this follows what bzip2 1.0.8 writes and accepts, without the randomised blocks of versions before 0.9.5.
 */
import { bzip2Crc32 } from "../format/checksum.js";
import { Lookahead } from "./lookahead.js";

const BLOCK_STEP = 100_000;
const BLOCK_MAGIC = [0x314159, 0x265359] as const;
const END_MAGIC = [0x177245, 0x385090] as const;
/** Above what a block can be stored in: 900,001 symbols of 20 bits, selectors and tables. */
const LONGEST_BLOCK_BYTES = 2_621_440;
const SYMBOLS_PER_SELECTOR = 50;
const LONGEST_CODE = 20;
const RUN_A = 0;
const RUN_B = 1;
const PIECE_BYTES = 262_144;

/**
 * @param name - what the bytes are, for messages.
 * @throws FlavorError `archive-malformed`.
 */
export async function* decodeBzip2(source: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const input = new Lookahead(source, name, "BZIP2");
  const [b, z, h, level = 0] = await input.take(4);
  if (b !== 0x42 || z !== 0x5a || h !== 0x68 || level < 0x31 || level > 0x39) throw input.refuse("it does not begin as one");
  const refuse = (why: string) => input.refuse(why);
  const block = new Block((level - 0x30) * BLOCK_STEP, refuse);
  let combined = 0;
  for (let bitOffset = 0; ; ) {
    const bits = new Bits(await input.peek(LONGEST_BLOCK_BYTES), bitOffset, refuse);
    const magic = [bits.read(24), bits.read(24)];
    const checksum = bits.readWord();
    if (magic[0] === END_MAGIC[0] && magic[1] === END_MAGIC[1]) {
      if (checksum !== combined >>> 0) throw refuse("the checksum of the whole does not fit");
      input.skip(Math.ceil(bits.position / 8));
      await input.expectEnd();
      return;
    }
    if (magic[0] !== BLOCK_MAGIC[0] || magic[1] !== BLOCK_MAGIC[1]) throw refuse("a block does not begin as one");
    block.read(bits);
    input.skip(bits.position >>> 3);
    bitOffset = bits.position & 7;
    let found = 0;
    for (const piece of block.plain()) {
      found = bzip2Crc32(piece, found);
      yield piece;
    }
    if (found !== checksum) throw refuse("the checksum of a block does not fit");
    combined = ((combined << 1) | (combined >>> 31)) ^ checksum;
  }
}

type Refuse = (why: string) => Error;

/** Bits of bytes, the highest first. */
class Bits {
  readonly #bytes: Uint8Array;
  readonly #refuse: Refuse;
  /** Bits read so far, from the start of the bytes. */
  position: number;

  constructor(bytes: Uint8Array, position: number, refuse: Refuse) {
    this.#bytes = bytes;
    this.position = position;
    this.#refuse = refuse;
  }

  /** @param count - 1 to 24. @returns the next bits without taking them; zeros stand behind the end. */
  peek(count: number): number {
    const at = this.position >>> 3;
    const word = ((this.#bytes[at] ?? 0) << 24) | ((this.#bytes[at + 1] ?? 0) << 16) | ((this.#bytes[at + 2] ?? 0) << 8) | (this.#bytes[at + 3] ?? 0);
    return (word << (this.position & 7)) >>> (32 - count);
  }

  skip(count: number): void {
    this.position += count;
    if (this.position > this.#bytes.length * 8) throw this.#refuse("it ends early");
  }

  /** @param count - 1 to 24. */
  read(count: number): number {
    const value = this.peek(count);
    this.skip(count);
    return value;
  }

  /** @returns 32 bits, unsigned. */
  readWord(): number {
    return this.read(16) * 65536 + this.read(16);
  }
}

/** A canonical Huffman code. */
interface Code {
  /** The highest code of each length; -1 when a length has none. */
  readonly limits: Int32Array;
  /** What to subtract from a code of each length to get its place in `symbols`. */
  readonly bases: Int32Array;
  readonly symbols: Uint16Array;
}

class Block {
  readonly #limit: number;
  readonly #refuse: Refuse;
  /** The last column; then, in the upper 24 bits, the way through it. */
  readonly #column: Uint32Array;
  #count = 0;
  #start = 0;

  constructor(limit: number, refuse: Refuse) {
    this.#limit = limit;
    this.#refuse = refuse;
    this.#column = new Uint32Array(limit);
  }

  /** Read a block, up to its last symbol. */
  read(bits: Bits): void {
    if (bits.read(1) === 1) throw this.#refuse("a block is randomised, as versions before 0.9.5 wrote them");
    this.#start = bits.read(24);
    const used = readUsedBytes(bits);
    if (used.length === 0) throw this.#refuse("a block uses no byte");
    const selectors = this.#readSelectors(bits);
    const codes = Array.from({ length: selectors.codeCount }, () => this.#readCode(bits, used.length + 2));
    this.#readSymbols(bits, used, selectors.order, codes);
    if (this.#start >= this.#count) throw this.#refuse("a block starts outside of itself");
    this.#thread();
  }

  #readSelectors(bits: Bits): { readonly codeCount: number; readonly order: Uint8Array } {
    const codeCount = bits.read(3);
    const count = bits.read(15);
    if (codeCount < 2 || codeCount > 6 || count === 0) throw this.#refuse("a block has an impossible number of codes");
    const recent = Array.from({ length: codeCount }, (_, position) => position);
    const order = new Uint8Array(count);
    for (let at = 0; at < count; at += 1) {
      let rank = 0;
      while (bits.read(1) === 1) rank += 1;
      if (rank >= codeCount) throw this.#refuse("a block selects a code that it does not have");
      recent.unshift(...recent.splice(rank, 1));
      order[at] = recent[0] ?? 0;
    }
    return { codeCount, order };
  }

  #readCode(bits: Bits, symbolCount: number): Code {
    const lengths = new Uint8Array(symbolCount);
    let length = bits.read(5);
    for (let symbol = 0; symbol < symbolCount; symbol += 1) {
      for (;;) {
        if (length < 1 || length > LONGEST_CODE) throw this.#refuse("a code is too long");
        if (bits.read(1) === 0) break;
        length += bits.read(1) === 0 ? 1 : -1;
      }
      lengths[symbol] = length;
    }
    return canonicalCode(lengths);
  }

  /** Undo Huffman coding, run lengths and move-to-front: what is left is the last column of the sorted rotations. */
  #readSymbols(bits: Bits, used: Uint8Array, order: Uint8Array, codes: readonly Code[]): void {
    const column = this.#column;
    const recent = Uint8Array.from(used);
    const end = used.length + 1;
    let count = 0;
    let run = 0;
    let runBit = 1;
    for (let group = 0; ; group += 1) {
      const code = codes[order[group] ?? codes.length];
      if (code === undefined) throw this.#refuse("a block has fewer selectors than symbols");
      for (let left = SYMBOLS_PER_SELECTOR; left > 0; left -= 1) {
        const symbol = this.#readSymbol(bits, code);
        if (symbol === RUN_A || symbol === RUN_B) {
          if (runBit > 2 * this.#limit) throw this.#refuse("a block is too long");
          run += runBit << symbol;
          runBit <<= 1;
          continue;
        }
        if (run > 0) {
          if (count + run > this.#limit) throw this.#refuse("a block is too long");
          column.fill(recent[0] ?? 0, count, count + run);
          count += run;
          run = 0;
          runBit = 1;
        }
        if (symbol === end) {
          this.#count = count;
          return;
        }
        if (count === this.#limit) throw this.#refuse("a block is too long");
        const byte = recent[symbol - 1] ?? 0;
        recent.copyWithin(1, 0, symbol - 1);
        recent[0] = byte;
        column[count] = byte;
        count += 1;
      }
    }
  }

  #readSymbol(bits: Bits, { limits, bases, symbols }: Code): number {
    const ahead = bits.peek(LONGEST_CODE);
    for (let length = 1; length <= LONGEST_CODE; length += 1) {
      const code = ahead >>> (LONGEST_CODE - length);
      if (code > (limits[length] ?? -1)) continue;
      bits.skip(length);
      return symbols[code - (bases[length] ?? 0)] ?? 0;
    }
    throw this.#refuse("a code stands for nothing");
  }

  /** From each place of the last column to the one that its byte is followed by. */
  #thread(): void {
    const column = this.#column;
    const next = new Uint32Array(257);
    for (let at = 0; at < this.#count; at += 1) {
      const follower = ((column[at] ?? 0) & 0xff) + 1;
      next[follower] = (next[follower] ?? 0) + 1;
    }
    for (let byte = 1; byte < 256; byte += 1) next[byte] = (next[byte] ?? 0) + (next[byte - 1] ?? 0);
    for (let at = 0; at < this.#count; at += 1) {
      const byte = (column[at] ?? 0) & 0xff;
      const place = next[byte] ?? 0;
      next[byte] = place + 1;
      column[place] = ((column[place] ?? 0) & 0xff) | (at << 8);
    }
  }

  /** The block's content, its runs of four and more written out. */
  *plain(): Generator<Uint8Array> {
    const column = this.#column;
    let place = (column[this.#start] ?? 0) >>> 8;
    let piece = new Uint8Array(PIECE_BYTES);
    let filled = 0;
    let last = -1;
    let same = 0;
    for (let left = this.#count; left > 0; left -= 1) {
      const entry = column[place] ?? 0;
      const byte = entry & 0xff;
      place = entry >>> 8;
      if (filled + 256 > PIECE_BYTES) {
        yield piece.subarray(0, filled);
        piece = new Uint8Array(PIECE_BYTES);
        filled = 0;
      }
      if (same === 4) {
        piece.fill(last, filled, filled + byte);
        filled += byte;
        same = 0;
        last = -1;
        continue;
      }
      same = byte === last ? same + 1 : 1;
      last = byte;
      piece[filled] = byte;
      filled += 1;
    }
    if (same === 4) throw this.#refuse("a block ends inside a run");
    yield piece.subarray(0, filled);
  }
}

/** The bytes that occur in a block, in order: 16 bits say which sixteenths of the alphabet occur, 16 bits for each of those which bytes do. */
function readUsedBytes(bits: Bits): Uint8Array {
  const used: number[] = [];
  const parts = bits.read(16);
  for (let part = 0; part < 16; part += 1) {
    const members = (parts & (0x8000 >> part)) === 0 ? 0 : bits.read(16);
    for (let member = 0; member < 16; member += 1) if ((members & (0x8000 >> member)) !== 0) used.push(16 * part + member);
  }
  return Uint8Array.from(used);
}

function canonicalCode(lengths: Uint8Array): Code {
  const symbols = new Uint16Array(lengths.length);
  const limits = new Int32Array(LONGEST_CODE + 1).fill(-1);
  const bases = new Int32Array(LONGEST_CODE + 1);
  let code = 0;
  let place = 0;
  for (let length = 1; length <= LONGEST_CODE; length += 1) {
    bases[length] = code - place;
    lengths.forEach((own, symbol) => {
      if (own !== length) return;
      symbols[place] = symbol;
      place += 1;
      code += 1;
    });
    limits[length] = code - 1;
    code <<= 1;
  }
  return { limits, bases, symbols };
}
