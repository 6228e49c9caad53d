/**
 * The builder manifest: what a package is made of, before any byte of it exists.
 *
 * Three stages: `ManifestInput` is what an author wrote (spec/manifest.md, spec/schema/manifest.schema.json), `Manifest` has every
 * default filled in and every value checked, and the result is a package. Packagers produce a `Manifest`; builders consume one.
 */
import type { ValidationLevel } from "../format/metadata.js";
import type { OperationChain } from "../format/operations.js";

export interface PackageInfo {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  /** Order of versions; 0 takes no part. */
  readonly sequence: number;
}

export interface ManifestSlot {
  /** Unique; `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`. */
  readonly id: string;
  /** Absolute path of a folder (the builder archives it) or of a file. */
  readonly source: string;
  /** Path below the workenv, `.` for its root. An archive is unpacked into it, a single file is written at it. */
  readonly target: string;
  readonly operations: OperationChain;
  readonly purpose: string;
  readonly lifecycle: string;
  /** Mode of a single file such as 0o755; undefined takes it from the source's executable bit. */
  readonly permissions?: number;
  readonly platform?: string;
}

export interface Execution {
  /** Command of the default entry, placeholders unfilled; non-empty. */
  readonly argv: readonly string[];
  /** The name of the default entry. */
  readonly entry?: string;
  /** The other ways to call the package, by the name in argv[0]. */
  readonly entries?: Readonly<Record<string, { readonly argv: readonly string[] }>>;
  readonly env: Readonly<Record<string, string>>;
  readonly primarySlot: number;
}

export interface RuntimeEnvironment {
  readonly unset?: readonly string[];
  readonly pass?: readonly string[];
  readonly map?: Readonly<Record<string, string>>;
  readonly set?: Readonly<Record<string, string>>;
}

export type SetupCommand =
  | { readonly type: "execute"; readonly argv: readonly string[] }
  | { readonly type: "enumerate_and_execute"; readonly argv: readonly string[]; readonly enumerate: { readonly path: string; readonly pattern: string } }
  | { readonly type: "write_file"; readonly path: string; readonly content: string; readonly mode: string }
  | { readonly type: "chmod"; readonly path: string; readonly mode: string };

/** A manifest with every default filled in. */
export interface Manifest {
  readonly package: PackageInfo;
  readonly execution: Execution;
  readonly slots: readonly ManifestSlot[];
  readonly runtimeEnv?: RuntimeEnvironment;
  readonly workenv?: {
    readonly directories?: readonly { readonly path: string; readonly mode: string }[];
    readonly env?: Readonly<Record<string, string>>;
  };
  readonly setupCommands?: readonly SetupCommand[];
  readonly cacheValidation?: { readonly check_file: string; readonly expected_content: string };
  /** What the package needs of the system; undefined when the builder is to find out. */
  readonly requirements?: { readonly libc?: "glibc" | "musl"; readonly libcVersion?: string };
  readonly minimumLevel?: ValidationLevel;
}
