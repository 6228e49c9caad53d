import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findEntries } from "../../../../src/packagers/node/entries.js";
import { planNodeProject } from "../../../../src/packagers/node/index.js";
import { parseNpmSpec } from "../../../../src/packagers/node/npm-program.js";
import { describeProject } from "../../../../src/packagers/node/project.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "node-entries-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function entries(document: object, files: Readonly<Record<string, string>>, asked?: string) {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return await findEntries(describeProject({ name: "tool", ...document }, folder), asked);
}

const names = async (...args: Parameters<typeof entries>) => (await entries(...args)).list.map(({ name, source, file }) => `${name} ${source} ${file}`);

describe("findEntries", () => {
  it("takes bin in file order, before main", async () => {
    expect(await names({ bin: { b: "b.js", a: "./a.mjs" }, main: "m.js" }, { "a.mjs": "", "b.js": "", "m.js": "" })).toEqual(["b b.js b.js", "a a.mjs a.mjs"]);
  });

  it("takes main as Node resolves it, and an index file when nothing is said", async () => {
    expect(await names({ main: "lib" }, { "lib/index.js": "" })).toEqual(["tool lib/index.js lib/index.js"]);
    expect(await names({ main: "./start" }, { "start.js": "" })).toEqual(["tool start.js start.js"]);
    expect(await names({}, { "index.ts": "" })).toEqual(["tool index.ts index.js"]);
  });

  it("puts the asked one first: a bin's name, or a file", async () => {
    const files = { "a.js": "", "b.js": "", "other.mts": "" };
    expect(await names({ bin: { a: "a.js", b: "b.js" } }, files, "b")).toEqual(["b b.js b.js", "a a.js a.js"]);
    expect(await names({ bin: { a: "a.js", b: "b.js" } }, files, "./other.mts")).toEqual(["tool other.mts other.mjs", "a a.js a.js", "b b.js b.js"]);
  });

  it.each([
    ["by tsconfig's folders", { "tsconfig.json": '{ "compilerOptions": { "outDir": "./out/", "rootDir": "source" } } // folders', "source/bin/cli.ts": "" }, "out/bin/cli.js", "source/bin/cli.ts"],
    ["by tsconfig's folders that it inherits", { "tsconfig.json": '{ "extends": "./conf/base" }', "conf/base.json": '{ "compilerOptions": { "outDir": "../dist", "rootDir": "../src" } }', "src/cli.mts": "" }, "dist/cli.mjs", "src/cli.mts"],
    ["by what people use", { "src/cli.tsx": "" }, "build/cli.js", "src/cli.tsx"],
    ["beside it", { "cli.ts": "" }, "cli.js", "cli.ts"],
  ])("finds the source of a file that is not built, %s", async (_, files, file, source) => {
    const found = await entries({ bin: file }, files);
    expect(found.unbuilt).toEqual([file]);
    expect(found.list[0]).toMatchObject({ source, file });
  });

  it("prefers the built file when it is there", async () => {
    expect(await names({ bin: "dist/cli.js" }, { "dist/cli.js": "", "src/cli.ts": "" })).toEqual(["tool dist/cli.js dist/cli.js"]);
  });

  it("reads the first line: flags for node, loaders that compiling replaces, programs that are not JavaScript", async () => {
    const { list } = await entries({ bin: { a: "a.js", b: "b.ts", c: "c.sh", d: "d", e: "e.js" } }, {
      "a.js": "#!/usr/bin/env -S node --no-warnings --max-old-space-size=4096\n",
      "b.ts": "#!/usr/bin/env -S node --import tsx --experimental-strip-types --no-warnings\n",
      "c.sh": "#!/bin/sh\n",
      d: "\x7fELF",
      "e.js": "#!/usr/bin/env -S node --require ./first.cjs\n",
    });
    expect(list.map(({ flags, direct }) => [...flags, ...(direct ? ["direct"] : [])])).toEqual([["--no-warnings", "--max-old-space-size=4096"], ["--no-warnings"], ["direct"], ["direct"], ["--require", "./first.cjs"]]);
  });

  it.each([
    ["nothing to start", {}, {}, undefined, /neither bin nor main/u, /--entry FILE/u],
    ["nothing to start, but a start script", { scripts: { start: "node --inspect src/server.js" } }, { "src/server.js": "" }, undefined, /neither bin nor main/u, /--entry src\/server\.js/u],
    ["a file that is not there", { bin: "nowhere.js" }, {}, undefined, /nowhere\.js.*does not exist/u, /point bin "tool"/u],
    ["a file that a build makes", { bin: "dist/main.js", scripts: { build: "webpack" } }, { "app/x.ts": "" }, undefined, /dist\/main\.js/u, /npm run build.*"webpack"/u],
    ["an entry that is not there", { bin: { a: "a.js" } }, { "a.js": "" }, "b", /no entry "b".*bin has a/u, undefined],
    ["a file as entry that is not there", { bin: { a: "a.js" } }, { "a.js": "" }, "b.js", /b\.js.*does not exist/u, /point --entry/u],
  ])("refuses %s", async (_, document, files, asked, message, hint) => {
    await expect(entries(document, files, asked)).rejects.toMatchObject({ code: "entry-missing", message: expect.stringMatching(message) as string, hint: hint === undefined ? undefined : (expect.stringMatching(hint) as string) });
  });
});

describe("planNodeProject", () => {
  it("is cheap and says what will be packed", async () => {
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "@s/tool", version: "2.0.0", bin: "cli.ts", engines: { node: ">=20" }, dependencies: { a: "1" }, flavor: { resources: ["data"] } }));
    await writeFile(join(folder, "cli.ts"), "");
    await writeFile(join(folder, "package-lock.json"), "{}");
    expect(await planNodeProject(folder, { bundle: true })).toMatchObject({
      kind: "node", name: "tool", version: "2.0.0", entries: ["tool"], runtime: "Node >=20 (engines.node)", outputName: "tool.psp", slots: [{ id: "runtime" }, { id: "dependencies" }, { id: "application", content: "compiled files of the project, bundled" }, { id: "resources", content: "data" }],
    });
    expect((await planNodeProject(folder, { node: "24" })).runtime).toBe("Node 24 (--node)");
  });
});

describe("parseNpmSpec", () => {
  it.each([
    ["npm:prettier", "prettier", "latest"],
    ["prettier@3", "prettier", "3"],
    ["npm:@scope/name", "@scope/name", "latest"],
    ["@scope/name@^1.2 || 3", "@scope/name", "^1.2 || 3"],
    ["npm:a@next", "a", "next"],
  ])("%s", (text, name, wanted) => {
    expect(parseNpmSpec(text)).toEqual({ name, wanted });
  });

  it.each(["", "npm:", "npm:@scope", "npm:@/x", "npm:a b", "npm:../x", "npm:x/y", "npm:x@"])("refuses %j", (text) => {
    expect(() => parseNpmSpec(text)).toThrow(expect.objectContaining({ code: "usage" }) as Error);
  });
});
