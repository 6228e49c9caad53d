/** `flavor verify`, `inspect` and `extract`: names, options and help. */
import type { Command } from "commander";
import type { Act } from "../program.js";

export interface ExtractFlags {
  readonly all?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export function definePackageCommands(program: Command, act: Act): void {
  program
    .command("verify")
    .summary("check a package")
    .description("Check every bit of a package: structure, signature, seal, launcher and slots. With --key also who signed it.")
    .argument("<file>", "a package")
    .option("--key <key>", "the signer must be this: a key id (SHA256:...), or a file with a public key")
    .option("--json", "print the result as JSON")
    .addHelpText("after", "\nExit status: 0 intact, 1 and 10 to 18 what is wrong (docs/reference/exit-codes.md).\n\nExamples:\n  $ flavor verify app.psp\n  $ flavor verify app.psp --key keys/flavor-public.key\n")
    .action((file: string, flags: { readonly key?: string; readonly json?: boolean }) => act(flags, async (invocation) => (await import("../commands/verify.js")).verify(invocation, file, flags.key)));

  program
    .command("inspect")
    .summary("show what is in a package")
    .description("Show what a package holds: signer, launcher, command, environment and slots. Slots are not read; flavor verify does that.")
    .argument("<file>", "a package")
    .option("--json", "print the result as JSON")
    .addHelpText("after", "\nExamples:\n  $ flavor inspect app.psp\n  $ flavor inspect app.psp --json | jq .slots\n")
    .action((file: string, flags: { readonly json?: boolean }) => act(flags, async (invocation) => (await import("../commands/inspect.js")).inspect(invocation, file)));

  program
    .command("extract")
    .summary("take slots out of a package")
    .description("Extract a slot, by position or id, to a file or a folder. With --all every slot, each to DIR/ID.")
    .argument("<file>", "a package")
    .argument("[slot]", "position or id of a slot")
    .argument("[dest]", "folder for an archive, file or folder for a single file")
    .option("--all <dir>", "extract every slot below this folder")
    .option("--force", "replace existing files")
    .option("--json", "print the result as JSON")
    .addHelpText("after", "\nExamples:\n  $ flavor extract app.psp 0 out\n  $ flavor extract app.psp config config.toml\n  $ flavor extract app.psp --all out\n")
    .action((file: string, slot: string | undefined, dest: string | undefined, flags: ExtractFlags) =>
      act(flags, async (invocation) => (await import("../commands/extract.js")).extract(invocation, file, slot, dest, flags)),
    );
}
