/** Where dependencies come from: locks of several kinds, requirements files, extras, groups. */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { findTool, runTool } from "../../src/runtimes/tool.js";
import { contextFor, run, runEntry, stageTree, TEST_CACHE, temporaryFolder, writeProject } from "./python-support.js";

const PROJECT = `
[project]
name = "locked"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["idna>=3"]
[project.optional-dependencies]
more = ["click"]
[dependency-groups]
tools = ["mdurl"]
[project.scripts]
locked = "locked:main"
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
`;
const MODULE = 'import importlib.metadata as m\ndef main():\n    print(sorted(d.metadata["Name"] + " " + d.version for d in m.distributions()))\n';

let uv = "";
beforeAll(async () => {
  // staging anything puts uv into the cache
  await stageTree(writeProject({ "pyproject.toml": '[project]\nname = "none"\nversion = "1"\n[tool.flavor]\nentry = "none:main"\n', "none.py": "def main(): pass\n" }));
  uv = (await findTool("uv", process.env)) ?? join(TEST_CACHE, "tools/uv/uv");
});

const inFolder = (folder: string, args: string[]) => runTool(uv, args, { cwd: folder, environment: process.env, signal: new AbortController().signal });
const listed = async (folder: string, options = {}) => (await runEntry(await stageTree(folder, options), [])).stdout.trim();

describe("dependencies", () => {
  it("come from uv.lock when there is one, with extras and groups", async () => {
    const folder = writeProject({ "pyproject.toml": PROJECT, "src/locked/__init__.py": MODULE });
    writeFileSync(join(folder, "pyproject.toml"), `${PROJECT}\n[tool.uv]\nconstraint-dependencies = ["idna==3.4"]\n`);
    expect((await inFolder(folder, ["lock", "--quiet"])).status).toBe(0);
    writeFileSync(join(folder, "pyproject.toml"), PROJECT);
    expect(await listed(folder, { groups: ["tools"], extras: ["more"] })).toMatch(/^\['click [\d.]+', 'idna 3\.4', 'locked 1\.0', 'mdurl [\d.]+'\]$/);
    expect(await listed(folder, { ignoreLock: true })).not.toContain("idna 3.4'");
    expect(readdirSync(folder).sort()).toEqual(["pyproject.toml", "src", "uv.lock"]);
  });

  it("come from a workspace's lock, its members being built", async () => {
    const folder = writeProject({
      "pyproject.toml": '[tool.uv.workspace]\nmembers = ["packages/*"]\n',
      "packages/locked/pyproject.toml": `${PROJECT.replace('["idna>=3"]', '["idna>=3", "member"]')}\n[tool.uv.sources]\nmember = { workspace = true }\n`,
      "packages/locked/src/locked/__init__.py": MODULE,
      "packages/member/pyproject.toml": '[project]\nname = "member"\nversion = "2.0"\n[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n',
      "packages/member/src/member/__init__.py": "",
    });
    expect((await inFolder(folder, ["lock", "--quiet"])).status).toBe(0);
    expect(await listed(join(folder, "packages/locked"))).toMatch(/'locked 1\.0', 'member 2\.0'\]$/);
    rmSync(join(folder, "uv.lock"));
    expect(await listed(join(folder, "packages/locked"))).toMatch(/'locked 1\.0', 'member 2\.0'\]$/);
  });

  it("come from pylock.toml", async () => {
    const folder = writeProject({ "pyproject.toml": PROJECT, "src/locked/__init__.py": MODULE, "pins.in": "idna==3.5\n" });
    expect((await inFolder(folder, ["pip", "compile", "--quiet", "--format", "pylock.toml", "-o", "pylock.toml", "pins.in", "--python-version", "3.13"])).status).toBe(0);
    expect(await listed(folder)).toBe("['idna 3.5', 'locked 1.0']");
  });

  it("come from requirements files named in [tool.flavor], whose hashes are checked", async () => {
    const settings = '[tool.flavor]\nrequirements = ["requirements.txt"]\n';
    const wrong = writeProject({ "pyproject.toml": PROJECT + settings, "src/locked/__init__.py": MODULE, "requirements.txt": `idna==3.6 --hash=sha256:${"0".repeat(64)}\n` });
    await expect(stageTree(wrong)).rejects.toMatchObject({ code: "dependency-unresolvable" });
    const loose = writeProject({ "pyproject.toml": PROJECT + settings, "src/locked/__init__.py": MODULE, "requirements.txt": "idna<3.7\n" });
    expect(await listed(loose)).toBe("['idna 3.6', 'locked 1.0']");
  });

  it("are refused when the lock is of a tool that is not at hand", async () => {
    const folder = writeProject({ "pyproject.toml": PROJECT, "src/locked/__init__.py": MODULE, "poetry.lock": "" });
    const environment = { ...process.env, PATH: "/usr/bin:/bin" };
    await expect(stageTree(folder, {}, { environment })).rejects.toMatchObject({ code: "lock-unreadable", hint: expect.stringContaining("--ignore-lock") as string });
  });

  it("refuse an extra and a group that do not exist", async () => {
    const folder = writeProject({ "pyproject.toml": PROJECT, "src/locked/__init__.py": MODULE });
    await expect(stageTree(folder, { extras: ["moer"] })).rejects.toMatchObject({ code: "dependency-unresolvable", hint: "its extras are more" });
    await expect(stageTree(folder, { groups: ["toosl"] })).rejects.toMatchObject({ code: "dependency-unresolvable" });
  });
});

describe("the project itself", () => {
  it("is not built into a package when its backend fails", async () => {
    const folder = writeProject({ "pyproject.toml": '[project]\nname = "broken"\nversion = "1"\n[project.scripts]\nbroken = "broken:main"\n[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n', "setup.py": "raise RuntimeError('the backend says no')\n" });
    const failure: unknown = await stageTree(folder).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "build-failed" });
    expect((failure as Error).message).toContain("the backend says no");
  });

  it("takes its version from git tags when its backend does", async () => {
    const folder = writeProject({ "pyproject.toml": PROJECT.replace('version = "1.0"', 'dynamic = ["version"]').replace('["hatchling"]', '["hatchling", "hatch-vcs"]') + '[tool.hatch.version]\nsource = "vcs"\n', "src/locked/__init__.py": MODULE });
    const git = (...args: string[]) => run(["git", "-c", "user.name=x", "-c", "user.email=x@example.com", ...args], { env: { PATH: process.env["PATH"] ?? "", HOME: folder }, cwd: folder });
    await git("init", "-q");
    await git("add", ".");
    await git("commit", "-q", "-m", "x");
    await git("tag", "v7.8.9");
    expect((await stageTree(folder)).staged.manifest.package.version).toBe("7.8.9");
    expect((await git("status", "--short")).stdout).toBe("");
  });

  it("is staged nowhere when it was interrupted", async () => {
    const folder = writeProject({ "pyproject.toml": PROJECT, "src/locked/__init__.py": MODULE });
    await expect(stageTree(folder, {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "interrupted" });
    expect(contextFor(temporaryFolder()).offline).toBe(false);
  });
});
