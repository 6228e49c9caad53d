import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stage, treeDigest, writeProject } from "./node-support.js";

let parent: string;
let root: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "node-workspace-"));
  root = await writeProject(join(parent, "root"), {
    "package.json": { name: "root", private: true, workspaces: ["packages/*"] },
    "tsconfig.base.json": { compilerOptions: { module: "NodeNext", outDir: "dist", rootDir: "src" } },
    // The same dependency in two versions, so that one lies in the project's own node_modules.
    "packages/cli/package.json": { name: "@my/cli", version: "1.0.0", type: "module", bin: { cli: "src/cli.ts" }, dependencies: { "@my/lib": "*", "is-number": "6.0.0" } },
    "packages/cli/src/cli.ts": 'import { odd } from "@my/lib";\nimport isNumber from "is-number";\nconsole.log(odd(3), isNumber("1"), import.meta.resolve("is-number").split("/").at(-3));\n',
    "packages/lib/package.json": { name: "@my/lib", version: "1.0.0", type: "module", exports: "./dist/index.js", dependencies: { "is-odd": "3.0.1", "is-number": "7.0.0" } },
    "packages/lib/tsconfig.json": { extends: "../../tsconfig.base.json", compilerOptions: { outDir: "dist", rootDir: "src" } },
    "packages/lib/src/index.ts": 'export { odd } from "./odd.js";\n',
    "packages/lib/src/odd.ts": 'import isOdd from "is-odd";\nexport function odd(n: number): boolean { return isOdd(n); }\n',
    "packages/other/package.json": { name: "@my/other", version: "1.0.0", dependencies: { "left-pad": "1.3.0" } },
  });
  execFileSync("npm", ["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: root, stdio: "ignore" });
});
afterAll(() => rm(parent, { recursive: true, force: true }));

describe.each([{ bundle: false }, { bundle: true }])("a project of a workspace, bundle: $bundle", ({ bundle }) => {
  it("is packed with the root's lock file, and with its unbuilt TypeScript sibling", async () => {
    const before = await treeDigest(root);
    const staged = await stage(join(root, "packages", "cli"), parent, { bundle });
    const { stdout, stderr } = await staged.run();
    expect({ stdout: stdout.split(" ").slice(0, 2).join(" "), stderr }).toEqual({ stdout: "true true", stderr: "" });
    expect(staged.notices.join("\n")).not.toContain("no lock file");
    const names = await readdir(staged.workenv, { recursive: true });
    expect(names.filter((name) => /left-pad|@my\/other|@my\/cli/u.test(name))).toEqual([]);
    expect(await treeDigest(root)).toBe(before);
  });
});
