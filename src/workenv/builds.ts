/**
 * What packing keeps in the cache beside the workenvs: it saves work and is made anew when it is missing. No package needs it to start, except that
 * `python FILE` unpacks a wheel to `zipapp/`.
 */
import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { FlavorError } from "../format/error.js";
import { statOf, treeSize } from "./entry.js";
import { processLives } from "./in-use.js";

/** Folders of the cache root, and what they hold. */
const KINDS = {
  addons: "compiled native addons",
  frames: "compressed frames",
  run: "packages of flavor run",
  runtimes: "Python and Node",
  staging: "builds under way, or broken off",
  tools: "uv, patchelf",
  zipapp: "wheels that python unpacked",
} as const;

export interface BuildCache {
  readonly kind: keyof typeof KINDS;
  readonly what: string;
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** @param root - the cache root. @returns the build caches that there are, by kind. */
export async function listBuildCaches(root: string): Promise<BuildCache[]> {
  const found: BuildCache[] = [];
  for (const kind of Object.keys(KINDS) as (keyof typeof KINDS)[]) {
    const path = join(root, kind);
    if ((await statOf(path))?.isDirectory() === true) found.push({ kind, what: KINDS[kind], path, sizeBytes: await treeSize(path) });
  }
  return found;
}

/**
 * Remove build caches, each in one step first, so that a build that begins now finds all of it or nothing.
 *
 * @throws FlavorError `io-error` while a build is under way, or for what cannot be removed.
 */
export async function removeBuildCaches(root: string, caches: readonly BuildCache[]): Promise<void> {
  const busy = (await readdir(join(root, "staging")).catch(() => [])).map(stagingMaker).filter((pid) => pid !== undefined && processLives(pid));
  if (busy.length > 0) throw new FlavorError("io-error", `a build is under way: process ${busy.join(", ")}`, { hint: "wait for it, or end it first" });
  for (const { kind, path } of caches) {
    const aside = join(root, `.removed-${process.pid}-${kind}`);
    try {
      await rename(path, aside);
      await rm(aside, { recursive: true, force: true });
    } catch (cause) {
      throw new FlavorError("io-error", `${path} cannot be removed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }
}

/** @returns the process that a folder in `staging/` belongs to, by the folder's name. */
export function stagingMaker(name: string): number | undefined {
  const pid = /^(\d+)-/.exec(name)?.[1];
  return pid === undefined ? undefined : Number(pid);
}
