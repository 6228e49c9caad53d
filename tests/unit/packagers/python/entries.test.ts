import { describe, expect, it } from "vitest";
import { chooseEntries, parseEntryPoints, parseTarget, scriptEntries } from "../../../../src/packagers/python/entries.js";

const scripts = scriptEntries([{ name: "one", target: "pkg.cli:main" }, { name: "two", target: "pkg:app.run [extra]" }], "project.scripts");
const choice = { projectName: "pkg", scripts, more: {}, wanted: undefined };

describe("parseTarget", () => {
  it.each([
    ["pkg.cli:main", { kind: "function", module: "pkg.cli", attribute: "main" }],
    ["pkg : obj.method", { kind: "function", module: "pkg", attribute: "obj.method" }],
    ["-m pkg.tool", { kind: "module", module: "pkg.tool" }],
    ["-mpkg", { kind: "module", module: "pkg" }],
    ["paquet_é:départ", { kind: "function", module: "paquet_é", attribute: "départ" }],
  ])("understands %s", (text, target) => {
    expect(parseTarget(text)).toEqual(target);
  });

  it.each(["pkg", "pkg:", ":main", "pkg:main()", "pkg;import os:main", "-m pkg:main", "1pkg:main", ""])("refuses %j", (text) => {
    expect(parseTarget(text)).toBeUndefined();
  });
});

describe("chooseEntries", () => {
  it("takes the first script in file order for the default", () => {
    expect(chooseEntries(choice).map(({ name }) => name)).toEqual(["one", "two"]);
  });

  it("puts the wanted script first", () => {
    expect(chooseEntries({ ...choice, wanted: "two" }).map(({ name }) => name)).toEqual(["two", "one"]);
  });

  it("gives a function or module the project's name", () => {
    expect(chooseEntries({ ...choice, wanted: "-m pkg" })[0]).toEqual({ name: "pkg", target: { kind: "module", module: "pkg" } });
    expect(chooseEntries({ ...choice, scripts: [], wanted: "pkg:go" }).map(({ name }) => name)).toEqual(["pkg"]);
  });

  it("adds the entries of the settings after the scripts", () => {
    expect(chooseEntries({ ...choice, more: { three: "-m pkg.three" } }).map(({ name }) => name)).toEqual(["one", "two", "three"]);
  });

  it("says what there is when the wanted one is missing, or when there is nothing", () => {
    expect(() => chooseEntries({ ...choice, wanted: "oen" })).toThrow(expect.objectContaining({ code: "entry-missing", hint: expect.stringContaining("one, two") as string }));
    expect(() => chooseEntries({ ...choice, scripts: [] })).toThrow(expect.objectContaining({ code: "entry-missing", hint: expect.stringContaining("--entry") as string }));
  });

  it.each(["a/b", "..", "", "lib", "python3.13", "python3"])("refuses %j as the name of a command", (name) => {
    expect(() => chooseEntries({ ...choice, scripts: [{ name, target: { kind: "module", module: "m" } }] })).toThrow(expect.objectContaining({ code: "entry-missing" }));
  });
});

describe("parseEntryPoints", () => {
  it("reads console and GUI scripts in file order, and nothing else", () => {
    const text = "[console_scripts]\nb = pkg:b\na=pkg:a [x]\n\n# note\n[gui_scripts]\nwindow = pkg.gui:main\n[pkg.plugins]\nno = pkg:no\n";
    expect(parseEntryPoints(text)).toEqual([{ name: "b", target: "pkg:b" }, { name: "a", target: "pkg:a [x]" }, { name: "window", target: "pkg.gui:main" }]);
  });
});
