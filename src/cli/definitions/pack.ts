/** `flavor pack`, `flavor run`, `flavor keygen` and `flavor completion`: names, options and help. */
import { Argument, Option, type Command } from "commander";
import type { BuilderChoice } from "../../orchestrator/builders.js";
import type { Act } from "../program.js";

/** Options of `pack` as the parser gives them. */
export interface PackFlags {
  readonly output?: string;
  readonly keySeed?: string;
  readonly privateKey?: string;
  readonly unsigned?: boolean;
  /** The same as `launcher`. */
  readonly launcherBin?: string;
  readonly launcher?: string;
  readonly builder: BuilderChoice;
  readonly strip?: boolean;
  readonly entry?: string;
  readonly extra?: readonly string[];
  readonly group?: readonly string[];
  readonly python?: string;
  readonly node?: string;
  readonly bundle?: boolean;
  readonly wheel?: boolean;
  readonly ignoreLock?: boolean;
  readonly target?: string;
  readonly workenvBase?: string;
  readonly compression: "fast" | "default" | "best" | "gzip";
  readonly offline?: boolean;
  readonly verify: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const SOURCE = "a project folder, a manifest file, pypi:NAME or npm:NAME; default: this folder";

export function definePackCommands(program: Command, act: Act): void {
  const pack = program.command("pack").summary("make a package").description("Pack a project, a manifest or a published program into one signed executable file.").argument("[source]", SOURCE);
  pack.option("-o, --output <file>", "file to write (default: ./ENTRY for pypi: and npm:, else ./NAME.psp)");
  projectOptions(pack)
    .addOption(new Option("--builder <builder>", "who writes the file: auto takes the Rust builder, else the Go one, else the built-in one (ts); the bytes are the same").choices(["auto", "ts", "rust", "go"]).default("auto"))
    .option("--strip", "drop what an ELF launcher does not need at run time")
    .option("--workenv-base <dir>", "folder that relative sources of a flavor.toml start at (default: the manifest's)")
    .option("--key-seed <text>", "sign with the key of this text; env takes it from FLAVOR_KEY_SEED")
    .option("--private-key <file>", "sign with this key (PKCS#8 PEM, Ed25519)")
    .option("--unsigned", "do not sign")
    .option("--no-verify", "do not verify the result before it gets its name")
    .option("--force", "replace an existing output")
    .option("--dry-run", "print the plan and write nothing")
    .option("--json", "print the result as JSON")
    .option("-q, --quiet", "print nothing but warnings and errors")
    .addHelpText("after", "\nExamples:\n  $ flavor pack . -o app.psp --key-seed env\n  $ flavor pack service/flavor.toml --private-key keys/flavor-private.key\n  $ flavor pack npm:prettier@3 --offline\n")
    .action((source: string | undefined, flags: PackFlags) => act(flags, async (invocation) => (await import("../commands/pack.js")).pack(invocation, source, flags)));

  const run = program.command("run").summary("pack and run").description("Pack to the cache and run the package. Words after -- are the program's own.").argument("[source]", SOURCE);
  projectOptions(run)
    .option("-q, --quiet", "print nothing but warnings and errors")
    .option("--json", "print an error of packing as JSON; the output is the program's own")
    .addHelpText("after", "\nExamples:\n  $ flavor run . -- --name value\n  $ flavor run pypi:httpie -- --version\n")
    .action((source: string | undefined, flags: PackFlags) => act(flags, async (invocation) => (await import("../commands/run.js")).run(invocation, source, flags)));

  program
    .command("keygen")
    .summary("make a signing key")
    .description("Make an Ed25519 key pair: flavor-private.key (mode 0600) and flavor-public.key. Existing files are never replaced.")
    .option("--out-dir <dir>", "where to write them", "keys")
    .option("--json", "print the result as JSON")
    .addHelpText("after", "\nExamples:\n  $ flavor keygen --out-dir ~/.flavor-keys\n")
    .action((flags: { readonly outDir: string; readonly json?: boolean }) => act(flags, async (invocation) => (await import("../commands/keygen.js")).keygen(invocation, flags.outDir)));

  program
    .command("completion")
    .summary("print a shell completion script")
    .description("Print a completion script for a shell.")
    .addArgument(new Argument("<shell>", "which shell").choices(["bash", "zsh", "fish"]))
    .option("--json", "print the script as a JSON document")
    .addHelpText("after", '\nExamples:\n  $ eval "$(flavor completion bash)"\n  $ flavor completion fish > ~/.config/fish/completions/flavor.fish\n')
    .action((shell: "bash" | "zsh" | "fish", flags: { readonly json?: boolean }) => act(flags, async (invocation) => (await import("../commands/completion.js")).completion(invocation, shell)));
}

/** Options that say what goes into a package; `pack` and `run` share them. */
function projectOptions(command: Command): Command {
  return command
    .option("--entry <name>", "which program is started: a script or bin of the project, module:function, or a file")
    .option("--extra <name>", "Python: also install this extra (may be repeated)", collect)
    .option("--group <name>", "Python: also install this dependency group (may be repeated)", collect)
    .option("--python <version>", "Python version, interpreter or folder")
    .option("--node <version>", "Node version, binary or folder")
    .option("--bundle", "Node: bundle the program into one file")
    .option("--wheel", "Python: make the package installable with pip too")
    .option("--ignore-lock", "go on without a lock file that cannot be read")
    .option("--target <platform>", "platform of the package, such as linux_amd64 (default: this machine's)")
    .addOption(new Option("--compression <level>", "how hard to compress").choices(["fast", "default", "best", "gzip"]).default("default"))
    .option("--launcher <file>", "launcher to use: a file, flavor-rs-launcher or flavor-go-launcher")
    .addOption(new Option("--launcher-bin <file>", "the same as --launcher").hideHelp())
    .option("--offline", "use only what has been downloaded before");
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}
