/**
 * Dropping what an ELF launcher does not need at run time: everything behind what is loaded (symbols, debug information, the section headers).
 *
 * Source: spec/builder.md, "Strip". The Rust and Go builders follow the same rule to the byte.
 */
import { chmod, copyFile, open, type FileHandle } from "node:fs/promises";
import { fileError } from "../reader/file.js";

const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const MAGIC = 0x7f454c46;
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const TYPE_LOAD = 1;
const OFFSET_SECTION_HEADERS = 0x28;
const OFFSET_SECTION_COUNT = 0x3c;

/**
 * Write a stripped copy of a launcher.
 *
 * @param input - path of any file; one that is no 64-bit little-endian ELF file, or already ends with what is loaded, is copied as it is.
 * @param output - path of the copy.
 * @returns how many bytes were dropped.
 * @throws FlavorError `file-missing`, `file-unreadable`, `disk-full`.
 */
export async function stripLauncher(input: string, output: string): Promise<number> {
  let file: FileHandle | undefined;
  try {
    await copyFile(input, output);
    await chmod(output, 0o600);
    file = await open(output, "r+");
    const { size } = await file.stat();
    const end = await loadedEnd(file);
    if (end === undefined || end >= size) return 0;
    await cutElf(file, end);
    return size - end;
  } catch (cause) {
    throw fileError(cause, input, "read");
  } finally {
    await file?.close();
  }
}

/** Cut an ELF file, and say in its header that it has no sections. */
export async function cutElf(file: FileHandle, end: number): Promise<void> {
  await file.truncate(end);
  await file.write(new Uint8Array(8), 0, 8, OFFSET_SECTION_HEADERS);
  await file.write(new Uint8Array(4), 0, 4, OFFSET_SECTION_COUNT); // and the index of their names
}

/** @returns the end of the last PT_LOAD's part of the file, or undefined for a file that is to be left alone. */
export async function loadedEnd(file: FileHandle): Promise<number | undefined> {
  const header = await readExactly(file, 0, HEADER_BYTES);
  if (header?.readUInt32BE(0) !== MAGIC || header[4] !== CLASS_64 || header[5] !== LITTLE_ENDIAN) return undefined;
  const count = header.readUInt16LE(0x38);
  if (count === 0 || header.readUInt16LE(0x36) !== PROGRAM_HEADER_BYTES) return undefined;
  const tableOffset = Number(header.readBigUInt64LE(0x20));
  const table = await readExactly(file, tableOffset, count * PROGRAM_HEADER_BYTES);
  if (table === undefined) return undefined;
  let end = 0;
  for (let at = 0; at < table.length; at += PROGRAM_HEADER_BYTES) {
    if (table.readUInt32LE(at) !== TYPE_LOAD) continue;
    end = Math.max(end, Number(table.readBigUInt64LE(at + 8) + table.readBigUInt64LE(at + 0x20))); // p_offset + p_filesz
  }
  // The headers themselves must stay.
  return end < Math.max(HEADER_BYTES, tableOffset + table.length) ? undefined : end;
}

/** @returns the bytes, or undefined when the file ends before. */
export async function readExactly(file: FileHandle, offset: number, length: number): Promise<Buffer | undefined> {
  if (!Number.isSafeInteger(offset)) return undefined;
  const bytes = Buffer.alloc(length);
  return (await file.read(bytes, 0, length, offset)).bytesRead === length ? bytes : undefined;
}
