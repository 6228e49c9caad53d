import { chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cacheRoot, fallbackRoots, hostCacheRoot } from "../../../src/workenv/cache-root.js";

const folder = mkdtempSync(join(tmpdir(), "flavor-root-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("cacheRoot", () => {
  it.each([
    [{ FLAVOR_CACHE: "/c", XDG_CACHE_HOME: "/x", HOME: "/h" }, "linux", "/c"],
    [{ FLAVOR_CACHE: "relative", XDG_CACHE_HOME: "/x", HOME: "/h" }, "linux", "/x/flavor"],
    [{ FLAVOR_CACHE: "", XDG_CACHE_HOME: "", HOME: "/h" }, "linux", "/h/.cache/flavor"],
    [{ HOME: "/h" }, "darwin", "/h/Library/Caches/flavor"],
    [{ HOME: "" }, "linux", "/password/.cache/flavor"],
    [{ HOME: "relative" }, "linux", "/password/.cache/flavor"],
    [{ XDG_CACHE_HOME: "/x", HOME: "/h", LOCALAPPDATA: "/l", USERPROFILE: "/u" }, "win32", "/l/flavor"],
    [{ XDG_CACHE_HOME: "/x", HOME: "/h", USERPROFILE: "/u" }, "win32", "/u/AppData/Local/flavor"],
    [{}, "linux", "/password/.cache/flavor"],
  ])("of %j on %s is %s", (environment, os, expected) => {
    expect(cacheRoot(environment, os, "/password")).toBe(expected);
  });

  it("is an error when nothing names a home", () => {
    expect(() => cacheRoot({ HOME: "relative" }, "linux", undefined)).toThrow(expect.objectContaining({ code: "io-error" }));
  });
});

describe("hostCacheRoot", () => {
  it("asks the password database when HOME is of no use", () => {
    expect(hostCacheRoot({ HOME: "relative" })).toBe(cacheRoot({}, process.platform, userInfo().homedir));
  });

  it("takes a root that does not exist yet, and one of its own", () => {
    expect(hostCacheRoot({ XDG_CACHE_HOME: join(folder, "none") })).toBe(join(folder, "none", "flavor"));
    mkdirSync(join(folder, "own", "flavor"), { recursive: true });
    expect(hostCacheRoot({ XDG_CACHE_HOME: join(folder, "own") })).toBe(join(folder, "own", "flavor"));
  });

  it.runIf(process.geteuid?.() === 0)("leaves the root of another user, unless FLAVOR_CACHE asks for it", () => {
    const theirs = join(folder, "theirs", "flavor");
    mkdirSync(theirs, { recursive: true });
    chownSync(theirs, 65534, 65534);
    expect(hostCacheRoot({ XDG_CACHE_HOME: join(folder, "theirs") })).toBe(cacheRoot({}, process.platform, userInfo().homedir));
    expect(hostCacheRoot({ FLAVOR_CACHE: theirs })).toBe(theirs);
  });
});

describe("fallbackRoots", () => {
  it("are those of the launcher, in its order", () => {
    expect(fallbackRoots(1000)).toEqual(["/var/tmp/flavor-1000", "/tmp/flavor-1000"]);
    expect(fallbackRoots(undefined)).toEqual([]);
  });
});
