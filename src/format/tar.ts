/**
 * The tar of this format: what builders write (one encoding, the same from every language) and the little more that readers accept.
 *
 * Bytes only; folders are read in ../builder/archive.ts, archives in ../reader/archive.ts.
 *
 * Source: spec/operations.md, "Canonical tar"; POSIX.1-2001 pax.
 */
import { SIZE_TAR_BLOCK } from "./constants.gen.js";
import { FlavorError } from "./error.js";

export type TarKind = "file" | "directory" | "link";

export interface TarEntry {
  /** Path below the root, components joined by `/`, without a trailing slash. */
  readonly path: string;
  readonly kind: TarKind;
  /** Bytes of content; 0 for directories and links. */
  readonly size: number;
  readonly executable: boolean;
  /** Target of a link; empty otherwise. */
  readonly linkTarget: string;
}

/** 1980-01-01, the mtime of everything when SOURCE_DATE_EPOCH is not set. */
export const DEFAULT_MTIME_SECONDS = 315532800;

/** The largest modification time that eleven octal digits hold. */
export const LATEST_MTIME_SECONDS = 8 ** 11 - 1;

const NAME = { offset: 0, size: 100 };
const MODE = { offset: 100, size: 8 };
const UID = { offset: 108, size: 8 };
const GID = { offset: 116, size: 8 };
const SIZE = { offset: 124, size: 12 };
const MTIME = { offset: 136, size: 12 };
const CHECKSUM = { offset: 148, size: 8 };
const TYPE = { offset: 156, size: 1 };
const LINK_NAME = { offset: 157, size: 100 };
const MAGIC = { offset: 257, size: 6 };
const VERSION = { offset: 263, size: 2 };
const DEVMAJOR = { offset: 329, size: 8 };
const DEVMINOR = { offset: 337, size: 8 };
const PREFIX = { offset: 345, size: 155 };
/** Magic and version as POSIX and as GNU tar writes them. */
const POSIX_MAGIC = "ustar\x0000";
const GNU_MAGIC = "ustar  \0";
const LARGEST_OCTAL_SIZE = 8 ** 11;
const TYPE_FLAGS = { file: "0", link: "2", directory: "5" } as const;

const SLASH = Uint8Array.of(0x2f);
const EQUALS = 0x3d;
const NEWLINE = 0x0a;

const utf8 = new TextEncoder();

/** @returns zero bytes that fill `size` up to a multiple of 512. */
export function tarPadding(size: number): Uint8Array {
  return new Uint8Array((SIZE_TAR_BLOCK - (size % SIZE_TAR_BLOCK)) % SIZE_TAR_BLOCK);
}

/** The two zero blocks that end an archive. */
export const TAR_END = new Uint8Array(2 * SIZE_TAR_BLOCK);

/**
 * The header blocks of one entry: the ustar header, after a pax header when it is needed.
 *
 * @param mtimeSeconds - SOURCE_DATE_EPOCH or the default.
 * @param paxCount - pax headers written so far in this archive.
 * @returns the blocks, and whether a pax header is among them.
 */
export function encodeTarHeader(entry: TarEntry, mtimeSeconds: number, paxCount: number): { readonly bytes: Uint8Array; readonly pax: boolean } {
  const name = entry.kind === "directory" ? `${entry.path}/` : entry.path;
  const records: [string, string][] = [];
  if (!fitsField(name)) records.push(["path", name]);
  if (!fitsField(entry.linkTarget)) records.push(["linkpath", entry.linkTarget]);
  if (entry.size >= LARGEST_OCTAL_SIZE) records.push(["size", String(entry.size)]);
  const mode = entry.kind === "file" && !entry.executable ? 0o644 : 0o755;
  const header = encodeUstar(name, entry.linkTarget, mode, entry.size >= LARGEST_OCTAL_SIZE ? 0 : entry.size, mtimeSeconds, TYPE_FLAGS[entry.kind]);
  if (records.length === 0) return { bytes: header, pax: false };
  const body = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
  const paxHeader = encodeUstar(`pax/${paxCount + 1}`, "", 0o644, body.length, mtimeSeconds, "x");
  return { bytes: Buffer.concat([paxHeader, body, tarPadding(body.length), header]), pax: true };
}

function fitsField(text: string): boolean {
  return /^[\x20-\x7e]{0,100}$/.test(text);
}

/** The text, or its first 100 bytes cut at a character, with `_` for each byte that is not printable ASCII. */
function fieldText(text: string): Uint8Array {
  const bytes = utf8.encode(text);
  let end = Math.min(NAME.size, bytes.length);
  while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.slice(0, end).map((byte) => (byte >= 0x20 && byte <= 0x7e ? byte : 0x5f));
}

function paxRecord(key: string, value: string): Uint8Array {
  const rest = utf8.encode(` ${key}=${value}\n`);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([utf8.encode(String(length)), rest]);
}

function encodeUstar(name: string, linkTarget: string, mode: number, size: number, mtimeSeconds: number, type: string): Uint8Array {
  const bytes = new Uint8Array(SIZE_TAR_BLOCK);
  const octal = (field: { readonly offset: number; readonly size: number }, value: number) => {
    bytes.set(utf8.encode(value.toString(8).padStart(field.size - 1, "0")), field.offset);
  };
  bytes.set(fieldText(name), NAME.offset);
  octal(MODE, mode);
  octal(UID, 0);
  octal(GID, 0);
  octal(SIZE, size);
  octal(MTIME, mtimeSeconds);
  bytes.set(utf8.encode(type), TYPE.offset);
  bytes.set(fieldText(linkTarget), LINK_NAME.offset);
  bytes.set(utf8.encode("ustar\0"), MAGIC.offset);
  bytes.set(utf8.encode("00"), VERSION.offset);
  octal(DEVMAJOR, 0);
  octal(DEVMINOR, 0);
  bytes.set(utf8.encode(`${checksumOf(bytes).toString(8).padStart(6, "0")}\0 `), CHECKSUM.offset);
  return bytes;
}

/** The sum of all bytes, those of the checksum field taken as spaces. */
function checksumOf(block: Uint8Array): number {
  const own = block.subarray(CHECKSUM.offset, CHECKSUM.offset + CHECKSUM.size).reduce((sum, byte) => sum + byte, 0);
  return block.reduce((sum, byte) => sum + byte, 0) - own + CHECKSUM.size * 0x20;
}

/** One header block as read: an entry to come, or an extension that belongs to the next one. */
export type TarHeader =
  | { readonly kind: "entry"; readonly entry: TarEntry; readonly mtimeSeconds: number }
  | { readonly kind: "pax" | "gnu-name" | "gnu-link"; readonly size: number }
  | { readonly kind: "end" };

/** What extension headers said about the next entry: names as bytes, which only count when the entry's kind is known. */
export interface TarOverrides {
  readonly path?: Uint8Array;
  readonly linkTarget?: Uint8Array;
  readonly size?: number;
}

/**
 * Decode one 512-byte header block. The path is as stored; ../format/path.ts brings it into its normal form.
 *
 * @param overrides - from the pax or GNU headers before it.
 * @throws FlavorError `archive-malformed` for a damaged header, `entry-refused` for a kind of entry that this format does not have, `path-unsafe` and `link-unsafe` for
 *   names that are not UTF-8.
 */
export function decodeTarHeader(block: Uint8Array, overrides: TarOverrides): TarHeader {
  if (block.every((byte) => byte === 0)) return { kind: "end" };
  const refuse = (why: string) => new FlavorError("archive-malformed", `a tar header ${why}`);
  const magic = Buffer.from(block.subarray(MAGIC.offset, VERSION.offset + VERSION.size)).toString("latin1");
  if (magic !== POSIX_MAGIC && magic !== GNU_MAGIC) throw refuse("has no ustar magic");
  if (decodeOctal(block, CHECKSUM) !== checksumOf(block)) throw refuse("has a wrong checksum");
  const type = String.fromCharCode(block[TYPE.offset] ?? 0);
  const fieldSize = decodeOctal(block, SIZE);
  if (type === "x") return { kind: "pax", size: fieldSize };
  if (type === "L") return { kind: "gnu-name", size: fieldSize };
  if (type === "K") return { kind: "gnu-link", size: fieldSize };
  const prefix = magic === POSIX_MAGIC ? untilNul(block, PREFIX) : new Uint8Array();
  const name = untilNul(block, NAME);
  const path = overrides.path ?? (prefix.length === 0 ? name : Buffer.concat([prefix, SLASH, name]));
  const shown = JSON.stringify(Buffer.from(path).toString());
  const mode = decodeOctal(block, MODE);
  if ((mode & 0o7000) !== 0) throw new FlavorError("entry-refused", `entry ${shown} has mode ${mode.toString(8)}: setuid, setgid and sticky bits are refused`);
  const mtimeSeconds = decodeOctal(block, MTIME);
  const kind = kindOf(type);
  if (kind === undefined) throw new FlavorError("entry-refused", `entry ${shown} is of type ${JSON.stringify(type)}: only files, directories and symbolic links are taken`);
  const linkTarget = kind === "link" ? decodeUtf8(overrides.linkTarget ?? untilNul(block, LINK_NAME), "link-unsafe") : "";
  const size = overrides.size ?? fieldSize;
  if (kind !== "file" && size !== 0) throw refuse(`gives a size to ${shown}, which is no file`);
  return { kind: "entry", entry: { path: decodeUtf8(path, "path-unsafe"), kind, size, executable: (mode & 0o100) !== 0, linkTarget }, mtimeSeconds };
}

function kindOf(type: string): TarKind | undefined {
  if (type === "5") return "directory";
  if (type === "2") return "link";
  if (type === "0" || type === "\0") return "file";
  return undefined;
}

function untilNul(block: Uint8Array, field: { readonly offset: number; readonly size: number }): Uint8Array {
  return decodeGnuName(block.subarray(field.offset, field.offset + field.size));
}

function decodeUtf8(bytes: Uint8Array, code: "path-unsafe" | "link-unsafe"): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new FlavorError(code, "a tar header holds a name that is not UTF-8", { cause });
  }
}

function decodeOctal(block: Uint8Array, field: { readonly offset: number; readonly size: number }): number {
  const text = Buffer.from(block.subarray(field.offset, field.offset + field.size)).toString("latin1");
  const digits = /^ *([0-7]*)[ \0]*$/.exec(text)?.[1];
  if (digits === undefined) throw new FlavorError("archive-malformed", "a tar header holds a number that is not octal");
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

/** @param body - content of a GNU `L` or `K` entry. @returns the long name, up to the first NUL. */
export function decodeGnuName(body: Uint8Array): Uint8Array {
  const end = body.indexOf(0);
  return end < 0 ? body : body.subarray(0, end);
}

/**
 * @param body - content of a pax header.
 * @returns path, linkpath and size; time and owner records are passed over.
 * @throws FlavorError `archive-malformed` for a record that does not parse, repeats, or means something else.
 */
export function decodePax(body: Uint8Array): TarOverrides {
  const refuse = (why: string) => new FlavorError("archive-malformed", `a pax header ${why}`);
  const values = new Map<string, Uint8Array>();
  for (let at = 0; at < body.length; ) {
    const digits = /^([1-9][0-9]{0,6}) /.exec(Buffer.from(body.subarray(at, at + 8)).toString("latin1"))?.[1];
    const length = Number(digits ?? "0");
    if (digits === undefined || at + length > body.length || body[at + length - 1] !== NEWLINE) throw refuse("holds a record whose length does not fit");
    const record = body.subarray(at + digits.length + 1, at + length - 1);
    const equals = record.indexOf(EQUALS);
    if (equals < 1) throw refuse("holds a record without a key");
    const key = Buffer.from(record.subarray(0, equals)).toString("latin1");
    if (PAX_TAKEN.has(key)) {
      if (values.has(key)) throw refuse(`repeats ${key}`);
      values.set(key, record.subarray(equals + 1));
    } else if (!PAX_IGNORED.has(key)) {
      throw refuse(`holds ${JSON.stringify(key)}, which this format does not have`);
    }
    at += length;
  }
  const sizeBytes = values.get("size");
  const size = sizeBytes === undefined ? undefined : Buffer.from(sizeBytes).toString("latin1");
  if (size !== undefined && (!/^(0|[1-9][0-9]{0,15})$/.test(size) || !Number.isSafeInteger(Number(size)))) throw refuse("holds a size that is no number");
  const path = values.get("path");
  const linkTarget = values.get("linkpath");
  return { ...(path === undefined ? {} : { path }), ...(linkTarget === undefined ? {} : { linkTarget }), ...(size === undefined ? {} : { size: Number(size) }) };
}

const PAX_TAKEN: ReadonlySet<string> = new Set(["path", "linkpath", "size"]);
const PAX_IGNORED: ReadonlySet<string> = new Set(["mtime", "atime", "ctime", "uid", "gid", "uname", "gname", "LIBARCHIVE.creationtime"]);
