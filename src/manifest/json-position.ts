/**
 * Where a JSON text goes wrong. `JSON.parse` does not always say where, and does not mind a key that is given twice nor half of a surrogate pair.
 */

export interface JsonFault {
  /** Offset of the first character that does not fit. */
  readonly offset: number;
  readonly what: string;
}

const SPACE = /[ \t\n\r]*/y;
// eslint-disable-next-line no-control-regex -- control characters are what a JSON string may not hold
const STRING = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Far more than any manifest needs, far less than the call stack holds. */
const MAXIMUM_DEPTH = 256;

/** @returns the first fault of the text, or undefined when it is JSON without doubled keys and halves of surrogate pairs, nested at most 256 deep. */
export function findJsonFault(text: string): JsonFault | undefined {
  let at = 0;
  let depth = 0;
  let fault: JsonFault | undefined;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const fail = (what: string, offset = at): false => {
    fault ??= { offset, what };
    return false;
  };
  const expect = (char: string): boolean => {
    match(SPACE);
    if (text[at] !== char) return fail(at >= text.length ? `the text ends where ${JSON.stringify(char)} is expected` : `expected ${JSON.stringify(char)}`);
    at += 1;
    return true;
  };
  const items = (close: string, item: () => boolean): boolean => {
    depth += 1;
    if (depth > MAXIMUM_DEPTH) return fail(`nested more than ${MAXIMUM_DEPTH} deep`);
    const closed = itemsInside(close, item);
    depth -= 1;
    return closed;
  };
  const itemsInside = (close: string, item: () => boolean): boolean => {
    at += 1;
    match(SPACE);
    if (text[at] === close) {
      at += 1;
      return true;
    }
    for (;;) {
      if (!item()) return false;
      match(SPACE);
      if (text[at] !== ",") return expect(close);
      at += 1;
    }
  };
  /** The next text, its escapes undone. */
  const string = (): string | undefined => {
    const start = at;
    const found = match(STRING);
    if (found === undefined) return undefined;
    const plain = JSON.parse(found) as string;
    if (!plain.isWellFormed()) fail("half of a surrogate pair", start);
    return plain;
  };
  const value = (): boolean => {
    match(SPACE);
    if (text[at] === "[") return items("]", value);
    if (text[at] === "{") {
      const keys = new Set<string>();
      return items("}", () => {
        match(SPACE);
        const start = at;
        const key = string();
        if (key === undefined) return fail("expected a key in double quotes");
        if (keys.has(key)) return fail(`key ${JSON.stringify(key)} is given twice`, start);
        keys.add(key);
        return expect(":") && value();
      });
    }
    return (string() ?? match(SCALAR)) !== undefined || fail(at >= text.length ? "the text ends where a value is expected" : "expected a value");
  };
  if (value()) {
    match(SPACE);
    if (at < text.length) fail("text after the end");
  }
  return fault;
}

/** @returns line and column, from 1, of an offset. */
export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf("\n");
  return { line: before.split("\n").length, column: offset - lastBreak };
}
