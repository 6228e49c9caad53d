/** `flavor run`: pack to the cache, then the program itself, with this terminal and its own exit status. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { FlavorError } from "../../format/error.js";
import { packToCache } from "../../orchestrator/run.js";
import type { PackFlags } from "../definitions/pack.js";
import type { Invocation } from "../invocation.js";
import { terminalProgress } from "../progress.js";
import { commonRequest } from "./request.js";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGCONT"] as const;
/** The terminal sends these to the whole group: the program has them already. */
const FROM_TERMINAL: readonly string[] = ["SIGINT", "SIGQUIT"];

export async function run(invocation: Invocation, source: string | undefined, flags: PackFlags): Promise<number> {
  const progress = terminalProgress(invocation.terminal, invocation.quiet || !invocation.terminal.errIsTerminal, invocation.now);
  let path: string;
  try {
    ({ path } = await packToCache(commonRequest(invocation, source, flags, progress)));
  } finally {
    progress.close();
  }
  invocation.signal.throwIfAborted();
  return start(path, invocation);
}

function start(path: string, invocation: Invocation): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, [...invocation.rest], { cwd: invocation.cwd, env: { ...invocation.environment }, stdio: "inherit" });
    // From here on signals are the program's business.
    const forward = (signal: NodeJS.Signals) => {
      if (!(FROM_TERMINAL.includes(signal) && process.stdin.isTTY)) child.kill(signal);
    };
    for (const signal of SIGNALS) {
      process.removeAllListeners(signal);
      process.on(signal, forward);
    }
    child.on("error", (cause) => reject(new FlavorError("exec-failed", `${path} cannot be started: ${cause.message}`, { cause })));
    child.on("close", (code, signal) => resolve(code ?? 128 + (signal === null ? 1 : constants.signals[signal])));
  });
}
