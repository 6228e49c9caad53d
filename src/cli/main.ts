#!/usr/bin/env node
/** The `flavor` command: signals, streams and exit status. What it does is in ./program.ts. */
import { reportError, toFlavorError } from "./error.js";
import { runProgram } from "./program.js";
import { processTerminal } from "./terminal.js";

const INTERRUPTED = 130;

const terminal = processTerminal(process);
const controller = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
  });
}
// The reader has gone (`flavor inspect app.psp | head`): nobody is left to tell anything.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
  throw error;
});
process.stderr.on("error", () => undefined);
process.on("uncaughtException", (error) => process.exit(reportError(toFlavorError(error), terminal, { json: false, command: "other" })));

process.exitCode = await runProgram(process.argv.slice(2), {
  terminal,
  environment: process.env,
  cwd: process.cwd(),
  signal: controller.signal,
  now: () => performance.now(),
});
