import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseTarget, type EntryTarget } from "../../../../src/packagers/python/entries.js";
import { requireModules } from "../../../../src/packagers/python/modules.js";

const root = mkdtempSync(join(tmpdir(), "flavor-modules-"));
const folders = ["app", "lib"].map((name) => join(root, name));
beforeAll(() => {
  for (const path of ["app/single.py", "app/pkg/__init__.py", "app/pkg/cli.py", "app/pkg/__main__.py", "lib/native.cpython-313-x86_64-linux-gnu.so", "lib/stable.abi3.so", "lib/space/part/run.py", "lib/plain/__init__.py", "app/space/other.py", "app/singled.txt"]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), "");
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const check = (text: string) => requireModules([{ name: "tool", target: parseTarget(text) as EntryTarget }], folders);

describe("requireModules", () => {
  it.each(["single:main", "pkg:main", "pkg.cli:main", "native:run", "stable:run", "space.part.run:main", "space:x", "-m single", "-m pkg", "-m pkg.cli", "-m native"])("finds what %s names", async (text) => {
    await expect(check(text)).resolves.toBeUndefined();
  });

  it.each(["gone:main", "pkg.gone:main", "single.main:main", "singl:main", "singled:main", "-m plain", "-m space", "space.gone.run:main"])("says what %s lacks", async (text) => {
    await expect(check(text)).rejects.toMatchObject({ code: "entry-missing", message: expect.stringMatching(/^entry "tool" runs .*have a module /) as string });
  });

  it("has nothing to say of scripts and programs that are files", async () => {
    await expect(requireModules([{ name: "a", target: { kind: "script", path: "bin/a" } }, { name: "b", target: { kind: "binary", path: "bin/b" } }], folders)).resolves.toBeUndefined();
  });
});
