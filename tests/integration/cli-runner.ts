/** Runs the built CLI as a user would: a process of its own, a home and a cache of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export const ROOT = join(import.meta.dirname, "..", "..");
const MAIN = join(ROOT, "dist", "js", "cli", "main.js");

export interface CliRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly uid?: number;
  /** Of another installation than this checkout. */
  readonly main?: string;
  /** Called with the process once it runs. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** A private folder for one test, with `home/` and `work/`. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "flavor cli "));
  mkdirSync(join(folder, "home"), { mode: 0o777 });
  mkdirSync(join(folder, "work"), { mode: 0o777 });
  for (const path of [folder, join(folder, "home"), join(folder, "work")]) chmodSync(path, 0o777);
  return join(folder, "work");
}

export function homeOf(work: string): string {
  return join(dirname(work), "home");
}

export function put(path: string, text: string, mode = 0o644): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
  return path;
}

/** The smallest project that packs: one shell script. */
export function shellProject(work: string, changes: { readonly script?: string; readonly more?: string } = {}): void {
  put(join(work, "files", "bin", "hello"), changes.script ?? '#!/bin/sh\necho "hello $*"\n', 0o755);
  put(join(work, "flavor.toml"), `[package]\nname = "hello"\nversion = "1.0"\n[execution]\nargv = ["/bin/sh", "{workenv}/bin/hello"]\n[[slots]]\nid = "files"\nsource = "files"\n${changes.more ?? ""}`);
}

export function flavor(args: readonly string[], options: CliOptions): Promise<CliRun> {
  if (!existsSync(MAIN)) throw new Error("dist/js is not built: run make build");
  return new Promise((resolve, reject) => {
    const environment = { PATH: process.env["PATH"] ?? "", HOME: homeOf(options.cwd), ...options.environment };
    const child = spawn(process.execPath, [options.main ?? MAIN, ...args], { cwd: options.cwd, env: environment, stdio: ["ignore", "pipe", "pipe"], ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }) });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
    options.onStart?.(child);
  });
}

/** What failed runs must not leave: anything new in the working folder, or a build folder in the cache. */
export function leftBehind(work: string, before: readonly string[]): string[] {
  const staging = join(homeOf(work), ".cache", "flavor", "staging");
  const builds = existsSync(staging) ? readdirSync(staging).map((name) => join(staging, name)) : [];
  return [...readdirSync(work).filter((name) => !before.includes(name)), ...builds];
}
