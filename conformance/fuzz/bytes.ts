/** Changing bytes blindly: bits, runs, cuts, copies. */
import type { Random } from "./random.js";

const INTERESTING: readonly [number, ...number[]] = [0, 1, 0x20, 0x2f, 0x2e, 0x30, 0x37, 0x7f, 0x80, 0xff];

/** @returns a changed copy. */
export function scramble(random: Random, bytes: Uint8Array): Buffer {
  let result: Buffer = Buffer.from(bytes);
  for (let left = 1 + random.below(3); left > 0; left -= 1) result = change(random, result);
  return result;
}

function change(random: Random, bytes: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  const size = 1 + random.below(random.pick([1, 4, 64, 600]));
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2:
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      return bytes;
    case 3:
      if (at < bytes.length) bytes[at] = random.pick(INTERESTING);
      return bytes;
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]);
    case 5:
      return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(size, random.below(256)), bytes.subarray(at)]);
    case 6: {
      const from = random.below(bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, from + size), bytes.subarray(at)]);
    }
    default:
      return bytes.subarray(0, at);
  }
}
