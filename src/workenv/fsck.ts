/** Is the cache what launchers expect? Everything found can be repaired by removing it: it will be extracted again. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { WorkenvEntry } from "./entry.js";
import { statOf } from "./entry.js";
import { isLocked } from "./in-use.js";
import { leftovers, removeEntry } from "./remove.js";
import { workenvName } from "./name.js";

export interface Finding {
  /** The workenv's name. */
  readonly name: string;
  readonly what: string;
  /** How it is repaired: the entry goes, the path goes, or there is nothing to do (a launcher makes it anew). */
  readonly repair: "entry" | "path" | "none";
  readonly path: string;
}

/** @param uid - effective user id; undefined where there is none. */
export async function checkEntry(entry: WorkenvEntry, uid: number | undefined): Promise<Finding[]> {
  const findings: Finding[] = [];
  const found = (what: string, repair: Finding["repair"], path: string) => findings.push({ name: entry.name, what, repair, path });
  for (const path of await leftovers(entry)) found("a temporary tree whose maker is gone", "path", path);
  if (await isLocked(join(entry.records, "instance", "extract", "lock"))) return findings;
  for (const path of [entry.tree, entry.records]) {
    const status = await statOf(path);
    if (status === undefined) continue;
    if (!status.isDirectory()) found("not a folder", "entry", path);
    else if (uid !== undefined && status.uid !== uid && status.uid !== 0) found(`belongs to user ${status.uid}`, "entry", path);
    else if ((status.mode & 0o022) !== 0) found("others may write to it", "entry", path);
  }
  if (!entry.hasTree) {
    if (findings.length === 0) found("records without a tree", "entry", entry.records);
    return findings;
  }
  if (entry.packageId === undefined) {
    found("the stamp is missing or torn", "entry", entry.tree);
    return findings;
  }
  const id = entry.packageId;
  if (!entry.name.endsWith(`-${id.slice(0, 16)}`)) found(`the stamp names package ${id.slice(0, 16)}, the folder another`, "entry", entry.tree);
  const instance = join(entry.records, "instance");
  if ((await statOf(join(instance, "extract", "complete"))) === undefined) found("extract/complete is missing", "none", join(instance, "extract", "complete"));
  const checksum = (await readFile(join(instance, "package.checksum"), "latin1").catch(() => undefined))?.trim();
  if (checksum !== id) found(checksum === undefined ? "package.checksum is missing" : "package.checksum names another package than the stamp", checksum === undefined ? "none" : "entry", join(instance, "package.checksum"));
  const indexed = await indexPackageId(join(instance, "index.json"));
  if (indexed !== id) found(indexed === undefined ? "index.json is missing or torn" : "index.json names another package than the stamp", indexed === undefined ? "none" : "entry", join(instance, "index.json"));
  const document = join(entry.records, "package", "psp.json");
  if (entry.packageName === undefined || entry.version === undefined) found("psp.json is missing or torn", "none", document);
  else if (workenvName(entry.packageName, entry.version, id) !== entry.name) found(`psp.json describes ${entry.packageName} ${entry.version}, the folder another package`, "entry", document);
  return findings;
}

/**
 * @param entries - the entries that were checked.
 * @returns the findings that are gone now; those without a repair stay.
 * @throws FlavorError `io-error` for an entry in use.
 */
export async function repair(findings: readonly Finding[], entries: readonly WorkenvEntry[]): Promise<Finding[]> {
  const gone = new Set<string>();
  const repaired: Finding[] = [];
  for (const finding of findings) {
    if (finding.repair === "none") continue;
    const entry = entries.find((candidate) => candidate.name === finding.name);
    if (finding.repair === "path") await rm(finding.path, { recursive: true, force: true });
    else if (entry !== undefined && !gone.has(entry.name)) {
      await removeEntry(entry);
      gone.add(entry.name);
    }
    repaired.push(finding);
  }
  return repaired;
}

async function indexPackageId(path: string): Promise<string | undefined> {
  try {
    const document: unknown = JSON.parse(await readFile(path, "utf8"));
    return typeof document === "object" && document !== null && "package_id" in document && typeof document.package_id === "string" ? document.package_id : undefined;
  } catch {
    return undefined;
  }
}
