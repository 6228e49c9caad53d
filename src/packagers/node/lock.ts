/**
 * Which lock file a project has, and so which tool installs its dependencies.
 */
import { join } from "node:path";
import { isFile } from "../../runtimes/presence.js";

export type LockKind = "npm" | "pnpm" | "yarn" | "bun";

export interface Lock {
  readonly kind: LockKind;
  /** Its name in the project's folder. */
  readonly file: string;
}

/** In the order in which they count: npm's own first, because npm is always there. */
const LOCK_FILES: readonly Lock[] = [
  { kind: "npm", file: "npm-shrinkwrap.json" },
  { kind: "npm", file: "package-lock.json" },
  { kind: "pnpm", file: "pnpm-lock.yaml" },
  { kind: "yarn", file: "yarn.lock" },
  { kind: "bun", file: "bun.lock" },
  { kind: "bun", file: "bun.lockb" },
];

/** @returns the lock file that counts, or undefined if the folder has none. */
export async function findLock(folder: string): Promise<Lock | undefined> {
  for (const lock of LOCK_FILES) {
    if (await isFile(join(folder, lock.file))) return lock;
  }
  return undefined;
}
