/** Staging a Node program and laying its slots out as the launcher would, for the node*.test.ts files. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { silentProgress, type Progress } from "../../src/builder/progress.js";
import { hostPlatform, type Platform } from "../../src/format/platform.js";
import type { Manifest } from "../../src/manifest/manifest.js";
import { planNodeProject, planNpm } from "../../src/packagers/node/index.js";
import type { PackContext, PackOptions } from "../../src/packagers/plan.js";

export const HOST: Platform = hostPlatform(process.platform, process.arch);
/** Shared by the runs, so that Node is fetched once. */
const CACHE = join(tmpdir(), `flavor-node-tests-${String(process.getuid?.() ?? 0)}`);

export interface Staged {
  readonly manifest: Manifest;
  /** Where the slots were laid out; has a space and letters outside ASCII in it. */
  readonly workenv: string;
  readonly notices: readonly string[];
  /** Run the default entry, or another one, with an empty environment. */
  run(args?: readonly string[], options?: { readonly entry?: string; readonly environment?: Readonly<Record<string, string>>; readonly cwd?: string; readonly input?: string }): Promise<Outcome>;
}

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function packContext(stagingDir: string, changes: Partial<PackContext> = {}): PackContext {
  return {
    stagingDir,
    cacheDir: CACHE,
    target: HOST,
    offline: false,
    sourceDateEpoch: undefined,
    environment: { PATH: process.env["PATH"], HOME: homedir() },
    progress: silentProgress,
    signal: new AbortController().signal,
    ...changes,
  };
}

/** @param source - a folder, or `npm:NAME@VERSION`. */
export async function stage(source: string, parent: string, options: PackOptions = {}, changes: Partial<PackContext> = {}): Promise<Staged> {
  const stagingDir = await mkdtemp(join(parent, "staging-"));
  await mkdir(CACHE, { recursive: true });
  const notices: string[] = [];
  const progress: Progress = { ...silentProgress, notice: (text) => notices.push(text), warn: (text) => notices.push(text) };
  const context = packContext(stagingDir, { progress, ...changes });
  const plan = source.startsWith("npm:") ? await planNpm(source, options, context) : await planNodeProject(source, options);
  const { manifest } = await plan.stage(context);
  const workenv = join(await mkdtemp(join(parent, "laid out ")), "wörk envé");
  for (const slot of manifest.slots) await cp(slot.source, join(workenv, slot.target), { recursive: true, verbatimSymlinks: true });
  await rm(stagingDir, { recursive: true });
  return {
    manifest,
    workenv,
    notices,
    run: (args = [], { entry, environment = {}, cwd, input } = {}) => {
      const argv = entry === undefined ? manifest.execution.argv : (manifest.execution.entries?.[entry]?.argv ?? []);
      const [program = "", ...words] = argv.map((word) => word.replaceAll("{workenv}", workenv));
      return new Promise((resolve, reject) => {
        const child = execFile(program, [...words, ...args], { env: environment, cwd: cwd ?? parent, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
          if (error !== null && typeof error.code !== "number") reject(new Error(error.message, { cause: error }));
          else resolve({ status: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
        });
        child.stdin?.end(input ?? "");
      });
    },
  };
}

/** Write a project: path to content; objects become JSON. */
export async function writeProject(folder: string, files: Readonly<Record<string, string | object>>): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), typeof content === "string" ? content : `${JSON.stringify(content, undefined, 2)}\n`);
  }
  return folder;
}

/** @returns one digest over paths, executable bits, links and content below a folder. */
export async function treeDigest(folder: string): Promise<string> {
  const hash = createHash("sha256");
  const items = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = items.map((item) => ({ item, path: join(item.parentPath, item.name) })).sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const { item, path } of paths) {
    hash.update(`${path.slice(folder.length)}\0`);
    if (item.isSymbolicLink()) hash.update(await readlink(path));
    else if (item.isFile()) hash.update(`${((await stat(path)).mode & 0o100).toString()}\0`).update(await readFile(path));
  }
  return hash.digest("hex");
}
