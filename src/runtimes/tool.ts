/**
 * External tools: uv, pip, npm, mvn. They are the registries' ordinary clients, so proxies, mirrors, credentials and company settings apply.
 */
import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { FlavorError } from "../format/error.js";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ToolRun {
  readonly cwd: string;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  /** Called with every line the tool writes to stderr. */
  readonly onLine?: (line: string) => void;
}

export interface ToolResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Find an executable.
 *
 * @param name - a bare name such as `uv`.
 * @param environment - its PATH is searched; relative entries are passed over, so that nothing in the working directory is run.
 * @returns the absolute path, or undefined.
 */
export async function findTool(name: string, environment: Environment): Promise<string | undefined> {
  const suffixes = process.platform === "win32" ? [".exe", ".cmd", ""] : [""];
  for (const folder of (environment["PATH"] ?? "").split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    for (const suffix of suffixes) {
      const path = join(folder, name + suffix);
      try {
        await access(path, constants.X_OK);
        if ((await stat(path)).isFile()) return path;
      } catch {
        // not here
      }
    }
  }
  return undefined;
}

/**
 * Run a tool to its end, with no standard input. A status other than 0 is returned, not thrown: what it means is the caller's to say.
 *
 * @throws FlavorError `tool-missing` if it cannot be started, `interrupted` if the signal fires.
 */
export function runTool(path: string, args: readonly string[], run: ToolRun): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    if (run.signal.aborted) {
      reject(new FlavorError("interrupted", `${path} was not started: interrupted`));
      return;
    }
    const child = spawn(path, args, { cwd: run.cwd, env: { ...run.environment }, stdio: ["ignore", "pipe", "pipe"] });
    const stdout: Buffer[] = [];
    let stderr = "";
    let lineStart = 0;
    const stop = () => child.kill("SIGTERM");
    run.signal.addEventListener("abort", stop, { once: true });
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.setEncoding("utf8");
    child.stderr.on("data", (chunk: string) => {
      stderr += chunk;
      for (let end = stderr.indexOf("\n", lineStart); end >= 0; end = stderr.indexOf("\n", lineStart)) {
        run.onLine?.(stderr.slice(lineStart, end));
        lineStart = end + 1;
      }
    });
    child.on("error", (cause) => {
      run.signal.removeEventListener("abort", stop);
      reject(new FlavorError("tool-missing", `${path} cannot be started: ${cause.message}`, { cause }));
    });
    child.on("close", (code, signalName) => {
      run.signal.removeEventListener("abort", stop);
      if (run.signal.aborted) reject(new FlavorError("interrupted", `${path} was interrupted`));
      else resolve({ status: code ?? (signalName === null ? 1 : 128), stdout: Buffer.concat(stdout).toString("utf8"), stderr });
    });
  });
}

/** @returns the last lines of a tool's words that say something, for an error message; at most `count` lines. */
export function lastWords(result: ToolResult, count = 4): string {
  const lines = `${result.stdout}\n${result.stderr}`.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return lines.slice(-count).join("; ");
}
