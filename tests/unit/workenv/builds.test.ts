import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listBuildCaches, removeBuildCaches, stagingMaker } from "../../../src/workenv/builds.js";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "flavor-builds-"));
  for (const kind of ["frames", "runtimes", "workenv", "helpers"]) {
    mkdirSync(join(root, kind, "inside"), { recursive: true });
    writeFileSync(join(root, kind, "inside", "file"), Buffer.alloc(1000));
  }
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("build caches", () => {
  it("are listed by kind with their sizes, workenvs and installed helpers left out", async () => {
    expect((await listBuildCaches(root)).map(({ kind, sizeBytes }) => [kind, sizeBytes])).toEqual([["frames", 1000], ["runtimes", 1000]]);
  });

  it("go, and nothing else does", async () => {
    await removeBuildCaches(root, await listBuildCaches(root));
    expect(readdirSync(root).sort()).toEqual(["helpers", "workenv"]);
  });

  it("stay while a build is under way; one that was broken off does not count", async () => {
    mkdirSync(join(root, "staging", `${process.pid}-abc`), { recursive: true });
    await expect(removeBuildCaches(root, await listBuildCaches(root))).rejects.toMatchObject({ code: "io-error", message: expect.stringContaining(String(process.pid)) as string });
    expect(existsSync(join(root, "frames"))).toBe(true);
    rmSync(join(root, "staging"), { recursive: true });
    mkdirSync(join(root, "staging", "999999999-abc"), { recursive: true });
    await removeBuildCaches(root, await listBuildCaches(root));
    expect(readdirSync(root).sort()).toEqual(["helpers", "workenv"]);
  });

  it("knows whose a staging folder is by its name", () => {
    expect([stagingMaker("42-Xy12"), stagingMaker("notes")]).toEqual([42, undefined]);
  });
});
