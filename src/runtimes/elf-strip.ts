/**
 * Removing what an ELF file does not need to run: everything past the last byte that a program header covers (symbols, debug information,
 * the section header table). What is loaded stays byte for byte as it was, so code, build id and relocations do not change.
 *
 * Only ELF64 little-endian executables and shared objects are touched. A file with data behind its last section is left whole: that data
 * is likely a payload which the program reads from itself.
 */
import { constants } from "node:fs";
import { chmod, copyFile, open, stat, type FileHandle } from "node:fs/promises";

/** Sizes of the file in bytes; equal when there was nothing to remove. */
export interface StripResult {
  readonly before: number;
  readonly after: number;
}

const HEADER_SIZE = 64;
const ET_EXEC = 2;
const ET_DYN = 3;
/** e_phnum of this value means "look into section 0". */
const PN_XNUM = 0xffff;
/** Names no bytes of the file (.bss). */
const SHT_NOBITS = 8;

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
    const end = await loadedEnd(file, before);
    if (end === undefined || end >= before) return { before, after: before };
    await file.truncate(end);
    const zeros = new Uint8Array(8);
    await file.write(zeros, 0, 8, 0x28); // e_shoff
    await file.write(zeros, 0, 4, 0x3c); // e_shnum, e_shstrndx
    return { before, after: end };
  } finally {
    await file.close();
    await chmod(output, mode & 0o777);
  }
}

/** @returns the end of the last byte that a program header covers, or undefined if the file is to be left alone. */
async function loadedEnd(file: FileHandle, fileSize: number): Promise<number | undefined> {
  const header = await readExactly(file, 0, HEADER_SIZE);
  if (header === undefined || header.getUint32(0, false) !== 0x7f454c46) return undefined;
  if (header.getUint8(4) !== 2 || header.getUint8(5) !== 1) return undefined; // ELF64, little-endian
  const type = header.getUint16(16, true);
  if (type !== ET_EXEC && type !== ET_DYN) return undefined;
  const programHeaders = Number(header.getBigUint64(32, true));
  const sectionHeaders = Number(header.getBigUint64(40, true));
  const programEntrySize = header.getUint16(54, true);
  const programCount = header.getUint16(56, true);
  const sectionEntrySize = header.getUint16(58, true);
  const sectionCount = header.getUint16(60, true);
  if (programCount === 0 || programCount === PN_XNUM || programEntrySize < 56) return undefined;

  const table = await readExactly(file, programHeaders, programEntrySize * programCount);
  if (table === undefined) return undefined;
  let end = Math.max(HEADER_SIZE, programHeaders + programEntrySize * programCount);
  for (let at = 0; at < table.byteLength; at += programEntrySize) {
    end = Math.max(end, Number(table.getBigUint64(at + 8, true)) + Number(table.getBigUint64(at + 32, true))); // p_offset + p_filesz
  }
  if (end > fileSize) return undefined;
  const described = await sectionsEnd(file, sectionHeaders, sectionEntrySize, sectionCount);
  return described === undefined || fileSize > Math.max(end, described) ? undefined : end;
}

/** @returns the end of the last section and of the section header table; undefined when the table cannot be read. */
async function sectionsEnd(file: FileHandle, offset: number, entrySize: number, count: number): Promise<number | undefined> {
  if (offset === 0) return 0;
  if (count === 0 || entrySize < 64) return undefined;
  const table = await readExactly(file, offset, entrySize * count);
  if (table === undefined) return undefined;
  let end = offset + entrySize * count;
  for (let at = 0; at < table.byteLength; at += entrySize) {
    if (table.getUint32(at + 4, true) === SHT_NOBITS) continue;
    end = Math.max(end, Number(table.getBigUint64(at + 24, true)) + Number(table.getBigUint64(at + 32, true))); // sh_offset + sh_size
  }
  return end;
}

async function readExactly(file: FileHandle, offset: number, length: number): Promise<DataView | undefined> {
  if (!Number.isSafeInteger(offset)) return undefined;
  const bytes = new Uint8Array(length);
  const { bytesRead } = await file.read(bytes, 0, length, offset);
  return bytesRead === length ? new DataView(bytes.buffer) : undefined;
}
