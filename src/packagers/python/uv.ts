/** uv: the one place that runs it, and that knows what its failures mean. */
import { FlavorError } from "../../format/error.js";
import { runTool, type Environment, type ToolResult } from "../../runtimes/tool.js";
import type { PackContext } from "../plan.js";

/** uv with the interpreter that it works for. */
export interface Uv {
  readonly path: string;
  /** The interpreter that packages are resolved, built and installed for; absolute. */
  readonly interpreter: string;
  readonly context: PackContext;
}

/** What is being done, for messages, and the code of a failure to build. */
export interface UvPurpose {
  readonly subject: string;
  readonly buildFailure: "build-failed" | "wheel-missing";
}

/** Variables of the caller that would turn uv towards another environment than ours. */
const NOT_PASSED = ["VIRTUAL_ENV", "CONDA_PREFIX", "UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_PROJECT_ENVIRONMENT", "PYTHONPATH", "PYTHONHOME", "UV_TARGET", "UV_PREFIX"];

/**
 * Run uv to its end.
 *
 * @param args - command and options; those for quiet, non-interactive work are added.
 * @param cwd - uv reads its configuration (`[tool.uv]`, uv.toml) from here and above.
 * @throws FlavorError `dependency-unresolvable`, `wheel-missing`, `build-failed`, as its words say.
 */
export async function runUv(uv: Uv, args: readonly string[], cwd: string, purpose: UvPurpose): Promise<ToolResult> {
  const { context } = uv;
  const result = await runTool(uv.path, [...args, "--no-progress", "--no-python-downloads", ...(context.offline ? ["--offline"] : [])], { cwd, environment: uvEnvironment(context), signal: context.signal });
  if (result.status !== 0) throw uvFailure(result.stderr, purpose, context.offline);
  return result;
}

function uvEnvironment(context: PackContext): Environment {
  const environment: Record<string, string | undefined> = { ...context.environment, NO_COLOR: "1", PYTHONDONTWRITEBYTECODE: "1", PYTHONHASHSEED: "0", SOURCE_DATE_EPOCH: (context.sourceDateEpoch ?? 315532800).toString(), GIT_OPTIONAL_LOCKS: "0" };
  for (const name of NOT_PASSED) environment[name] = undefined;
  // uv brings its own list of authorities; a company's proxy or mirror is signed by one that only the system knows.
  if (environment["SSL_CERT_FILE"] === undefined) environment["UV_SYSTEM_CERTS"] ??= "true";
  if (environment["HOME"] === undefined && environment["XDG_CACHE_HOME"] === undefined) environment["UV_CACHE_DIR"] ??= `${context.cacheDir}/tools/uv-cache`;
  return environment;
}

/** @returns the error that uv's words stand for. */
export function uvFailure(stderr: string, purpose: UvPurpose, offline: boolean): FlavorError {
  const lines = stderr
    .split("\n")
    .map((line) => line.replace(/^[\s×╰─▶│├]+/u, "").trim())
    .filter((line) => line !== "");
  const all = lines.join(" ");
  const from = Math.max(0, lines.findIndex((line) => /^(?:error:|No solution found|Failed to )/.test(line)));
  const told = lines.slice(from).map((line) => line.replace(/^(?:error|cause|caused by): /i, ""));
  const details = { tool: "uv", output: stderr.slice(-4000) };
  if (/network was disabled|Network connectivity is disabled/i.test(all)) {
    return new FlavorError("dependency-unresolvable", `${purpose.subject}: ${shorten(told)}`, { hint: "not everything is in uv's cache: pack once without --offline", details });
  }
  if (/dns error|error sending request|Failed to fetch|tcp connect error|timed out/i.test(all)) {
    return new FlavorError("dependency-unresolvable", `${purpose.subject}: the package index cannot be reached: ${told.at(-1) ?? ""}`, { hint: offline ? undefined : "check the network, proxy and index settings of uv", details });
  }
  if (/no wheels? (?:with|for)|has no (?:usable|compatible) wheels?|only has wheels for|no source distribution|doesn't have a source distribution or wheel|can't be installed because it/i.test(all)) {
    return new FlavorError("wheel-missing", `${purpose.subject}: ${shorten(told)}`, { hint: "choose a version that has a wheel for this platform and this Python, or another --python", details });
  }
  if (/No solution found|unsatisfiable|was not found in the (?:package )?registry|not found in the package/i.test(all)) {
    return new FlavorError("dependency-unresolvable", `${purpose.subject}: ${shorten(told.filter((line) => line !== "No solution found when resolving dependencies"))}`, { hint: "change the requirements, or --python", details });
  }
  if (/Failed to (?:build|download and build)|build backend|Failed to prepare/i.test(all)) {
    const before = lines.slice(0, lines.findIndex((line) => line.startsWith("hint:")) >>> 0);
    // the backend's own words come before uv's or after them, as a traceback or as a compiler's complaint
    const backend = lines.filter((line) => /^(?:[\w.]+(?:Error|Exception)\b|(?:fatal )?error:|\S+:\d+.*\berror:)/.test(line) && !/^error: Failed to /.test(line));
    const last = backend.at(-1) ?? before.at(-1) ?? "";
    const hint = purpose.buildFailure === "build-failed" ? "run uv build in the project to see all that its backend says" : "choose a version that has a wheel for this platform and this Python, or another --python";
    return new FlavorError(purpose.buildFailure, `${purpose.subject}: ${told[0] ?? ""}: ${last}`, { hint, details });
  }
  return new FlavorError("dependency-unresolvable", `${purpose.subject}: ${shorten(told)}`, { details });
}

function shorten(lines: readonly string[]): string {
  const text = lines.filter((line) => !line.startsWith("hint:")).join(" ");
  return text.length > 600 ? `${text.slice(0, 597)}...` : text;
}
