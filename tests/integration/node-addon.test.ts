import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HOST, stage, treeDigest, writeProject } from "./node-support.js";

let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "node-addon-"));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

/** A native addon of twenty lines that only its source is published of. */
const ADDON = {
  "addon/package.json": { name: "tiny-addon", version: "1.0.0", main: "index.js", scripts: { install: "node-gyp rebuild" } },
  "addon/index.js": 'module.exports = require("./build/Release/tiny.node");\n',
  "addon/binding.gyp": '{ "targets": [{ "target_name": "tiny", "sources": ["tiny.c"] }] }\n',
  "addon/tiny.c": `#include <node_api.h>
static napi_value answer(napi_env env, napi_callback_info info) { napi_value value; napi_create_int32(env, 42, &value); return value; }
NAPI_MODULE_INIT() { napi_value function; napi_create_function(env, "answer", NAPI_AUTO_LENGTH, answer, NULL, &function); napi_set_named_property(env, exports, "answer", function); return exports; }
`,
  "app/package.json": { name: "with-addon", version: "1.0.0", bin: "cli.js", dependencies: { "tiny-addon": "file:../addon" } },
  "app/cli.js": 'console.log(require("tiny-addon").answer());\n',
};

describe("an addon that is published as source", () => {
  it("is compiled against the packed Node, to the same bytes each time, and nothing else of the compilation is packed", async () => {
    const digests: string[] = [];
    for (const place of ["one", "another/place"]) {
      const folder = join(await writeProject(join(parent, place), ADDON), "app");
      const staged = await stage(folder, parent);
      expect((await staged.run()).stdout).toBe("42\n");
      const built = join(staged.workenv, "app/node_modules/tiny-addon/build");
      expect(await readdir(built, { recursive: true })).toEqual(["Release", "Release/tiny.node"]);
      expect((await readFile(join(built, "Release/tiny.node"))).includes(parent)).toBe(false);
      digests.push(await treeDigest(staged.workenv));
    }
    expect(digests[0]).toBe(digests[1]);
  });

  it("works with a bundle, where it stays a file", async () => {
    const folder = join(await writeProject(join(parent, "bundled"), ADDON), "app");
    const staged = await stage(folder, parent, { bundle: true });
    expect((await staged.run()).stdout).toBe("42\n");
  });

  it("is refused for another platform", async () => {
    const folder = join(await writeProject(join(parent, "cross"), ADDON), "app");
    const target = { os: HOST.os, arch: HOST.arch === "amd64" ? "arm64" : "amd64" } as const;
    await expect(stage(folder, parent, {}, { target })).rejects.toMatchObject({ code: "wheel-missing", message: expect.stringContaining("tiny-addon") as string });
  });

  it("that does not compile is one line", async () => {
    const folder = join(await writeProject(join(parent, "broken"), { ...ADDON, "addon/tiny.c": "this is not C\n" }), "app");
    await expect(stage(folder, parent)).rejects.toMatchObject({ code: "build-failed", message: expect.stringMatching(/^tiny-addon 1\.0\.0 does not build: .*error:[^\n]*$/u) as string });
  });
});

describe("addons that ship their binaries", () => {
  it("run, in the package itself (bcrypt) and in a platform package (@napi-rs/lzma)", async () => {
    const folder = await writeProject(join(parent, "shipped"), {
      "package.json": { name: "shipped", version: "1.0.0", type: "module", bin: "cli.js", dependencies: { bcrypt: "6.0.0", "@napi-rs/lzma": "1.4.5" } },
      "cli.js": 'import bcrypt from "bcrypt"; import { compressSync, decompressSync } from "@napi-rs/lzma/xz"; console.log(bcrypt.compareSync("a", bcrypt.hashSync("a", 4)), decompressSync(compressSync(Buffer.from("xz"))).toString());\n',
    });
    for (const bundle of [false, true]) {
      const { stdout, stderr } = await (await stage(folder, parent, { bundle })).run();
      expect({ stdout, stderr }).toEqual({ stdout: "true xz\n", stderr: "" });
    }
  });

  it("are those of the target", async () => {
    const folder = await writeProject(join(parent, "other"), { "package.json": { name: "other", version: "1.0.0", bin: "cli.js", dependencies: { "@napi-rs/lzma": "1.4.5" } }, "cli.js": 'require("@napi-rs/lzma");\n' });
    const staged = await stage(folder, parent, {}, { target: { os: "windows", arch: "amd64" } });
    expect((await readdir(join(staged.workenv, "app/node_modules/@napi-rs"))).sort()).toEqual(["lzma", "lzma-win32-x64-msvc"]);
    expect(staged.manifest.execution.argv[0]).toBe("{workenv}/runtime/bin/node.exe");
    expect((await readFile(join(staged.workenv, "runtime/bin/node.exe"))).subarray(0, 2).toString()).toBe("MZ");
  });
});

describe("better-sqlite3", () => {
  it("is compiled and answers a query", async () => {
    const folder = await writeProject(join(parent, "sqlite"), {
      "package.json": { name: "sqlite", version: "1.0.0", bin: "cli.js", dependencies: { "better-sqlite3": "12.11.1" } },
      "cli.js": 'const Database = require("better-sqlite3"); const db = new Database(":memory:"); db.exec("create table t (a)"); db.prepare("insert into t values (?)").run(process.argv[2]); console.log(db.prepare("select a from t").get().a);\n',
    });
    const { stdout, stderr } = await (await stage(folder, parent)).run(["it's in"]);
    expect({ stdout, stderr }).toEqual({ stdout: "it's in\n", stderr: "" });
  });
});
