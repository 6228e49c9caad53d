/**
 * Where each region of a package lies.
 *
 * Source: spec/pspf-2025.md, "Regions". The reader checks the same rules in ../reader/ranges.ts.
 */
import { SIZE_INDEX_BLOCK, SIZE_REGION_ALIGNMENT, SIZE_SLOT_DESCRIPTOR, SIZE_TRAILER } from "../format/constants.gen.js";
import { alignUp, trailerOffset } from "../reader/ranges.js";

export interface Layout {
  readonly metadataOffset: number;
  readonly slotTableOffset: number;
  readonly slotTableSize: number;
  /** In the order of the table. */
  readonly slotOffsets: readonly number[];
  /** Where the last slot (or the table) ends. */
  readonly contentEnd: number;
  readonly trailerOffset: number;
  readonly packageSize: number;
}

/** @param slotSizes - stored sizes, in the order of the table. */
export function layOut(launcherSize: number, metadataSize: number, slotSizes: readonly number[]): Layout {
  const metadataOffset = launcherSize + SIZE_INDEX_BLOCK;
  const slotTableOffset = alignUp(metadataOffset + metadataSize, SIZE_REGION_ALIGNMENT);
  const slotTableSize = slotSizes.length * SIZE_SLOT_DESCRIPTOR;
  let contentEnd = slotTableOffset + slotTableSize;
  const slotOffsets = slotSizes.map((size) => {
    const offset = alignUp(contentEnd, SIZE_REGION_ALIGNMENT);
    contentEnd = offset + size;
    return offset;
  });
  const trailer = trailerOffset(contentEnd);
  return { metadataOffset, slotTableOffset, slotTableSize, slotOffsets, contentEnd, trailerOffset: trailer, packageSize: trailer + SIZE_TRAILER };
}
