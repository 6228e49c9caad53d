import { unzipSync } from "fflate";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Installed } from "../../../../src/packagers/python/source.js";
import { writeWheel, type WheelContents } from "../../../../src/packagers/python/wheel.js";
import { pythonRange, wheelTag } from "../../../../src/packagers/python/wheel-tags.js";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "flavor-wheel-"));
  made.push(folder);
  return folder;
}

function installed(changes: { tags?: string[]; requiresPython?: string; requirements?: string[] } = {}): Installed {
  return { distInfo: "x-1.dist-info", metadata: { name: "x", version: "1", summary: undefined, requiresPython: changes.requiresPython, requirements: changes.requirements ?? [], extras: [] }, entryPoints: "", tags: changes.tags ?? ["py3-none-any"] };
}

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function contents(changes: Partial<WheelContents> = {}): WheelContents {
  return {
    name: "My.Tool",
    version: "1.0",
    description: "A\ntool",
    entries: [{ name: "my-tool", target: { kind: "function", module: "mytool", attribute: "main" } }],
    folders: [folderWith({ "mytool.py": "def main(): pass\n", "__pycache__/mytool.cpython-313.pyc": "x" }), folderWith({ "dep/__init__.py": "" })],
    resources: undefined,
    installed: [installed()],
    minor: "3.13",
    requiresPython: ">=3.10",
    pathFiles: [],
    ...changes,
  };
}

describe("writeWheel", () => {
  it("is a valid wheel with everything below one private folder, and no bytecode", async () => {
    const { file, fileName } = await writeWheel(contents(), folderWith({}));
    expect(fileName).toBe("my_tool-1.0-py3-none-any.whl");
    const bytes = readFileSync(file);
    const names = Object.keys(unzipSync(bytes)).sort();
    expect(names).toEqual(["__main__.py", "_flavor_my_tool/__init__.py", "_flavor_my_tool/lib/dep/__init__.py", "_flavor_my_tool/lib/mytool.py", "_flavor_my_tool/start.py", "my_tool-1.0.dist-info/METADATA", "my_tool-1.0.dist-info/RECORD", "my_tool-1.0.dist-info/WHEEL", "my_tool-1.0.dist-info/entry_points.txt"]);
    const text = (name: string) => Buffer.from(unzipSync(bytes)[name] ?? []).toString("utf8");
    expect(text("my_tool-1.0.dist-info/METADATA")).toBe("Metadata-Version: 2.1\nName: My.Tool\nVersion: 1.0\nSummary: A tool\nRequires-Python: >=3.10\n");
    expect(text("my_tool-1.0.dist-info/entry_points.txt")).toBe("[console_scripts]\nmy-tool = _flavor_my_tool.start:entry_0\n");
    expect(text("my_tool-1.0.dist-info/RECORD").split("\n").filter((line) => line !== "").map((line) => line.split(",")[0]).sort()).toEqual(names);
  });

  it("is a plain zip: empty comment, no zip64, all dates 1980-01-01", async () => {
    const { file } = await writeWheel(contents(), folderWith({}));
    const bytes = readFileSync(file);
    expect(bytes.readUInt32LE(bytes.length - 22)).toBe(0x06054b50);
    expect(bytes.readUInt16LE(bytes.length - 2)).toBe(0);
    expect(bytes.includes(Buffer.from([0x50, 0x4b, 6, 6]))).toBe(false);
    const centralAt = bytes.readUInt32LE(bytes.length - 6);
    expect(bytes.readUInt32LE(centralAt + 12)).toBe(0x00210000);
  });

  it("is the same bytes for the same contents", async () => {
    const input = contents();
    const [a, b] = [await writeWheel(input, folderWith({})), await writeWheel(input, folderWith({}))];
    expect(readFileSync(a.file).equals(readFileSync(b.file))).toBe(true);
  });

  it("keeps executable bits and resources, and is tagged for machine code", async () => {
    const folder = folderWith({ "bin/tool": "\x7fELF" });
    chmodSync(join(folder, "bin/tool"), 0o755);
    const { fileName, file } = await writeWheel(contents({ folders: [folder], resources: folderWith({ "a.txt": "1" }), entries: [{ name: "tool", target: { kind: "binary", path: "bin/tool" } }], installed: [installed({ tags: ["py3-none-manylinux_2_17_x86_64"] })] }), folderWith({}));
    expect(fileName).toBe("my_tool-1.0-cp313-cp313-manylinux_2_17_x86_64.whl");
    expect(Object.keys(unzipSync(readFileSync(file)))).toContain("_flavor_my_tool/resources/a.txt");
  });
});

describe("wheelTag", () => {
  it("asks for what the most demanding part asks for, of each part the least", () => {
    const parts = [installed({ tags: ["cp313-cp313-manylinux_2_28_x86_64", "cp313-cp313-manylinux2014_x86_64"] }), installed({ tags: ["cp313-cp313-manylinux_2_24_x86_64"] }), installed()];
    expect(wheelTag(parts, "3.13", true)).toBe("cp313-cp313-manylinux_2_24_x86_64");
    expect(wheelTag([...parts, installed({ tags: ["cp313-cp313-linux_x86_64"] })], "3.13", true)).toBe("cp313-cp313-linux_x86_64");
    expect(wheelTag([installed()], "3.13", false)).toBe("py3-none-any");
  });
});

describe("pythonRange", () => {
  it("begins where everything in it begins", () => {
    expect(pythonRange([installed({ requiresPython: ">=3.9" }), installed({ requiresPython: ">=3.10,<4" })], "3.13", ">=3.8", false)).toBe(">=3.10");
  });

  it("ends where a requirement begins that was not resolved for", () => {
    expect(pythonRange([installed({ requirements: ['tomli>=2; python_version < "3.11"'] })], "3.13", undefined, false)).toBe(">=3.11");
    expect(pythonRange([installed({ requirements: ['typing-extensions; python_version <= "3.11"'] })], "3.13", undefined, false)).toBe(">=3.12");
    expect(pythonRange([installed({ requirements: ['legacy-cgi; python_version >= "3.14"'] })], "3.13", ">=3.10", false)).toBe(">=3.10,<3.14");
    expect(pythonRange([installed()], "3.13", undefined, true)).toBe(">=3.13,<3.14");
  });
});
