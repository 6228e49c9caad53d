import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findManifest } from "../../../src/manifest/read.js";

function folderWith(...names: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "flavor-read-"));
  for (const name of names) writeFileSync(join(folder, name), "");
  return folder;
}

describe("findManifest", () => {
  it.each([
    ["pyproject.toml", "python"],
    ["package.json", "node"],
    ["flavor.toml", "generic"],
    ["flavor.json", "generic"],
  ] as const)("takes %s of a folder as %s", async (name, kind) => {
    const folder = folderWith(name);
    expect(await findManifest(folder)).toEqual({ kind, path: join(folder, name), folder });
  });

  it("lets flavor.toml decide over two project files", async () => {
    expect((await findManifest(folderWith("pyproject.toml", "package.json", "flavor.toml"))).kind).toBe("generic");
  });

  it("takes a file by its name", async () => {
    const folder = folderWith("builder.json", "package.json");
    expect((await findManifest(join(folder, "builder.json"))).kind).toBe("generic");
    expect((await findManifest(join(folder, "package.json"))).kind).toBe("node");
  });

  it("refuses a folder without a manifest", async () => {
    await expect(findManifest(folderWith())).rejects.toMatchObject({ code: "manifest-missing" });
  });

  it("refuses two manifests, naming both and the way to choose", async () => {
    await expect(findManifest(folderWith("pyproject.toml", "package.json"))).rejects.toMatchObject({
      code: "manifest-ambiguous",
      message: expect.stringMatching(/pyproject\.toml and package\.json/) as string,
      hint: expect.stringContaining("pyproject.toml") as string,
    });
    await expect(findManifest(folderWith("flavor.toml", "flavor.json"))).rejects.toMatchObject({ code: "manifest-ambiguous" });
  });

  it("refuses what does not exist and what is no manifest", async () => {
    await expect(findManifest(join(folderWith(), "nothing"))).rejects.toMatchObject({ code: "file-missing" });
    await expect(findManifest(join(folderWith("run.sh"), "run.sh"))).rejects.toMatchObject({ code: "manifest-missing" });
  });
});
