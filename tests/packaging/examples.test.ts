/** The examples, packed and run with an empty environment: arguments and exit codes arrive unchanged. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pack, run, workFolder, type Packed } from "./packing.js";

const ARGUMENTS = ["a b", "", "'single'", '"double"', "new\nline", "\ttab", "$HOME `x` \\", "*", "--help-me", "Ünïcødé 名前", "é".repeat(2000)];
const EXIT_CODES = [0, 1, 3, 127, 255];
const folder = workFolder();
const cache = join(folder.path, "cache");
afterAll(() => {
  folder.remove();
});

describe.each([
  { name: "python-cli", limit: 16_000_000 },
  { name: "node-ts-cli", limit: 34_000_000 },
])("examples/$name", ({ name, limit }) => {
  const program = join(folder.path, `${name}.psp`);
  let packed: Packed;
  beforeAll(() => {
    packed = pack(`examples/${name}`, program);
  });

  it("is small enough", () => {
    expect(packed.size).toBeLessThanOrEqual(limit);
  });

  it("runs without an environment", () => {
    const result = run(program, ["greet", "World"], { cache });
    expect(result).toMatchObject({ status: 0, stderr: "" });
    expect(result.stdout).toContain("World");
  });

  it("gets its arguments unchanged", () => {
    const result = run(program, ["args", "--", ...ARGUMENTS], { cache });
    expect(result.status).toBe(0);
    const seen = JSON.parse(result.stdout) as string[];
    expect(seen.filter((word) => word !== "--")).toEqual(ARGUMENTS);
  });

  it.each(EXIT_CODES)("passes on exit code %d", (code) => {
    expect(run(program, ["exit", String(code)], { cache }).status).toBe(code);
  });

  it("passes on exit codes from a child process, too", () => {
    expect(run(program, ["exit", "3"], { cache, environment: { FLAVOR_EXEC_MODE: "spawn" } }).status).toBe(3);
  });

  it("is not led astray by its environment or its working directory", () => {
    const environment = { PYTHONPATH: "/nonexistent", PYTHONHOME: "/nonexistent", NODE_OPTIONS: "--require /nonexistent.js", NODE_PATH: "/nonexistent", PATH: folder.path };
    expect(run(program, ["greet", "World"], { cache, environment, cwd: folder.path })).toMatchObject({ status: 0, stderr: "" });
  });
});

describe("examples/shell-tool", () => {
  it("runs with its data files", () => {
    const program = join(folder.path, "shell-tool.psp");
    pack("examples/shell-tool", program);
    const result = run(program, [], { cache, environment: { PATH: "/usr/bin:/bin" } });
    expect(result).toMatchObject({ status: 0, stderr: "" });
    expect(result.stdout.length).toBeGreaterThan(0);
  });
});

it("leaves nothing in the cache but workenvs", () => {
  expect(existsSync(cache)).toBe(true);
  expect(readdirSync(cache)).toEqual(["workenv"]);
  const temporary = readdirSync(join(cache, "workenv"))
    .filter((name) => name.startsWith("."))
    .flatMap((name) => readdirSync(join(cache, "workenv", name, "tmp")));
  expect(temporary).toEqual([]);
});
