/** What an author wrote, after the schema has accepted it and before any default is filled in (spec/schema/manifest.schema.json). */
import type { ValidationLevel } from "../format/metadata.js";

export interface SlotInput {
  readonly slot?: number;
  readonly id: string;
  readonly source: string;
  readonly target?: string;
  readonly operations?: string;
  readonly purpose?: string;
  readonly lifecycle?: string;
  readonly permissions?: string;
  readonly resolution?: string;
  readonly platform?: string;
}

/** A program: its words, or a command line to be split into words. */
export interface ProgramInput {
  readonly argv?: readonly string[];
  readonly command?: string;
}

export interface ExecutionInput extends ProgramInput {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly primary_slot?: number;
  readonly entry?: string;
  readonly entries?: Readonly<Record<string, ProgramInput>>;
}

export type SetupInput =
  | string
  | ({ readonly type: "execute" } & ProgramInput)
  | ({ readonly type: "enumerate_and_execute"; readonly enumerate: { readonly path: string; readonly pattern: string } } & ProgramInput)
  | { readonly type: "write_file"; readonly path: string; readonly content: string; readonly mode?: string }
  | { readonly type: "chmod"; readonly path: string; readonly mode?: string };

export interface ManifestInput {
  readonly package: { readonly name: string; readonly version: string; readonly description?: string; readonly sequence?: number };
  readonly execution: ExecutionInput;
  readonly slots?: readonly SlotInput[];
  readonly runtime?: {
    readonly env?: {
      readonly unset?: readonly string[];
      readonly pass?: readonly string[];
      readonly map?: Readonly<Record<string, string>>;
      readonly set?: Readonly<Record<string, string>>;
    };
  };
  readonly workenv?: {
    readonly name?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly directories?: readonly { readonly path: string; readonly mode?: string }[];
  };
  readonly setup_commands?: readonly SetupInput[];
  readonly cache_validation?: { readonly check_file: string; readonly expected_content: string };
  readonly requirements?: { readonly libc?: "glibc" | "musl"; readonly libc_version?: string };
  readonly verification?: { readonly minimum_level?: ValidationLevel };
}

/** Keys that earlier manifests carry at the top without any effect; accepted with one warning. */
export const KEYS_WITHOUT_EFFECT = ["name", "version", "description", "command", "environment", "format", "manifest", "launcher"] as const;
