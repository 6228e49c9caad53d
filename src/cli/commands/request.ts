/** From flags to a request: what `pack` and `run` have in common. */
import { statSync } from "node:fs";
import type { PackOptions } from "../../packagers/plan.js";
import type { PackFlags } from "../definitions/pack.js";
import { usageError } from "../error.js";
import type { Invocation } from "../invocation.js";
import { defined } from "../invocation.js";

/** @returns the source as the orchestrator takes it; without one, this folder. */
export function sourceOf(invocation: Invocation, source: string | undefined): string {
  if (source !== undefined) return source === "" ? usage("the source is empty") : source;
  const folder = statSync(invocation.cwd, { throwIfNoEntry: false });
  return folder === undefined ? usage("the working directory does not exist any more") : ".";
}

/** @returns the part of the flags that packagers read. */
export function packOptions(flags: PackFlags): PackOptions {
  return {
    ...defined({ extras: flags.extra, groups: flags.group, entry: flags.entry, python: flags.python, node: flags.node, bundle: flags.bundle, wheel: flags.wheel, ignoreLock: flags.ignoreLock }),
  };
}

/** @returns the text of the key seed: `env` stands for FLAVOR_KEY_SEED. */
export function keySeed(invocation: Invocation, flags: PackFlags): string | undefined {
  if (flags.keySeed === "") return usage("--key-seed is empty");
  if (flags.keySeed !== "env") return flags.keySeed;
  const seed = invocation.environment["FLAVOR_KEY_SEED"];
  return seed === undefined || seed === "" ? usage("--key-seed env: FLAVOR_KEY_SEED is not set") : seed;
}

function usage(message: string): never {
  throw usageError(message);
}
