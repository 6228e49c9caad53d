/** The installable wheel: pip, several of them in one environment, and `python FILE`. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { findTool } from "../../src/runtimes/tool.js";
import { run, stageTree, temporaryFolder, writeProject, type Tree } from "./python-support.js";

const OTHER = { "pyproject.toml": '[project]\nname = "other.app"\nversion = "2-1"\ndescription = "Another"\n[project.scripts]\nother = "other:main"\n[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n', "other.py": 'import sys\ndef main():\n    print("other", sys.argv[1:])\n' };
const env = { PATH: process.env["PATH"] ?? "", HOME: temporaryFolder(), ...(process.env["PIP_CERT"] === undefined ? {} : { PIP_CERT: process.env["PIP_CERT"] }) };

describe("wheels of two packages", () => {
  let trees: Tree[];
  let python: string;
  let venv: string;
  const wheel = (index: number) => trees[index]?.staged.wheel?.file ?? "";
  const call = (...argv: string[]) => run(argv, { env, cwd: "/" });

  beforeAll(async () => {
    trees = [await stageTree(resolve("examples/python-cli"), { wheel: true }), await stageTree(writeProject(OTHER), { wheel: true })];
    python = (await findTool("python3", process.env)) ?? "python3";
    venv = join(temporaryFolder(), "venv");
    expect((await call(python, "-m", "venv", venv)).status).toBe(0);
  });

  it("are named and tagged for what is in them", () => {
    expect(trees.map(({ staged }) => staged.wheel?.fileName)).toEqual(["python_cli-1.2.3-py3-none-any.whl", "other_app-2.post1-py3-none-any.whl"]);
  });

  it("install without a network, run, and go one at a time", async () => {
    const pip = join(venv, "bin/pip");
    const installed = await call(pip, "install", "--quiet", "--no-index", wheel(0), wheel(1));
    expect(installed.status, installed.stderr).toBe(0);
    expect((await call(join(venv, "bin/python-cli"), "args", "a b", "")).stdout).toBe('["a b", ""]\n');
    expect((await call(join(venv, "bin/other"), "x")).stdout).toBe("other ['x']\n");
    expect((await call(pip, "check")).status).toBe(0);
    expect((await call(pip, "uninstall", "--quiet", "--yes", "other.app")).status).toBe(0);
    expect((await call(join(venv, "bin/python-cli"), "greet", "still")).stdout).toBe("Hello, still!\n");
    expect((await call(pip, "uninstall", "--quiet", "--yes", "python-cli")).status).toBe(0);
    const packages = join(venv, "lib", readdirSync(join(venv, "lib"))[0] ?? "", "site-packages");
    expect(readdirSync(packages).filter((name) => /flavor|python_cli|other|__main__\.py|click|rich/.test(name))).toEqual([]);
  });

  it("run by python FILE, unpacked once into the cache", async () => {
    const cache = temporaryFolder();
    const go = (...argv: string[]) => run(argv, { env: { ...env, FLAVOR_CACHE: cache }, cwd: "/" });
    expect((await go(python, wheel(0), "greet", "zip")).stdout).toBe("Hello, zip!\n");
    expect((await go(python, wheel(1), "y")).stdout).toBe("other ['y']\n");
    const places = readdirSync(join(cache, "zipapp"));
    expect(places.length).toBe(2);
    expect((await go(python, wheel(0), "exit", "3")).status).toBe(3);
    expect(readdirSync(join(cache, "zipapp"))).toEqual(places);
  });

  it("bring the same __main__.py, nothing at the top but private names, and no requirement", async () => {
    const list = await call(python, "-c", "import sys, zipfile\nfor path in sys.argv[1:]:\n    z = zipfile.ZipFile(path)\n    print(sorted({n.split('/')[0] for n in z.namelist()}), z.comment, len(z.read('__main__.py')), any(b'Requires-Dist' in z.read(n) for n in z.namelist() if n.count('/') == 1 and n.endswith('METADATA')), z.testzip())", wheel(0), wheel(1));
    const [first, second] = list.stdout.trim().split("\n");
    expect(first).toMatch(/^\['__main__\.py', '_flavor_python_cli', 'python_cli-1\.2\.3\.dist-info'\] b'' \d+ False None$/);
    expect(second?.split("b''")[1]).toBe(first?.split("b''")[1]);
  });

  it("are equal when made again", async () => {
    const again = await stageTree(resolve("examples/python-cli"), { wheel: true });
    expect(readFileSync(again.staged.wheel?.file ?? "").equals(readFileSync(wheel(0)))).toBe(true);
    expect(existsSync(wheel(0))).toBe(true);
  });
});

describe("a wheel with extension modules", () => {
  it("is tagged for one Python and platform, and says so to another", async () => {
    const tree = await stageTree(writeProject({ ...OTHER, "pyproject.toml": OTHER["pyproject.toml"].replace('description = "Another"', 'dependencies = ["markupsafe"]') }), { wheel: true });
    const minor = tree.staged.manifest.execution.argv[0]?.split("python")[1] ?? "";
    expect(tree.staged.wheel?.fileName).toMatch(new RegExp(`^other_app-2\\.post1-cp${minor.replace(".", "")}-cp${minor.replace(".", "")}-manylinux_2_\\d+_\\w+\\.whl$`));
    const python = (await findTool("python3", process.env)) ?? "";
    const result = await run([python, tree.staged.wheel?.file ?? "", "x"], { env, cwd: "/" });
    const same = (await run([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], { env, cwd: "/" })).stdout.trim() === minor;
    if (same) expect(result.stdout).toBe("other ['x']\n");
    else expect(result.stderr).toContain(`but Python >=${minor}`);
  });
});
