/**
 * What every packager gives: first a plan (cheap, nothing downloaded; what `--dry-run` prints), then the staged package.
 */
import type { Progress } from "../builder/progress.js";
import type { Platform } from "../format/platform.js";
import type { Manifest } from "../manifest/manifest.js";

/** What the user asked for, beyond what the project's own files say. */
export interface PackOptions {
  readonly entry?: string;
  readonly extras?: readonly string[];
  readonly groups?: readonly string[];
  /** A Python version such as `3.13`, or the path of an interpreter or of a folder that holds one; the command line gives it absolute. */
  readonly python?: string;
  /** A Node version such as `22`, or the path of a node binary or of a folder that holds one; the command line gives it absolute. */
  readonly node?: string;
  readonly bundle?: boolean;
  readonly wheel?: boolean;
  readonly ignoreLock?: boolean;
}

/** What a packager may use. Nothing else of the process is read: no environment, clock or working directory. */
export interface PackContext {
  /** Private, empty, removed after the build; absolute. */
  readonly stagingDir: string;
  /** The cache root (`FLAVOR_CACHE` and so on); downloads go to `{cacheDir}/runtimes`, tools to `{cacheDir}/tools`. */
  readonly cacheDir: string;
  readonly target: Platform;
  readonly offline: boolean;
  /** Seconds; undefined when not set. */
  readonly sourceDateEpoch: number | undefined;
  /** The caller's environment: PATH, proxy, mirror and company settings for uv, pip, npm and mvn. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A wheel that makes the package Python-installable (spec/pspf-2025.md, "The wheel slot"). */
export interface WheelBlob {
  /** Absolute path of a zip with an empty comment and no zip64 records. */
  readonly file: string;
  /** `name-version-py3-none-any.whl` or as the contents demand. */
  readonly fileName: string;
}

export interface StagedPackage {
  readonly manifest: Manifest;
  readonly wheel?: WheelBlob;
}

export interface Plan {
  readonly kind: "python" | "node" | "generic";
  readonly name: string;
  /** Undefined when only building the project tells (a dynamic version). */
  readonly version: string | undefined;
  /** Names of all entries, the default first. */
  readonly entries: readonly string[];
  /** The runtime as a person would name it: `CPython 3.13 (org.bytedeco:cpython)`. */
  readonly runtime: string | undefined;
  readonly slots: readonly { readonly id: string; readonly content: string }[];
  /** File name of the result when `-o` is not given: `./NAME.psp` for a folder; undefined for a published program whose entries are not known yet, which is named after its default entry (`httpie` packs to `./http`). */
  readonly outputName: string | undefined;
  /** Does the work. @throws FlavorError with the codes that spec/tables.json lists for building. */
  stage(context: PackContext): Promise<StagedPackage>;
}
