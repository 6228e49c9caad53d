/**
 * The code signature of a Mach-O file, recomputed: what the kernel of a Mac compares before it runs a page.
 *
 * An ad-hoc signature is a list of SHA-256 digests, one a page, in the file's `__LINKEDIT` segment. Numbers of the executable are little-endian, those of the
 * signature big-endian. Source: Apple's `mach-o/loader.h` and `kern/cs_blobs.h`.
 */
import { createHash } from "node:crypto";

const MAGIC_64 = 0xfeedfacf;
const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
const SUPER_BLOB = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
const HASH_SHA256 = 2;
export const FLAG_AD_HOC = 0x2;

export interface CodeSignature {
  readonly flags: number;
  /** Bytes from the start of the file that are covered by `pages`. */
  readonly codeLimit: number;
  /** Where the signature lies in the file. */
  readonly offset: number;
  readonly size: number;
  /** Where `__LINKEDIT` ends in the file. */
  readonly linkEditEnd: number;
  /** How many pages there are, and the numbers of those whose digest is another one. */
  readonly pageCount: number;
  readonly wrongPages: readonly number[];
}

interface LoadCommand {
  readonly type: number;
  readonly bytes: Buffer;
}

function loadCommands(file: Buffer): LoadCommand[] {
  if (file.readUInt32LE(0) !== MAGIC_64) throw new Error("not a 64-bit Mach-O file");
  const commands: LoadCommand[] = [];
  let at = 32;
  for (let left = file.readUInt32LE(16); left > 0; left--) {
    const size = file.readUInt32LE(at + 4);
    commands.push({ type: file.readUInt32LE(at), bytes: file.subarray(at, at + size) });
    at += size;
  }
  return commands;
}

/** @returns the first code directory of a signature. */
function codeDirectory(signature: Buffer): Buffer {
  if (signature.readUInt32BE(0) !== SUPER_BLOB) throw new Error("the signature is no super blob");
  for (let entry = 0; entry < signature.readUInt32BE(8); entry++) {
    const blob = signature.subarray(signature.readUInt32BE(12 + entry * 8 + 4));
    if (blob.readUInt32BE(0) === CODE_DIRECTORY) return blob.subarray(0, blob.readUInt32BE(4));
  }
  throw new Error("the signature has no code directory");
}

/**
 * Read a Mach-O file's signature and recompute its pages.
 *
 * @param file - the executable, with whatever follows it.
 * @returns undefined for a file without signature.
 */
export function readCodeSignature(file: Buffer): CodeSignature | undefined {
  const commands = loadCommands(file);
  const command = commands.find(({ type }) => type === LC_CODE_SIGNATURE)?.bytes;
  if (command === undefined) return undefined;
  const [offset, size] = [command.readUInt32LE(8), command.readUInt32LE(12)];
  const linkEdit = commands.find(({ type, bytes }) => type === LC_SEGMENT_64 && bytes.toString("latin1", 8, 24).startsWith("__LINKEDIT\0"))?.bytes;
  if (linkEdit === undefined) throw new Error("there is no __LINKEDIT segment");
  const linkEditEnd = Number(linkEdit.readBigUInt64LE(40) + linkEdit.readBigUInt64LE(48));

  const directory = codeDirectory(file.subarray(offset, offset + size));
  const flags = directory.readUInt32BE(12);
  const hashesAt = directory.readUInt32BE(16);
  const pageCount = directory.readUInt32BE(28);
  const codeLimit = directory.readUInt32BE(32);
  const [hashSize, hashType, pageShift] = [directory.readUInt8(36), directory.readUInt8(37), directory.readUInt8(39)];
  if (hashType !== HASH_SHA256) throw new Error(`the pages have digests of type ${hashType}, expected SHA-256`);
  const pageSize = 2 ** pageShift;
  if (pageCount !== Math.ceil(codeLimit / pageSize)) throw new Error(`${pageCount} digests for ${codeLimit} bytes`);
  const wrongPages = Array.from({ length: pageCount }, (_, page) => page).filter((page) => {
    const content = file.subarray(page * pageSize, Math.min((page + 1) * pageSize, codeLimit));
    const expected = directory.subarray(hashesAt + page * hashSize, hashesAt + (page + 1) * hashSize);
    return !createHash("sha256").update(content).digest().equals(expected);
  });
  return { flags, codeLimit, offset, size, linkEditEnd, pageCount, wrongPages };
}
