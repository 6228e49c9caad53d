/**
 * The records of a zip that change when it becomes the wheel slot of a package, and back.
 *
 * Source: spec/pspf-2025.md, "The wheel slot"; APPNOTE.TXT 4.3.12 (central entries) and 4.3.16 (end record).
 */
import { FlavorError } from "./error.js";

export const ZIP_END_BYTES = 22;
/** Fixed part of a local header. */
export const ZIP_LOCAL_BYTES = 30;

const END_MAGIC = 0x06054b50;
const CENTRAL_MAGIC = 0x02014b50;
const CENTRAL_BYTES = 46;
const END = { entries: 10, centralSize: 12, centralOffset: 16, commentSize: 20 };
const CENTRAL = { compressedSize: 20, nameSize: 28, extraSize: 30, commentSize: 32, localOffset: 42 };
const LOCAL = { nameSize: 26, extraSize: 28 };
const UINT16_MAX = 0xffff;
const UINT32_MAX = 0xffffffff;

export interface ZipEnd {
  readonly centralOffset: number;
  readonly centralSize: number;
  readonly commentSize: number;
}

/** @param bytes - the 22 bytes of an end record. @returns undefined if they are none, or the archive needs zip64. */
export function decodeZipEnd(bytes: Uint8Array): ZipEnd | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length !== ZIP_END_BYTES || view.getUint32(0, true) !== END_MAGIC) return undefined;
  const centralOffset = view.getUint32(END.centralOffset, true);
  if (centralOffset === UINT32_MAX || view.getUint16(END.entries, true) === UINT16_MAX) return undefined;
  return { centralOffset, centralSize: view.getUint32(END.centralSize, true), commentSize: view.getUint16(END.commentSize, true) };
}

/** @returns a copy of an end record with another offset of the central directory and another comment length. */
export function withZipEnd(bytes: Uint8Array, centralOffset: number, commentSize: number): Uint8Array {
  const end = bytes.slice();
  const view = new DataView(end.buffer);
  view.setUint32(END.centralOffset, centralOffset, true);
  view.setUint16(END.commentSize, commentSize, true);
  return end;
}

interface ZipEntry {
  readonly localOffset: number;
  readonly compressedSize: number;
}

/** Where each central entry begins. @throws FlavorError `archive-malformed` for a damaged directory. */
function centralPositions(view: DataView): number[] {
  const positions: number[] = [];
  let at = 0;
  while (at < view.byteLength) {
    if (at + CENTRAL_BYTES > view.byteLength || view.getUint32(at, true) !== CENTRAL_MAGIC) {
      throw new FlavorError("archive-malformed", `the central directory of a wheel is damaged at byte ${at}`);
    }
    positions.push(at);
    at += CENTRAL_BYTES + view.getUint16(at + CENTRAL.nameSize, true) + view.getUint16(at + CENTRAL.extraSize, true) + view.getUint16(at + CENTRAL.commentSize, true);
  }
  if (at !== view.byteLength) throw new FlavorError("archive-malformed", "the central directory of a wheel ends inside an entry");
  return positions;
}

/** @returns the entry whose local header lies last, or undefined for an empty directory. */
export function lastZipEntry(central: Uint8Array): ZipEntry | undefined {
  const view = new DataView(central.buffer, central.byteOffset, central.byteLength);
  const entries = centralPositions(view).map((at) => ({
    localOffset: view.getUint32(at + CENTRAL.localOffset, true),
    compressedSize: view.getUint32(at + CENTRAL.compressedSize, true),
  }));
  return entries.toSorted((left, right) => left.localOffset - right.localOffset).at(-1);
}

/** @param header - the fixed part of a local header. @returns bytes of the header with name and extra field. */
export function zipLocalSize(header: Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  return ZIP_LOCAL_BYTES + view.getUint16(LOCAL.nameSize, true) + view.getUint16(LOCAL.extraSize, true);
}

/**
 * @param shift - added to the local-header offset of every entry; may be negative.
 * @returns a copy of the central directory.
 * @throws FlavorError `archive-malformed` for a damaged directory or an offset that leaves 32 bits.
 */
export function shiftCentral(bytes: Uint8Array, shift: number): Uint8Array {
  const central = bytes.slice();
  const view = new DataView(central.buffer);
  for (const at of centralPositions(view)) {
    const offset = view.getUint32(at + CENTRAL.localOffset, true) + shift;
    if (offset < 0 || offset > UINT32_MAX) throw new FlavorError("archive-malformed", `an entry of a wheel would lie at byte ${offset}`);
    view.setUint32(at + CENTRAL.localOffset, offset, true);
  }
  return central;
}
