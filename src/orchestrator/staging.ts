/** A private folder for one build, removed after it; one that a killed build left behind is removed by the next. */
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "../reader/file.js";
import { stagingMaker } from "../workenv/builds.js";
import { processLives } from "../workenv/in-use.js";

/**
 * @param cacheDir - the cache root; the folder lies on the same file system as the caches, which may hold more than a /tmp in memory.
 * @returns the folder's absolute path and what removes it.
 * @throws FlavorError `output-unwritable`, `disk-full`.
 */
export async function makeStaging(cacheDir: string): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const parent = join(cacheDir, "staging");
  try {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    await sweep(parent);
    const folder = await mkdtemp(join(parent, `${process.pid}-`));
    return { folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }) };
  } catch (cause) {
    throw fileError(cause, parent, "write");
  }
}

async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const maker = stagingMaker(name);
    if (maker !== undefined && !processLives(maker)) await rm(join(parent, name), { recursive: true, force: true });
  }
}
