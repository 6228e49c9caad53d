/**
 * npm as a tool: the one place that knows how to start it and what its failures mean.
 */
import { FlavorError } from "../format/error.js";
import { findTool, lastWords, runTool, type Environment, type ToolResult } from "./tool.js";

/** What every run of npm needs. A `PackContext` fits. */
export interface NpmContext {
  readonly environment: Environment;
  readonly offline: boolean;
  readonly signal: AbortSignal;
}

/** What npm said about its failure. */
export interface NpmFailure {
  /** npm's own code such as `E404` or `ETARGET`; empty when it gave none. */
  readonly code: string;
  /** One line. */
  readonly summary: string;
}

/** Codes that say that the registry could not be reached, or not be asked. */
const UNREACHABLE = new Set(["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ENOTCACHED", "ERR_SOCKET_TIMEOUT", "FETCH_ERROR"]);

/**
 * Run npm to its end.
 *
 * @param args - command and options; options for quiet, non-interactive work are added.
 * @param cwd - where it works; it must hold a package.json if npm is to take it for the project.
 * @returns its result, whatever the status.
 * @throws FlavorError `tool-missing` if there is no npm on PATH.
 */
export async function runNpm(args: readonly string[], cwd: string, context: NpmContext): Promise<ToolResult> {
  const npm = await findTool("npm", context.environment);
  if (npm === undefined) {
    throw new FlavorError("tool-missing", "npm was not found on PATH: packing Node programs needs it", { hint: "install Node.js with npm, or add its folder to PATH" });
  }
  const quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--no-progress", "--loglevel=error"];
  const offline = context.offline ? ["--offline"] : [];
  return await runTool(npm, [...args, ...quiet, ...offline], { cwd, environment: npmEnvironment(context.environment), signal: context.signal });
}

/**
 * Run npm with `--json` and read what it printed.
 *
 * @returns the parsed document, or the failure.
 * @throws FlavorError `tool-missing` if there is no npm on PATH.
 */
export async function askNpm(args: readonly string[], cwd: string, context: NpmContext): Promise<{ readonly value: unknown } | { readonly failure: NpmFailure }> {
  const result = await runNpm([...args, "--json"], cwd, context);
  if (result.status !== 0) return { failure: npmFailure(result) };
  try {
    return { value: JSON.parse(result.stdout === "" ? "null" : result.stdout) as unknown };
  } catch {
    return { failure: { code: "", summary: `npm ${args[0] ?? ""} printed something that is not JSON` } };
  }
}

/** @returns code and one line out of what npm printed. */
export function npmFailure(result: ToolResult): NpmFailure {
  const fromJson = jsonFailure(result.stdout);
  if (fromJson !== undefined) return fromJson;
  const lines = result.stderr.split("\n").filter((line) => line.startsWith("npm error")).map((line) => line.slice("npm error".length).trim());
  const code = lines.find((line) => line.startsWith("code "))?.slice(5) ?? "";
  const words = lines.filter((line) => line !== "" && !/^(code |A complete log|errno |syscall |\d{4}-)/u.test(line));
  return { code, summary: oneLine(words.slice(0, 3).join(" ")) || lastWords(result, 2) || `npm ended with status ${String(result.status)}` };
}

/** @returns true if the failure says that the registry was not reached. */
export function isUnreachable(failure: NpmFailure): boolean {
  return UNREACHABLE.has(failure.code);
}

/** What an outer `npm run` or `npx` leaves in the environment: it would make npm work in the outer project. */
const OUTER_RUN = /^(?:npm_(?:package|lifecycle)_.*|npm_(?:command|execpath|node_execpath)|npm_config_(?:local_prefix|global|global_prefix|prefix)|INIT_CWD|NODE_OPTIONS)$/iu;

/** @returns the caller's environment without what an outer run of npm left in it. */
export function npmEnvironment(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !OUTER_RUN.test(name)));
}

function jsonFailure(stdout: string): NpmFailure | undefined {
  const start = stdout.indexOf("{");
  if (start < 0) return undefined;
  try {
    const document = JSON.parse(stdout.slice(start)) as unknown;
    if (typeof document !== "object" || document === null || !("error" in document)) return undefined;
    const { error } = document;
    if (typeof error !== "object" || error === null) return undefined;
    const code = "code" in error && typeof error.code === "string" ? error.code : "";
    const summary = "summary" in error && typeof error.summary === "string" ? error.summary : "";
    const detail = "detail" in error && typeof error.detail === "string" ? error.detail : "";
    return { code, summary: oneLine(summary !== "" ? summary : detail).replace(/ (?:Clean install a project )?Usage:.*$/u, "") };
  } catch {
    return undefined;
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/gu, " ").trim();
}
