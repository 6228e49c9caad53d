import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findLock } from "../../../../src/packagers/node/lock.js";
import { localFolders } from "../../../../src/packagers/node/local-packages.js";
import { describeProject, readProject } from "../../../../src/packagers/node/project.js";
import { readSettings } from "../../../../src/packagers/node/settings.js";
import { isolate } from "../../../../src/packagers/node/isolation.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "node-project-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("readProject", () => {
  it("reads name, version, programs in file order, type, engines and dependencies", async () => {
    const document = {
      name: "@scope/tool", version: "1.2.3", description: "d", type: "module", engines: { node: ">=20" }, bin: { zeta: "./z.js", "@scope/alpha": "lib/../a.js" }, main: "index.js",
      dependencies: { a: "1" }, optionalDependencies: { b: "2" }, devDependencies: { c: "3" }, allowScripts: { "x@1.0.0": true, "@s/y": false },
    };
    await writeFile(join(folder, "package.json"), `\uFEFF${JSON.stringify(document)}`);
    expect(await readProject(folder)).toMatchObject({
      name: "@scope/tool", version: "1.2.3", publishable: true, type: "module", engines: ">=20", bins: [{ name: "zeta", file: "z.js" }, { name: "alpha", file: "a.js" }],
      dependencies: { a: "1", b: "2" }, approvedScripts: { x: true, "@s/y": false },
    });
  });

  it("gives a nameless project its folder's name, and names a single program after the package", () => {
    expect(describeProject({ bin: "cli.js" }, "/x/My Tool")).toMatchObject({ name: "my-tool", version: "0.0.0", publishable: false, bins: [{ name: "my-tool", file: "cli.js" }] });
    expect(describeProject({ name: "@a/b", bin: "./cli.js" }, "/x").bins).toEqual([{ name: "b", file: "cli.js" }]);
  });

  it.each([
    ["{", "manifest-invalid"],
    ["[]", "manifest-invalid"],
    ['{"version": 3}', "manifest-invalid"],
    ['{"name":"a","bin": 3}', "manifest-invalid"],
    ['{"name":"a","bin": {"x": ""}}', "manifest-invalid"],
    ['{"name":"a","bin": "../../outside.js"}', "manifest-invalid"],
    ['{"flavor": {"bundel": true}}', "manifest-key-unknown"],
  ])("refuses %s as %s", async (text, code) => {
    await writeFile(join(folder, "package.json"), text);
    await expect(readProject(folder)).rejects.toMatchObject({ code });
  });

  it("says when there is none", async () => {
    await expect(readProject(folder)).rejects.toMatchObject({ code: "manifest-missing" });
  });
});

describe("readSettings", () => {
  it("fills in every default", () => {
    expect(readSettings(undefined, "package.json")).toEqual({
      entry: undefined, node: undefined, bundle: false, external: [], include: [], exclude: [], resources: [], scripts: [], env: {}, runtimeEnv: { unset: [], pass: [], map: {}, set: {} }, sequence: 0,
    });
  });

  it.each([
    [{ bundel: true }, "flavor.bundel", "did you mean bundle?"],
    [{ entires: "x" }, "flavor.entires", "did you mean entry?"],
    [{ runtime: { environment: {} } }, "flavor.runtime.environment", "the keys here are env"],
    [{ runtime: { env: { unsets: [] } } }, "flavor.runtime.env.unsets", "did you mean unset?"],
  ])("names the nearest key for %j", (value, key, hint) => {
    const refuse = () => readSettings(value, "package.json");
    expect(refuse).toThrow(expect.objectContaining({ code: "manifest-key-unknown", message: `package.json: ${key} is not a key`, hint }) as Error);
  });

  it.each([{ bundle: "yes" }, { include: "x" }, { env: { A: 1 } }, { sequence: -1 }, { sequence: 1.5 }, { entry: "" }, { runtime: 1 }, []])("refuses %j", (value) => {
    expect(() => readSettings(value, "package.json")).toThrow(expect.objectContaining({ code: "manifest-invalid" }) as Error);
  });
});

describe("isolate", () => {
  it("drops what loads other code, adds the project's wishes, and keeps what users set for programs", () => {
    const { unset = [], pass, set, map } = isolate({ unset: ["MINE", "NODE_OPTIONS"], pass: ["NODE_PATH"], set: { A: "b" } });
    expect(unset).toEqual(expect.arrayContaining(["NODE_OPTIONS", "NODE_PATH", "npm_package_*", "ELECTRON_RUN_AS_NODE", "MINE"]));
    expect(unset.filter((name) => name === "NODE_OPTIONS")).toHaveLength(1);
    expect(unset).not.toEqual(expect.arrayContaining(["NODE_ENV"]));
    expect(unset).not.toEqual(expect.arrayContaining(["NODE_EXTRA_CA_CERTS"]));
    expect({ pass, set, map }).toEqual({ pass: ["NODE_PATH"], set: { A: "b" }, map: undefined });
  });
});

describe("findLock", () => {
  it("takes npm's own first, then pnpm, yarn, bun", async () => {
    expect(await findLock(folder)).toBeUndefined();
    for (const [file, kind] of [["bun.lock", "bun"], ["yarn.lock", "yarn"], ["pnpm-lock.yaml", "pnpm"], ["package-lock.json", "npm"], ["npm-shrinkwrap.json", "npm"]] as const) {
      await writeFile(join(folder, file), "");
      expect(await findLock(folder)).toEqual({ kind, file });
    }
  });
});

describe("localFolders", () => {
  it("finds file: dependencies, what they need, and workspaces", async () => {
    const write = async (path: string, document: object) => {
      await mkdir(join(folder, path), { recursive: true });
      await writeFile(join(folder, path, "package.json"), JSON.stringify(document));
    };
    await write("app/packages/one", {});
    await write("app/packages/two", {});
    await write("app/other", {});
    await write("lib", { dependencies: { deeper: "file:../deeper" } });
    await write("deeper", { dependencies: { lib: "file:../lib" } });
    const document = { workspaces: ["packages/*", "!packages/two"], dependencies: { lib: "file:../lib", registry: "^1", missing: "file:./missing" } };
    expect(await localFolders(join(folder, "app"), document)).toEqual(["../deeper", "../lib", "packages/one"]);
  });
});
