/** Does a helper run here, and is it what it says it is? Each answers a version query, a launcher without starting a payload. */
import { spawn } from "node:child_process";
import { basename } from "node:path";
import { parseHelperFileName } from "./helper.js";
import type { ListedHelper } from "./list.js";
import { markedName } from "./marker.js";

export interface HelperCheck {
  readonly name: string;
  readonly path: string;
  readonly ok: boolean;
  readonly detail: string;
}

const TIME_LIMIT_MS = 10_000;

/**
 * @param platform - the host's platform name; helpers of other platforms are reported as not run.
 * @returns what came of running it; one with another digest than pinned is never run.
 */
export async function checkHelper(helper: ListedHelper, platform: string): Promise<HelperCheck> {
  const report = (ok: boolean, detail: string): HelperCheck => ({ name: helper.name, path: helper.path, ok, detail });
  const { marker } = helper;
  if (helper.pin === "wrong") return report(false, "not run: its digest is not the one that SHA256SUMS names");
  if (marker === undefined) return report(false, "not run: it carries no marker");
  const named = parseHelperFileName(basename(helper.path))?.platform ?? marker.platform;
  if (markedName(marker) !== helper.name || marker.platform !== named) return report(false, `not run: its marker says ${markedName(marker)} for ${marker.platform}`);
  if (marker.platform !== platform) return report(true, `not run: it is for ${marker.platform}`);
  const run = helper.role === "launcher" ? await start(helper.path, ["version"], { FLAVOR_LAUNCHER_CLI: "1" }) : await start(helper.path, ["--version"], {});
  const expected = `${helper.name} ${marker.version} ${marker.platform}`;
  const found = run.output.trim();
  return run.status === 0 && found === expected ? report(true, found) : report(false, `expected ${JSON.stringify(expected)}, found exit ${run.status}: ${found.slice(0, 200)}`);
}

function start(path: string, args: readonly string[], environment: Readonly<Record<string, string>>): Promise<{ readonly status: number; readonly output: string }> {
  return new Promise((resolve) => {
    const child = spawn(path, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...environment }, timeout: TIME_LIMIT_MS });
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
