/** `flavor cache ...`: names, options and help. */
import type { Command } from "commander";
import { parseDays, parseSize } from "../units.js";
import type { Act } from "../program.js";

export interface CleanFlags {
  readonly olderThan?: number;
  readonly maxSize?: number;
  readonly builds?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

interface Flags {
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly repair?: boolean;
}

export function defineCacheCommands(program: Command, act: Act): void {
  const cache = program
    .command("cache")
    .summary("extracted packages")
    .description("Packages are extracted once to the cache, each to a workenv of its own; packing keeps runtimes, tools and compressed frames beside them. What is removed is made again when it is needed.")
    .addHelpText("after", "\nExamples:\n  $ flavor cache list\n  $ flavor cache clean --older-than 30\n");

  cache
    .command("list")
    .description("List the workenvs.")
    .option("--json", "print the result as JSON")
    .addHelpText("after", "\nExamples:\n  $ flavor cache list\n")
    .action((flags: Flags) => act(flags, async (invocation) => (await import("../commands/cache.js")).list(invocation)));
  cache
    .command("info")
    .description("Show where the cache lies, and the size of each kind of thing in it; with a name, one workenv.")
    .argument("[name]", "as flavor cache list shows it")
    .option("--json", "print the result as JSON")
    .addHelpText("after", "\nExamples:\n  $ flavor cache info\n")
    .action((name: string | undefined, flags: Flags) => act(flags, async (invocation) => (await import("../commands/cache.js")).info(invocation, name)));
  cache
    .command("path")
    .description("Print the cache's folder; with a package, the folder it is extracted to.")
    .argument("[file]", "a package")
    .option("--json", "print the result as JSON")
    .addHelpText("after", "\nExamples:\n  $ flavor cache path\n  $ ls $(flavor cache path app.psp)\n")
    .action((file: string | undefined, flags: Flags) => act(flags, async (invocation) => (await import("../commands/cache.js")).path(invocation, file)));
  cache
    .command("clean")
    .description("Remove workenvs that are not in use, all or by age and size; with --builds, instead of workenvs, what packing keeps.")
    .option("--older-than <days>", "only those not used for this long", parseDays)
    .option("--max-size <size>", "only the least recently used, until the rest fits, such as 500MB", parseSize)
    .option("--builds", "remove what packing keeps: addons, frames, run, runtimes, staging, tools, and zipapp, the wheels that python unpacked")
    .option("--dry-run", "print what would go")
    .option("-y, --yes", "do not ask")
    .option("--json", "print the result as JSON")
    .addHelpText("after", "\nExamples:\n  $ flavor cache clean --older-than 30 --yes\n  $ flavor cache clean --max-size 2GB --dry-run\n  $ flavor cache clean --builds --yes\n")
    .action((flags: CleanFlags) => act(flags, async (invocation) => (await import("../commands/cache-clean.js")).clean(invocation, flags)));
  cache
    .command("remove")
    .description("Remove one workenv.")
    .argument("<name>", "as flavor cache list shows it")
    .option("--json", "print the result as JSON")
    .addHelpText("after", "\nExamples:\n  $ flavor cache remove hello-1.0-0123456789abcdef\n")
    .action((name: string, flags: Flags) => act(flags, async (invocation) => (await import("../commands/cache-clean.js")).remove(invocation, name)));
  cache
    .command("fsck")
    .description("Look for damage: torn stamps, records that disagree, temporary trees that nobody works on. Exit status 1 if anything is found.")
    .option("--repair", "remove what is damaged")
    .option("--json", "print the result as JSON")
    .addHelpText("after", "\nExamples:\n  $ flavor cache fsck --repair\n")
    .action((flags: Flags) => act(flags, async (invocation) => (await import("../commands/cache-clean.js")).fsck(invocation, flags.repair ?? false)));
}
