/**
 * Decoding LZMA2, chunk by chunk. Of our own for the reasons that ./xz.ts gives; memory is the dictionary and two chunks.
 *
 * Source: the LZMA specification by Igor Pavlov (LZMA SDK, lzma-specification.txt) and xz's description of LZMA2 chunks.
 */
import type { Lookahead } from "./lookahead.js";

/** A chunk holds at most this much. */
const LONGEST_CHUNK_PLAIN = 2 * 1024 * 1024;
const CONTROL_END = 0x00;
const CONTROL_STORED_RESET = 0x01;
const CONTROL_STORED = 0x02;
const CONTROL_LZMA = 0x80;
const CONTROL_RESET_STATE = 0xa0;
const CONTROL_NEW_PROPERTIES = 0xc0;
const CONTROL_RESET_ALL = 0xe0;

const PROBABILITY_HALF = 1024;
const STATES = 12;
const POSITION_STATES_MOST = 16;
const LENGTH_CODER_SIZE = 2 + POSITION_STATES_MOST * 8 * 2 + 256;

// Where each group of probabilities starts in the one table.
const IS_MATCH = 0;
const IS_REPEAT = IS_MATCH + STATES * POSITION_STATES_MOST;
const IS_REPEAT_0 = IS_REPEAT + STATES;
const IS_REPEAT_1 = IS_REPEAT_0 + STATES;
const IS_REPEAT_2 = IS_REPEAT_1 + STATES;
const IS_REPEAT_0_LONG = IS_REPEAT_2 + STATES;
const DISTANCE_SLOT = IS_REPEAT_0_LONG + STATES * POSITION_STATES_MOST;
const DISTANCE_MIDDLE = DISTANCE_SLOT + 4 * 64;
const DISTANCE_ALIGN = DISTANCE_MIDDLE + 128;
const MATCH_LENGTH = DISTANCE_ALIGN + 16;
const REPEAT_LENGTH = MATCH_LENGTH + LENGTH_CODER_SIZE;
const LITERAL = REPEAT_LENGTH + LENGTH_CODER_SIZE;
const LITERAL_CODER_SIZE = 0x300;
/** lc + lp is at most 4 in LZMA2. */
const TABLE_SIZE = LITERAL + (LITERAL_CODER_SIZE << 4);

/**
 * Read the chunks of one LZMA2 stream up to and with its end marker.
 *
 * @param dictionaryBytes - how far back a match may reach; the caller has bounded it.
 * @throws FlavorError `archive-malformed`.
 */
export async function* decodeLzma2(input: Lookahead, dictionaryBytes: number): AsyncGenerator<Uint8Array> {
  const decoder = new Decoder(dictionaryBytes, (why) => input.refuse(why));
  let needsDictionaryReset = true;
  let needsProperties = true;
  for (;;) {
    const [control = 0] = await input.take(1);
    if (control === CONTROL_END) return;
    if (control >= CONTROL_RESET_ALL || control === CONTROL_STORED_RESET) {
      needsDictionaryReset = false;
      needsProperties = true;
      decoder.resetDictionary();
    } else if (needsDictionaryReset) {
      throw input.refuse("its first chunk does not reset the dictionary");
    }
    if (control < CONTROL_LZMA) {
      if (control > CONTROL_STORED) throw input.refuse(`a chunk has the control byte 0x${control.toString(16)}`);
      const [high = 0, low = 0] = await input.take(2);
      yield decoder.store(await input.take((high << 8) + low + 1));
      continue;
    }
    const [plainHigh = 0, plainLow = 0, storedHigh = 0, storedLow = 0] = await input.take(4);
    const plainSize = ((control & 0x1f) << 16) + (plainHigh << 8) + plainLow + 1;
    const storedSize = (storedHigh << 8) + storedLow + 1;
    if (control >= CONTROL_NEW_PROPERTIES) {
      const [properties = 0] = await input.take(1);
      decoder.setProperties(properties);
      needsProperties = false;
    } else if (needsProperties) {
      throw input.refuse("a chunk comes before its properties");
    }
    if (control >= CONTROL_RESET_STATE) decoder.resetState();
    yield decoder.decode(await input.take(storedSize), plainSize);
  }
}

class Decoder {
  readonly #refuse: (why: string) => Error;
  readonly #dictionaryBytes: number;
  /** What a match may copy from, and behind it room for a chunk. */
  #window: Uint8Array;
  #end = 0;
  /** How much of the window counts: bytes since the dictionary was reset, at most its size. */
  #reach = 0;
  readonly #table = new Uint16Array(TABLE_SIZE);
  #state = 0;
  #repeats: [number, number, number, number] = [0, 0, 0, 0];
  #literalContextBits = 0;
  #literalPositionMask = 0;
  #positionMask = 0;
  /** Bytes since the state's positions began to count: the dictionary's reset. */
  #position = 0;

  #stored: Uint8Array = new Uint8Array(0);
  #at = 0;
  #range = 0;
  #code = 0;

  constructor(dictionaryBytes: number, refuse: (why: string) => Error) {
    this.#dictionaryBytes = dictionaryBytes;
    this.#refuse = refuse;
    this.#window = new Uint8Array(dictionaryBytes + 2 * LONGEST_CHUNK_PLAIN);
  }

  resetDictionary(): void {
    this.#reach = 0;
    this.#position = 0;
  }

  resetState(): void {
    this.#table.fill(PROBABILITY_HALF);
    this.#state = 0;
    this.#repeats = [0, 0, 0, 0];
  }

  /** @param properties - (pb * 5 + lp) * 9 + lc. */
  setProperties(properties: number): void {
    const literalContext = properties % 9;
    const literalPosition = Math.floor(properties / 9) % 5;
    const position = Math.floor(properties / 45);
    if (position > 4 || literalContext + literalPosition > 4) throw this.#refuse(`a chunk has the properties ${properties}`);
    this.#literalContextBits = literalContext;
    this.#literalPositionMask = (1 << literalPosition) - 1;
    this.#positionMask = (1 << position) - 1;
  }

  /** @returns the bytes of a chunk that is not compressed. */
  store(bytes: Uint8Array): Uint8Array {
    this.#makeRoom(bytes.length);
    this.#window.set(bytes, this.#end);
    this.#advance(bytes.length);
    return bytes;
  }

  /** @returns the plain bytes of a compressed chunk. */
  decode(stored: Uint8Array, plainSize: number): Uint8Array {
    this.#makeRoom(plainSize);
    this.#stored = stored;
    this.#range = 0xffffffff;
    this.#code = (((stored[1] ?? 0) << 24) | ((stored[2] ?? 0) << 16) | ((stored[3] ?? 0) << 8) | (stored[4] ?? 0)) >>> 0;
    this.#at = 5;
    if (stored.length < 5 || stored[0] !== 0) throw this.#refuse("a chunk does not begin as one");
    const start = this.#end;
    const limit = start + plainSize;
    while (this.#end < limit) this.#decodeSymbol(limit);
    if (this.#at !== stored.length || this.#code !== 0) throw this.#refuse("a chunk does not end with its data");
    return this.#window.slice(start, limit);
  }

  /** Keep the dictionary at the front of the window when a chunk would not fit behind it. */
  #makeRoom(size: number): void {
    if (this.#end + size <= this.#window.length) return;
    this.#window.copyWithin(0, this.#end - this.#reach, this.#end);
    this.#end = this.#reach;
  }

  #advance(count: number): void {
    this.#end += count;
    this.#position += count;
    this.#reach = Math.min(this.#reach + count, this.#dictionaryBytes);
  }

  #decodeSymbol(limit: number): void {
    const positionState = this.#position & this.#positionMask;
    const state = this.#state;
    if (this.#bit(IS_MATCH + state * POSITION_STATES_MOST + positionState) === 0) {
      this.#decodeLiteral();
      return;
    }
    let length: number;
    if (this.#bit(IS_REPEAT + state) === 0) {
      const [first, second, third] = this.#repeats;
      length = this.#decodeLength(MATCH_LENGTH, positionState);
      this.#repeats = [this.#decodeDistance(length), first, second, third];
      this.#state = state < 7 ? 7 : 10;
    } else if (this.#bit(IS_REPEAT_0 + state) === 0) {
      if (this.#bit(IS_REPEAT_0_LONG + state * POSITION_STATES_MOST + positionState) === 0) {
        this.#state = state < 7 ? 9 : 11;
        this.#copy(1, limit);
        return;
      }
      length = this.#decodeLength(REPEAT_LENGTH, positionState);
      this.#state = state < 7 ? 8 : 11;
    } else {
      this.#repeats = this.#chooseRepeat(state);
      length = this.#decodeLength(REPEAT_LENGTH, positionState);
      this.#state = state < 7 ? 8 : 11;
    }
    this.#copy(length, limit);
  }

  /** Bring the second, third or fourth of the last distances to the front. */
  #chooseRepeat(state: number): [number, number, number, number] {
    const [first, second, third, fourth] = this.#repeats;
    if (this.#bit(IS_REPEAT_1 + state) === 0) return [second, first, third, fourth];
    if (this.#bit(IS_REPEAT_2 + state) === 0) return [third, first, second, fourth];
    return [fourth, first, second, third];
  }

  #decodeLiteral(): void {
    const window = this.#window;
    const before = this.#reach === 0 ? 0 : (window[this.#end - 1] ?? 0);
    const context = ((this.#position & this.#literalPositionMask) << this.#literalContextBits) + (before >> (8 - this.#literalContextBits));
    const coder = LITERAL + LITERAL_CODER_SIZE * context;
    let symbol = 1;
    if (this.#state >= 7) {
      const [distance] = this.#repeats;
      if (distance >= this.#reach) throw this.#refuse("a match reaches back too far");
      let match = window[this.#end - distance - 1] ?? 0;
      while (symbol < 0x100) {
        const matchBit = (match >> 7) & 1;
        match <<= 1;
        const bit = this.#bit(coder + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (bit !== matchBit) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(coder + symbol);
    window[this.#end] = symbol & 0xff;
    this.#advance(1);
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
  }

  #decodeLength(coder: number, positionState: number): number {
    if (this.#bit(coder) === 0) return 2 + this.#tree(coder + 2 + positionState * 8, 3);
    if (this.#bit(coder + 1) === 0) return 10 + this.#tree(coder + 2 + POSITION_STATES_MOST * 8 + positionState * 8, 3);
    return 18 + this.#tree(coder + 2 + POSITION_STATES_MOST * 16, 8);
  }

  /** @returns the distance less one. */
  #decodeDistance(length: number): number {
    const slot = this.#tree(DISTANCE_SLOT + Math.min(length - 2, 3) * 64, 6);
    if (slot < 4) return slot;
    const directBits = (slot >> 1) - 1;
    let distance = (2 | (slot & 1)) * 2 ** directBits;
    if (slot < 14) return distance + this.#reverseTree(DISTANCE_MIDDLE + distance - slot, directBits);
    for (let bit = directBits - 1; bit >= 4; bit -= 1) distance += this.#evenBit() * 2 ** bit;
    return distance + this.#reverseTree(DISTANCE_ALIGN, 4);
  }

  #copy(length: number, limit: number): void {
    const [distance] = this.#repeats;
    if (distance >= this.#reach) throw this.#refuse("a match reaches back too far");
    if (this.#end + length > limit) throw this.#refuse("a match leaves its chunk");
    const window = this.#window;
    const end = this.#end + length;
    for (let to = this.#end, from = to - distance - 1; to < end; to += 1, from += 1) window[to] = window[from] ?? 0;
    this.#advance(length);
  }

  #tree(start: number, bits: number): number {
    let node = 1;
    for (let left = bits; left > 0; left -= 1) node = (node << 1) | this.#bit(start + node);
    return node - (1 << bits);
  }

  #reverseTree(start: number, bits: number): number {
    let node = 1;
    let value = 0;
    for (let position = 0; position < bits; position += 1) {
      const bit = this.#bit(start + node);
      node = (node << 1) | bit;
      value |= bit << position;
    }
    return value;
  }

  /** @returns a bit whose probability the table follows. */
  #bit(index: number): number {
    const probability = this.#table[index] ?? PROBABILITY_HALF;
    const bound = (this.#range >>> 11) * probability;
    let bit = 0;
    if (this.#code < bound) {
      this.#range = bound;
      this.#table[index] = probability + ((2048 - probability) >> 5);
    } else {
      this.#range -= bound;
      this.#code -= bound;
      this.#table[index] = probability - (probability >> 5);
      bit = 1;
    }
    if (this.#range < 0x1000000) this.#refill();
    return bit;
  }

  /** @returns a bit as likely 0 as 1. */
  #evenBit(): number {
    this.#range >>>= 1;
    const bit = this.#code >= this.#range ? 1 : 0;
    if (bit === 1) this.#code -= this.#range;
    if (this.#range < 0x1000000) this.#refill();
    return bit;
  }

  /** Bytes behind the chunk count as zero; that they were taken shows at its end. */
  #refill(): void {
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | (this.#stored[this.#at] ?? 0)) >>> 0;
    this.#at += 1;
  }
}
