/** What the cache holds: one entry for each package that was started (layout: spec/launch.md, "Workenv"). */
import type { Stats } from "node:fs";
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { STAMP_FILE } from "../format/constants.gen.js";
import { FlavorError } from "../format/error.js";

/** A workenv and the folder of records beside it; either may be missing. */
export interface WorkenvEntry {
  /** Name of the folder: `hello-1.0-0123456789abcdef`. */
  readonly name: string;
  /** The tree that programs run from. */
  readonly tree: string;
  /** `.NAME.pspf`: lock, records and temporary trees. */
  readonly records: string;
  readonly hasTree: boolean;
  readonly hasRecords: boolean;
  /** From psp.json; undefined when that is missing or unreadable. */
  readonly packageName: string | undefined;
  readonly version: string | undefined;
  /** From the stamp, 64 hex digits; undefined when the tree is not ready. */
  readonly packageId: string | undefined;
  readonly sizeBytes: number;
  /** When it was last started, as far as the file system says: the stamp's access or change time. */
  readonly lastUsedMs: number;
}

/** @param root - the cache root. @returns the folder that holds the workenvs. */
export function workenvFolder(root: string): string {
  return join(root, "workenv");
}

/** @returns all entries, by name; none when there is no cache yet. */
export async function listEntries(root: string): Promise<WorkenvEntry[]> {
  const folder = workenvFolder(root);
  let files: string[];
  try {
    files = await readdir(folder);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT") return [];
    throw new FlavorError("io-error", `${folder} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const names = new Set(files.map((file) => /^\.(.+)\.pspf$/.exec(file)?.[1] ?? file).filter((name) => !name.startsWith(".")));
  return Promise.all([...names].sort().map((name) => readEntry(folder, name)));
}

/**
 * @param name - as `listEntries` gives it; compared with what is there and never joined to a path unseen.
 * @throws FlavorError `file-missing` for a name that is not in the cache.
 */
export async function findEntry(root: string, name: string): Promise<WorkenvEntry> {
  const entries = await listEntries(root);
  const found = entries.find((entry) => entry.name === name);
  if (found !== undefined) return found;
  throw new FlavorError("file-missing", `the cache holds no workenv ${JSON.stringify(name)}`, { hint: "flavor cache list shows the names", details: { name, folder: workenvFolder(root) } });
}

async function readEntry(folder: string, name: string): Promise<WorkenvEntry> {
  const tree = join(folder, name);
  const records = join(folder, `.${name}.pspf`);
  const [treeStat, recordsStat, stampStat] = await Promise.all([tree, records, join(tree, STAMP_FILE)].map(statOf));
  const document = await readFile(join(records, "package", "psp.json"), "utf8").then(parsePackage, () => undefined);
  return {
    name,
    tree,
    records,
    hasTree: treeStat !== undefined,
    hasRecords: recordsStat !== undefined,
    packageName: document?.name,
    version: document?.version,
    packageId: await readStamp(tree),
    sizeBytes: (await treeSize(tree)) + (await treeSize(records)),
    lastUsedMs: Math.max(stampStat?.atimeMs ?? 0, stampStat?.mtimeMs ?? 0, recordsStat?.mtimeMs ?? treeStat?.mtimeMs ?? 0),
  };
}

/** @returns the package id in a tree's stamp; undefined when it is missing or torn. */
async function readStamp(tree: string): Promise<string | undefined> {
  const text = await readFile(join(tree, STAMP_FILE), "latin1").catch(() => "");
  return /^[0-9a-f]{64}\n$/.test(text) ? text.trim() : undefined;
}

function parsePackage(text: string): { readonly name: string; readonly version: string } | undefined {
  try {
    const document: unknown = JSON.parse(text);
    const info: unknown = typeof document === "object" && document !== null && "package" in document ? document.package : undefined;
    if (typeof info !== "object" || info === null || !("name" in info) || !("version" in info)) return undefined;
    return typeof info.name === "string" && typeof info.version === "string" ? { name: info.name, version: info.version } : undefined;
  } catch {
    return undefined;
  }
}

/** @returns bytes of all files below a path; links are not followed, and what cannot be read counts nothing. */
export async function treeSize(path: string): Promise<number> {
  const found = await statOf(path);
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.size;
  const names = await readdir(path).catch(() => []);
  let total = 0;
  for (const name of names) total += await treeSize(join(path, name));
  return total;
}

/** @returns the status of the path itself, links not followed; undefined when there is none. */
export function statOf(path: string): Promise<Stats | undefined> {
  return lstat(path).catch(() => undefined);
}
