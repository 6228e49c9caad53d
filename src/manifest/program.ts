/**
 * The program to start, as far as it can be known before a package exists.
 *
 * Source: spec/launch.md, "Command". A bare word is looked up in the package; the host's PATH is searched for `host:NAME` only.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { FlavorError } from "../format/error.js";
import { isArchive } from "../format/operations.js";
import type { ProgramInput } from "./input.js";
import { splitCommand } from "./command.js";
import type { ManifestSlot } from "./manifest.js";

/** Where content comes from: the slots, and whether setup commands may add more. */
export interface Content {
  readonly slots: readonly ManifestSlot[];
  readonly hasSetup: boolean;
}

/** Words of a program, and whether they were given as a command line. */
export interface Words {
  readonly argv: readonly string[];
  readonly form: "argv" | "command";
}

/**
 * @param where - the key the program stands under, such as `execution`.
 * @throws FlavorError `entry-missing` without a program, `manifest-invalid` with two, or for a command that does not split or holds no word.
 */
export function programWords(input: ProgramInput, where: string): Words {
  if (input.argv !== undefined && input.command !== undefined) throw new FlavorError("manifest-invalid", `${where} has both argv and command: one of them says what to start`);
  if (input.argv !== undefined) return { argv: input.argv, form: "argv" };
  if (input.command !== undefined) {
    const argv = splitCommand(input.command, `${where}.command`);
    if (argv.length === 0) throw new FlavorError("manifest-invalid", `${where}.command holds no word`);
    return { argv, form: "command" };
  }
  throw new FlavorError("entry-missing", `${where} names no program: it has neither argv nor command`, { hint: 'write for example argv = ["{workenv}/bin/hello"]' });
}

/**
 * Settle argv[0].
 *
 * @returns the argv to sign, and a warning when the host's PATH decides.
 * @throws FlavorError `entry-missing` for a program that the package will not hold.
 */
export async function settleProgram(words: Words, content: Content, where: string): Promise<{ readonly argv: readonly string[]; readonly warning?: string }> {
  const [program = "", ...rest] = words.argv;
  if (program === "") throw new FlavorError("entry-missing", `${where}: the program's name is empty`);
  if (program.startsWith("/") || /^\{(slot:\d+|home)\}/.test(program)) return { argv: words.argv };
  if (program.startsWith("host:")) {
    if (program.includes("/") || program === "host:") throw new FlavorError("manifest-invalid", `${where}: ${JSON.stringify(program)}: expected host:NAME with a bare name`);
    return { argv: words.argv };
  }
  const below = program.startsWith("{workenv}/") ? program.slice("{workenv}/".length) : undefined;
  const places = below === undefined ? [`bin/${program}`, program] : [below];
  const answers = await Promise.all(places.map((place) => holds(content, place)));
  if (answers.includes("yes")) return { argv: words.argv };
  if (answers.includes("unknown") || places.some((place) => place.includes("{"))) return { argv: words.argv };
  const bare = below === undefined && !program.includes("/");
  if (bare && words.form === "command") {
    return {
      argv: [`host:${program}`, ...rest],
      warning: `${where}: ${program} is not in the package and will be searched on the PATH of the machine that runs it; write host:${program} to say so, or put it into a slot`,
    };
  }
  throw new FlavorError("entry-missing", `${where}: ${program} is not in the package: looked for ${places.join(" and ")}`, {
    hint: bare ? `write host:${program} to use the one on the machine that runs it, or an absolute path` : "check the targets of the slots",
    details: { program, places },
  });
}

/** Whether a path below the workenv will exist. Archives that are taken as they come are not opened: `unknown`. */
async function holds(content: Content, path: string): Promise<"yes" | "no" | "unknown"> {
  let answer: "no" | "unknown" = content.hasSetup ? "unknown" : "no";
  for (const slot of content.slots) {
    if (!isArchive(slot.operations)) {
      if (slot.target === path) return "yes";
      continue;
    }
    const inside = slot.target === "." ? path : path.startsWith(`${slot.target}/`) ? path.slice(slot.target.length + 1) : undefined;
    if (inside === undefined) continue;
    const source = await stat(slot.source).catch(() => undefined);
    if (source?.isDirectory() !== true) answer = "unknown";
    else if ((await stat(join(slot.source, inside)).catch(() => undefined)) !== undefined) return "yes";
  }
  return answer;
}
