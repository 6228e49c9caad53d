import { describe, expect, it } from "vitest";
import { TargetNames } from "../../../src/builder/names.js";

function add(os: string, paths: readonly string[]): void {
  const names = new TargetNames(os);
  for (const path of paths) names.below(".").add({ path, kind: "file" });
}

const code = (expected: string) => expect.objectContaining({ code: expected }) as Error;

describe("names of the target", () => {
  it.each([
    [["a/README", "a/readme"]],
    [["a/x", "A/y"]],
    [["e\u0301", "\u00e9"]],
    [["\u00c9", "e\u0301"]],
    [["\u03a3x", "\u03c3x"]],
  ])("refuses %j where they are one path", (paths) => {
    for (const os of ["darwin", "windows"]) expect(() => { add(os, paths); }).toThrow(code("entry-conflict"));
    add("linux", paths);
  });

  it.each([[["a/x", "a/y"]], [["a", "a"]], [["\u0130", "i"]], [["ss", "\u00df"]]])("takes %j", (paths) => {
    add("darwin", paths);
  });

  it.each(["a/con", "NUL.txt", "Com1", "lpt³", "CONIN$", "con .x", "a:b", "what?", "dot.", "space /x", "tab\t"])("windows lacks %j", (path) => {
    expect(() => { add("windows", [path]); }).toThrow(code("path-unsafe"));
    add("darwin", [path]);
  });

  it("windows has names that only look like devices", () => {
    add("windows", ["console", "com0", ".nul", "lpt10.txt"]);
  });

  it("windows takes no links, and tells of long paths", () => {
    const names = new TargetNames("windows");
    expect(() => { names.below("t").add({ path: "l", kind: "link" }); }).toThrow(code("entry-refused"));
    names.add("x".repeat(139));
    expect(names.warning()).toBeUndefined();
    names.add("x".repeat(140));
    expect(names.warning()).toContain("140 characters");
  });

  it("has the slot's target in front", () => {
    const names = new TargetNames("darwin");
    names.below("Data").add({ path: "x", kind: "file" });
    expect(() => { names.below("data").add({ path: "y", kind: "file" }); }).toThrow(/"Data" and "data" are one path on darwin/);
  });
});
