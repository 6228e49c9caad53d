/** Does a helper run here? A launcher alone is no package and must say so; a builder tells its version. */
import { spawn } from "node:child_process";
import { EXIT_CODES } from "../format/constants.gen.js";
import type { ListedHelper } from "./list.js";

export interface HelperCheck {
  readonly name: string;
  readonly path: string;
  readonly ok: boolean;
  readonly detail: string;
}

const TIME_LIMIT_MS = 10_000;

/**
 * @param platform - the host's platform name; helpers of other platforms are reported as not run.
 * @returns what came of running it.
 */
export async function checkHelper(helper: ListedHelper, platform: string): Promise<HelperCheck> {
  const report = (ok: boolean, detail: string): HelperCheck => ({ name: helper.name, path: helper.path, ok, detail });
  const built = helper.marker?.platform ?? /[a-z]+_[a-z0-9]+(?=(\.exe)?$)/.exec(helper.path)?.[0];
  if (built !== undefined && built !== platform) return report(true, `not run: it is for ${built}`);
  const run = await start(helper.path, helper.role === "builder" ? ["--version"] : []);
  if (helper.role === "builder") return report(run.status === 0 && run.output.trim() !== "", run.status === 0 ? run.output.trim() : `--version: exit ${run.status}`);
  const ok = run.status === EXIT_CODES.format && run.output.includes("[not-a-package]");
  return report(ok, ok ? "runs; alone it is no package, and says so" : `alone: expected exit ${EXIT_CODES.format} and not-a-package, found exit ${run.status}: ${run.output.trim().slice(0, 200)}`);
}

function start(path: string, args: readonly string[]): Promise<{ readonly status: number; readonly output: string }> {
  return new Promise((resolve) => {
    const child = spawn(path, args, { stdio: ["ignore", "pipe", "pipe"], env: {}, timeout: TIME_LIMIT_MS });
    let output = "";
    const collect = (chunk: Buffer) => {
      output += chunk.toString("utf8");
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", (error) => resolve({ status: -1, output: error.message }));
    child.on("close", (code) => resolve({ status: code ?? -1, output }));
  });
}
