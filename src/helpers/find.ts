/**
 * Finding launchers. The places and their order are one list, which is also what an error shows.
 */
import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { FlavorError } from "../format/error.js";
import type { Platform } from "../format/platform.js";
import { platformName } from "../format/platform.js";
import { hostCacheRoot } from "../workenv/cache-root.js";
import type { Marker } from "./marker.js";
import { readMarker } from "./marker.js";
import { packageRoot, packageVersion } from "./root.js";

/** A native binary of this project, as a file. */
export interface Helper {
  /** File name without the platform: `flavor-rs-launcher`. */
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Undefined for a file without a marker: a launcher of somebody else. */
  readonly marker: Marker | undefined;
}

/** Launchers by name, the preferred one first. */
const LAUNCHER_NAMES = ["flavor-rs-launcher", "flavor-go-launcher"] as const;

export interface FindRequest {
  /** A launcher's name, such as `flavor-go-launcher`; any when absent. */
  readonly name?: string | undefined;
  /** `--launcher-bin`: a path, or a launcher's name. Comes before FLAVOR_LAUNCHER_BIN. */
  readonly path?: string | undefined;
  /** What the launcher must run on. */
  readonly platform: Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The installed package's root; found by itself when absent. */
  readonly root?: string | undefined;
  /** The cache root; from the environment when absent. */
  readonly cacheDir?: string | undefined;
  /** What a relative `path` starts at. */
  readonly cwd?: string | undefined;
}

/** Where helpers of one platform may lie, in order. */
export function helperFolders(request: Pick<FindRequest, "environment" | "root" | "cacheDir">): readonly string[] {
  const root = request.root ?? packageRoot();
  const cache = request.cacheDir ?? hostCacheRoot(request.environment);
  return [join(root, "helpers"), join(root, "dist", "bin"), join(cache, "helpers", packageVersion(root))];
}

/**
 * @returns the launcher to put into packages for the platform.
 * @throws FlavorError `helper-missing`, listing every place searched; `file-missing` for a path that does not exist.
 */
export async function findLauncher(request: FindRequest): Promise<Helper> {
  const fromEnvironment = request.environment["FLAVOR_LAUNCHER_BIN"];
  const explicit = request.path ?? (fromEnvironment === "" ? undefined : fromEnvironment);
  const isName = explicit !== undefined && LAUNCHER_NAMES.some((name) => name === explicit);
  if (explicit !== undefined && !isName) return givenLauncher(resolve(request.cwd ?? ".", explicit), request.platform);
  const wanted = isName ? explicit : request.name;
  const suffix = `-${platformName(request.platform)}${request.platform.os === "windows" ? ".exe" : ""}`;
  const names = wanted === undefined ? LAUNCHER_NAMES : [wanted];
  const places = helperFolders(request).flatMap((folder) => names.map((name) => join(folder, name + suffix)));
  for (const place of places) {
    const helper = await readHelper(place);
    if (helper !== undefined) return helper;
  }
  throw new FlavorError("helper-missing", `no launcher for ${platformName(request.platform)}: searched ${places.join(", ")}`, {
    hint: "run make build-helpers in a checkout, or give one with --launcher-bin or FLAVOR_LAUNCHER_BIN",
    details: { platform: platformName(request.platform), searched: places },
  });
}

/** @returns the helper at a path, or undefined if there is no file. */
export async function readHelper(path: string): Promise<Helper | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return undefined;
  const name = basename(path).replace(/\.exe$/, "").replace(/-(linux|darwin|windows)_(amd64|arm64)$/, "");
  return { name, path, sizeBytes: found.size, marker: await readMarker(path) };
}

async function givenLauncher(path: string, platform: Platform): Promise<Helper> {
  const helper = await readHelper(path);
  if (helper === undefined) throw new FlavorError("file-missing", `launcher ${path} does not exist or is not a file`, { details: { path } });
  const found = helper.marker?.platform;
  if (found !== undefined && found !== platformName(platform)) {
    throw new FlavorError("helper-missing", `launcher ${path} is for ${found}, the package for ${platformName(platform)}`, { hint: "give a launcher for the target, or another --target" });
  }
  return helper;
}
