/** The checksums of the format: Adler-32 (RFC 1950) of the index block, CRC-32 (RFC 1952) of the metadata's gzip, SHA-256 (FIPS 180-4) of all else; and those of BZIP2 and XZ. */
import { createHash } from "node:crypto";
import { crc32 as zlibCrc32 } from "node:zlib";

const ADLER_MODULUS = 65521;
/** The most bytes that can be added before a 32-bit sum may overflow (zlib's NMAX). */
const ADLER_RUN = 5552;
/** @returns Adler-32 as an unsigned 32-bit number, start value 1. */
export function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (let start = 0; start < bytes.length; start += ADLER_RUN) {
    for (const byte of bytes.subarray(start, start + ADLER_RUN)) {
      low += byte;
      high += low;
    }
    low %= ADLER_MODULUS;
    high %= ADLER_MODULUS;
  }
  return ((high << 16) | low) >>> 0;
}

/** @param before - of the bytes before these. @returns CRC-32 (RFC 1952) as an unsigned 32-bit number. */
export function crc32(bytes: Uint8Array, before = 0): number {
  return zlibCrc32(bytes, before);
}

const BZIP2_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});

/** @param before - of the bytes before these. @returns BZIP2's CRC-32, which takes the bits of a byte from the other end, as an unsigned 32-bit number. */
export function bzip2Crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (const byte of bytes) crc = (crc << 8) ^ (BZIP2_TABLE[(crc >>> 24) ^ byte] ?? 0);
  return ~crc >>> 0;
}

/** CRC-64 of ECMA-182, reflected (polynomial C96C5795D7870F42), in two halves: 64-bit integers are slow here. */
const CRC64_TABLE = new Uint32Array(512);
for (let byte = 0; byte < 256; byte += 1) {
  let low = byte;
  let high = 0;
  for (let bit = 0; bit < 8; bit += 1) {
    const odd = low & 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (odd !== 0) {
      low ^= 0xd7870f42;
      high ^= 0xc96c5795;
    }
  }
  CRC64_TABLE[2 * byte] = low;
  CRC64_TABLE[2 * byte + 1] = high;
}

/** CRC-64 as XZ has it, of bytes that come in pieces. */
export class Crc64 {
  #low = -1;
  #high = -1;

  update(bytes: Uint8Array): void {
    let low = this.#low;
    let high = this.#high;
    for (const byte of bytes) {
      const at = 2 * ((low ^ byte) & 0xff);
      low = ((low >>> 8) | (high << 24)) ^ (CRC64_TABLE[at] ?? 0);
      high = (high >>> 8) ^ (CRC64_TABLE[at + 1] ?? 0);
    }
    this.#low = low;
    this.#high = high;
  }

  /** @returns 8 bytes, little-endian. */
  digest(): Uint8Array {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    view.setInt32(0, ~this.#low, true);
    view.setInt32(4, ~this.#high, true);
    return bytes;
  }
}

/** @returns 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}

/** @returns lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** @returns the first 8 bytes of SHA-256 as u64: the short digests of slot descriptors. */
export function shortDigest(digest: Uint8Array): bigint {
  return new DataView(digest.buffer, digest.byteOffset, digest.byteLength).getBigUint64(0, true);
}

/** @returns whether two byte strings are equal. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
