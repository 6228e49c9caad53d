import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quoteCommand, splitCommand } from "../../../src/manifest/command.js";

describe("splitCommand", () => {
  it.each([
    ["a b  c", ["a", "b", "c"]],
    ["'a b' c", ["a b", "c"]],
    [String.raw`"a \"b\" \$x \q" c`, ['a "b" $x \\q', "c"]],
    [String.raw`a\ b`, ["a b"]],
    ["''", [""]],
    [`a''b"c"`, ["abc"]],
    ["a\tb\nc", ["a", "b", "c"]],
    ["'it'\\''s'", ["it's"]],
    ["", []],
    [" \t", []],
  ])("splits %j", (command, words) => {
    expect(splitCommand(command)).toEqual(words);
  });

  it.each([["'a", "unclosed single quote"], ['"a', "unclosed double quote"], ["a\\", "backslash"]])("refuses %j", (command, why) => {
    expect(() => splitCommand(command)).toThrow(expect.objectContaining({ code: "manifest-invalid", message: expect.stringContaining(why) as string }) as Error);
  });

  it("reads back what quoteCommand writes", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }).filter((word) => !word.includes("\0")), {}), (argv) => {
        expect(splitCommand(quoteCommand(argv))).toEqual(argv);
      }),
    );
  });
});

describe("quoteCommand", () => {
  it("leaves placeholders and plain words as they are", () => {
    expect(quoteCommand(["/bin/sh", "{workenv}/hello.sh", "a b", ""])).toBe("/bin/sh {workenv}/hello.sh 'a b' ''");
  });
});
