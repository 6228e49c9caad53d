/** Bytes of a stream, looked at before they are taken: what decoders of compressed streams read from. */
import { FlavorError } from "../format/error.js";

export class Lookahead {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #name: string;
  readonly #form: string;
  #bytes: Uint8Array = new Uint8Array(0);
  #taken = 0;

  /**
   * @param name - what the bytes are, for messages.
   * @param form - what they should be, such as `XZ`.
   */
  constructor(source: AsyncIterable<Uint8Array>, name: string, form: string) {
    this.#source = source[Symbol.asyncIterator]();
    this.#name = name;
    this.#form = form;
  }

  /** Bytes taken so far. */
  get taken(): number {
    return this.#taken;
  }

  /** @returns at least `count` bytes, fewer only when the stream has no more. */
  async peek(count: number): Promise<Uint8Array> {
    if (this.#bytes.length >= count) return this.#bytes;
    const parts = [this.#bytes];
    for (let size = this.#bytes.length; size < count; ) {
      const next = await this.#source.next();
      if (next.done === true) break;
      parts.push(next.value);
      size += next.value.length;
    }
    this.#bytes = parts.length === 1 ? this.#bytes : Buffer.concat(parts);
    return this.#bytes;
  }

  /** Take bytes that were looked at. */
  skip(count: number): void {
    this.#bytes = this.#bytes.subarray(count);
    this.#taken += count;
  }

  /** Undo the last `skip`, all of it or the end of it. @param bytes - as they were taken. */
  putBack(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([bytes, this.#bytes]);
    this.#taken -= bytes.length;
  }

  /** @returns exactly `count` bytes, taken. @throws FlavorError `archive-malformed` if the stream ends before. */
  async take(count: number): Promise<Uint8Array> {
    const bytes = await this.peek(count);
    if (bytes.length < count) throw this.refuse("it ends early");
    this.skip(count);
    return bytes.subarray(0, count);
  }

  /** @throws FlavorError `archive-malformed` if there is another byte: a stream is one member. */
  async expectEnd(): Promise<void> {
    if ((await this.peek(1)).length > 0) throw this.refuse("something follows its end");
  }

  /** @returns the error for a stream that is not what it should be. */
  refuse(why: string, hint?: string): FlavorError {
    return new FlavorError("archive-malformed", `${JSON.stringify(this.#name)} is not valid ${this.#form} data: ${why}`, { hint });
  }
}
