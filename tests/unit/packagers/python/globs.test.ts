import { describe, expect, it } from "vitest";
import { globToPattern } from "../../../../src/packagers/python/globs.js";

describe("globToPattern", () => {
  it.each([
    ["*.txt", "a.txt", true],
    ["*.txt", "deep/a.txt", false],
    ["**/*.txt", "a.txt", true],
    ["**/*.txt", "very/deep/a.txt", true],
    ["data", "data/x/y.bin", true],
    ["data/", "data/x", true],
    ["./data/**", "data/x/y", true],
    ["data/?.bin", "data/ab.bin", false],
    ["data/[ab].bin", "data/a.bin", true],
    ["data/[!ab].bin", "data/a.bin", false],
    ["a+b(c).txt", "a+b(c).txt", true],
    ["a.txt", "axtxt", false],
  ])("%s against %s is %s", (glob, path, expected) => {
    expect(globToPattern(glob).test(path)).toBe(expected);
  });
});
