/**
 * What an ELF file needs from the machine it runs on: libraries, and the highest version of the C library's symbols.
 *
 * Only the header, the program headers and the tables that the dynamic section names are read; every size is bounded, so a
 * hostile or damaged file costs a few reads and counts as "not an ELF file". 64-bit little-endian files only.
 */
import { open, readdir, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const PROGRAM_HEADERS_MAX = 128;
const TABLE_BYTES_MAX = 16 * 1024 * 1024;
const TYPE_LOAD = 1;
const TYPE_DYNAMIC = 2;
const TYPE_INTERPRETER = 3;
const TAG_NEEDED = 1;
const TAG_STRING_TABLE = 5;
const TAG_STRING_TABLE_SIZE = 10;
const TAG_SONAME = 14;
const TAG_RPATH = 15;
const TAG_RUNPATH = 29;
const TAG_VERSIONS_NEEDED = 0x6ffffffe;
const TAG_VERSIONS_NEEDED_COUNT = 0x6fffffff;

/** What the dynamic section of one file says. All lists are empty for a static executable. */
export interface ElfNeeds {
  /** Sonames of the libraries that it is linked with, in file order. */
  readonly libraries: readonly string[];
  readonly soname: string | undefined;
  /** RPATH or RUNPATH as written, with `$ORIGIN`. */
  readonly searchPath: string | undefined;
  /** The loader of an executable, such as `/lib64/ld-linux-x86-64.so.2`. */
  readonly interpreter: string | undefined;
  /** Versions of symbols that it needs, such as `GLIBC_2.34`, in file order. */
  readonly symbolVersions: readonly string[];
}

/** The C library that a folder of files needs. */
export interface LibcFloor {
  readonly libc: "glibc" | "musl";
  /** The highest version of glibc's symbols that a file needs, such as `2.35`; undefined when no file names one. */
  readonly version: string | undefined;
  /** The file that sets the floor, relative to the folder. */
  readonly file: string;
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/**
 * Read what one file needs.
 *
 * @param path - any file.
 * @returns undefined if it is not a 64-bit little-endian ELF file, or a damaged one.
 * @throws the system's error if it cannot be opened or read.
 */
export async function readElfNeeds(path: string): Promise<ElfNeeds | undefined> {
  const file = await open(path, "r");
  try {
    return await readNeeds(file);
  } finally {
    await file.close();
  }
}

async function readNeeds(file: FileHandle): Promise<ElfNeeds | undefined> {
  const header = await readAt(file, 0, HEADER_BYTES);
  if (header === undefined || header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1) return undefined;
  const tableOffset = toNumber(header.readBigUInt64LE(32));
  const entryBytes = header.readUInt16LE(54);
  const count = header.readUInt16LE(56);
  if (tableOffset === undefined || entryBytes !== PROGRAM_HEADER_BYTES || count > PROGRAM_HEADERS_MAX) return undefined;
  const table = await readAt(file, tableOffset, count * PROGRAM_HEADER_BYTES);
  if (table === undefined) return undefined;
  const segments: Segment[] = [];
  for (let at = 0; at < table.length; at += PROGRAM_HEADER_BYTES) {
    const offset = toNumber(table.readBigUInt64LE(at + 8));
    const address = toNumber(table.readBigUInt64LE(at + 16));
    const size = toNumber(table.readBigUInt64LE(at + 32));
    if (offset !== undefined && address !== undefined && size !== undefined) segments.push({ type: table.readUInt32LE(at), offset, address, size });
  }
  const interpreterSegment = segments.find(({ type }) => type === TYPE_INTERPRETER);
  const interpreterBytes = interpreterSegment === undefined ? undefined : await readAt(file, interpreterSegment.offset, interpreterSegment.size);
  const interpreter = interpreterBytes === undefined ? undefined : textAt(interpreterBytes, 0);
  const dynamicSegment = segments.find(({ type }) => type === TYPE_DYNAMIC);
  const dynamic = dynamicSegment === undefined ? undefined : await readAt(file, dynamicSegment.offset, dynamicSegment.size);
  if (dynamic === undefined) return { libraries: [], soname: undefined, searchPath: undefined, interpreter, symbolVersions: [] };
  return await readDynamic(file, segments, dynamic, interpreter);
}

async function readDynamic(file: FileHandle, segments: readonly Segment[], dynamic: Buffer, interpreter: string | undefined): Promise<ElfNeeds | undefined> {
  const neededAt: number[] = [];
  const single = new Map<number, number>();
  for (let at = 0; at + 16 <= dynamic.length; at += 16) {
    const tag = toNumber(dynamic.readBigUInt64LE(at));
    const value = toNumber(dynamic.readBigUInt64LE(at + 8));
    if (tag === 0) break;
    if (tag === undefined || value === undefined) continue;
    if (tag === TAG_NEEDED) neededAt.push(value);
    else single.set(tag, value);
  }
  const stringsAt = fileOffset(segments, single.get(TAG_STRING_TABLE));
  const strings = stringsAt === undefined ? undefined : await readAt(file, stringsAt, single.get(TAG_STRING_TABLE_SIZE) ?? 0);
  if (strings === undefined) return undefined;
  const text = (tag: number) => {
    const at = single.get(tag);
    return at === undefined ? undefined : textAt(strings, at);
  };
  return {
    libraries: neededAt.map((at) => textAt(strings, at)),
    soname: text(TAG_SONAME),
    searchPath: text(TAG_RUNPATH) ?? text(TAG_RPATH),
    interpreter,
    symbolVersions: await readSymbolVersions(file, fileOffset(segments, single.get(TAG_VERSIONS_NEEDED)), single.get(TAG_VERSIONS_NEEDED_COUNT) ?? 0, strings),
  };
}

/** The list of `Verneed` records, each followed by its `Vernaux` records; 16 bytes each, linked by relative offsets. */
async function readSymbolVersions(file: FileHandle, at: number | undefined, count: number, strings: Buffer): Promise<string[]> {
  const versions: string[] = [];
  if (at === undefined || count > 1024) return versions;
  let recordAt = at;
  for (let record = 0; record < count; record += 1) {
    const need = await readAt(file, recordAt, 16);
    if (need === undefined) break;
    let auxiliaryAt = recordAt + need.readUInt32LE(8);
    for (let auxiliary = 0; auxiliary < need.readUInt16LE(2); auxiliary += 1) {
      const entry = await readAt(file, auxiliaryAt, 16);
      if (entry === undefined) break;
      versions.push(textAt(strings, entry.readUInt32LE(8)));
      const next = entry.readUInt32LE(12);
      if (next === 0) break;
      auxiliaryAt += next;
    }
    const next = need.readUInt32LE(12);
    if (next === 0) break;
    recordAt += next;
  }
  return versions;
}

/**
 * Find the C library that the files of a folder need, by looking at every ELF file in it. Links are not followed.
 *
 * @param folder - absolute path.
 * @returns undefined if no file is dynamically linked with a C library.
 */
export async function scanElfFloor(folder: string): Promise<LibcFloor | undefined> {
  let floor: LibcFloor | undefined;
  for await (const file of elfCandidates(folder, "")) {
    const needs = await readElfNeeds(join(folder, file));
    if (needs === undefined) continue;
    const found = libcOf(needs);
    if (found === undefined) continue;
    if (floor === undefined || (floor.libc === found.libc && compareVersions(found.version ?? "0", floor.version ?? "0") > 0)) floor = { ...found, file };
  }
  return floor;
}

/** The same for a single file. @returns undefined if it needs no C library. */
export async function fileLibcFloor(path: string): Promise<LibcFloor | undefined> {
  const needs = await readElfNeeds(path);
  const found = needs === undefined ? undefined : libcOf(needs);
  return found === undefined ? undefined : { ...found, file: path };
}

/** @returns the higher of two floors, glibc before musl; either may be absent. */
export function higherFloor(a: LibcFloor | undefined, b: LibcFloor | undefined): LibcFloor | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.libc !== b.libc) return a.libc === "glibc" ? a : b;
  return compareVersions(b.version ?? "0", a.version ?? "0") > 0 ? b : a;
}

function libcOf(needs: ElfNeeds): Pick<LibcFloor, "libc" | "version"> | undefined {
  if (needs.interpreter?.includes("/ld-musl-") === true || needs.libraries.some((name) => name.startsWith("libc.musl-"))) return { libc: "musl", version: undefined };
  const versions = needs.symbolVersions.flatMap((name) => /^GLIBC_(\d+(?:\.\d+)+)$/.exec(name)?.[1] ?? []);
  const highest = versions.reduce<string | undefined>((best, version) => (best === undefined || compareVersions(version, best) > 0 ? version : best), undefined);
  if (highest === undefined && !needs.libraries.includes("libc.so.6")) return undefined;
  return { libc: "glibc", version: highest };
}

/** @returns negative, 0 or positive, comparing the numbers of `2.9` and `2.34` one by one. */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

async function* elfCandidates(root: string, below: string): AsyncGenerator<string> {
  const entries = await readdir(join(root, below), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) yield* elfCandidates(root, path);
    else if (entry.isFile() && !/\.(?:py|pyc|pyi|js|mjs|cjs|ts|json|map|md|txt|html|css|h)$/.test(entry.name)) yield path;
  }
}

function fileOffset(segments: readonly Segment[], address: number | undefined): number | undefined {
  if (address === undefined) return undefined;
  const segment = segments.find(({ type, address: start, size }) => type === TYPE_LOAD && address >= start && address < start + size);
  return segment === undefined ? undefined : address - segment.address + segment.offset;
}

async function readAt(file: FileHandle, offset: number, size: number): Promise<Buffer | undefined> {
  if (size > TABLE_BYTES_MAX) return undefined;
  const bytes = Buffer.alloc(size);
  const { bytesRead } = await file.read(bytes, 0, size, offset);
  return bytesRead === size ? bytes : undefined;
}

function textAt(bytes: Buffer, at: number): string {
  const end = bytes.indexOf(0, at);
  return bytes.toString("utf8", at, end < 0 ? bytes.length : end);
}

function toNumber(value: bigint): number | undefined {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}
