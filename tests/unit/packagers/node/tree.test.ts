import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cleanTree, removeSourceMaps } from "../../../../src/packagers/node/tree.js";
import { findWorkspace } from "../../../../src/packagers/node/workspace.js";

let folder: string;
let modules: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "node-tree-"));
  modules = join(folder, "project", "node_modules");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), path);
  }
}

const files = async () => (await readdir(modules, { withFileTypes: true, recursive: true })).filter((item) => !item.isDirectory()).map((item) => join(item.parentPath, item.name).slice(modules.length + 1)).sort();

describe("cleanTree", () => {
  it("removes what installers left, at every depth, and scopes that are empty", async () => {
    await write("project/node_modules/.package-lock.json", "project/node_modules/.bin/a", "project/node_modules/a/index.js", "project/node_modules/a/.bin/kept", "project/node_modules/a/node_modules/.bin/b", "project/node_modules/a/node_modules/b/index.js");
    await mkdir(join(modules, "@empty"));
    await cleanTree(modules, join(folder, "project"));
    expect(await files()).toEqual(["a/.bin/kept", "a/index.js", "a/node_modules/b/index.js"]);
    expect(await readdir(modules)).toEqual(["a"]);
  });

  it("makes copies of linked packages, also of those that they link to, and ends where links go in a circle", async () => {
    await write("one/index.js", "one/.git/config", "one/node_modules/.package-lock.json", "one/node_modules/own/index.js", "two/index.js", "project/package.json");
    await mkdir(modules, { recursive: true });
    await mkdir(join(folder, "two", "node_modules"));
    await symlink("../../one", join(modules, "one"));
    await symlink("../../two", join(folder, "one", "node_modules", "two"));
    await symlink("../../one", join(folder, "two", "node_modules", "one"));
    await symlink("..", join(modules, "project"));
    await symlink("../../nowhere", join(modules, "dangling"));
    await cleanTree(modules, join(folder, "project"));
    expect(await files()).toEqual(["one/index.js", "one/node_modules/own/index.js", "one/node_modules/two/index.js"]);
    expect(await readFile(join(folder, "one", "index.js"), "utf8")).toBe("one/index.js");
  });
});

describe("removeSourceMaps", () => {
  it("removes maps that lie beside their JavaScript, and nothing else that is called so", async () => {
    await write(...["a/x.js", "a/x.js.map", "a/y.mjs", "a/y.mjs.map", "a/alone.js.map", "a/europe.map", "a/z.css", "a/z.css.map"].map((path) => `project/node_modules/${path}`));
    await removeSourceMaps(modules);
    expect(await files()).toEqual(["a/alone.js.map", "a/europe.map", "a/x.js", "a/y.mjs", "a/z.css", "a/z.css.map"]);
  });
});

describe("findWorkspace", () => {
  it("finds the root that lists the project, past folders that do not", async () => {
    await write("root/packages/group/a/package.json", "root/packages/group/package.json", "root/elsewhere/package.json");
    await writeFile(join(folder, "root", "package.json"), JSON.stringify({ workspaces: { packages: ["packages/group/*"] } }));
    await writeFile(join(folder, "root", "packages", "group", "package.json"), "{}");
    expect(await findWorkspace(join(folder, "root", "packages", "group", "a"))).toMatchObject({ root: join(folder, "root"), member: "packages/group/a" });
    expect(await findWorkspace(join(folder, "root", "elsewhere"))).toBeUndefined();
  });
});
