/**
 * Command strings and argument vectors.
 *
 * Source: spec/launch.md, "Command" (splitting) and spec/metadata.md (quoting). The launchers split by the same rules.
 */
import { FlavorError } from "../format/error.js";

const BARE_WORD = /^[A-Za-z0-9_@%+=:,./{}-]+$/;
const ESCAPED_IN_DOUBLE_QUOTES = '"\\$`';

/**
 * Split a command by POSIX rules: single quotes are literal; in double quotes a backslash escapes `"`, `\`, `$` and the backquote;
 * elsewhere it escapes the next character. Nothing is expanded.
 *
 * @param command - one line as a person would type it.
 * @param where - the key it stands under, for messages.
 * @returns the words; none of a text without any.
 * @throws FlavorError `manifest-invalid` for an unclosed quote or a backslash at the end.
 */
export function splitCommand(command: string, where = "execution.command"): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < command.length; at += 1) {
    const char = command.charAt(at);
    const next = command.charAt(at + 1);
    if (quote === "'") {
      if (char === "'") quote = "";
      else word = (word ?? "") + char;
    } else if (char === "\\") {
      if (next === "") throw new FlavorError("manifest-invalid", `${where} ends in a backslash`);
      if (quote === '"' && !ESCAPED_IN_DOUBLE_QUOTES.includes(next)) {
        word = (word ?? "") + char;
        continue;
      }
      word = (word ?? "") + next;
      at += 1;
    } else if (quote === '"') {
      if (char === '"') quote = "";
      else word = (word ?? "") + char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= "";
    } else if (" \t\n\r".includes(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + char;
    }
  }
  if (quote !== "") throw new FlavorError("manifest-invalid", `${where} has an unclosed ${quote === '"' ? "double" : "single"} quote`);
  if (word !== undefined) words.push(word);
  return words;
}

/** @returns the vector as one line that a POSIX shell, and `splitCommand`, read back as the same words. */
export function quoteCommand(argv: readonly string[]): string {
  return argv.map((word) => (BARE_WORD.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
