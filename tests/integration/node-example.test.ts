import { cp, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stage, treeDigest, type Staged } from "./node-support.js";

const EXAMPLE = join(import.meta.dirname, "..", "..", "examples", "node-ts-cli");
let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "node-example-"));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

describe.each([{ bundle: false }, { bundle: true }])("examples/node-ts-cli, bundle: $bundle", ({ bundle }) => {
  let staged: Staged;
  let before: string;
  beforeAll(async () => {
    before = await treeDigest(EXAMPLE);
    staged = await stage(EXAMPLE, parent, { bundle });
  });

  it("runs with an empty environment from a path with a space and letters outside ASCII", async () => {
    const { status, stdout, stderr } = await staged.run(["greet", "Ünïcødé"]);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "Hello, Ünïcødé!\n", stderr: "" });
  });

  it("gets its arguments exactly", async () => {
    const words = ["a b", "", "line\nbreak", '"quoted"', "it's", "$HOME", "*", "--version", "--", "-h", "ü"];
    const { stdout } = await staged.run(["args", ...words]);
    expect(JSON.parse(stdout)).toEqual(words);
  });

  it.each([0, 1, 3, 127, 255])("ends with status %d", async (status) => {
    expect((await staged.run(["exit", String(status)])).status).toBe(status);
  });

  it("runs on the packed Node and knows its own place", async () => {
    const { stdout } = await staged.run(["info"]);
    expect(JSON.parse(stdout)).toMatchObject({ execPath: join(staged.workenv, "runtime/bin/node"), file: join(staged.workenv, "app/dist/info.js"), cwd: parent });
  });

  it("has the slots and the isolation that the documentation names", () => {
    expect(staged.manifest.slots.map(({ id, target, purpose }) => `${id} ${target} ${purpose}`)).toEqual([
      "runtime runtime runtime",
      ...(bundle ? [] : ["dependencies app/node_modules dependencies"]),
      "application . application",
    ]);
    expect(staged.manifest.runtimeEnv?.unset).toEqual(expect.arrayContaining(["NODE_OPTIONS", "NODE_PATH"]));
  });

  it("leaves the project's folder as it was", async () => {
    expect(await treeDigest(EXAMPLE)).toBe(before);
  });

  it("stages the same bytes from another folder", async () => {
    const copy = join(await mkdtemp(join(parent, "elsewhere-")), "deeper", "node-ts-cli");
    await cp(EXAMPLE, copy, { recursive: true });
    const again = await stage(copy, parent, { bundle });
    expect(await treeDigest(again.workenv)).toBe(await treeDigest(staged.workenv));
  });

  it("packs no installer's notes and no lock file", async () => {
    const names = await readdir(staged.workenv, { recursive: true });
    expect(names.filter((name) => /package-lock|\.bin(?:\/|$)|\.npmrc|tsconfig|\.ts$/u.test(name) && !name.endsWith(".d.ts"))).toEqual([]);
  });
});

describe("the staged Node", () => {
  it("is stripped, and needs nothing from the network once it is cached", async () => {
    const staged = await stage(EXAMPLE, parent, {}, { offline: true });
    const { size } = await stat(join(staged.workenv, "runtime/bin/node"));
    if (process.platform === "linux") expect(size).toBeLessThan(125e6);
    expect((await staged.run(["greet"])).status).toBe(0);
  });
});
