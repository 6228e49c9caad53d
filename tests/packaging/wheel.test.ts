/** One file, three ways: a program, a zip application, a wheel that pip installs without a network. */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { flavor, pack, run, workFolder, type Packed } from "./packing.js";

const folder = workFolder();
const cache = join(folder.path, "cache");
const program = join(folder.path, "python-cli.psp");
let packed: Packed;
beforeAll(() => {
  packed = pack("examples/python-cli", program, ["--wheel"]);
});
afterAll(() => {
  folder.remove();
});

function inVenv(name: string): string {
  const venv = join(folder.path, name);
  execFileSync("python3", ["-m", "venv", venv]);
  return join(venv, "bin");
}

describe("--wheel", () => {
  it("still is a package that verifies, and says under which name pip takes it", () => {
    expect(flavor(["verify", program]).status).toBe(0);
    expect(packed.wheelFileName).toMatch(/^python_cli-.*-py3-none-any\.whl$/);
    expect(readFileSync(program).subarray(-8).toString("utf8")).toBe("\u{1f4e6}\u{1fa84}");
  });

  it("runs as a program", () => {
    expect(run(program, ["greet", "World"], { cache })).toMatchObject({ status: 0, stdout: "Hello, World!\n", stderr: "" });
  });

  it("runs with python", () => {
    const done = spawnSync("python3", [program, "greet", "World"], { encoding: "utf8", cwd: "/" });
    expect(done).toMatchObject({ status: 0, stdout: "Hello, World!\n" });
  });

  it("installs with pip without a network, runs, and uninstalls cleanly", () => {
    const bin = inVenv("venv");
    const wheel = join(folder.path, packed.wheelFileName ?? "");
    copyFileSync(program, wheel);
    const before = readdirSync(join(bin, "..", "lib"), { recursive: true }).length;
    execFileSync(join(bin, "pip"), ["install", "--quiet", "--no-index", wheel]);
    expect(execFileSync(join(bin, "python-cli"), ["greet", "World"], { encoding: "utf8", cwd: "/" })).toBe("Hello, World!\n");
    expect(spawnSync(join(bin, "python-cli"), ["exit", "3"]).status).toBe(3);
    execFileSync(join(bin, "pip"), ["uninstall", "--quiet", "--yes", "python-cli"]);
    expect(readdirSync(bin)).not.toContain("python-cli");
    const after = readdirSync(join(bin, "..", "lib"), { recursive: true }).filter((name) => !String(name).includes("__pycache__"));
    expect(after.length).toBeLessThanOrEqual(before);
  });
});
