/**
 * The one error of this project. Its code comes from spec/tables.json, and the exit status follows from the code alone.
 */
import { ERRORS } from "./constants.gen.js";

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorOptions {
  /** What to do about it, as one sentence. */
  readonly hint?: string | undefined;
  /** Machine-readable facts: paths, expected and found values. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

/** A failure with a code. The message says what, where, expected and found; it is one line, lower case, without a full stop. */
export class FlavorError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "FlavorError";
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

/** @returns whether a text is one of the codes of spec/tables.json. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}

/** @returns the exit status for a code; `verify` selects the codes that `flavor verify` uses. */
export function exitStatus(code: ErrorCode, command: "verify" | "other" = "other"): number {
  return command === "verify" ? ERRORS[code].verify : ERRORS[code].exit;
}
