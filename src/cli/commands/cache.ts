/** `flavor cache list|info|path`. */
import { join, resolve } from "node:path";
import { toHex } from "../../format/checksum.js";
import { openPackage } from "../../reader/open.js";
import { listBuildCaches } from "../../workenv/builds.js";
import { fallbackRoots, hostCacheRoot } from "../../workenv/cache-root.js";
import { findEntry, listEntries, statOf, workenvFolder, type WorkenvEntry } from "../../workenv/entry.js";
import { processesUsing } from "../../workenv/in-use.js";
import { workenvName } from "../../workenv/name.js";
import { printResult, table, type Invocation } from "../invocation.js";
import { formatBytes } from "../units.js";

export async function list(invocation: Invocation): Promise<undefined> {
  const root = rootOf(invocation);
  const entries = await listEntries(root);
  const fallbacks = await usedFallbacks(root);
  const rows = entries.map((entry) => [entry.packageName ?? "?", entry.version ?? "?", (entry.packageId ?? "").slice(0, 16) || "-", formatBytes(entry.sizeBytes), entry.packageId === undefined ? "not ready" : "ready", entry.name]);
  printResult(invocation, { root, fallbacks, workenvs: entries.map(summary) }, rows.length > 0 ? table(rows) : "the cache holds no workenvs");
  return undefined;
}

export async function info(invocation: Invocation, name: string | undefined): Promise<undefined> {
  const root = rootOf(invocation);
  if (name === undefined) {
    const entries = await listEntries(root);
    const size = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
    const builds = await listBuildCaches(root);
    const fallbacks = await usedFallbacks(root);
    const rows = [
      ["folder", root, ""],
      ...fallbacks.map((folder) => ["and", folder, "where launchers went that could not write there; FLAVOR_CACHE names it to the other cache commands"]),
      ["workenvs", formatBytes(size), `${entries.length} unpacked package${entries.length === 1 ? "" : "s"}`],
      ...builds.map(({ kind, sizeBytes, what }) => [kind, formatBytes(sizeBytes), what]),
    ];
    printResult(invocation, { root, fallbacks, workenvs: entries.length, size, builds: builds.map(({ kind, sizeBytes, path }) => ({ kind, size: sizeBytes, path })) }, table(rows));
    return undefined;
  }
  const entry = await findEntry(root, name);
  const users = (await processesUsing([entry.tree])).get(entry.tree) ?? [];
  const rows = [
    ["name", entry.name],
    ["package", `${entry.packageName ?? "unknown"} ${entry.version ?? ""}`.trimEnd()],
    ["id", entry.packageId ?? "none: not ready"],
    ["size", formatBytes(entry.sizeBytes)],
    ["used", new Date(entry.lastUsedMs).toISOString()],
    ["in use by", users.length > 0 ? `process ${users.join(", ")}` : "nobody"],
    ["folder", entry.tree],
  ];
  printResult(invocation, { ...summary(entry), processes: users }, table(rows));
  return undefined;
}

export async function path(invocation: Invocation, file: string | undefined): Promise<undefined> {
  const root = rootOf(invocation);
  if (file === undefined) {
    printResult(invocation, { root, fallbacks: await usedFallbacks(root) }, root);
    return undefined;
  }
  const pkg = await openPackage(resolve(invocation.cwd, file));
  await pkg.close();
  const name = workenvName(pkg.metadata.package.name, pkg.metadata.package.version, toHex(pkg.packageId));
  const workenv = join(workenvFolder(root), name);
  printResult(invocation, { root, name, workenv }, workenv);
  return undefined;
}

/** @returns the cache root, as the launchers compute it. */
export function rootOf(invocation: Invocation): string {
  return hostCacheRoot(invocation.environment);
}

/** Places besides the root that launchers of this user have unpacked to. */
async function usedFallbacks(root: string): Promise<string[]> {
  const uid = process.geteuid?.();
  const used: string[] = [];
  for (const folder of fallbackRoots(uid)) {
    // These lie where everybody may write: another user's folder of that name is not ours to show.
    if (folder !== root && (await statOf(folder))?.uid === uid && (await statOf(workenvFolder(folder))) !== undefined) used.push(folder);
  }
  return used;
}

/** @returns an entry as JSON shows it. */
export function summary(entry: WorkenvEntry) {
  return {
    name: entry.name,
    package: entry.packageName ?? null,
    version: entry.version ?? null,
    packageId: entry.packageId ?? null,
    ready: entry.packageId !== undefined,
    size: entry.sizeBytes,
    lastUsed: new Date(entry.lastUsedMs).toISOString(),
    path: entry.tree,
  };
}
