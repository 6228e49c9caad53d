import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeJson, encodeJson, type Json } from "../../../src/format/json.js";

const text = (value: Json) => new TextDecoder().decode(encodeJson(value));
const decode = (document: string) => decodeJson(new TextEncoder().encode(document));
const malformed = expect.objectContaining({ code: "metadata-malformed" }) as Error;

const asciiKey = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 8 });
const { value: anyJson } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger().map((n) => (Object.is(n, -0) ? 0 : n)),
    fc.string({ unit: "binary" }).filter((s) => s.isWellFormed()),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(asciiKey, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe("canonical JSON", () => {
  it("sorts keys, writes no spaces, and escapes only what it must", () => {
    expect(text({ b: 1, a: [true, null], "": "\u0001\u001f\n\"\\é\u2028/<" })).toBe('{"":"\\u0001\\u001f\\n\\"\\\\é\u2028/<","a":[true,null],"b":1}');
  });

  it("gives back every document, and writes it the same again", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const bytes = encodeJson(value);
        expect(encodeJson(decodeJson(bytes))).toEqual(bytes);
      }),
    );
  });

  it.each([
    ['{"a":1,"a":1}', "a duplicate key"],
    ['{"b":1,"a":2}', "keys out of order"],
    ['{"a": 1}', "a space"],
    ['{"a":1.0}', "a fraction"],
    ['{"a":1e2}', "an exponent"],
    ['{"a":-0}', "minus zero"],
    ['{"a":9007199254740993}', "a number above 2^53"],
    ['{"a":"\\u0041"}', "an escape that is not needed"],
    ['{"a":"\\/"}', "an escaped slash"],
    ['{"a":"\\u001F"}', "upper-case hex"],
    ['{"a":"\\ud800"}', "a lone surrogate"],
    ['{"é":1}', "a key that is not ASCII"],
    ["\ufeff{}", "a byte order mark"],
    ["{} ", "a space at the end"],
    ["{}{}", "two documents"],
    ["", "nothing"],
    ["NaN", "no number"],
  ])("refuses %j: %s", (document) => {
    expect(() => decode(document)).toThrow(malformed);
  });

  it("refuses bytes that are not UTF-8, and nesting above 64", () => {
    expect(() => decodeJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(malformed);
    expect(() => decode("[".repeat(70) + "]".repeat(70))).toThrow(malformed);
  });

  it("keeps a key named __proto__ a key", () => {
    expect(text(decode('{"__proto__":1}'))).toBe('{"__proto__":1}');
  });
});
