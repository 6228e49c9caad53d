/** The oldest C library that a package runs with, over everything that goes into it. */
import { stat } from "node:fs/promises";
import type { ManifestSlot } from "../manifest/manifest.js";
import { fileLibcFloor, higherFloor, scanElfFloor, type LibcFloor } from "../runtimes/elf.js";

/** @returns undefined when nothing in the slots needs a C library. Slots stored as archives that were given are not looked into. */
export async function libcFloor(slots: readonly ManifestSlot[]): Promise<LibcFloor | undefined> {
  let floor: LibcFloor | undefined;
  for (const slot of slots) {
    const isFolder = (await stat(slot.source)).isDirectory();
    floor = higherFloor(floor, isFolder ? await scanElfFloor(slot.source) : await fileLibcFloor(slot.source));
  }
  return floor;
}
