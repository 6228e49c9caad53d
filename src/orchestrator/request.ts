/** What `pack` is asked for and what it answers. */
import type { Compression } from "../builder/compressor.js";
import type { Progress } from "../builder/progress.js";
import type { PackOptions, Plan } from "../packagers/plan.js";
import type { BuilderChoice } from "./builders.js";

export interface PackRequest {
  /** A folder, a manifest file, `pypi:NAME` or `npm:NAME`. */
  readonly source: string;
  /** What relative paths start at; absolute. */
  readonly cwd: string;
  readonly output?: string;
  readonly keySeed?: string;
  /** Path of a PKCS#8 PEM file. */
  readonly privateKey?: string;
  readonly unsigned?: boolean;
  /** A path or a launcher's name. */
  readonly launcher?: string;
  /** Drop what an ELF launcher does not need at run time. */
  readonly strip: boolean;
  readonly builder: BuilderChoice;
  readonly workenvBase?: string;
  /** Verify the file before it appears under its name. */
  readonly verify: boolean;
  /** Replace an existing output. */
  readonly force: boolean;
  readonly dryRun: boolean;
  /** `{os}_{arch}`; this machine's when absent. */
  readonly target?: string;
  /** How slots are compressed: the level of zstd, or gzip in its place. */
  readonly compression: Compression | "gzip";
  readonly options: PackOptions;
  readonly offline: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface PackedSlot {
  readonly id: string;
  readonly purpose: string;
  readonly operations: string;
  readonly size: number;
  readonly originalSize: number;
}

export interface PackedResult {
  readonly kind: "packed";
  /** Absolute path. */
  readonly path: string;
  readonly size: number;
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
  /** 64 hex digits. */
  readonly packageId: string;
  /** Undefined when unsigned. */
  readonly keyId: string | undefined;
  readonly keyLifetime: "build" | "publisher" | undefined;
  readonly elapsedMs: number;
  readonly name: string;
  readonly version: string;
  readonly platform: string;
  /** The default first. */
  readonly entries: readonly string[];
  readonly slots: readonly PackedSlot[];
  /** The name under which pip installs the file, when it is a wheel too. */
  readonly wheelFileName: string | undefined;
  /** The oldest C library that it runs with, such as `glibc 2.35`. */
  readonly floor: string | undefined;
  /** `built-in`, or a helper with its path. */
  readonly builder: { readonly name: string; readonly version: string; readonly path: string | undefined };
  /** `strippedBytes` is what `--strip` dropped; undefined without it. */
  readonly launcher: { readonly name: string; readonly path: string; readonly strippedBytes: number | undefined };
}

export interface PlannedResult {
  readonly kind: "plan";
  readonly plan: Omit<Plan, "stage">;
  /** Absolute path of the output that a real run would write; undefined when only building tells its name. */
  readonly output: string | undefined;
  readonly launcher: string;
  /** `built-in`, or the path of a helper. */
  readonly builder: string;
  readonly platform: string;
}

export type PackResult = PackedResult | PlannedResult;
