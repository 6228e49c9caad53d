/**
 * Where regions may lie. A package of this format has no gaps; what upstream wrote only has to stay inside the file.
 *
 * Source: spec/pspf-2025.md, "Regions" and "What upstream wrote".
 */
import { SIZE_FILE_ALIGNMENT, SIZE_INDEX_BLOCK, SIZE_REGION_ALIGNMENT, SIZE_SLOT_DESCRIPTOR, SIZE_TRAILER } from "../format/constants.gen.js";
import { FlavorError } from "../format/error.js";
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

/** What is true of every package: the named regions lie inside the file, before the trailer. @throws FlavorError `region-out-of-range`. */
export function checkRanges(index: IndexBlock): void {
  const end = index.packageSize - SIZE_TRAILER;
  const inside = (name: string, offset: number, size: number) => {
    if (offset + size > end) throw new FlavorError("region-out-of-range", `${name} lies at ${offset}..${offset + size}, the trailer begins at ${end}`);
  };
  inside("launcher", 0, index.launcherSize);
  inside("metadata", index.metadataOffset, index.metadataSize);
  inside("slot table", index.slotTableOffset, index.slotTableSize);
  if (index.metadataOffset < index.launcherSize) throw new FlavorError("region-out-of-range", `metadata lies at ${index.metadataOffset}, inside the launcher (${index.launcherSize} bytes)`);
  if (index.slotTableSize !== index.slotCount * SIZE_SLOT_DESCRIPTOR) {
    throw new FlavorError("region-out-of-range", `the slot table has ${index.slotTableSize} bytes for ${index.slotCount} slots, expected ${index.slotCount * SIZE_SLOT_DESCRIPTOR}`);
  }
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
  exact("metadata", index.metadataOffset, index.launcherSize + SIZE_INDEX_BLOCK);
  exact("the slot table", index.slotTableOffset, alignUp(index.metadataOffset + index.metadataSize, SIZE_REGION_ALIGNMENT));
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
