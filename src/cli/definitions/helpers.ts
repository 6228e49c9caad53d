/** `flavor helpers ...`: names, options and help. */
import { Option, type Command } from "commander";
import type { Language } from "../../helpers/helper.js";
import type { Act } from "../program.js";

interface Flags {
  readonly lang: Language | "all";
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
    .description("List the helpers that are at hand, in the order in which they are searched: kind, language, platform, version, size, SHA-256, where from, path.")
    .option("--json", "print the result as JSON")
    .addHelpText("after", "\nExamples:\n  $ flavor helpers list --json\n")
    .action((flags: Flags) => act(flags, async (invocation) => (await import("../commands/helpers.js")).list(invocation)));
  helpers
    .command("info")
    .description("Show one helper: version, platform, size, SHA-256, and whether that is the one pinned.")
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
    .description("Ask every helper for this machine for its version, and compare name, marker and pinned SHA-256.")
    .addOption(language())
    .option("--json", "print the result as JSON")
    .addHelpText("after", "\nExamples:\n  $ flavor helpers test\n")
    .action((flags: Flags) => act(flags, async (invocation) => (await import("../commands/helpers.js")).test(invocation, flags.lang)));
  helpers
    .command("clean")
    .description("Remove helpers that were built or installed to the cache; those that came with the package stay.")
    .addOption(language())
    .option("--json", "print the result as JSON")
    .addHelpText("after", "\nExamples:\n  $ flavor helpers clean --lang rust\n")
    .action((flags: Flags) => act(flags, async (invocation) => (await import("../commands/helpers.js")).clean(invocation, flags.lang)));
}
