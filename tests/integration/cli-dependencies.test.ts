import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { flavor, leftBehind, makeFolder, put } from "./cli-runner.js";

/** These ask the registries, through uv and npm, with the settings of whoever runs the tests. */
const environment = Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined || /^(FLAVOR_|HOME$|XDG_|FORCE_COLOR$|NO_COLOR$)/.test(name) ? [] : [[name, value]])));

describe("flavor pack refuses dependencies that do not exist", () => {
  it("in pyproject.toml, with the resolver's reason", async () => {
    const work = makeFolder();
    put(join(work, "pyproject.toml"), '[project]\nname = "x"\nversion = "1"\ndependencies = ["click==999"]\n[project.scripts]\nx = "x:main"\n');
    put(join(work, "x", "__init__.py"), "def main(): pass\n");
    const before = readdirSync(work);
    const run = await flavor(["pack", "."], { cwd: work, environment });
    expect(run.stderr).toMatch(/click==999.*\[dependency-unresolvable\]/);
    expect(run).toMatchObject({ status: 108, stdout: "" });
    expect(leftBehind(work, before)).toEqual([]);
  });

  it("in package.json", async () => {
    const work = makeFolder();
    put(join(work, "package.json"), '{"name":"x","version":"1.0.0","bin":"x.js","dependencies":{"commander":"999.0.0"}}');
    put(join(work, "x.js"), "console.log(1)\n");
    const before = readdirSync(work);
    const run = await flavor(["pack", "."], { cwd: work, environment });
    expect(run.stderr).toMatch(/commander@999\.0\.0.*\[dependency-unresolvable\]/);
    expect(run).toMatchObject({ status: 108, stdout: "" });
    expect(leftBehind(work, before)).toEqual([]);
  });
});
