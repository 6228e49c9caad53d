/** The index checksum written anew, as whoever changes a package would. */
import { INDEX } from "../../src/format/constants.gen.js";

const MODULUS = 65_521;

/** @param index - 8192 bytes; bytes 4..8 are set to the Adler-32 of the rest. */
export function encodeIndexChecksum(index: Buffer): void {
  index.writeUInt32LE(0, INDEX.indexChecksum.offset);
  let a = 1;
  let b = 0;
  for (const byte of index) {
    a = (a + byte) % MODULUS;
    b = (b + a) % MODULUS;
  }
  index.writeUInt32LE(b * 65_536 + a, INDEX.indexChecksum.offset);
}
