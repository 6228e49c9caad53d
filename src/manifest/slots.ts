/** Slots as written into slots as built: sources found, defaults filled in, targets and ids held to the launcher's rules. */
import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { LIFECYCLE_SPELLINGS } from "../format/constants.gen.js";
import { isWheel } from "../builder/wheel.js";
import { FlavorError } from "../format/error.js";
import type { OperationChain } from "../format/operations.js";
import { formatOperations, isArchive, parseOperations } from "../format/operations.js";
import { checkTarget } from "../format/path.js";
import type { SlotInput } from "./input.js";
import type { ManifestSlot } from "./manifest.js";

/**
 * @param base - absolute folder that relative sources, and `{workenv}` in them, start at.
 * @param where - the manifest's name, for messages.
 * @throws FlavorError `file-missing`, `path-unsafe`, `operation-unknown`, `manifest-invalid`, each naming the slot.
 */
export async function resolveSlots(inputs: readonly SlotInput[], base: string, where: string): Promise<ManifestSlot[]> {
  const slots: ManifestSlot[] = [];
  for (const [position, input] of inputs.entries()) {
    const key = `${where}: slots[${position}] (${JSON.stringify(input.id)})`;
    if (input.slot !== undefined && input.slot !== position) throw new FlavorError("manifest-invalid", `${key}.slot: expected ${position}, its position, found ${input.slot}`);
    if (slots.some((slot) => slot.id === input.id)) throw new FlavorError("manifest-invalid", `${key}: two slots have this id`);
    const slot = await resolveSlot(input, base, key);
    if (isWheel(slot)) checkWheel(slot, position === inputs.length - 1, key);
    slots.push(slot);
  }
  const targets = new Map<string, string>();
  for (const slot of slots.filter((slot) => !isArchive(slot.operations))) {
    const other = targets.get(slot.target);
    if (other !== undefined) throw new FlavorError("entry-conflict", `${where}: slots ${other} and ${slot.id} have the target ${slot.target}`);
    targets.set(slot.target, slot.id);
  }
  return slots;
}

function checkWheel(slot: ManifestSlot, isLast: boolean, key: string): void {
  if (!isLast) throw new FlavorError("manifest-invalid", `${key}.purpose: "wheel" is for the last slot: the wheel ends where the package's trailer begins`);
  if (slot.operations.length > 0) throw new FlavorError("manifest-invalid", `${key}.operations: a wheel is stored raw, found ${JSON.stringify(formatOperations(slot.operations))}`);
  if (slot.lifecycle !== "lazy") throw new FlavorError("manifest-invalid", `${key}.lifecycle: a wheel is lazy, found ${JSON.stringify(slot.lifecycle)}`);
}

async function resolveSlot(input: SlotInput, base: string, key: string): Promise<ManifestSlot> {
  if (input.source.startsWith("$SELF")) throw new FlavorError("manifest-invalid", `${key}.source: $SELF (the launcher as a slot) is not supported`);
  const source = resolve(base, input.source.replace(/^\{workenv\}(\/|$)/, "./"));
  const isFolder = await sourceIsFolder(source, key);
  const operations = slotOperations(input.operations, isFolder, key);
  const archive = isArchive(operations);
  const target = atKey(`${key}.target`, () => checkTarget(input.target ?? (archive ? "." : basename(source))));
  if (!archive && target === ".") throw new FlavorError("manifest-invalid", `${key}.target: a single file needs a name, found the workenv itself`);
  const spellings: Readonly<Record<string, string>> = LIFECYCLE_SPELLINGS;
  const purpose = input.purpose ?? "data";
  const lifecycle = input.lifecycle ?? (isWheel({ purpose }) ? "lazy" : "runtime");
  return {
    id: input.id,
    source,
    target,
    operations,
    purpose,
    lifecycle: spellings[lifecycle] ?? lifecycle,
    ...(input.permissions === undefined ? {} : { permissions: Number.parseInt(input.permissions, 8) }),
    ...(input.platform === undefined || input.platform === "any" ? {} : { platform: input.platform }),
  };
}

/** Absent operations: a folder becomes `tar.zst`, a file stays as it is. */
function slotOperations(text: string | undefined, isFolder: boolean, key: string): OperationChain {
  if (text === undefined) return isFolder ? ["TAR", "ZSTD"] : [];
  const operations = atKey(`${key}.operations`, () => parseOperations(text));
  if (isFolder && !isArchive(operations)) {
    throw new FlavorError("manifest-invalid", `${key}.operations: ${JSON.stringify(text)} makes no archive, but the source is a folder`, { hint: "use tar, tar.gz or tar.zst" });
  }
  return operations;
}

async function sourceIsFolder(source: string, key: string): Promise<boolean> {
  try {
    const found = await stat(source);
    if (found.isDirectory() || found.isFile()) return found.isDirectory();
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "ENOTDIR");
    if (missing) throw new FlavorError("file-missing", `${key}.source: ${source} does not exist`, { cause, details: { source } });
    throw new FlavorError("file-unreadable", `${key}.source: ${source} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  throw new FlavorError("file-unreadable", `${key}.source: ${source} is neither a file nor a folder`);
}

/** Says which key an error of the format belongs to. */
export function atKey<T>(key: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FlavorError)) throw error;
    throw new FlavorError(error.code, `${key}: ${error.message}`, { hint: error.hint, details: error.details, cause: error });
  }
}
