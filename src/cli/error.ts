/** The one path that every failure takes to the user, and to the exit status. */
import { exitStatus, FlavorError } from "../format/error.js";
import { fileError } from "../reader/file.js";
import { visible } from "./invocation.js";
import type { Terminal } from "./terminal.js";

/** @returns any thrown value as this project's error; what nobody foresaw is `internal`. */
export function toFlavorError(thrown: unknown): FlavorError {
  if (thrown instanceof FlavorError) return thrown;
  if (thrown instanceof Error && thrown.name === "AbortError") return new FlavorError("interrupted", "interrupted", { cause: thrown });
  if (thrown instanceof Error && "syscall" in thrown && "code" in thrown) {
    const path = "path" in thrown && typeof thrown.path === "string" ? thrown.path : "a file";
    const action = thrown.syscall === "open" || thrown.syscall === "read" || thrown.syscall === "scandir" || thrown.syscall === "stat" ? "read" : "write";
    return fileError(thrown, path, action);
  }
  const words = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new FlavorError("internal", words, { cause: thrown, hint: "this is a defect of flavor; FLAVOR_LOG_LEVEL=debug shows where" });
}

/**
 * Tell an error: one line on stderr and perhaps a hint; with `--json` also one document on stdout.
 *
 * @param command - `verify` has exit codes of its own.
 * @returns the exit status.
 */
export function reportError(thrown: unknown, terminal: Terminal, options: { readonly json: boolean; readonly command: "verify" | "other" }): number {
  const error = toFlavorError(thrown);
  const message = oneLine(error.message);
  const hint = error.hint === undefined ? undefined : oneLine(error.hint);
  if (options.json) terminal.out(`${JSON.stringify({ error: { code: error.code, message, hint, details: error.details } }, undefined, 2)}\n`);
  if (terminal.log.json) {
    terminal.err(`${JSON.stringify({ level: "error", code: error.code, message, hint })}\n`);
  } else {
    const colors = terminal.errColors;
    terminal.err(`${colors.red("flavor: error:")} ${message} ${colors.dim(`[${error.code}]`)}\n`);
    if (hint !== undefined) terminal.err(`${colors.cyan("hint:")} ${hint}\n`);
  }
  if (terminal.log.causes) terminal.err(causes(error));
  return exitStatus(error.code, options.command);
}

/** One line about something that may surprise, unless FLAVOR_LOG_LEVEL hides it. */
export function reportWarning(text: string, terminal: Terminal): void {
  if (!terminal.log.warnings) return;
  if (terminal.log.json) terminal.err(`${JSON.stringify({ level: "warn", message: oneLine(text) })}\n`);
  else terminal.err(`${terminal.errColors.yellow("flavor: warning:")} ${oneLine(text)}\n`);
}

/** @param command - the name typed. @returns which column of the error table applies. */
export function commandKind(command: string | undefined): "verify" | "other" {
  return command === "verify" ? "verify" : "other";
}

/** @returns the error for words that the command line does not take. */
export function usageError(message: string, hint?: string): FlavorError {
  return new FlavorError("usage", message, { hint });
}

function oneLine(text: string): string {
  return visible(text.trim().replace(/\s*\n\s*/g, "; "));
}

function causes(error: Error): string {
  const next = error.cause instanceof Error ? causes(error.cause) : "";
  return `${error.stack ?? error.message}\n${next}`;
}
