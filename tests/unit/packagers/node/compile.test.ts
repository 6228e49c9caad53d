import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compileSources } from "../../../../src/packagers/node/compile.js";
import { closure, resolvePackage, type InstalledPackage } from "../../../../src/packagers/node/packages.js";
import { findReferences } from "../../../../src/packagers/node/references.js";
import { needsCompiling, outputPath, parseJsonWithComments } from "../../../../src/packagers/node/typescript-project.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "node-compile-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function compile(files: Readonly<Record<string, string>>, sources: readonly string[], folders = { root: "", out: "" }) {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, "in", path)), { recursive: true });
    await writeFile(join(folder, "in", path), content);
  }
  const to = join(folder, "out");
  const compiled = await compileSources({ folder: join(folder, "in"), sources, folders, to, nodeVersion: "20.20.2" });
  return { ...compiled, read: (path: string) => readFile(join(to, path), "utf8") };
}

describe("compileSources", () => {
  it("follows imports, and writes them anew with the names of the compiled files", async () => {
    const { sources, read } = await compile({
      "package.json": '{"type":"module"}',
      "src/a.ts": 'import { b } from "./b"; import { c } from "./c.js"; import d from "./d.mts"; import { e } from "./e/index.ts"; import chalk from "chalk"; import fs from "fs"; console.log(b, c, d, e, chalk, fs); export type T = 1;',
      "src/b.tsx": "export const b = 1;", "src/c.ts": "export const c = 2;", "src/d.mts": "export default 3;", "src/e/index.ts": "export const e = 4;",
    }, ["src/a.ts"]);
    expect([...sources].sort()).toEqual(["src/a.ts", "src/b.tsx", "src/c.ts", "src/d.mts", "src/e/index.ts"]);
    const text = await read("src/a.js");
    for (const specifier of ["./b.js", "./c.js", "./d.mjs", "./e/index.js", "chalk", "fs"]) expect(text).toContain(`"${specifier}"`);
    expect(await read("src/d.mjs")).toContain("export");
  });

  it("moves files from src to dist, and leaves what lies elsewhere in its place", async () => {
    const { needed, read } = await compile({ "package.json": '{"type":"module"}', "src/cli.ts": 'import "./plain.js"; import "../other/x.js"; import "../kept.js"; import data from "../data.json"; console.log(data.n);', "src/plain.js": "console.log(1);", "other/x.ts": "console.log(2);", "kept.js": "3;", "data.json": '{"n":1}' }, ["src/cli.ts"], { root: "src", out: "dist" });
    expect([...needed]).toEqual(["kept.js"]);
    const text = await read("dist/cli.js");
    for (const specifier of ["./plain.js", "../other/x.js", "../kept.js"]) expect(text).toContain(`"${specifier}"`);
    expect(await read("dist/plain.js")).toContain("1");
    expect(await read("other/x.js")).toContain("2");
  });

  it("decides between ES modules and CommonJS as Node does", async () => {
    const { read } = await compile({ "package.json": "{}", "a.ts": "export const a = 1;", "b.mts": "export const b = 1;", "sub/package.json": '{"type":"module"}', "sub/c.ts": "export const c = 1;", "sub/d.cts": "export const d = 1;" }, ["a.ts", "b.mts", "sub/c.ts", "sub/d.cts"]);
    expect(await read("a.js")).toContain("module.exports");
    expect(await read("b.mjs")).toContain("export {");
    expect(await read("sub/c.js")).toContain("export {");
    expect(await read("sub/d.cjs")).toContain("module.exports");
  });

  it("names sources relative to the map and holds no path of this machine", async () => {
    const { read } = await compile({ "package.json": '{"type":"module"}', "src/deep/a.ts": "const x: number = 1;\nconsole.log(x);\n" }, ["src/deep/a.ts"], { root: "src", out: "dist" });
    const map = JSON.parse(await read("dist/deep/a.js.map")) as { sources: string[]; sourcesContent?: unknown };
    expect(map.sources).toEqual(["../../src/deep/a.ts"]);
    expect(map.sourcesContent).toBeUndefined();
    expect(await read("dist/deep/a.js")).not.toContain(folder);
  });

  it("compiles files that are named without being imported", async () => {
    const { sources, read } = await compile({ "package.json": '{"type":"module"}', "a.ts": 'new Worker(new URL("./w.ts", import.meta.url)); new URL("./v.js", import.meta.url);', "w.ts": "1", "v.ts": "2" }, ["a.ts"]);
    expect([...sources].sort()).toEqual(["a.ts", "v.ts", "w.ts"]);
    expect(await read("a.js")).toContain('"./w.js"');
  });

  it("names file, line and column of an error, and helps with top-level await", async () => {
    await expect(compile({ "package.json": "{}", "a.ts": "const x = 1;\nconst = 2;\n" }, ["a.ts"])).rejects.toMatchObject({ code: "build-failed", message: expect.stringMatching(/^a\.ts:2:7: /u) as string });
    await expect(compile({ "package.json": "{}", "b.ts": "await 1;\n" }, ["b.ts"])).rejects.toMatchObject({ code: "build-failed", hint: expect.stringContaining('"type": "module"') as string });
  });
});

describe("names of files", () => {
  it("of outputs", () => {
    const folders = { root: "src", out: "dist" };
    expect(["src/a.ts", "src/b/c.mts", "src/d.cts", "src/e.tsx", "lib/f.ts", "src/g.js"].map((path) => outputPath(path, folders))).toEqual(["dist/a.js", "dist/b/c.mjs", "dist/d.cjs", "dist/e.js", "lib/f.js", "dist/g.js"]);
    expect(outputPath("a.ts", { root: "", out: "" })).toBe("a.js");
    expect(outputPath("a.ts", { root: "", out: "dist" })).toBe("dist/a.js");
  });

  it("that need compiling", () => {
    expect(["a.ts", "a.mts", "a.tsx", "a.jsx", "a.d.ts", "a.d.mts", "a.js", "ts"].map(needsCompiling)).toEqual([true, true, true, true, false, false, false, false]);
  });

  it("in references", () => {
    const text = "new URL('./a.ts', import.meta.url); fork(join(__dirname, \"b.ts\")); new URL(`${x}/c.ts`, import.meta.url); new URL('https://x/y', import.meta.url)";
    expect(findReferences(text).map((each) => each.path)).toEqual(["./a.ts", "b.ts"]);
  });
});

describe("parseJsonWithComments", () => {
  it("reads what tsconfig.json may hold", () => {
    expect(parseJsonWithComments('/* a */ { "x": "// not a comment", // b\n "y": [1, 2,], }')).toEqual({ x: "// not a comment", y: [1, 2] });
    expect(parseJsonWithComments("{")).toBeUndefined();
  });
});

describe("packages of a tree", () => {
  const make = (path: string, needs: readonly string[] = []): InstalledPackage => ({ path, folder: `/${path}`, name: path.split("node_modules/").at(-1) ?? "", version: "1.0.0", needs, optional: [], installScripts: [] });
  const packages = new Map([make("a", ["b", "@s/c"]), make("a/node_modules/b", ["d"]), make("b"), make("@s/c", ["missing"]), make("d"), make("e")].map((each) => [each.path, each]));

  it("are found as Node finds them", () => {
    expect(resolvePackage(packages, packages.get("a"), "b")?.path).toBe("a/node_modules/b");
    expect(resolvePackage(packages, packages.get("a/node_modules/b"), "d")?.path).toBe("d");
    expect(resolvePackage(packages, undefined, "b")?.path).toBe("b");
    expect(resolvePackage(packages, packages.get("@s/c"), "missing")).toBeUndefined();
  });

  it("have a closure", () => {
    expect([...closure(packages, [...packages.values()].slice(0, 1))].sort()).toEqual(["@s/c", "a", "a/node_modules/b", "d"]);
  });
});
