import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chooseVersion, fits, readVersionWish } from "../../../src/runtimes/node-version.js";

const VERSIONS = ["18.20.8", "20.18.1", "20.20.2", "21.7.3", "22.3.0", "22.23.3", "23.11.1", "24.21.0", "25.2.0", "26.10.0-rc.1"];
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "version-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("readVersionWish", () => {
  it("takes --node before files, .node-version before .nvmrc, files before engines", async () => {
    await writeFile(join(folder, ".nvmrc"), "# a comment\nv20\n");
    expect(await readVersionWish(undefined, folder, ">=18")).toEqual({ range: "v20", source: ".nvmrc", preferRunning: false });
    await writeFile(join(folder, ".node-version"), "22.3.0\n");
    expect(await readVersionWish(undefined, folder, ">=18")).toMatchObject({ range: "22.3.0", source: ".node-version" });
    expect(await readVersionWish("24", folder, ">=18")).toMatchObject({ range: "24", source: "--node" });
    expect(await readVersionWish(undefined, undefined, ">=18")).toEqual({ range: ">=18", source: "engines.node", preferRunning: true });
    expect(await readVersionWish(undefined, undefined, undefined)).toMatchObject({ range: "*", preferRunning: true });
  });

  it.each([["lts/*", "lts"], ["lts/jod", "22"], ["node", ">=0"], ["LTS/Iron", "20"]])("understands %s", async (text, range) => {
    await writeFile(join(folder, ".nvmrc"), text);
    expect((await readVersionWish(undefined, folder, undefined)).range).toBe(range);
  });

  it.each(["lts/unheard-of", "twenty", "iojs"])("refuses %s", async (text) => {
    await writeFile(join(folder, ".nvmrc"), text);
    await expect(readVersionWish(undefined, folder, undefined)).rejects.toMatchObject({ code: "manifest-invalid", message: expect.stringContaining(".nvmrc") as string });
  });
});

describe("chooseVersion", () => {
  const wish = (range: string, preferRunning = true) => ({ range, source: "", preferRunning });

  it.each([
    ["*", "20.1.0", "20.20.2", "the newest of the running line"],
    [">=20", "22.0.0", "22.23.3", "the running line if engines allow it"],
    [">=22", "20.20.2", "24.21.0", "else the newest even line"],
    ["^18 || ^20", "22.0.0", "20.20.2", "the newest even line of the range"],
    ["<20.19", "20.0.0", "20.18.1", "no newer than the range allows"],
    ["^25", "20.0.0", "25.2.0", "an odd line if there is no other"],
    ["*", "19.0.0", "24.21.0", "the newest even line if the running one is not to be had"],
  ])("%s on %s gives %s: %s", (range, running, version) => {
    expect(chooseVersion(wish(range), VERSIONS, running)).toBe(version);
  });

  it("takes a named line as it is, an odd one too, and lts/* as even", () => {
    expect(chooseVersion(wish("22", false), VERSIONS, "20.0.0")).toBe("22.23.3");
    expect(chooseVersion(wish("v23", false), VERSIONS, "20.0.0")).toBe("23.11.1");
    expect(chooseVersion(wish("22.3.0", false), VERSIONS, "20.0.0")).toBe("22.3.0");
    expect(chooseVersion(wish("lts", false), VERSIONS, "20.0.0")).toBe("24.21.0");
  });

  it("never takes a prerelease, and says undefined when nothing fits", () => {
    expect(chooseVersion(wish(">=26"), VERSIONS, "20.0.0")).toBeUndefined();
    expect(chooseVersion(wish("99", false), VERSIONS, "20.0.0")).toBeUndefined();
  });

  it("tells whether a version fits", () => {
    expect(fits(wish("lts"), "23.0.0")).toBe(false);
    expect(fits(wish(">=20"), "20.20.2")).toBe(true);
  });
});
