/** The behaviour table: every builder with every launcher, each behaviour one row. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ARGUMENTS } from "./behaviours/arguments.js";
import { COMMANDS } from "./behaviours/commands.js";
import { DAMAGE, MADE_BY_HAND } from "./behaviours/damage.js";
import { ENDINGS } from "./behaviours/endings.js";
import { ENVIRONMENT } from "./behaviours/environment.js";
import { compareLaunchers } from "./behaviours/parity.js";
import { WORKENV } from "./behaviours/workenv.js";
import type { Fault } from "./expect.js";
import { BUILDERS, LAUNCHERS, missing, missingImplementation } from "./implementations.js";
import type { Matrix } from "./matrix.js";
import { Pair, type Behaviour } from "./pair.js";

const SECTION = "behaviours: builder x launcher";
const BEHAVIOURS: readonly Behaviour[] = [...ARGUMENTS, ...ENVIRONMENT, ...ENDINGS, ...WORKENV, ...DAMAGE, ...COMMANDS];

async function tried(check: () => Promise<Fault>): Promise<Fault> {
  try {
    return await check();
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

async function runPair(pair: Pair, matrix: Matrix): Promise<void> {
  for (const { row, check } of BEHAVIOURS) matrix.add(SECTION, row, pair.name, await tried(() => check(pair)));
}

/** Run tasks, so many at a time. */
async function inParallel(tasks: readonly (() => Promise<void>)[], width: number): Promise<void> {
  const queue = [...tasks];
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let task = queue.shift(); task !== undefined; task = queue.shift()) await task();
    }),
  );
}

export async function runBehaviours(matrix: Matrix): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "flavor conformance "));
  try {
    const tasks: (() => Promise<void>)[] = [];
    const pairs = new Map<string, Pair>();
    for (const builder of BUILDERS) {
      for (const launcher of LAUNCHERS) {
        const pair = new Pair(builder, launcher, join(work, `${builder.name}-${launcher.name}`));
        const reason = missingImplementation(builder) ?? missing(launcher.path);
        if (reason === undefined) {
          pairs.set(pair.name, pair);
          tasks.push(() => runPair(pair, matrix));
        } else {
          matrix.skip(SECTION, "all", pair.name, reason);
        }
      }
    }
    for (const launcher of LAUNCHERS) {
      const folder = join(work, `made-${launcher.name}`);
      mkdirSync(folder);
      const reason = missing(launcher.path);
      if (reason === undefined) {
        tasks.push(async () => {
          for (const { row, check } of MADE_BY_HAND) matrix.add("packages that no builder writes x launcher", row, launcher.name, await tried(() => check(launcher, folder)));
        });
      } else {
        matrix.skip("packages that no builder writes x launcher", "all", launcher.name, reason);
      }
    }
    await inParallel(tasks, 2);
    await compare(pairs, matrix);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Each launcher against the first, with packages of the first builder that is there. */
async function compare(pairs: ReadonlyMap<string, Pair>, matrix: Matrix): Promise<void> {
  const builder = BUILDERS.find(({ name }) => LAUNCHERS.every((launcher) => pairs.has(`${name} x ${launcher.name}`)));
  const [first, ...others] = LAUNCHERS;
  for (const other of others) {
    const [left, right] = [pairs.get(`${builder?.name ?? ""} x ${first?.name ?? ""}`), pairs.get(`${builder?.name ?? ""} x ${other.name}`)];
    const column = `${other.name} as ${first?.name ?? ""}`;
    if (left === undefined || right === undefined) matrix.skip("what launchers print", "all", column, "no builder can make packages for both");
    else await compareLaunchers(left, right, (row, fault) => matrix.add("what launchers print", row, column, fault));
  }
}
