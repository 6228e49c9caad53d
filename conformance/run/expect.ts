/** Comparing what a program did with what it should have done; the difference in one line, or nothing. */
import { isDeepStrictEqual } from "node:util";
import type { Outcome } from "./program.js";

export type Fault = string | undefined;

function shown(value: unknown): string {
  return (typeof value === "string" ? JSON.stringify(value) : JSON.stringify(value, (_, item: unknown) => (item instanceof RegExp ? String(item) : item))).slice(0, 400);
}

export function same(found: unknown, expected: unknown): Fault {
  return isDeepStrictEqual(found, expected) ? undefined : `expected ${shown(expected)}, found ${shown(found)}`;
}

export function matches(found: string, expected: RegExp): Fault {
  return expected.test(found) ? undefined : `expected ${String(expected)}, found ${shown(found)}`;
}

/** @returns the first fault of several comparisons. */
export function first(...faults: Fault[]): Fault {
  return faults.find((fault) => fault !== undefined);
}

/** A success without a word on stderr. */
export function prints({ status, signal, stdout, stderr }: Outcome, expected: string): Fault {
  return same({ status, signal, stdout, stderr }, { status: 0, signal: undefined, stdout: expected, stderr: "" });
}

/** A refusal: nothing on stdout, one line with the code and perhaps a hint on stderr. */
export function refuses({ status, signal, stdout, stderr }: Outcome, exit: number, code: string): Fault {
  return first(same({ status, signal, stdout }, { status: exit, signal: undefined, stdout: "" }), matches(stderr, new RegExp(`^flavor: error: [^\\n]+ \\[${code}\\]\\n(hint: [^\\n]+\\n)?$`)));
}

/** A success with one warning. */
export function warns({ status, stdout, stderr }: Outcome, expected: string, code: string): Fault {
  return first(same({ status, stdout }, { status: 0, stdout: expected }), matches(stderr, new RegExp(`^flavor: warning: [^\\n]+ \\[${code}\\]\\n$`)));
}
