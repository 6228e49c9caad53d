/** Stages a Python program and lays its slots out as a launcher would, so that the packager can be tested without builder and launcher. */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import { silentProgress, type Progress } from "../../src/builder/progress.js";
import { hostPlatform } from "../../src/format/platform.js";
import type { PackContext, PackOptions, StagedPackage } from "../../src/packagers/plan.js";
import { planPypi, planPythonProject } from "../../src/packagers/python/index.js";

/** Runtimes and tools are fetched once for all tests of a user. */
export const TEST_CACHE = process.env["FLAVOR_TEST_CACHE"] ?? join(tmpdir(), `flavor-test-cache-${userInfo().uid.toString()}`);

export interface Tree {
  readonly staged: StagedPackage;
  /** The workenv: a path with a space and a letter outside ASCII. */
  readonly workenv: string;
  readonly notices: readonly string[];
}

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const made: string[] = [];

/** A folder that goes when the tests of the file are over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "flavor-python-"));
  made.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

export function contextFor(stagingDir: string, changes: Partial<PackContext> = {}): PackContext {
  return { stagingDir, cacheDir: TEST_CACHE, target: hostPlatform(process.platform, process.arch), offline: false, sourceDateEpoch: undefined, environment: process.env, progress: silentProgress, signal: new AbortController().signal, ...changes };
}

/** Stage a project's folder or a `pypi:` program. */
export async function stageTree(what: string, options: PackOptions = {}, changes: Partial<PackContext> = {}): Promise<Tree> {
  const notices: string[] = [];
  const progress: Progress = { ...silentProgress, notice: (text) => notices.push(text), warn: (text) => notices.push(text) };
  const plan = what.startsWith("pypi:") ? await planPypi(what, options) : await planPythonProject(what, options);
  const staged = await plan.stage(contextFor(temporaryFolder(), { progress, ...changes }));
  const workenv = join(temporaryFolder(), "work énv");
  for (const slot of staged.manifest.slots) cpSync(slot.source, join(workenv, slot.target), { recursive: true, verbatimSymlinks: true });
  return { staged, workenv, notices };
}

/** Run an entry with an empty environment, or with the variables given. */
export function runEntry(tree: Tree, args: readonly string[], options: { entry?: string; env?: Record<string, string>; cwd?: string } = {}): Promise<Result> {
  const { execution } = tree.staged.manifest;
  const argv = (options.entry === undefined ? execution.argv : (execution.entries?.[options.entry]?.argv ?? [])).map((word) => word.replaceAll("{workenv}", tree.workenv));
  const env = Object.fromEntries(Object.entries(execution.env).map(([name, value]) => [name, value.replaceAll("{workenv}", tree.workenv)]));
  return run([...argv, ...args], { env: { ...env, ...options.env }, cwd: options.cwd ?? "/" });
}

export function run(argv: readonly string[], options: { env: Record<string, string>; cwd: string }): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0] ?? "", argv.slice(1), { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", reject);
    child.on("close", (status) => {
      resolve({ status, stdout: Buffer.concat(out).toString("utf8"), stderr: Buffer.concat(err).toString("utf8") });
    });
  });
}

/** Write a project: relative paths and texts. */
export function writeProject(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}
