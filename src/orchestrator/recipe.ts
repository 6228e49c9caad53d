/** What a builder is given: everything resolved, blobs made, nothing left to decide. The built-in builder and the native ones read the same recipe, so that they cannot differ. */
import type { Platform } from "../format/platform.js";
import type { Signer } from "../format/signer.js";
import type { Helper } from "../helpers/helper.js";
import type { Manifest } from "../manifest/manifest.js";
import type { PreparedSlot } from "./blobs.js";
import type { PackRequest } from "./request.js";

export interface Recipe {
  /** Its slots' sources are the blobs. */
  readonly manifest: Manifest;
  readonly slots: readonly PreparedSlot[];
  readonly launcher: Helper;
  readonly target: Platform;
  /** Undefined for an unsigned package. A key made for one build is not shared with native builders: they make their own. */
  readonly signer: Signer | undefined;
  readonly sourceDateEpoch: number | undefined;
  /** Private folder of this build, absolute. */
  readonly stagingDir: string;
  /** Absolute path. */
  readonly output: string;
  readonly request: PackRequest;
  /** Called with the finished file under a temporary name; what it throws keeps the output from appearing. */
  readonly inspect: (path: string) => Promise<void>;
}

/** What a builder answers. */
export interface Built {
  readonly size: number;
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
  /** 64 hex digits. */
  readonly packageId: string;
  /** Undefined when unsigned. */
  readonly keyId: string | undefined;
  readonly keyLifetime: "build" | "publisher" | undefined;
  /** Bytes that `--strip` dropped from the launcher. */
  readonly strippedBytes: number;
  readonly slots: readonly { readonly id: string; readonly operations: string; readonly size: number; readonly originalSize: number }[];
}

/** A builder as `pack` uses it. What it throws is a FlavorError; nothing then is left under the output's name or beside it. */
export interface Builder {
  /** `built-in`, or the helper's name. */
  readonly name: string;
  readonly version: string;
  /** Absolute; undefined for the built-in one. */
  readonly path: string | undefined;
  build(recipe: Recipe): Promise<Built>;
}
