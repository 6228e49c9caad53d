/** `flavor helpers ...`: names, options and help. */
import { Option, type Command } from "commander";
import type { HelperLanguage } from "../../helpers/build.js";
import type { Act } from "../program.js";

interface Flags {
  readonly lang: HelperLanguage;
  readonly install?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function defineHelperCommands(program: Command, act: Act): void {
  const helpers = program
    .command("helpers")
    .summary("native launchers and builders")
    .description("Launchers and builders are small native programs; a launcher stands at the start of every package.")
    .addHelpText("after", "\nExamples:\n  $ flavor helpers list\n  $ flavor helpers build --lang rust\n");
  const language = () => new Option("--lang <language>", "which ones").choices(["rust", "go", "all"]).default("all");

  helpers
    .command("list")
    .description("List the helpers that are at hand, in the order in which they are found.")
    .option("--json", "print the result as JSON")
    .addHelpText("after", "\nExamples:\n  $ flavor helpers list --json\n")
    .action((flags: Flags) => act(flags, async (invocation) => (await import("../commands/helpers.js")).list(invocation)));
  helpers
    .command("info")
    .description("Show one helper: version, platform, size and SHA-256.")
    .argument("<name>", "such as flavor-rs-launcher")
    .option("--json", "print the result as JSON")
    .addHelpText("after", "\nExamples:\n  $ flavor helpers info flavor-rs-launcher\n")
    .action((name: string, flags: Flags) => act(flags, async (invocation) => (await import("../commands/helpers.js")).info(invocation, name)));
  helpers
    .command("build")
    .description("Build helpers from a checkout with build.sh.")
    .addOption(language())
    .option("--install", "also copy them to the cache, for every installation of this version")
    .option("--json", "print the result as JSON")
    .option("-q, --quiet", "print nothing but warnings and errors")
    .addHelpText("after", "\nExamples:\n  $ flavor helpers build --lang rust --install\n")
    .action((flags: Flags) => act(flags, async (invocation) => (await import("../commands/helpers.js")).build(invocation, flags.lang, flags.install ?? false)));
  helpers
    .command("test")
    .description("Start every helper for this machine: a launcher alone must say that it is no package, a builder must tell its version.")
    .addOption(language())
    .option("--json", "print the result as JSON")
    .addHelpText("after", "\nExamples:\n  $ flavor helpers test\n")
    .action((flags: Flags) => act(flags, async (invocation) => (await import("../commands/helpers.js")).test(invocation, flags.lang)));
  helpers
    .command("clean")
    .description("Remove built and installed helpers.")
    .addOption(language())
    .option("--json", "print the result as JSON")
    .addHelpText("after", "\nExamples:\n  $ flavor helpers clean --lang rust\n")
    .action((flags: Flags) => act(flags, async (invocation) => (await import("../commands/helpers.js")).clean(invocation, flags.lang)));
}
