/**
 * Compiled addons, kept in the cache: compiling takes a minute, and equal source for an equal Node gives equal files.
 *
 * `{cacheDir}/addons/KEY/`, KEY being the SHA-256 of all that goes into a compilation: the package's files, the packages that it needs
 * (headers), Node's version, the platform, and the compiler's settings.
 */
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { walk } from "./files.js";
import type { InstalledPackage } from "./packages.js";

/**
 * @param needed - the packages that it needs, as `name@version`.
 * @param settings - texts that decide about the result, in a fixed order.
 * @returns the key, 64 hex digits.
 */
export async function addonKey(each: InstalledPackage, needed: readonly string[], settings: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const text of ["flavor addon 1", each.name, each.version, ...[...needed].sort(), ...settings]) hash.update(`${text}\0`);
  for (const path of [...(await walk(each.folder))].sort()) {
    const content = await readFile(join(each.folder, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/** @returns true if the cache had it and `folder` was made from it. */
export async function takeAddon(cacheDir: string, key: string, folder: string): Promise<boolean> {
  const kept = join(cacheDir, "addons", key);
  if ((await readdir(kept).catch(() => [])).length === 0) return false;
  await cp(kept, folder, { recursive: true });
  return true;
}

/** Keep a copy of a compiled addon's folder. */
export async function keepAddon(cacheDir: string, key: string, folder: string): Promise<void> {
  const root = join(cacheDir, "addons");
  await mkdir(root, { recursive: true, mode: 0o700 });
  const temporary = await mkdtemp(join(root, ".new-"));
  await cp(folder, temporary, { recursive: true });
  await rename(temporary, join(root, key)).catch(() => rm(temporary, { recursive: true, force: true })); // another process was quicker
}
