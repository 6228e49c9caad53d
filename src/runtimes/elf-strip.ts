/**
 * Removing what an ELF file does not need to run: everything behind what is loaded (symbols, debug information,
 * the section header table; ../builder/strip.ts). What is loaded stays byte for byte as it was, so code, build id and relocations do not change.
 *
 * Only ELF64 little-endian executables and shared objects are touched. A file with data behind its last section is left whole: that data
 * is likely a payload which the program reads from itself.
 */
import { constants } from "node:fs";
import { chmod, copyFile, open, stat, type FileHandle } from "node:fs/promises";
import { cutElf, loadedEnd, readExactly } from "../builder/strip.js";

/** Sizes of the file in bytes; equal when there was nothing to remove. */
export interface StripResult {
  readonly before: number;
  readonly after: number;
}

/** Names no bytes of the file (.bss). */
const SHT_NOBITS = 8;
const HEADER_BYTES = 64;
const SECTION_HEADER_BYTES = 64;

/**
 * Write a stripped copy of an executable.
 *
 * @param input - path of any file; one that is no ELF64 little-endian program is copied as it is.
 * @param output - path of the copy, replaced if it exists; may be `input` itself. Its mode is that of the input.
 * @returns both sizes.
 */
export async function stripElf(input: string, output: string): Promise<StripResult> {
  const { size: before, mode } = await stat(input);
  if (input !== output) {
    await copyFile(input, output, constants.COPYFILE_FICLONE);
    await chmod(output, mode & 0o777 | 0o200);
  }
  const file = await open(output, "r+");
  try {
    const end = await loadedEnd(file);
    if (end === undefined || end >= before || (await hasPayload(file, before, end))) return { before, after: before };
    await cutElf(file, end);
    return { before, after: end };
  } finally {
    await file.close();
    await chmod(output, mode & 0o777);
  }
}

/** Whether bytes lie behind everything that the file describes, or the description cannot be read. */
async function hasPayload(file: FileHandle, fileSize: number, loaded: number): Promise<boolean> {
  const header = await readExactly(file, 0, HEADER_BYTES);
  if (header === undefined) return true;
  const offset = Number(header.readBigUInt64LE(0x28));
  if (offset === 0) return fileSize > loaded;
  const entryBytes = header.readUInt16LE(0x3a);
  const table = entryBytes === SECTION_HEADER_BYTES ? await readExactly(file, offset, entryBytes * header.readUInt16LE(0x3c)) : undefined;
  if (table === undefined || table.length === 0) return true;
  let end = Math.max(loaded, offset + table.length);
  for (let at = 0; at < table.length; at += entryBytes) {
    if (table.readUInt32LE(at + 4) === SHT_NOBITS) continue;
    end = Math.max(end, Number(table.readBigUInt64LE(at + 0x18) + table.readBigUInt64LE(at + 0x20))); // sh_offset + sh_size
  }
  return fileSize > end;
}
