/** Archives of entries that fit badly together, and damaged ones whose header checksums are right. */
import { paxRecord, tar, tarExtension, tarFile, tarFolder, tarHeader, tarLink, type HeaderOptions } from "../generate/tar.js";
import { scramble } from "./bytes.js";
import type { Random } from "./random.js";

const NAMES: readonly [string, ...string[]] = ["a", "b", "a/b", "a/b/c", "./a", "a/", "d/", "d", "d/a", ".", "./", "..", "../a", "/a", "a//b", "a/./b", "a/../b", "a\\b", "", "é", "e\u0301", ".pspf-package-id", "a/.pspf-package-id", "x".repeat(100), `${"p/".repeat(127)}x`, `${"p/".repeat(128)}x`, " ", "a ", "A", "con", "a:b", "...", "a\nb"];
const TYPES: readonly [string, ...string[]] = ["0", "\0", "1", "2", "3", "5", "6", "7", "g", "x", "L", "K", "S", "D"];
const KEYS: readonly [string, ...string[]] = ["path", "linkpath", "size", "mtime", "uid", "uname", "atime", "comment", "GNU.sparse.major", "LIBARCHIVE.creationtime", "charset", "", "path "];
const VALUES: readonly [string, ...string[]] = ["", "0", "1", "4", "00", "-1", "1.5", "9007199254740991", "9007199254740992", "a\0b", "é", "=", "a=b"];

function options(random: Random): HeaderOptions {
  const modes: readonly [number, ...number[]] = [0o644, 0o755, 0o100, 0o4755, 0o2755, 0o1777, 0, 0o777];
  const fields: readonly [string | undefined, ...(string | undefined)[]] = [undefined, undefined, undefined, "00000000000", "          4\0", "4", "", "00000000008", "\x80", "77777777777", " 0 0"];
  const field = random.pick(fields);
  const prefix = random.below(8) === 0 ? random.pick(NAMES) : undefined;
  const magic = random.below(8) === 0 ? random.pick(["ustar  \0", "\0\0\0\0\0\0\0\0", "ustar\x0001", "ustar\0\0\0"]) : undefined;
  return { mode: random.pick(modes), ...(field === undefined || random.below(3) > 0 ? {} : { sizeField: field }), ...(prefix === undefined ? {} : { prefix }), ...(magic === undefined ? {} : { magic }), ...(random.below(20) === 0 ? { checksumOff: 1 } : {}) };
}

function entry(random: Random): Buffer {
  const name = random.pick(NAMES);
  switch (random.below(9)) {
    case 0:
    case 1:
    case 2:
      return tarFile(name, "x".repeat(random.pick([0, 0, 1, 4, 511, 512, 513])), random.below(2) === 0 ? {} : options(random));
    case 3:
      return tarFolder(name, random.below(2) === 0 ? {} : options(random));
    case 4:
      return tarLink(name, random.pick(NAMES), random.below(2) === 0 ? {} : options(random));
    case 5:
      return tarExtension("x", Array.from({ length: random.below(4) }, () => paxRecord(random.pick(KEYS), random.below(2) === 0 ? random.pick(NAMES) : random.pick(VALUES))).join(""));
    case 6:
      return tarExtension(random.pick(["L", "K"]), `${random.pick(NAMES)}${random.pick(["", "\0", "\0\0", "\0x"])}`);
    case 7:
      return tarHeader(name, { ...options(random), type: random.pick(TYPES), link: random.pick(NAMES) });
    default:
      return random.below(4) === 0 ? Buffer.alloc(512) : tarFile(name, "x");
  }
}

function checksumsRight(bytes: Buffer): Buffer {
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    const block = bytes.subarray(at, at + 512);
    if (block.subarray(257, 262).toString("latin1") !== "ustar") continue;
    block.fill(" ", 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  }
  return bytes;
}

export function archive(random: Random): Buffer {
  const whole = tar(...Array.from({ length: random.below(6) }, () => entry(random)));
  const way = random.below(6);
  if (way === 0) return scramble(random, whole);
  return way === 1 ? checksumsRight(scramble(random, whole)) : whole;
}
