/**
 * The wheel slot: a zip at the end of a package, whose comment is the trailer.
 *
 * Source: spec/pspf-2025.md, "The wheel slot".
 */
import { createHash } from "node:crypto";
import { SIZE_TRAILER } from "../format/constants.gen.js";
import { FlavorError } from "../format/error.js";
import { decodeZipEnd, lastZipEntry, shiftCentral, withZipEnd, ZIP_END_BYTES, ZIP_LOCAL_BYTES, zipLocalSize } from "../format/wheel-zip.js";
import { openFile, readChunks, readRange } from "../reader/file.js";

const OFFSET_LIMIT = 2 ** 32;

/** @returns whether a slot is the wheel of its package. */
export function isWheel(slot: { readonly purpose: string }): boolean {
  return slot.purpose === "wheel";
}

/** A plain zip, taken apart: its local entries stay as they are, what follows them is made anew. */
export interface WheelZip {
  readonly file: string;
  /** Where the central directory begins. */
  readonly centralOffset: number;
  readonly central: Uint8Array;
  readonly end: Uint8Array;
}

/** @throws FlavorError `build-failed` for a zip with a comment, zip64 records or gaps. */
export async function readWheelZip(file: string): Promise<WheelZip> {
  const handle = await openFile(file);
  try {
    const size = (await handle.stat()).size;
    const bytes = await readRange(handle, Math.max(0, size - ZIP_END_BYTES), Math.min(ZIP_END_BYTES, size));
    const end = decodeZipEnd(bytes);
    const refused = new FlavorError("build-failed", `${file} cannot be the wheel of a package: it is no plain zip without comment, zip64 records and gaps`);
    if (end?.commentSize !== 0 || end.centralOffset + end.centralSize + ZIP_END_BYTES !== size) throw refused;
    const central = await readRange(handle, end.centralOffset, end.centralSize);
    // A data descriptor behind the last entry is a gap too: who takes the wheel out again could not tell it from padding.
    const last = lastZipEntry(central);
    if (last !== undefined && last.localOffset + ZIP_LOCAL_BYTES > size) throw refused;
    const entriesEnd = last === undefined ? 0 : last.localOffset + zipLocalSize(await readRange(handle, last.localOffset, ZIP_LOCAL_BYTES)) + last.compressedSize;
    if (entriesEnd !== end.centralOffset) throw refused;
    return { file, centralOffset: end.centralOffset, central, end: bytes };
  } finally {
    await handle.close();
  }
}

/** @returns stored size of the slot with `padding` bytes before the central directory. */
export function wheelSlotSize(wheel: WheelZip, padding: number): number {
  return wheel.centralOffset + padding + wheel.central.length + ZIP_END_BYTES;
}

/**
 * What follows the local entries: padding, central directory and end record with offsets from the start of the package.
 *
 * @throws FlavorError `build-failed` when an offset reaches 2^32.
 */
export function wheelTail(wheel: WheelZip, slotOffset: number, padding: number): Uint8Array {
  const slotEnd = slotOffset + wheelSlotSize(wheel, padding);
  if (slotEnd >= OFFSET_LIMIT) {
    throw new FlavorError("build-failed", `the wheel ends at byte ${slotEnd}, and zip offsets end at 2^32`, { hint: "leave out --wheel" });
  }
  const end = withZipEnd(wheel.end, slotOffset + wheel.centralOffset + padding, SIZE_TRAILER);
  return Buffer.concat([new Uint8Array(padding), shiftCentral(wheel.central, slotOffset), end]);
}

/** The slot's bytes. @param tail - from `wheelTail`. */
export async function* wheelBytes(wheel: WheelZip, tail: Uint8Array): AsyncGenerator<Uint8Array> {
  const handle = await openFile(wheel.file);
  try {
    yield* readChunks(handle, 0, wheel.centralOffset);
    yield tail;
  } finally {
    await handle.close();
  }
}

/** @returns SHA-256 of the slot's bytes, hex. */
export async function wheelDigest(wheel: WheelZip, tail: Uint8Array): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of wheelBytes(wheel, tail)) hash.update(chunk);
  return hash.digest("hex");
}
