/** What a vector is: one file, one behaviour, the section of spec/ that it is about, and the answer that every implementation must give. */
import type { Json } from "../../src/format/json.js";
import type { ErrorCode } from "../../src/format/error.js";

/** What `verify` answers but for the package id, which the generator computes. */
export type Verdict = { readonly signed: boolean; readonly sealed: boolean } | { readonly error: ErrorCode };

/** The content of slots, by position: an error, or what comes out. */
export type Contents = Readonly<Record<string, { readonly error: ErrorCode } | { readonly sha256: string; readonly size: number; readonly entries?: Json }>>;

export interface PackageVector {
  /** Also the file name, with `.psp`. */
  readonly name: string;
  readonly description: string;
  /** `pspf-2025.md#Regions`: a file of spec/ and one of its headings. */
  readonly clause: string;
  readonly bytes: Uint8Array;
  readonly verify: Verdict;
  readonly content?: Contents;
}

export type Answer = { readonly ok: Json } | { readonly error: ErrorCode };

export interface QuestionVector {
  /** Also the file name, with `.json`. */
  readonly name: string;
  readonly description: string;
  readonly clause: string;
  readonly question: { readonly op: string; readonly [member: string]: Json };
  readonly expect: Answer;
}

/** A package that verifies. */
export const INTACT: Verdict = { signed: true, sealed: true };

export function hex(bytes: Uint8Array | string): string {
  return Buffer.from(bytes as string).toString("hex");
}
