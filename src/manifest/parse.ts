/** TOML and JSON text into plain data, with the line of what does not parse. */
import { readFile } from "node:fs/promises";
import { parse as parseTomlText, TomlError } from "smol-toml";
import { FlavorError } from "../format/error.js";
import { findJsonFault, lineAndColumn } from "./json-position.js";

/**
 * Read a manifest file, or a project's own file such as pyproject.toml.
 *
 * @param path - `.json` is JSON, anything else TOML.
 * @returns the file's data, not looked at yet.
 * @throws FlavorError `file-missing`, `file-unreadable`, `manifest-invalid` with line and column.
 */
export async function readDocument(path: string): Promise<unknown> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    if (cause instanceof TypeError) throw new FlavorError("manifest-invalid", `${path} is not UTF-8 text`, { cause });
    const code = errnoOf(cause);
    if (code === "ENOENT" || code === "ENOTDIR") throw new FlavorError("file-missing", `${path} does not exist`, { cause });
    throw new FlavorError("file-unreadable", `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  return path.endsWith(".json") ? parseJson(text, path) : parseToml(text, path);
}

/** @param where - the file's name, for messages. @throws FlavorError `manifest-invalid`. */
export function parseJson(text: string, where: string): unknown {
  const fault = findJsonFault(text);
  if (fault !== undefined) {
    const { line, column } = lineAndColumn(text, fault.offset);
    throw new FlavorError("manifest-invalid", `${where}:${line}:${column}: not JSON: ${fault.what}`, { details: { line, column } });
  }
  const value: unknown = JSON.parse(text);
  return value;
}

/** @param where - the file's name, for messages. @throws FlavorError `manifest-invalid`. */
export function parseToml(text: string, where: string): unknown {
  try {
    return parseTomlText(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const what = (cause.message.split("\n")[0] ?? "").replace(/^Invalid TOML document: /, "");
    throw new FlavorError("manifest-invalid", `${where}:${cause.line}:${cause.column}: not TOML: ${what}`, { details: { line: cause.line, column: cause.column }, cause });
  }
}

/** @returns the system's code of a failed call, such as `ENOENT`. */
function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
