/** What the sources of Python runtimes have in common (./python.ts tries them one after another). */
import type { Progress } from "../builder/progress.js";
import type { Platform } from "../format/platform.js";
import type { Environment } from "./tool.js";

/** What resolving a runtime may use. A `PackContext` fits. */
export interface RuntimeContext {
  /** Absolute; runtimes are kept in `{cacheDir}/runtimes`, tools in `{cacheDir}/tools`. */
  readonly cacheDir: string;
  /** Private and removed after the build; absolute. */
  readonly stagingDir: string;
  readonly target: Platform;
  readonly offline: boolean;
  readonly environment: Environment;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A Python that a source can give. */
export interface PythonCandidate {
  /** Name of its folder in the cache; says source, version and platform. */
  readonly id: string;
  /** Full version such as `3.13.5`. */
  readonly version: string;
  /** For people: `org.bytedeco:cpython 3.13.5-1.5.12`. */
  readonly origin: string;
  /** Whether its interpreter comes with search paths that must be made relative with patchelf. */
  readonly relocate: boolean;
  /**
   * Write the tree, as an installation prefix: `bin/python3.13`, `lib/python3.13/`, shared libraries in `lib/`.
   *
   * @param folder - absolute, exists, empty.
   */
  readonly fill: (folder: string) => Promise<void>;
}

/** A source gives a candidate, or one line that says why it has none. */
export type PythonOffer = { readonly candidate: PythonCandidate } | { readonly refusal: string };

/** @returns `3.13` of `3.13.5`. */
export function minorOf(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}
