/** Removing workenvs: never one that is in use, and never so that a start could see half a tree. */
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { FlavorError } from "../format/error.js";
import type { WorkenvEntry } from "./entry.js";
import { isLocked, processesUsing } from "./in-use.js";

/** What `cache clean` is asked to keep. */
export interface CleanLimits {
  /** Keep what was used within this many milliseconds. */
  readonly maxAgeMs?: number | undefined;
  /** Keep the most recently used ones that fit into this many bytes. */
  readonly maxBytes?: number | undefined;
}

export interface CleanPlan {
  readonly remove: readonly WorkenvEntry[];
  /** Would go, but is in use. */
  readonly busy: readonly WorkenvEntry[];
}

/** @param nowMs - the time now. @returns which entries go; without limits all that are free. */
export async function planClean(entries: readonly WorkenvEntry[], limits: CleanLimits, nowMs: number): Promise<CleanPlan> {
  const { maxAgeMs, maxBytes } = limits;
  const candidates = new Set<WorkenvEntry>();
  if (maxAgeMs === undefined && maxBytes === undefined) for (const entry of entries) candidates.add(entry);
  if (maxAgeMs !== undefined) for (const entry of entries) if (nowMs - entry.lastUsedMs > maxAgeMs) candidates.add(entry);
  if (maxBytes !== undefined) {
    let kept = 0;
    for (const entry of [...entries].sort((a, b) => b.lastUsedMs - a.lastUsedMs)) {
      kept += entry.sizeBytes;
      if (kept > maxBytes) candidates.add(entry);
    }
  }
  const users = await processesUsing([...candidates].map((entry) => entry.tree));
  const remove: WorkenvEntry[] = [];
  const busy: WorkenvEntry[] = [];
  for (const entry of candidates) (users.has(entry.tree) || (await hasLock(entry)) ? busy : remove).push(entry);
  return { remove, busy };
}

/**
 * Remove one entry, tree and records. The tree is moved aside first, so that a start at the same time extracts it anew.
 *
 * @throws FlavorError `io-error` if a process uses it or it cannot be removed.
 */
export async function removeEntry(entry: WorkenvEntry): Promise<void> {
  const users = (await processesUsing([entry.tree])).get(entry.tree) ?? [];
  if (users.length > 0) throw new FlavorError("io-error", `workenv ${entry.name} is in use by process ${users.join(", ")}`, { hint: "end it first" });
  if (await hasLock(entry)) throw new FlavorError("io-error", `workenv ${entry.name} is being extracted`, { hint: "try again when that is done" });
  try {
    if (entry.hasTree) {
      const aside = join(entry.records, "tmp", `removed.${process.pid}`);
      await mkdir(join(entry.records, "tmp"), { recursive: true, mode: 0o700 });
      await rename(entry.tree, aside);
    }
    await rm(entry.records, { recursive: true, force: true });
  } catch (cause) {
    throw new FlavorError("io-error", `workenv ${entry.name} cannot be removed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Temporary trees whose makers are gone, absolute paths. */
export async function leftovers(entry: WorkenvEntry): Promise<string[]> {
  const folder = join(entry.records, "tmp");
  const names = await readdir(folder).catch(() => []);
  const free: string[] = [];
  for (const name of names.sort()) if (!(await isLocked(join(folder, name, "lock")))) free.push(join(folder, name));
  return free;
}

/** Whether an extraction is under way, published or private. */
async function hasLock(entry: WorkenvEntry): Promise<boolean> {
  if (await isLocked(join(entry.records, "instance", "extract", "lock"))) return true;
  const names = await readdir(join(entry.records, "tmp")).catch(() => []);
  for (const name of names) if (await isLocked(join(entry.records, "tmp", name, "lock"))) return true;
  return false;
}
