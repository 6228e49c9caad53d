/**
 * The one parser. Every command is defined in ./definitions and does its work in ./commands, which is loaded when it is called, so that `--help` stays fast.
 */
import { Command, CommanderError } from "commander";
import { EXIT_CODES } from "../format/constants.gen.js";
import { packageRoot, packageVersion } from "../helpers/root.js";
import { defineCacheCommands } from "./definitions/cache.js";
import { defineHelperCommands } from "./definitions/helpers.js";
import { definePackCommands } from "./definitions/pack.js";
import { definePackageCommands } from "./definitions/package.js";
import { commandKind, reportError, usageError } from "./error.js";
import type { Invocation } from "./invocation.js";

export type Process = Omit<Invocation, "json" | "quiet" | "rest">;

/** How a definition hands over to its command: the options of the command decide `json` and `quiet`. */
export type Act = (options: { readonly json?: boolean; readonly quiet?: boolean }, work: (invocation: Invocation) => Promise<number | undefined>) => Promise<void>;

/**
 * Run the CLI.
 *
 * @param argv - without node and script.
 * @returns the exit status.
 */
export async function runProgram(argv: readonly string[], process: Process): Promise<number> {
  const separator = argv.indexOf("--");
  const own = separator < 0 ? argv : argv.slice(0, separator);
  const name = own.find((word) => !word.startsWith("-"));
  // For run, -- begins the program's words; elsewhere it ends the options, as everywhere.
  const rest = separator < 0 || name !== "run" ? [] : argv.slice(separator + 1);
  const json = own.includes("--json");
  let status: number = EXIT_CODES.ok;
  let helpText = "";
  const act: Act = async (options, work) => {
    status = (await work({ ...process, json: options.json ?? false, quiet: options.quiet ?? false, rest })) ?? EXIT_CODES.ok;
  };
  try {
    const program = defineProgram(act, {
      out: process.terminal.out,
      err: (text) => {
        helpText += text;
      },
    });
    await program.parseAsync([...(name === "run" ? own : argv)], { from: "user" });
    process.signal.throwIfAborted();
    return status;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT_CODES.ok;
    if (thrown instanceof CommanderError && thrown.code === "commander.help") {
      process.terminal.err(helpText);
      return EXIT_CODES.usage;
    }
    const error = thrown instanceof CommanderError ? parserError(thrown, name) : thrown;
    return reportError(process.signal.aborted ? asInterrupted(error) : error, process.terminal, { json, command: commandKind(name) });
  }
}

/** @returns the parser; `flavor completion` and the reference page are made from it. */
export function defineProgram(act: Act, output: { readonly out: (text: string) => void; readonly err: (text: string) => void }): Command {
  const program = new Command("flavor")
    .description("Packs Python, Node/TypeScript and any other program into one signed, self-extracting executable.")
    .version(`flavor ${packageVersion(packageRoot())}`, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help; also: flavor help COMMAND")
    .exitOverride()
    .configureOutput({ writeOut: output.out, writeErr: output.err, outputError: () => undefined })
    .addHelpText("after", "\nExamples:\n  $ flavor pack . -o app.psp        pack the project in this folder\n  $ flavor pack pypi:httpie        pack a published program to ./http\n  $ flavor verify app.psp          is it what its signer made?\n");
  definePackCommands(program, act);
  definePackageCommands(program, act);
  defineHelperCommands(program, act);
  defineCacheCommands(program, act);
  return program;
}

/** What the parser says, in this project's form; its suggestion becomes the hint. */
function parserError(error: CommanderError, command: string | undefined): Error {
  const [first = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const meant = /^\(Did you mean (.*)\?\)$/.exec(suggestion ?? "")?.[1];
  const known = command === undefined || error.code === "commander.unknownCommand" ? "flavor --help" : `flavor ${command} --help`;
  return usageError(first.replace(/\.$/, ""), meant === undefined ? `${known} lists what there is` : `did you mean ${meant}?`);
}

/** A command that was stopped may fail in any way: what the user did is what is told. */
function asInterrupted(error: unknown): Error {
  const interrupted = new Error("interrupted", { cause: error });
  interrupted.name = "AbortError";
  return interrupted;
}
