/** `flavor cache clean|remove|fsck`: the ones that take something away. */
import { createInterface } from "node:readline/promises";
import { EXIT_CODES } from "../../format/constants.gen.js";
import { listBuildCaches, removeBuildCaches } from "../../workenv/builds.js";
import { findEntry, listEntries } from "../../workenv/entry.js";
import { checkEntry, repair, type Finding } from "../../workenv/fsck.js";
import { planClean, removeEntry } from "../../workenv/remove.js";
import type { CleanFlags } from "../definitions/cache.js";
import { usageError } from "../error.js";
import { printResult, type Invocation } from "../invocation.js";
import { formatBytes } from "../units.js";
import { rootOf, summary } from "./cache.js";

const DAY_MS = 86_400_000;

export async function clean(invocation: Invocation, flags: CleanFlags): Promise<undefined> {
  if (flags.builds === true) {
    if (flags.olderThan !== undefined || flags.maxSize !== undefined) throw usageError("--builds takes neither --older-than nor --max-size: these choose workenvs");
    return cleanBuilds(invocation, flags);
  }
  const limits = { maxAgeMs: flags.olderThan === undefined ? undefined : flags.olderThan * DAY_MS, maxBytes: flags.maxSize };
  const { remove: candidates, busy } = await planClean(await listEntries(rootOf(invocation)), limits, Date.now());
  const bytes = candidates.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  const what = `${candidates.length} workenv${candidates.length === 1 ? "" : "s"}, ${formatBytes(bytes)}`;
  const dryRun = flags.dryRun ?? false;
  if (!dryRun && candidates.length > 0 && flags.yes !== true) await confirm(`remove ${what}?`, invocation);
  if (!dryRun) {
    for (const entry of candidates) {
      invocation.signal.throwIfAborted();
      await removeEntry(entry);
    }
  }
  const lines = [
    ...candidates.map((entry) => `${dryRun ? "would remove" : "removed"} ${entry.name}  ${formatBytes(entry.sizeBytes)}`),
    ...busy.map((entry) => `in use, kept: ${entry.name}`),
    `${dryRun ? "would free" : "freed"} ${formatBytes(bytes)}`,
  ];
  printResult(invocation, { dryRun, removed: candidates.map(summary), inUse: busy.map(summary), bytes }, lines.join("\n"));
  return undefined;
}

/** What packing keeps; the workenvs stay. */
async function cleanBuilds(invocation: Invocation, flags: CleanFlags): Promise<undefined> {
  const root = rootOf(invocation);
  const caches = await listBuildCaches(root);
  const bytes = caches.reduce((sum, cache) => sum + cache.sizeBytes, 0);
  const dryRun = flags.dryRun ?? false;
  if (!dryRun && caches.length > 0) {
    if (flags.yes !== true) await confirm(`remove ${caches.map(({ kind }) => kind).join(", ")}, ${formatBytes(bytes)}?`, invocation);
    await removeBuildCaches(root, caches);
  }
  const lines = [...caches.map(({ kind, sizeBytes }) => `${dryRun ? "would remove" : "removed"} ${kind}  ${formatBytes(sizeBytes)}`), `${dryRun ? "would free" : "freed"} ${formatBytes(bytes)}`];
  printResult(invocation, { dryRun, removed: caches.map(({ kind, sizeBytes, path }) => ({ kind, size: sizeBytes, path })), bytes }, lines.join("\n"));
  return undefined;
}

export async function remove(invocation: Invocation, name: string): Promise<undefined> {
  const entry = await findEntry(rootOf(invocation), name);
  await removeEntry(entry);
  printResult(invocation, { removed: summary(entry) }, `removed ${entry.name}  ${formatBytes(entry.sizeBytes)}`);
  return undefined;
}

export async function fsck(invocation: Invocation, withRepair: boolean): Promise<number> {
  const entries = await listEntries(rootOf(invocation));
  const findings: Finding[] = [];
  for (const entry of entries) findings.push(...(await checkEntry(entry, process.geteuid?.())));
  const repaired = withRepair ? await repair(findings, entries) : [];
  const open = findings.filter((finding) => !repaired.includes(finding));
  const lines = findings.map((finding) => `${finding.name}: ${finding.what}${repaired.includes(finding) ? " (removed)" : ""}`);
  const verdict = findings.length === 0 ? `${entries.length} workenvs, nothing wrong` : `${findings.length} findings, ${repaired.length} repaired`;
  printResult(invocation, { workenvs: entries.length, findings: findings.map((finding) => ({ ...finding, repaired: repaired.includes(finding) })) }, [...lines, verdict].join("\n"));
  return open.length === 0 ? EXIT_CODES.ok : EXIT_CODES.difference;
}

/** @throws FlavorError `usage` without a terminal to ask on; ends quietly as interrupted when the answer is no. */
async function confirm(question: string, invocation: Invocation): Promise<void> {
  if (!process.stdin.isTTY || invocation.json) throw usageError(`${question} There is no terminal to ask on`, "give --yes, or --dry-run to look first");
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question(`${question} [y/N] `, { signal: invocation.signal });
    if (!/^y(es)?$/i.test(answer.trim())) throw new DOMException("not confirmed", "AbortError");
  } finally {
    asking.close();
  }
}
