import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { planPypi, planPythonProject } from "../../../../src/packagers/python/index.js";
import { readProject } from "../../../../src/packagers/python/project.js";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "flavor-project-"));
  made.push(folder);
  return folder;
}

function project(text: string, files: Readonly<Record<string, string>> = {}): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries({ "pyproject.toml": text, ...files })) writeFileSync(join(folder, name), content);
  return folder;
}

const PLAIN = '[project]\nname = "plain"\nversion = "1.0"\n';
const SCRIPTS = `${PLAIN}[project.scripts]\nzeta = "plain:zeta"\nalpha = "plain:alpha"\n[project.gui-scripts]\nwindow = "plain:window"\n`;

describe("readProject", () => {
  it("keeps scripts in file order, GUI scripts after them", async () => {
    expect((await readProject(project(SCRIPTS))).scripts.map(({ name }) => name)).toEqual(["zeta", "alpha", "window"]);
  });

  it("reads the example", async () => {
    expect(await readProject(resolve("examples/python-cli"))).toMatchObject({ name: "python-cli", version: "1.2.3", requiresPython: ">=3.10", isBuilt: true, scriptsAreDynamic: false });
  });

  it("takes the minor version of .python-version", async () => {
    expect((await readProject(project(SCRIPTS, { ".python-version": "# ours\n3.12.4\n" }))).pinnedPython).toBe("3.12");
    expect((await readProject(project(SCRIPTS, { ".python-version": "pypy3.10\n" }))).pinnedPython).toBeUndefined();
  });

  it("knows a project whose tables are those of another tool", async () => {
    expect(await readProject(project('[tool.poetry]\nname = "verse"\n[build-system]\nrequires = ["poetry-core"]\n'))).toMatchObject({ name: "verse", version: undefined, scriptsAreDynamic: true, isBuilt: true });
  });

  it.each([
    ["a misspelt key", `${PLAIN}[tool.flavor]\nentyr = "a:b"\n`, "manifest-key-unknown", /tool\.flavor\.entyr is not a key/, "did you mean entry?"],
    ["a misspelt key further in", `${PLAIN}[tool.flavor.runtime.env]\nunsett = []\n`, "manifest-key-unknown", /tool\.flavor\.runtime\.env\.unsett/, "did you mean unset?"],
    ["a key like no other", `${PLAIN}[tool.flavor]\nzzzzzzzzz = 1\n`, "manifest-key-unknown", /zzzzzzzzz/, /the keys here are entry, entries/],
    ["a wrong type", `${PLAIN}[tool.flavor]\ntrim = "no"\n`, "manifest-invalid", /tool\.flavor\.trim: expected true or false, found "no"/, undefined],
    ["a wrong type in a list", `${PLAIN}[tool.flavor]\nextras = [1]\n`, "manifest-invalid", /tool\.flavor\.extras\[0\]/, undefined],
    ["a level that does not exist", `${PLAIN}[tool.flavor.verification]\nminimum_level = "loose"\n`, "manifest-invalid", /one of none/, undefined],
    ["broken TOML", "[project\n", "manifest-invalid", /pyproject\.toml:1:/, undefined],
    ["no name", "[project]\nversion = '1'\n", "manifest-invalid", /project\.name is missing/, /add \[project\]/],
    ["a name that is a path", '[project]\nname = "../x"\n', "manifest-invalid", /is not a package name/, undefined],
  ])("refuses %s", async (_, text, code, words, hint) => {
    const failure: unknown = await readProject(project(text)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code });
    expect((failure as Error).message).toMatch(words);
    expect((failure as Error).message).not.toContain("\n");
    if (hint !== undefined) expect((failure as { hint?: string }).hint).toMatch(hint);
  });
});

describe("planPythonProject", () => {
  it("plans without downloading anything", async () => {
    const plan = await planPythonProject(resolve("examples/python-cli"), {});
    expect(plan).toMatchObject({ kind: "python", name: "python-cli", version: "1.2.3", entries: ["python-cli", "python-cli-info"], runtime: "CPython 3.13", outputName: "python-cli.psp" });
    expect(plan.slots.map(({ id }) => id)).toEqual(["runtime", "dependencies", "application"]);
  });

  it("chooses a Python that fits requires-python", async () => {
    expect((await planPythonProject(project(SCRIPTS.replace("[project.scripts]", 'requires-python = "<3.12"\n[project.scripts]')), {})).runtime).toBe("CPython 3.11");
    expect((await planPythonProject(project(SCRIPTS, { ".python-version": "3.12\n" }), {})).runtime).toBe("CPython 3.12");
    expect((await planPythonProject(project(SCRIPTS, { ".python-version": "3.12\n" }), { python: "3.10" })).runtime).toBe("CPython 3.10");
  });

  it("refuses at once what cannot come true", async () => {
    await expect(planPythonProject(project(PLAIN), {})).rejects.toMatchObject({ code: "entry-missing" });
    await expect(planPythonProject(project(SCRIPTS), { entry: "nope" })).rejects.toMatchObject({ code: "entry-missing" });
    await expect(planPythonProject(project(SCRIPTS.replace("[project.scripts]", 'requires-python = ">=3.99"\n[project.scripts]')), {})).rejects.toMatchObject({ code: "runtime-missing" });
    await expect(planPythonProject(project(SCRIPTS.replace("[project.scripts]", 'requires-python = ">=3.11"\n[project.scripts]')), { python: "3.10" })).rejects.toMatchObject({ code: "runtime-missing" });
    const empty = temporaryFolder();
    mkdirSync(join(empty, "src"));
    await expect(planPythonProject(empty, {})).rejects.toMatchObject({ code: "manifest-missing" });
  });
});

describe("planPypi", () => {
  it.each([
    ["pypi:httpie", { name: "httpie", version: undefined, outputName: undefined }],
    ["httpie==3.2.4", { name: "httpie", version: "3.2.4" }],
    ["pypi:httpie@3.2.4", { name: "httpie", version: "3.2.4" }],
    ["pypi:rich[jupyter] >=13", undefined],
    ["pypi:rich[jupyter]>=13,<14", { name: "rich", version: undefined }],
  ])("reads %s", async (spec, expected) => {
    if (expected === undefined) await expect(planPypi(spec, {})).rejects.toMatchObject({ code: "usage" });
    else expect(await planPypi(spec, {})).toMatchObject(expected);
  });

  it.each(["pypi:", "pypi:a b", "pypi:http://x", "pypi:-x", "pypi:x;y"])("refuses %j", async (spec) => {
    await expect(planPypi(spec, {})).rejects.toMatchObject({ code: "usage" });
  });
});
