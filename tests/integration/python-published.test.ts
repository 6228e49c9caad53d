/** Published programs: `pypi:NAME`, and what is said when one cannot be had. */
import { createServer, type Server } from "node:http";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planPypi } from "../../src/packagers/python/index.js";
import { contextFor, runEntry, stageTree, temporaryFolder, writeProject, type Tree } from "./python-support.js";

describe("pypi:httpie", () => {
  let tree: Tree;
  let server: Server;
  let address: string;
  beforeAll(async () => {
    tree = await stageTree("pypi:httpie==3.2.4");
    server = createServer((request, response) => response.end(JSON.stringify({ path: request.url, agent: request.headers["user-agent"] })));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const bound = server.address();
    address = typeof bound === "object" && bound !== null ? `http://127.0.0.1:${bound.port.toString()}` : "";
  });
  afterAll(() => {
    server.close();
  });

  it("has the scripts of the program as entries, the first one being the default", () => {
    expect(tree.staged.manifest.package).toMatchObject({ name: "httpie", version: "3.2.4" });
    expect(tree.staged.manifest.execution.entry).toBe("http");
    expect(Object.keys(tree.staged.manifest.execution.entries ?? {}).sort()).toEqual(["http", "httpie", "https"]);
  });

  it("runs and asks a server", async () => {
    expect((await runEntry(tree, ["--version"], {})).stdout).toBe("3.2.4\n");
    const result = await runEntry(tree, ["--ignore-stdin", "--body", `${address}/a?b=c`], { env: { HOME: temporaryFolder() } });
    expect(JSON.parse(result.stdout)).toEqual({ path: "/a?b=c", agent: "HTTPie/3.2.4" });
  });

  it("keeps the program apart from its dependencies", () => {
    expect(existsSync(join(tree.workenv, "app/httpie"))).toBe(true);
    expect(existsSync(join(tree.workenv, "lib/requests"))).toBe(true);
    expect(existsSync(join(tree.workenv, "lib/httpie"))).toBe(false);
  });
});

describe("a program that is a binary in a wheel", () => {
  it("is started without Python", async () => {
    const tree = await stageTree("pypi:ruff");
    expect(tree.staged.manifest.execution.argv).toEqual(["{workenv}/app/bin/ruff"]);
    expect((await runEntry(tree, ["--version"])).stdout).toMatch(/^ruff \d/);
  });
});

describe("numpy and pandas", () => {
  it("run from a package", async () => {
    const code = 'import numpy, pandas\ndef main():\n    frame = pandas.DataFrame({"a": numpy.arange(4), "b": numpy.arange(4) ** 2})\n    print(int(frame["b"].sum()), numpy.linalg.inv(numpy.eye(2))[0, 0])\n    print(pandas.Timestamp("2024-07-01", tz="Europe/Paris").utcoffset())\n';
    const folder = writeProject({ "pyproject.toml": '[project]\nname = "frames"\nversion = "1"\ndependencies = ["numpy", "pandas", "tzdata"]\n[tool.flavor]\nentry = "frames:main"\n', "frames.py": code });
    const tree = await stageTree(folder);
    expect(await runEntry(tree, [])).toEqual({ status: 0, stdout: "14 1.0\n2:00:00\n", stderr: "" });
  });
});

describe("what cannot be had", () => {
  const stage = async (spec: string, options = {}) => (await planPypi(spec, options)).stage(contextFor(temporaryFolder()));

  it.each([
    ["a package that does not exist", "pypi:flavorpack-no-such-package-1", "dependency-unresolvable", "was not found in the package registry"],
    ["a version that does not exist", "pypi:rich>=9999", "dependency-unresolvable", "only rich<="],
    ["a version without a wheel for this Python", "pypi:tensorflow==1.0", "wheel-missing", "has no wheels with a matching Python ABI tag"],
    ["a package that does not build", "pypi:numpy==1.8.0", "wheel-missing", "Failed to build `numpy==1.8.0`"],
    ["a package without scripts", "pypi:rich", "entry-missing", "nothing to start"],
    ["an extra that does not exist", "pypi:httpie[nope]", "dependency-unresolvable", 'httpie has no extra "nope"'],
  ])("%s is one line with a code", async (_, spec, code, words) => {
    const failure: unknown = await stage(spec).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code });
    expect((failure as Error).message).toContain(words);
    expect((failure as Error).message).not.toContain("\n");
  });

  it("a Python that nobody has is refused before anything is fetched", async () => {
    await expect(planPypi("pypi:httpie", { python: "2.7" })).rejects.toMatchObject({ code: "runtime-missing" });
  });

  it("an offline build without the cache says what is missing", async () => {
    const context = contextFor(temporaryFolder(), { cacheDir: temporaryFolder(), offline: true, environment: { PATH: "/nowhere" } });
    await expect((await planPypi("pypi:httpie", {})).stage(context)).rejects.toMatchObject({ code: "runtime-missing" });
  });
});
