/** `flavor run`: pack into the cache and say where the package is. */
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileError } from "../reader/file.js";
import { hostCacheRoot } from "../workenv/cache-root.js";
import { pack } from "./pack.js";
import type { PackRequest } from "./request.js";

/**
 * Pack a source to a file in the cache, one for each source and its options; compressed frames are reused, so that the second time is quick.
 *
 * The package is signed with a key derived from the place it is built from: the same content then is the same package, and its workenv is reused.
 *
 * The launcher verifies what it starts, so the file is not verified here once more; and the built-in builder does not look at the blobs once more, as others do.
 *
 * @returns the absolute path of the package.
 * @throws FlavorError as `pack`.
 */
export async function packToCache(request: Omit<PackRequest, "output" | "force" | "dryRun" | "verify" | "strip" | "builder">): Promise<{ readonly path: string }> {
  const folder = join(hostCacheRoot(request.environment), "run");
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw fileError(cause, folder, "write");
  }
  const isName = /^(pypi|npm):/.test(request.source);
  const source = isName ? request.source : resolve(request.cwd, request.source);
  const id = createHash("sha256").update(JSON.stringify([source, request.options, request.compression])).digest("hex");
  const path = join(folder, `${id.slice(0, 16)}.psp`);
  const keySeed = request.keySeed ?? (request.privateKey === undefined && request.unsigned !== true ? `flavor run ${id}` : undefined);
  await pack({ ...request, ...(keySeed === undefined ? {} : { keySeed }), output: path, verify: false, force: true, dryRun: false, strip: false, builder: "ts" });
  return { path };
}
