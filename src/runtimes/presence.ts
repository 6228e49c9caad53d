/** Is it there? What cannot be looked at counts as absent. */
import { stat } from "node:fs/promises";

/** @returns true if something is at the path, links followed. */
export async function exists(path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false);
}

/** @returns true if a regular file is at the path, links followed. */
export async function isFile(path: string): Promise<boolean> {
  return await stat(path).then((info) => info.isFile(), () => false);
}
