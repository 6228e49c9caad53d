/**
 * Where regions may lie. A package of this format has no gaps; what upstream wrote only has to stay inside the file.
 *
 * Source: spec/pspf-2025.md, "Regions" and "What upstream wrote".
 */
import { LIMIT_METADATA_PLAIN_BYTES, SIZE_FILE_ALIGNMENT, SIZE_INDEX_BLOCK, SIZE_REGION_ALIGNMENT, SIZE_SLOT_DESCRIPTOR, SIZE_TRAILER } from "../format/constants.gen.js";
import { FlavorError } from "../format/error.js";
import { storedGzipSize } from "../format/gzip.js";
import type { IndexBlock } from "../format/index-block.js";
import type { SlotDescriptor } from "../format/slot.js";

/** @returns `value` rounded up to a multiple of `alignment`. */
export function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

/** @returns where the trailer starts when the region before it ends at `end`. */
export function trailerOffset(end: number): number {
  return alignUp(end + SIZE_TRAILER, SIZE_FILE_ALIGNMENT) - SIZE_TRAILER;
}

/**
 * What is true of every package: launcher, metadata and slot table follow each other inside the file, before the trailer.
 *
 * @returns whether there is room for copy A of the index block; without it, only upstream can have written the file.
 * @throws FlavorError `region-out-of-range`; `metadata-malformed` for a region that holds more than metadata may.
 */
export function checkRanges(index: IndexBlock): boolean {
  const end = index.packageSize - SIZE_TRAILER;
  const inside = (name: string, offset: number, size: number) => {
    if (offset + size > end) throw new FlavorError("region-out-of-range", `${name} lies at ${offset}..${offset + size}, the trailer begins at ${end}`);
  };
  inside("launcher", 0, index.launcherSize);
  inside("metadata", index.metadataOffset, index.metadataSize);
  inside("slot table", index.slotTableOffset, index.slotTableSize);
  const hasCopy = index.metadataOffset === index.launcherSize + SIZE_INDEX_BLOCK;
  if (!hasCopy && index.metadataOffset !== index.launcherSize) {
    throw new FlavorError("region-out-of-range", `metadata is at ${index.metadataOffset}, expected ${index.launcherSize + SIZE_INDEX_BLOCK}`);
  }
  if (index.slotTableSize !== index.slotCount * SIZE_SLOT_DESCRIPTOR) {
    throw new FlavorError("region-out-of-range", `the slot table has ${index.slotTableSize} bytes for ${index.slotCount} slots, expected ${index.slotCount * SIZE_SLOT_DESCRIPTOR}`);
  }
  const tableStart = alignUp(index.metadataOffset + index.metadataSize, SIZE_REGION_ALIGNMENT);
  // One of upstream's builders leaves both fields zero when there are no slots.
  const noTable = index.slotCount === 0 && index.slotTableOffset === 0 && !hasCopy;
  if (index.slotTableOffset !== tableStart && !noTable) throw new FlavorError("region-out-of-range", `the slot table is at ${index.slotTableOffset}, expected ${tableStart}`);
  if (index.metadataSize > storedGzipSize(LIMIT_METADATA_PLAIN_BYTES)) {
    throw new FlavorError("metadata-malformed", `metadata is stored in ${index.metadataSize} bytes, more than ${storedGzipSize(LIMIT_METADATA_PLAIN_BYTES)}`);
  }
  return hasCopy;
}

/**
 * @param sealed - whether the rules of this format hold: every region where the one before it ends.
 * @throws FlavorError `region-out-of-range` or `slot-out-of-range`.
 */
export function checkSlotRanges(index: IndexBlock, slots: readonly SlotDescriptor[], sealed: boolean): void {
  const trailer = index.packageSize - SIZE_TRAILER;
  const start = index.slotTableOffset + index.slotTableSize;
  if (!sealed) {
    slots.forEach((slot, position) => {
      if (slot.sizeBytes > 0 && (slot.offsetBytes < start || slot.offsetBytes + slot.sizeBytes > trailer)) throw outOfRange(position, slot, start, trailer);
    });
    return;
  }
  const exact = (name: string, found: number, expected: number) => {
    if (found !== expected) throw new FlavorError("region-out-of-range", `${name} is at ${found}, expected ${expected}`);
  };
  let end = start;
  slots.forEach((slot, position) => {
    const expected = alignUp(end, SIZE_REGION_ALIGNMENT);
    end = slot.offsetBytes + slot.sizeBytes;
    if (slot.offsetBytes !== expected || end > trailer) throw outOfRange(position, slot, expected, trailer);
  });
  exact("the trailer", trailer, trailerOffset(end));
}

function outOfRange(position: number, slot: SlotDescriptor, start: number, end: number): FlavorError {
  return new FlavorError("slot-out-of-range", `slot ${position} lies at ${slot.offsetBytes}..${slot.offsetBytes + slot.sizeBytes}, expected it to start at ${start} and end by ${end}`, {
    hint: "the package was altered or built by a faulty tool; do not run it, fetch it again from its publisher",
  });
}
