/** Building helpers from a checkout: build.sh does the work, and this installs or removes what it made. */
import { spawn } from "node:child_process";
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FlavorError } from "../format/error.js";
import type { Language } from "./helper.js";
import type { ListedHelper } from "./list.js";
import { updatePins } from "./pins.js";
import { isCheckout, packageVersion } from "./root.js";


export interface BuildHelpersRequest {
  readonly root: string;
  readonly language: Language | "all";
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Whether build.sh may write to this process's stderr. */
  readonly quiet: boolean;
}

/**
 * Run build.sh.
 *
 * @throws FlavorError `tool-missing` outside a checkout, `build-failed` with build.sh's exit status, `interrupted`.
 */
export async function buildHelpers(request: BuildHelpersRequest): Promise<void> {
  if (!isCheckout(request.root)) {
    throw new FlavorError("tool-missing", `${request.root} is not a checkout: there are no sources to build helpers from`, { hint: "clone the project and run make build-helpers there" });
  }
  const status = await new Promise<number>((resolve, reject) => {
    const child = spawn("sh", [join(request.root, "build.sh"), request.language], {
      cwd: request.root,
      env: { ...request.environment },
      stdio: ["ignore", request.quiet ? "ignore" : 2, request.quiet ? "ignore" : 2],
      signal: request.signal,
    });
    child.on("error", (cause) => reject(request.signal.aborted ? new FlavorError("interrupted", "building helpers was interrupted") : new FlavorError("tool-missing", `build.sh cannot be started: ${cause.message}`, { cause })));
    child.on("close", (code) => resolve(code ?? 1));
  });
  if (status !== 0) throw new FlavorError("build-failed", `build.sh ${request.language} ended with exit status ${status}`, { hint: "its own words stand above" });
}

/**
 * Copy helpers and their pins into the cache, where installed packages of the same version find them.
 *
 * @returns the paths of the copies.
 */
export async function installHelpers(helpers: readonly ListedHelper[], root: string, cacheDir: string): Promise<string[]> {
  const folder = join(cacheDir, "helpers", packageVersion(root));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const pins = helpers.map((helper) => [basename(helper.path), helper.sha256] as const);
  // While files change there is no pin of them that somebody could take for damage.
  await updatePins(folder, new Map(pins.map(([name]) => [name, undefined])));
  const installed: string[] = [];
  for (const helper of helpers) {
    const path = join(folder, basename(helper.path));
    await copyFile(helper.path, `${path}.${process.pid}`);
    await rename(`${path}.${process.pid}`, path);
    installed.push(path);
  }
  await updatePins(folder, new Map(pins));
  return installed;
}

/**
 * Remove helpers that were built or installed here, with their pins. Those that came with the package stay: only its package manager can bring them back.
 *
 * @returns the paths removed.
 */
export async function removeHelpers(helpers: readonly ListedHelper[]): Promise<string[]> {
  const removed = helpers.filter((helper) => helper.origin !== "bundled");
  for (const { path } of removed) {
    await rm(path, { force: true });
    await updatePins(dirname(path), new Map([[basename(path), undefined]]));
  }
  return removed.map((helper) => helper.path);
}
