import { describe, expect, it } from "vitest";
import { bootFileText, entryArgv, entryFileText, pathFileText, pythonText, wrapperText } from "../../../../src/packagers/python/bootstrap.js";

const entry = { name: "tool", target: { kind: "function", module: "pkg.cli", attribute: "main" } } as const;

describe("the bootstrap", () => {
  it("is started through the link beside which the search path lies", () => {
    expect(entryArgv(entry, "3.13")).toEqual(["{workenv}/bin/python3.13", "{workenv}/app/_flavor_entry.py", "tool"]);
    expect(pathFileText("3.13")).toBe("../runtime/lib/python3.13\n../runtime/lib/python3.13/lib-dynload\n../app\n../lib\n");
  });

  it("is told by options to be isolated where no such file is read", () => {
    expect(entryArgv(entry, "3.10")).toEqual(["{workenv}/bin/python3.10", "-I", "-S", "{workenv}/app/_flavor_entry.py", "tool"]);
    expect(entryFileText("3.10")).toContain("sys.path[:] =");
    expect(entryFileText("3.11")).not.toContain("sys.path");
  });

  it("starts a binary as it is", () => {
    expect(entryArgv({ name: "ruff", target: { kind: "binary", path: "bin/ruff" } }, "3.13")).toEqual(["{workenv}/app/bin/ruff"]);
  });

  it("is guarded for the children of multiprocessing", () => {
    expect(entryFileText("3.13").split("\n")[0]).toBe('if __name__ == "__main__":');
  });

  it("names entries, authorities and path files as Python literals", () => {
    const text = bootFileText({ entries: [entry, { name: "mod", target: { kind: "module", module: "pkg" } }], minor: "3.13", authorities: "/build/cert.pem", pathFiles: ["lib/x.pth"] });
    expect(text).toContain('    "tool": ("function", "pkg.cli", "main"),\n    "mod": ("module", "pkg"),\n');
    expect(text).toContain('AUTHORITIES = "/build/cert.pem"\nPATH_FILES = ["lib/x.pth"]\nINTERPRETER = "python3.13"\n');
  });

  it("has commands that find the package from their own path", () => {
    expect(wrapperText(entry, "3.13")).toBe('#!/bin/sh\nexec "${0%/*}/python3.13" "${0%/*}/../app/_flavor_entry.py" "tool" "$@"\n');
  });

  it("writes text as ASCII literals", () => {
    expect(pythonText('é"\\\n😀')).toBe('"\\U000000e9\\"\\\\\\n\\U0001f600"');
  });
});
