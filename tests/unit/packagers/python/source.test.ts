import { existsSync, mkdirSync, mkdtempSync, rmSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cleanInstalled } from "../../../../src/packagers/python/install.js";
import { readProject } from "../../../../src/packagers/python/project.js";
import { copySources, parseMetadata } from "../../../../src/packagers/python/source.js";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "flavor-source-"));
  made.push(folder);
  return folder;
}

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

describe("copySources", () => {
  it("leaves out what is no source, and refers to the repository", async () => {
    const folder = folderWith({ "pyproject.toml": '[project]\nname = "x"\nversion = "1"\n', ".git/HEAD": "ref", "dist/x.whl": "", ".venv/bin/python": "", "x.egg-info/PKG-INFO": "", "x/build/__init__.py": "", "x/__pycache__/x.pyc": "", "x.psp": "" });
    const to = join(folderWith({}), "copy");
    await copySources(await readProject(folder), to);
    for (const gone of ["dist", ".venv", "x.egg-info", "x/__pycache__", "x.psp"]) expect(existsSync(join(to, gone)), gone).toBe(false);
    expect(existsSync(join(to, "x/build/__init__.py"))).toBe(true);
    expect(readFileSync(join(to, ".git"), "utf8")).toBe(`gitdir: ${join(folder, ".git")}\n`);
  });
});

describe("parseMetadata", () => {
  it("reads headers, and no header out of the description", () => {
    expect(parseMetadata("Metadata-Version: 2.1\nName: Demo\nVersion: 1.2\nSummary: A demo\nRequires-Python: >=3.9\nRequires-Dist: click>=8\nRequires-Dist: x ; extra == \"more\"\nProvides-Extra: more\n\nName: not this\n")).toEqual({ name: "Demo", version: "1.2", summary: "A demo", requiresPython: ">=3.9", requirements: ["click>=8", 'x ; extra == "more"'], extras: ["more"] });
  });
});

describe("cleanInstalled", () => {
  it("takes out records of the installation and made scripts, and moves data to the prefix", async () => {
    const folder = folderWith({
      "demo/__init__.py": "",
      "demo/__pycache__/x.pyc": "",
      "demo/unwanted.txt": "",
      "demo-1.dist-info/METADATA": "Name: demo\nVersion: 1\n",
      "demo-1.dist-info/RECORD": "",
      "demo-1.dist-info/direct_url.json": "{}",
      "demo-1.dist-info/entry_points.txt": "[console_scripts]\ndemo = demo:main\n",
      "bin/demo": "#!/somewhere/python\n",
      "bin/old": "#!/somewhere/bin/python3\nprint(1)\n",
      "bin/far": "#!/bin/sh\n'''exec' /a/very/long/path/python \"$0\" \"$@\"\n' '''\nprint(2)\n",
      "bin/native": "\x7fELF",
      "share/man/man1/demo.1": "manual",
    });
    const prefix = folderWith({});
    const loose = await cleanInstalled(folder, prefix, ["demo/*.txt"]);
    expect(loose).toEqual([
      { name: "far", kind: "script", path: "bin/far" },
      { name: "native", kind: "binary", path: "bin/native" },
      { name: "old", kind: "script", path: "bin/old" },
    ]);
    expect(readFileSync(join(folder, "bin/old"), "utf8")).toBe("#!/usr/bin/env python3\nprint(1)\n");
    expect(readFileSync(join(folder, "bin/far"), "utf8")).toBe("#!/usr/bin/env python3\nprint(2)\n");
    for (const gone of ["bin/demo", "demo/__pycache__", "demo/unwanted.txt", "demo-1.dist-info/RECORD", "demo-1.dist-info/direct_url.json", "share"]) expect(existsSync(join(folder, gone)), gone).toBe(false);
    expect(readFileSync(join(prefix, "share/man/man1/demo.1"), "utf8")).toBe("manual");
  });
});
