/** `flavor extract`. */
import { mkdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { isArchive } from "../../format/operations.js";
import { findSlot, slotOperations } from "../../reader/content.js";
import { extractSlot } from "../../reader/extract.js";
import { fileError } from "../../reader/file.js";
import { openPackage } from "../../reader/open.js";
import type { ExtractFlags } from "../definitions/package.js";
import { usageError } from "../error.js";
import { printResult, visible, type Invocation } from "../invocation.js";

export async function extract(invocation: Invocation, file: string, slot: string | undefined, dest: string | undefined, flags: ExtractFlags): Promise<undefined> {
  if (flags.all === undefined && (slot === undefined || dest === undefined)) throw usageError("flavor extract needs a slot and a place for it, or --all DIR", "flavor inspect shows the slots");
  if (flags.all !== undefined && slot !== undefined) throw usageError("flavor extract takes either a slot or --all, not both");
  const pkg = await openPackage(resolve(invocation.cwd, file));
  const options = { force: flags.force ?? false, signal: invocation.signal };
  try {
    const written: { readonly slot: number; readonly id: string; readonly path: string }[] = [];
    const take = async (position: number, destination: string) => {
      written.push({ slot: position, id: pkg.metadata.slots[position]?.id ?? "", path: await extractSlot(pkg, position, destination, options) });
    };
    if (flags.all !== undefined) {
      const folder = resolve(invocation.cwd, flags.all);
      for (const [position, { id, target }] of pkg.metadata.slots.entries()) {
        // Slot ids of packages that upstream wrote are anybody's text; the position is safe.
        const place = join(folder, /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id) ? id : `slot-${position}`);
        await mkdir(place, { recursive: true }).catch((cause: unknown) => {
          throw fileError(cause, place, "write");
        });
        await take(position, isArchive(slotOperations(pkg, position)) ? place : join(place, basename(target) || "content"));
      }
    } else {
      await take(findSlot(pkg, slot ?? ""), resolve(invocation.cwd, dest ?? ""));
    }
    printResult(invocation, { written }, written.map((one) => visible(`${one.id} -> ${one.path}`)).join("\n"));
    return undefined;
  } finally {
    await pkg.close();
  }
}
