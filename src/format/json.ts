/**
 * Canonical JSON: one document, one encoding (a subset of RFC 8785).
 *
 * Source: spec/metadata.md, "Canonical JSON". The decoder accepts nothing but what the encoder writes, which it proves by encoding again.
 */
import { LIMIT_JSON_DEPTH } from "./constants.gen.js";
import { FlavorError } from "./error.js";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\b", "\\b"],
  ["\t", "\\t"],
  ["\n", "\\n"],
  ["\f", "\\f"],
  ["\r", "\\r"],
  ['"', '\\"'],
  ["\\", "\\\\"],
]);

/**
 * @returns the UTF-8 bytes of the value.
 * @throws FlavorError `metadata-malformed` for a number that is not a safe integer, a lone surrogate, a key that is not ASCII, or nesting above 64.
 */
export function encodeJson(value: Json): Uint8Array {
  return new TextEncoder().encode(render(value, 0));
}

/**
 * @param bytes - a document as `encodeJson` writes it.
 * @throws FlavorError `metadata-malformed` for anything else, duplicate keys included.
 */
export function decodeJson(bytes: Uint8Array): Json {
  const { text, value } = parse(bytes);
  const canonical = render(value, 0);
  if (canonical !== text) {
    let at = 0;
    while (canonical[at] === text[at]) at += 1;
    throw new FlavorError("metadata-malformed", `metadata is not canonical JSON: first difference at character ${at}`);
  }
  return value;
}

function notJson(what: string, cause?: unknown): FlavorError {
  return new FlavorError("metadata-malformed", `metadata is not JSON: ${what}`, { cause });
}

function parse(bytes: Uint8Array): { readonly text: string; readonly value: Json } {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text, value: JSON.parse(text) as Json };
  } catch (cause) {
    throw notJson(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/**
 * Read a document that an earlier implementation may have written: any JSON, but no key twice in one object.
 *
 * @throws FlavorError `metadata-malformed`.
 */
export function decodeLenientJson(bytes: Uint8Array): Json {
  const { text, value } = parse(bytes);
  // The text is JSON, so strings, brackets and colons are all that has to be told apart.
  const open: (Set<string> | undefined)[] = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[[\]{}]/g)) {
    if (token === "{" || token === "[") open.push(token === "{" ? new Set() : undefined);
    else if (token === "}" || token === "]") open.pop();
    else {
      const word = JSON.parse(token.replace(/\s*:$/, "")) as string;
      if (!word.isWellFormed()) throw notJson("a string has a lone surrogate");
      if (!token.endsWith(":")) continue;
      if (open.at(-1)?.has(word) === true) throw notJson(`the key ${JSON.stringify(word)} stands twice in one object`);
      open.at(-1)?.add(word);
    }
    if (open.length > LIMIT_JSON_DEPTH) throw notJson(`it is nested more than ${LIMIT_JSON_DEPTH} deep`);
  }
  return value;
}

/** @param depth - of the objects and lists around the value. */
function render(value: Json, depth: number): string {
  if (depth >= LIMIT_JSON_DEPTH && typeof value === "object" && value !== null) throw new FlavorError("metadata-malformed", `metadata is nested more than ${LIMIT_JSON_DEPTH} deep`);
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new FlavorError("metadata-malformed", `metadata holds the number ${value}; only integers below 2^53 are allowed`);
    return String(value);
  }
  if (typeof value === "string") return renderString(value);
  if (isArray(value)) return `[${value.map((item) => render(item, depth + 1)).join(",")}]`;
  const members = Object.keys(value)
    .sort()
    .map((key) => {
      // eslint-disable-next-line no-control-regex -- control characters are ASCII too
      if (!/^[\x00-\x7f]*$/.test(key)) throw new FlavorError("metadata-malformed", `metadata has the key ${JSON.stringify(key)}; keys are ASCII`);
      return `${renderString(key)}:${render(value[key] ?? null, depth + 1)}`;
    });
  return `{${members.join(",")}}`;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function renderString(text: string): string {
  if (!text.isWellFormed()) throw new FlavorError("metadata-malformed", "metadata holds a string with a lone surrogate");
  // eslint-disable-next-line no-control-regex -- the control characters are what must be escaped
  const escaped = text.replace(/[\x00-\x1f"\\]/g, (char) => SHORT_ESCAPES.get(char) ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `"${escaped}"`;
}
