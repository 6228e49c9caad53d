import { describe, expect, it } from "vitest";
import { checkEntryPath, checkLinkTarget, checkTarget, PathSet } from "../../../src/format/path.js";

const thrown = (code: string) => expect.objectContaining({ code }) as Error;

describe("checkEntryPath", () => {
  it.each([
    ["a", "a"],
    ["./a/b/", "a/b"],
    ["./", ""],
    [".", ""],
    ["Ünïcødé 名前/ x", "Ünïcødé 名前/ x"],
    ["a..b/...", "a..b/..."],
  ])("takes %j", (path, normal) => {
    expect(checkEntryPath(path)).toBe(normal);
  });

  it.each(["/a", "//a", "..", "../a", "a/../b", "a/..", "a//b", "a/./b", "././a", "a\\b", "a\0b", "\ud800", ".pspf-package-id", ".pspf-package-id/x", `${"a/".repeat(128)}b`, "a".repeat(4097)])(
    "refuses %j",
    (path) => {
      expect(() => checkEntryPath(path)).toThrow(thrown("path-unsafe"));
    },
  );
});

describe("checkTarget", () => {
  it.each([
    [".", "."],
    ["{workenv}", "."],
    ["{workenv}/bin/tool", "bin/tool"],
    ["bin/tool", "bin/tool"],
  ])("takes %j", (target, normal) => {
    expect(checkTarget(target)).toBe(normal);
  });
});

describe("checkLinkTarget", () => {
  it.each([
    ["a", "b"],
    ["a/b/c", "../../d"],
    ["a/b", ".././x/y"],
    ["bin/python", "../runtime/bin/python3.13"],
  ])("takes %s -> %s", (path, target) => {
    expect(() => {
      checkLinkTarget(path, target);
    }).not.toThrow();
  });

  it.each([
    ["a", ""],
    ["a", "/etc/passwd"],
    ["a", ".."],
    ["a/b", "../../c"],
    ["a/b", "x/../../../c"],
    ["esc", "d/e/up/.."],
    ["a", "b\0"],
    ["a", "b\\c"],
  ])("refuses %s -> %j", (path, target) => {
    expect(() => {
      checkLinkTarget(path, target);
    }).toThrow(thrown("link-unsafe"));
  });
});

describe("PathSet", () => {
  it.each([
    [["a:leaf", "a:leaf"]],
    [["a:directory", "a:directory"]],
    [["a:directory", "a:leaf"]],
    [["a:leaf", "a/b:leaf"]],
    [["a/b:leaf", "a:leaf"]],
  ])("refuses %j", (entries) => {
    const set = new PathSet();
    expect(() => {
      for (const entry of entries) {
        const [path = "", kind] = entry.split(":");
        set.add(path, kind === "leaf" ? "leaf" : "directory");
      }
    }).toThrow(thrown("entry-conflict"));
  });

  it("takes a directory after something inside it", () => {
    const set = new PathSet();
    set.add("a/b", "leaf");
    set.add("a", "directory");
    set.add("a/c", "leaf");
  });
});
