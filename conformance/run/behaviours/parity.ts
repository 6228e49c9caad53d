/** Two launchers, one voice: what they print is the same word for word, but for their own names, versions and processes. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { same, type Fault } from "../expect.js";
import type { Pair } from "../pair.js";
import type { Outcome, RunOptions } from "../program.js";

interface Situation {
  readonly row: string;
  /** Of conformance/behaviours. */
  readonly package: string;
  readonly options?: readonly string[];
  readonly run?: RunOptions;
  readonly damage?: (bytes: Buffer) => Buffer;
}

const cli = (...args: string[]): RunOptions => ({ args, env: { FLAVOR_LAUNCHER_CLI: "1" } });

const SITUATIONS: readonly Situation[] = [
  { row: "not a package", package: "plain", damage: (bytes) => bytes.subarray(0, -1) },
  { row: "a damaged slot", package: "plain", damage: (bytes) => { const at = bytes.lastIndexOf("12345"); bytes[at] = 0; return bytes; } },
  { row: "a damaged padding byte, relaxed", package: "plain", run: { env: { FLAVOR_VALIDATION: "relaxed" } }, damage: (bytes) => { bytes[bytes.length - 8201] = 1; return bytes; } },
  { row: "unsigned", package: "plain", options: ["--unsigned"] },
  { row: "unsigned, strict", package: "plain", options: ["--unsigned"], run: { env: { FLAVOR_VALIDATION: "strict" } } },
  { row: "an unknown level", package: "plain", run: { env: { FLAVOR_VALIDATION: "x" } } },
  { row: "an unknown level as JSON", package: "plain", run: { env: { FLAVOR_VALIDATION: "x", FLAVOR_LOG_LEVEL: "json" } } },
  { row: "a program that the host does not have", package: "probe", run: { argv0: "probe-absent" } },
  { row: "a program that is not executable", package: "probe", run: { argv0: "probe-not-executable" } },
  { row: "a setup command that fails", package: "prepared", run: { env: { FAIL: "1" } } },
  { row: "info", package: "prepared", run: cli("info") },
  { row: "info --json", package: "prepared", run: cli("info", "--json") },
  { row: "verify", package: "prepared", run: cli("verify") },
  { row: "verify --json", package: "prepared", run: cli("verify", "--json") },
  { row: "verify, damaged", package: "plain", run: cli("verify"), damage: (bytes) => { bytes[bytes.length - 8201] = 1; return bytes; } },
  { row: "trust", package: "prepared", run: cli("trust") },
  { row: "trust --json", package: "prepared", run: cli("trust", "--json") },
  { row: "trust, unsigned", package: "plain", options: ["--unsigned"], run: cli("trust") },
  { row: "cache", package: "prepared", run: cli("cache") },
  { row: "cache --json", package: "prepared", run: cli("cache", "--json") },
  { row: "help", package: "plain", run: cli("help") },
  { row: "help --json", package: "plain", run: cli("help", "--json") },
  { row: "an unknown command", package: "plain", run: cli("explode") },
  { row: "an unknown slot", package: "plain", run: cli("extract", "nowhere", "out") },
];

/** What differs by right: where things lie, the launcher's name, version, size and digests that follow from them. */
function neutral(text: string, pair: Pair): string {
  return text
    .replaceAll(pair.folder, "FOLDER")
    .replace(/flavor-(rs|go)-launcher/g, "LAUNCHER")
    .replace(/[0-9a-f]{64}/g, "DIGEST")
    .replace(/\b[0-9a-f]{16}\b/g, "ID")
    .replace(/\b\d{3,}\b/g, "NUMBER")
    .replace(/\btmp\/\d+/g, "tmp/PID");
}

async function outcome(situation: Situation, pair: Pair): Promise<Outcome> {
  const built = await pair.package(situation.package, ...(situation.options ?? []));
  const file = pair.copy(built, "parity.psp");
  if (situation.damage !== undefined) writeFileSync(file, situation.damage(readFileSync(file)));
  return pair.start(file, { ...situation.run, cwd: pair.home, env: { ...situation.run?.env, FLAVOR_CACHE: join(pair.freshCache()) } });
}

/** @param tell - called for each situation with what differs between the two. */
export async function compareLaunchers(left: Pair, right: Pair, tell: (row: string, fault: Fault) => void): Promise<void> {
  const shape = (pair: Pair, { status, signal, stdout, stderr }: Outcome) => ({ status, signal, stdout: neutral(stdout, pair), stderr: neutral(stderr, pair) });
  for (const situation of SITUATIONS) {
    try {
      tell(situation.row, same(shape(right, await outcome(situation, right)), shape(left, await outcome(situation, left))));
    } catch (cause) {
      tell(situation.row, cause instanceof Error ? cause.message : String(cause));
    }
  }
}
