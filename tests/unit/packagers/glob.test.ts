import { describe, expect, it } from "vitest";
import { matchGlobs } from "../../../src/packagers/glob.js";

describe("matchGlobs", () => {
  it.each([
    ["*.txt", ["a.txt"], ["b/a.txt", "atxt", "axtxt"]],
    ["**/*.txt", ["a.txt", "b/c/a.txt"], ["a.md"]],
    ["data", ["data", "data/x/y.bin"], ["database", "x/data"]],
    ["data/", ["data/x"], ["other"]],
    ["./data/**", ["data/x", "data/x/y"], ["other"]],
    ["data/?.bin", ["data/a.bin"], ["data/ab.bin"]],
    ["data/[ab].bin", ["data/a.bin"], ["data/c.bin"]],
    ["data/[!ab].bin", ["data/c.bin"], ["data/a.bin"]],
    ["**/.env.*", [".env.local", "a/.env.x"], [".env", "x.env.y/z.js.map.env"]],
    ["a?[bc].{js,ts}", ["axb.js", "axc.ts"], ["axd.js", "a/b.js"]],
    ["a+b(c).txt", ["a+b(c).txt"], ["aab(c).txt"]],
  ])("%s", (pattern, fitting, others) => {
    const matches = matchGlobs([pattern]);
    expect(fitting.filter(matches)).toEqual(fitting);
    expect(others.filter(matches)).toEqual([]);
  });

  it("fits nothing without patterns", () => {
    expect(matchGlobs([])("a")).toBe(false);
  });
});
