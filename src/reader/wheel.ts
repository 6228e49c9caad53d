/**
 * Taking the wheel out of a package: the plain zip that the builder was given.
 *
 * Source: spec/pspf-2025.md, "The wheel slot".
 */
import { SIZE_TRAILER } from "../format/constants.gen.js";
import { FlavorError } from "../format/error.js";
import { decodeZipEnd, lastZipEntry, shiftCentral, withZipEnd, ZIP_END_BYTES, ZIP_LOCAL_BYTES, zipLocalSize } from "../format/wheel-zip.js";
import type { SlotDescriptor } from "../format/slot.js";
import { readChunks, readRange } from "./file.js";
import type { Package } from "./open.js";

const LONGEST_PADDING = 15;

/**
 * @param slot - the descriptor of a slot of purpose `wheel`.
 * @throws FlavorError `archive-malformed`.
 */
export async function* plainWheel(pkg: Package, slot: SlotDescriptor): AsyncGenerator<Uint8Array> {
  const slotEnd = slot.offsetBytes + slot.sizeBytes;
  const endBytes = await readRange(pkg.file, slotEnd - ZIP_END_BYTES, ZIP_END_BYTES);
  const end = decodeZipEnd(endBytes);
  if (end?.commentSize !== SIZE_TRAILER || end.centralOffset < slot.offsetBytes || end.centralOffset + end.centralSize + ZIP_END_BYTES !== slotEnd) {
    throw new FlavorError("archive-malformed", "the wheel slot is no zip whose comment is the trailer");
  }
  const central = shiftCentral(await readRange(pkg.file, end.centralOffset, end.centralSize), -slot.offsetBytes);
  const localSize = end.centralOffset - slot.offsetBytes - (await paddingBefore(pkg, end.centralOffset, slot.offsetBytes, central));
  yield* readChunks(pkg.file, slot.offsetBytes, localSize);
  yield central;
  yield withZipEnd(endBytes, localSize, 0);
}

/** How many zero bytes lie between the end of the last entry and the central directory. A local entry may itself end in zeros, so its size tells, not the bytes. */
async function paddingBefore(pkg: Package, centralOffset: number, slotOffset: number, central: Uint8Array): Promise<number> {
  const padding = centralOffset - slotOffset - (await localEnd(pkg, slotOffset, central));
  if (padding < 0 || padding > LONGEST_PADDING) throw new FlavorError("archive-malformed", `the wheel slot has ${padding} bytes between its entries and its central directory`);
  return padding;
}

/** @returns where the entry that lies last ends, from the start of the slot. */
async function localEnd(pkg: Package, slotOffset: number, central: Uint8Array): Promise<number> {
  const last = lastZipEntry(central);
  if (last === undefined) return 0;
  const header = await readRange(pkg.file, slotOffset + last.localOffset, ZIP_LOCAL_BYTES);
  return last.localOffset + zipLocalSize(header) + last.compressedSize;
}
