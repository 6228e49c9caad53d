/** From flags to a request: what `pack` and `run` have in common. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { FlavorError } from "../../format/error.js";
import type { Progress } from "../../builder/progress.js";
import type { PackOptions } from "../../packagers/plan.js";
import { isNodePath } from "../../runtimes/node.js";
import type { PackFlags } from "../definitions/pack.js";
import { usageError } from "../error.js";
import type { Invocation } from "../invocation.js";
import { defined } from "../invocation.js";

/** @returns the members of a request that both commands fill in the same way. */
export function commonRequest(invocation: Invocation, source: string | undefined, flags: PackFlags, progress: Progress) {
  return {
    source: sourceOf(invocation, source),
    cwd: invocation.cwd,
    compression: flags.compression,
    options: packOptions(invocation, flags),
    offline: flags.offline ?? false,
    environment: invocation.environment,
    progress,
    signal: invocation.signal,
    ...defined({ launcher: flags.launcher ?? flags.launcherBin, target: flags.target }),
  };
}

/** @returns the source as the orchestrator takes it; without one, this folder. */
function sourceOf(invocation: Invocation, source: string | undefined): string {
  if (source !== undefined) return source === "" ? usage("the source is empty") : source;
  const folder = statSync(invocation.cwd, { throwIfNoEntry: false });
  return folder === undefined ? usage("the working directory does not exist any more") : ".";
}

/** @returns the part of the flags that packagers read; paths in them start where the user stands. */
function packOptions(invocation: Invocation, flags: PackFlags): PackOptions {
  const python = flags.python?.includes("/") === true ? resolve(invocation.cwd, flags.python) : flags.python;
  const node = flags.node !== undefined && isNodePath(flags.node) ? resolve(invocation.cwd, flags.node) : flags.node;
  return defined({ extras: flags.extra, groups: flags.group, entry: flags.entry, python, node, bundle: flags.bundle, wheel: flags.wheel, ignoreLock: flags.ignoreLock });
}

/** @returns the text of the key seed: `env` stands for FLAVOR_KEY_SEED. @throws FlavorError `usage` for an empty text, `key-invalid` without the variable. */
export function keySeed(invocation: Invocation, flags: PackFlags): string | undefined {
  if (flags.keySeed === "") return usage("--key-seed is empty");
  if (flags.keySeed !== "env") return flags.keySeed;
  const seed = invocation.environment["FLAVOR_KEY_SEED"];
  if (seed === undefined || seed === "") throw new FlavorError("key-invalid", "--key-seed env: FLAVOR_KEY_SEED is not set");
  return seed;
}

function usage(message: string): never {
  throw usageError(message);
}
