/** Files of a folder, and copying those that patterns name. */
import { cp, mkdir, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { matchGlobs } from "../glob.js";

/** @returns the relative paths of all files and links below a folder, sorted; names in `skip` are not entered. */
export async function listFiles(folder: string, skip: ReadonlySet<string> = new Set(), below = ""): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    if (skip.has(entry.name)) continue;
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await listFiles(folder, skip, path)));
    else if (entry.isFile() || entry.isSymbolicLink()) found.push(path);
  }
  return below === "" ? found.sort() : found;
}

/**
 * Copy the files that fit any of the patterns, at the same relative paths.
 *
 * @returns the patterns that fit no file.
 */
export async function copyMatching(from: string, to: string, globs: readonly string[], skip: ReadonlySet<string>): Promise<string[]> {
  const files = globs.length === 0 ? [] : await listFiles(from, skip);
  const idle: string[] = [];
  for (const glob of globs) {
    const fitting = files.filter(matchGlobs([glob]));
    if (fitting.length === 0) idle.push(glob);
    for (const file of fitting) {
      await mkdir(dirname(join(to, file)), { recursive: true });
      await cp(join(from, file), join(to, file), { verbatimSymlinks: true });
    }
  }
  return idle;
}
