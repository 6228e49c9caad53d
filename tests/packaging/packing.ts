/** Packing with the real CLI and running the result as a user would: from another folder, with an empty environment. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const CHECKOUT = resolve(".");
export const CLI = join(CHECKOUT, "dist", "js", "cli", "main.js");

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder for one test file, with a space and letters beyond ASCII in its name. */
export function workFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "pack Ünïcødé "));
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Runs `flavor`; the cache for downloads is the caller's own, so that runtimes are fetched once. */
export function flavor(args: readonly string[], options: { readonly cwd?: string; readonly environment?: Readonly<Record<string, string>> } = {}): Run {
  const done = spawnSync(process.execPath, [CLI, ...args], { cwd: options.cwd ?? CHECKOUT, env: { ...process.env, ...options.environment }, encoding: "utf8", maxBuffer: 1 << 28 });
  return { status: done.status, stdout: done.stdout, stderr: done.stderr };
}

export interface Packed {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly wheelFileName?: string;
}

/** Packs, or throws with what the CLI said. */
export function pack(source: string, output: string, args: readonly string[] = [], environment: Readonly<Record<string, string>> = {}): Packed {
  const done = flavor(["pack", source, "-o", output, "--json", ...args], { environment });
  if (done.status !== 0) throw new Error(`flavor pack ${source}: status ${done.status}: ${done.stderr}`);
  return JSON.parse(done.stdout) as Packed;
}

/** Runs a package with nothing in its environment but a cache, as `env -i` does. */
export function run(program: string, args: readonly string[], options: { readonly cache: string; readonly environment?: Readonly<Record<string, string>>; readonly cwd?: string; readonly input?: string }): Run {
  const done = spawnSync(program, [...args], { cwd: options.cwd ?? "/", env: { FLAVOR_CACHE: options.cache, ...options.environment }, encoding: "utf8", input: options.input ?? "", maxBuffer: 1 << 28 });
  return { status: done.status, stdout: done.stdout, stderr: done.stderr };
}

/** The same without blocking, for a program that talks to a server of this process. */
export function runAlongside(program: string, args: readonly string[], cache: string): Promise<Run> {
  return new Promise((done, fail) => {
    const child: ChildProcess = spawn(program, [...args], { cwd: "/", env: { FLAVOR_CACHE: cache }, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", fail);
    child.on("close", (status) => {
      done({ status, stdout, stderr });
    });
  });
}
