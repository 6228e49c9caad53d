/** Programs from the registries, packed without a project, and ones that are hard to pack. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { flavor, pack, run, runAlongside, workFolder } from "./packing.js";

const folder = workFolder();
const cache = join(folder.path, "cache");
afterAll(() => {
  folder.remove();
});

describe("flavor pack pypi:httpie", () => {
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ path: request.url, agent: request.headers["user-agent"] }));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
  });

  it("makes ./http, which tells its version and talks to a server", async () => {
    const done = flavor(["pack", "pypi:httpie", "--json"], { cwd: folder.path });
    expect(done.status, done.stderr).toBe(0);
    const http = join(folder.path, "http");
    const version = run(http, ["--version"], { cache });
    expect(version).toMatchObject({ status: 0, stderr: "" });
    expect(version.stdout).toMatch(/^\d+\.\d+/);
    const answer = await runAlongside(http, ["--ignore-stdin", "--body", `${url}/some/path?x=1`], cache);
    expect(answer.stderr).toBe("");
    expect(JSON.parse(answer.stdout)).toMatchObject({ path: "/some/path?x=1", agent: expect.stringContaining("HTTPie") as string });
  });
});

describe("flavor pack npm:prettier@3", () => {
  it("makes ./prettier, which formats a file", () => {
    const done = flavor(["pack", "npm:prettier@3", "--json"], { cwd: folder.path });
    expect(done.status, done.stderr).toBe(0);
    const source = join(folder.path, "ugly.ts");
    writeFileSync(source, "const   a:number=1\nexport{a}");
    const result = run(join(folder.path, "prettier"), ["--write", source], { cache });
    expect(result).toMatchObject({ status: 0, stderr: "" });
    expect(readFileSync(source, "utf8")).toBe("const a: number = 1;\nexport { a };\n");
  });
});

describe("hard cases", () => {
  it("packs and runs a program with numpy and pandas", () => {
    const project = join(folder.path, "science");
    mkdirSync(join(project, "science"), { recursive: true });
    writeFileSync(join(project, "pyproject.toml"), '[project]\nname = "science"\nversion = "1"\ndependencies = ["numpy", "pandas"]\n[project.scripts]\nscience = "science:main"\n[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n');
    writeFileSync(join(project, "science", "__init__.py"), 'def main():\n    import numpy, pandas\n    frame = pandas.DataFrame({"x": numpy.arange(5)})\n    print(int(frame.x.sum()), float(numpy.trace(numpy.eye(3) * 2)))\n');
    const program = join(folder.path, "science.psp");
    pack(project, program);
    expect(run(program, [], { cache })).toMatchObject({ status: 0, stdout: "10 6.0\n", stderr: "" });
  });

  it("packs and runs a program with a native Node addon", () => {
    const project = join(folder.path, "native");
    mkdirSync(project, { recursive: true });
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "native", version: "1.0.0", type: "module", bin: "main.js", dependencies: { "better-sqlite3": "12" } }));
    writeFileSync(
      join(project, "main.js"),
      'import Database from "better-sqlite3";\nconst db = new Database(":memory:");\ndb.exec("create table t (x)");\nconst insert = db.prepare("insert into t values (?)");\nfor (let i = 1; i <= 10; i += 1) insert.run(i);\nconsole.log(db.prepare("select sum(x) s from t").get().s);\n',
    );
    const program = join(folder.path, "native.psp");
    pack(project, program);
    expect(run(program, [], { cache })).toMatchObject({ status: 0, stdout: "55\n", stderr: "" });
  });
});
