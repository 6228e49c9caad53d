/**
 * Encoding BZIP2: one member, block size 9, in the memory of one block.
 *
 * Of our own: the registry has no encoder that takes a stream and is kept up. It is slower than the bzip2 tool (about a second for a megabyte) and as small to within a percent.
 * The decoder is ../reader/bzip2.ts.
 *
 * Source: spec/builder.md, "What a builder does".
 */
import { bzip2Crc32 } from "../format/checksum.js";

/** What bzip2 -9 puts into a block at most, after runs have been shortened. */
const BLOCK_BYTES = 900_000 - 19;
const LONGEST_RUN = 255;
const SYMBOLS_PER_SELECTOR = 50;
/** Readers take 20; bzip2 writes 17 at most since 1.0.3. */
const LONGEST_CODE = 17;
const REFINEMENTS = 4;

/** @param source - plain bytes, in pieces of any size. */
export async function* encodeBzip2(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const bits = new Bits();
  for (const byte of Buffer.from("BZh9", "latin1")) bits.write(byte, 8);
  const column = new Uint8Array(BLOCK_BYTES + 8);
  let filled = 0;
  let checksum = 0;
  let combined = 0;
  let last = -1;
  let run = 0;

  /** A run of four and more is four bytes and the number of the others. */
  const endRun = () => {
    if (run === 0) return;
    column.fill(last, filled, filled + Math.min(run, 4));
    filled += Math.min(run, 4);
    if (run >= 4) column[filled++] = run - 4;
    run = 0;
  };
  const endBlock = () => {
    endRun();
    if (filled === 0) return;
    combined = ((combined << 1) | (combined >>> 31)) ^ checksum;
    writeBlock(bits, column.subarray(0, filled), checksum);
    filled = 0;
    checksum = 0;
    last = -1;
  };

  for await (const chunk of source) {
    let from = 0;
    for (const [at, byte] of chunk.entries()) {
      if (byte === last && run < LONGEST_RUN) {
        run += 1;
        continue;
      }
      endRun();
      if (filled >= BLOCK_BYTES - 5) {
        checksum = bzip2Crc32(chunk.subarray(from, at), checksum);
        from = at;
        endBlock();
        yield bits.take();
      }
      last = byte;
      run = 1;
    }
    checksum = bzip2Crc32(chunk.subarray(from), checksum);
  }
  endBlock();
  bits.write(0x177245, 24);
  bits.write(0x385090, 24);
  bits.writeWord(combined >>> 0);
  bits.align();
  yield bits.take();
}

/** Bits, the highest first. */
class Bits {
  #bytes = new Uint8Array(1 << 20);
  #filled = 0;
  #pending = 0;
  #pendingBits = 0;

  /** @param count - 1 to 24. */
  write(value: number, count: number): void {
    this.#pending = (this.#pending << count) | value;
    this.#pendingBits += count;
    while (this.#pendingBits >= 8) {
      this.#pendingBits -= 8;
      this.#push(this.#pending >>> this.#pendingBits);
      this.#pending &= (1 << this.#pendingBits) - 1;
    }
  }

  writeWord(value: number): void {
    this.write(value >>> 16, 16);
    this.write(value & 0xffff, 16);
  }

  align(): void {
    if (this.#pendingBits > 0) this.write(0, 8 - this.#pendingBits);
  }

  /** @returns the whole bytes written since the last call. */
  take(): Uint8Array {
    const bytes = this.#bytes.slice(0, this.#filled);
    this.#filled = 0;
    return bytes;
  }

  #push(byte: number): void {
    if (this.#filled === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#filled++] = byte;
  }
}

function writeBlock(bits: Bits, bytes: Uint8Array, checksum: number): void {
  const order = sortRotations(bytes);
  const used = [...new Set(bytes)].sort((left, right) => left - right);
  const symbols = toSymbols(bytes, order, used);
  bits.write(0x314159, 24);
  bits.write(0x265359, 24);
  bits.writeWord(checksum);
  bits.write(0, 1); // not randomised
  bits.write(order.indexOf(0), 24);
  writeUsedBytes(bits, used);
  writeCoded(bits, symbols, used.length + 2);
}

/**
 * The rotations of a block in order, by doubling: rotations sorted by their first h bytes are sorted by 2h when each is followed by what stands h later.
 * Takes the same time for any content; equal rotations (a block that repeats itself) may stand in any order.
 *
 * @returns where each rotation starts, in the order of the rotations.
 */
function sortRotations(bytes: Uint8Array): Int32Array {
  const count = bytes.length;
  const order = new Int32Array(count);
  const shifted = new Int32Array(count);
  let ranks = new Int32Array(count);
  let nextRanks = new Int32Array(count);
  const places = new Int32Array(Math.max(256, count) + 1);

  /** Bring rotations, sorted by what follows, into the order of their ranks. */
  const sortByRank = (rankCount: number, from: Int32Array, to: Int32Array) => {
    places.fill(0, 0, rankCount + 1);
    for (const rank of ranks) places[rank + 1] = (places[rank + 1] ?? 0) + 1;
    for (let rank = 1; rank <= rankCount; rank += 1) places[rank] = (places[rank] ?? 0) + (places[rank - 1] ?? 0);
    for (const rotation of from) {
      const rank = ranks[rotation] ?? 0;
      const place = places[rank] ?? 0;
      to[place] = rotation;
      places[rank] = place + 1;
    }
  };

  for (let at = 0; at < count; at += 1) {
    shifted[at] = at;
    ranks[at] = bytes[at] ?? 0;
  }
  sortByRank(256, shifted, order);
  for (let sorted = 1, rankCount = 256; sorted < count; sorted *= 2) {
    for (let at = 0; at < count; at += 1) {
      const rotation = (order[at] ?? 0) - sorted;
      shifted[at] = rotation < 0 ? rotation + count : rotation;
    }
    sortByRank(rankCount, shifted, order);
    let rank = -1;
    let before = -1;
    let beforeAfter = -1;
    for (const rotation of order) {
      const own = ranks[rotation] ?? 0;
      const at = rotation + sorted;
      const after = ranks[at < count ? at : at - count] ?? 0;
      if (own !== before || after !== beforeAfter) rank += 1;
      before = own;
      beforeAfter = after;
      nextRanks[rotation] = rank;
    }
    if (rank === count - 1) break;
    [ranks, nextRanks] = [nextRanks, ranks];
    rankCount = rank + 1;
  }
  return order;
}

/** The last column of the sorted rotations, moved to front, runs of the front byte as numbers, and the symbol that ends the block. */
function toSymbols(bytes: Uint8Array, order: Int32Array, used: readonly number[]): Uint16Array {
  const end = used.length + 1;
  const symbols = new Uint16Array(bytes.length + 1);
  const recent = Uint8Array.from(used);
  let count = 0;
  let run = 0;
  /** Digits 1 and 2 to the base 2, the lowest first. */
  const writeRun = () => {
    for (; run > 0; run = (run - 1) >> 1) symbols[count++] = run % 2 === 1 ? 0 : 1;
  };
  for (const rotation of order) {
    const byte = bytes[rotation === 0 ? bytes.length - 1 : rotation - 1] ?? 0;
    const rank = recent.indexOf(byte);
    if (rank === 0) {
      run += 1;
      continue;
    }
    writeRun();
    recent.copyWithin(1, 0, rank);
    recent[0] = byte;
    symbols[count++] = rank + 1;
  }
  writeRun();
  symbols[count++] = end;
  return symbols.subarray(0, count);
}

function writeUsedBytes(bits: Bits, used: readonly number[]): void {
  const parts = new Uint16Array(16);
  for (const byte of used) parts[byte >> 4] = (parts[byte >> 4] ?? 0) | (0x8000 >> (byte & 15));
  bits.write(parts.reduce((all, members, part) => all | (members === 0 ? 0 : 0x8000 >> part), 0), 16);
  for (const members of parts) if (members !== 0) bits.write(members, 16);
}

/** Several codes, and for each 50 symbols the one that makes them shortest. */
function writeCoded(bits: Bits, symbols: Uint16Array, alphabet: number): void {
  const codeCount = symbols.length < 200 ? 2 : symbols.length < 600 ? 3 : symbols.length < 1200 ? 4 : symbols.length < 2400 ? 5 : 6;
  const { codes, selectors } = refineCodes(symbols, alphabet, codeCount);
  bits.write(codeCount, 3);
  bits.write(selectors.length, 15);
  const recent = Array.from({ length: codeCount }, (_, position) => position);
  for (const selector of selectors) {
    const rank = recent.indexOf(selector);
    recent.unshift(...recent.splice(rank, 1));
    for (let ones = 0; ones < rank; ones += 1) bits.write(1, 1);
    bits.write(0, 1);
  }
  for (const lengths of codes) writeLengths(bits, lengths);
  const words = codes.map(codeWords);
  selectors.forEach((selector, group) => {
    const lengths = codes[selector] ?? new Uint8Array(0);
    const own = words[selector] ?? new Uint32Array(0);
    for (const symbol of symbols.subarray(group * SYMBOLS_PER_SELECTOR, (group + 1) * SYMBOLS_PER_SELECTOR)) bits.write(own[symbol] ?? 0, lengths[symbol] ?? 0);
  });
}

/** Start with codes that each favour a part of the alphabet; let every group take the code that suits it, and every code its groups' frequencies; again. */
function refineCodes(symbols: Uint16Array, alphabet: number, codeCount: number): { readonly codes: readonly Uint8Array[]; readonly selectors: Uint8Array } {
  let codes = favouringCodes(symbols, alphabet, codeCount);
  const selectors = new Uint8Array(Math.ceil(symbols.length / SYMBOLS_PER_SELECTOR));
  for (let round = 0; round < REFINEMENTS; round += 1) {
    const frequencies = codes.map(() => new Uint32Array(alphabet));
    for (let group = 0; group < selectors.length; group += 1) {
      const members = symbols.subarray(group * SYMBOLS_PER_SELECTOR, (group + 1) * SYMBOLS_PER_SELECTOR);
      const costs = codes.map((lengths) => members.reduce((sum, symbol) => sum + (lengths[symbol] ?? 0), 0));
      const best = costs.indexOf(Math.min(...costs));
      selectors[group] = best;
      const counts = frequencies[best];
      if (counts !== undefined) for (const symbol of members) counts[symbol] = (counts[symbol] ?? 0) + 1;
    }
    codes = frequencies.map(codeLengths);
  }
  return { codes, selectors };
}

/** Codes with short words for one part of the alphabet each, parts of about equal frequency. */
function favouringCodes(symbols: Uint16Array, alphabet: number, codeCount: number): Uint8Array[] {
  const frequencies = new Uint32Array(alphabet);
  for (const symbol of symbols) frequencies[symbol] = (frequencies[symbol] ?? 0) + 1;
  let symbol = 0;
  let left = symbols.length;
  return Array.from({ length: codeCount }, (_, position) => {
    const share = left / (codeCount - position);
    const lengths = new Uint8Array(alphabet).fill(15);
    for (let taken = 0; taken < share && symbol < alphabet; symbol += 1) {
      taken += frequencies[symbol] ?? 0;
      left -= frequencies[symbol] ?? 0;
      lengths[symbol] = 0;
    }
    return lengths;
  });
}

/** Lengths of a Huffman code; frequencies are evened out until none is too long. A symbol that does not occur has a word too. */
function codeLengths(frequencies: Uint32Array): Uint8Array {
  for (let weights = frequencies.map((count) => Math.max(1, count)); ; weights = weights.map((weight) => 1 + (weight >>> 1))) {
    const lengths = huffmanLengths(weights);
    if (Math.max(...lengths) <= LONGEST_CODE) return lengths;
  }
}

function huffmanLengths(weights: Uint32Array): Uint8Array {
  interface Node {
    readonly weight: number;
    readonly symbols: readonly number[];
  }
  const lengths = new Uint8Array(weights.length);
  const leaves: Node[] = [...weights].map((weight, symbol) => ({ weight, symbols: [symbol] })).sort((left, right) => left.weight - right.weight);
  const joined: Node[] = [];
  // Both queues are in order, so the lightest node is at the front of one of them.
  const lightest = () => ((joined[0]?.weight ?? Infinity) < (leaves[0]?.weight ?? Infinity) ? joined : leaves).shift();
  for (let left = lightest(), right = lightest(); left !== undefined && right !== undefined; left = lightest(), right = lightest()) {
    const symbols = [...left.symbols, ...right.symbols];
    for (const symbol of symbols) lengths[symbol] = (lengths[symbol] ?? 0) + 1;
    joined.push({ weight: left.weight + right.weight, symbols });
  }
  return lengths;
}

/** @returns the canonical words of a code: shorter ones first, then in the order of the alphabet. */
function codeWords(lengths: Uint8Array): Uint32Array {
  const words = new Uint32Array(lengths.length);
  let word = 0;
  for (let length = 1; length <= LONGEST_CODE; length += 1) {
    lengths.forEach((own, symbol) => {
      if (own === length) words[symbol] = word++;
    });
    word <<= 1;
  }
  return words;
}

function writeLengths(bits: Bits, lengths: Uint8Array): void {
  let current = lengths[0] ?? 0;
  bits.write(current, 5);
  for (const length of lengths) {
    for (; current < length; current += 1) bits.write(0b10, 2);
    for (; current > length; current -= 1) bits.write(0b11, 2);
    bits.write(0, 1);
  }
}
