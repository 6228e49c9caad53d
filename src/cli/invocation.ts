/** One run of the CLI: what every command is given besides its own options. */
import type { Terminal } from "./terminal.js";

export interface Invocation {
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that does not jump. */
  readonly now: () => number;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Words after `--`. */
  readonly rest: readonly string[];
}

/** Print a command's result: one JSON document with `--json`, else text. */
export function printResult(invocation: Invocation, document: unknown, text: string): void {
  if (invocation.json) invocation.terminal.out(`${JSON.stringify(document, undefined, 2)}\n`);
  else if (text !== "") invocation.terminal.out(text.endsWith("\n") ? text : `${text}\n`);
}

/** An object's members without the undefined ones. */
export type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** @returns the object without members that are undefined: optional members here are absent, never undefined. */
export function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/**
 * Text from a package, on one line of a terminal that must not obey it.
 *
 * @returns the text with `?` for control characters and for those that turn the direction of writing.
 */
export function visible(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, "?");
}

/** Columns of a table, aligned; the last one is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(visible));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => (row[column] ?? "").length)));
  return cells.map((row) => `${row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join("  ").trimEnd()}\n`).join("");
}
