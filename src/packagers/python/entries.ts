/** Entries: the programs that a Python package can start, and what each of them runs. */
import { FlavorError } from "../../format/error.js";
import type { Script } from "./project.js";

/** What an entry runs. */
export type EntryTarget =
  | { readonly kind: "function"; readonly module: string; readonly attribute: string }
  | { readonly kind: "module"; readonly module: string }
  /** A file that the distribution brings as a script: `path` is relative to the application's folder. */
  | { readonly kind: "script" | "binary"; readonly path: string };

export interface Entry {
  readonly name: string;
  readonly target: EntryTarget;
}

const DOTTED = "[\\p{ID_Start}_][\\p{ID_Continue}]*(?:\\.[\\p{ID_Start}_][\\p{ID_Continue}]*)*";
const FUNCTION = new RegExp(`^(${DOTTED})\\s*:\\s*(${DOTTED})\\s*(?:\\[.*\\])?$`, "u");
const MODULE = new RegExp(`^-m\\s*(${DOTTED})$`, "u");

/**
 * @param text - `-m module` or `module:function`; extras in brackets after it are passed over.
 * @returns undefined for anything else.
 */
export function parseTarget(text: string): EntryTarget | undefined {
  const module = MODULE.exec(text.trim())?.[1];
  if (module !== undefined) return { kind: "module", module };
  const match = FUNCTION.exec(text.trim());
  return match?.[1] === undefined || match[2] === undefined ? undefined : { kind: "function", module: match[1], attribute: match[2] };
}

/** What the entries are chosen from. */
export interface EntryChoice {
  readonly projectName: string;
  /** In file order. */
  readonly scripts: readonly Entry[];
  /** Entries from `[tool.flavor.entries]`. */
  readonly more: Readonly<Record<string, string>>;
  /** `--entry`, else `[tool.flavor] entry`. */
  readonly wanted: string | undefined;
}

/**
 * Choose the entries, the default first.
 *
 * @throws FlavorError `entry-missing` if there is none, or the wanted one does not exist.
 */
export function chooseEntries(choice: EntryChoice): readonly Entry[] {
  const more = Object.entries(choice.more).map(([name, text]) => ({ name, target: requireTarget(text, `tool.flavor.entries.${name}`) }));
  const byName = new Map([...choice.scripts, ...more].map((entry) => [entry.name, entry]));
  for (const name of byName.keys()) requireName(name);
  const wanted = choice.wanted;
  const names = [...byName.keys()].join(", ");
  if (wanted === undefined) {
    if (byName.size === 0) throw new FlavorError("entry-missing", `${choice.projectName} has no [project.scripts], so there is nothing to start`, { hint: "name what to run: --entry module:function or --entry '-m module', or [project.scripts] in pyproject.toml" });
    return [...byName.values()];
  }
  const named = byName.get(wanted);
  if (named !== undefined) return [named, ...[...byName.values()].filter((entry) => entry !== named)];
  const target = parseTarget(wanted);
  if (target === undefined) throw new FlavorError("entry-missing", `entry ${JSON.stringify(wanted)}: ${choice.projectName} has no script of that name`, { hint: `${names === "" ? "it has no scripts" : `its scripts are ${names}`}; a function is named module:function, a module '-m module'` });
  const own = { name: choice.projectName, target };
  return [own, ...[...byName.values()].filter((entry) => entry.name !== own.name)];
}

/** @returns entries for the scripts of pyproject.toml or entry_points.txt. @throws FlavorError `entry-missing` for a target that is no function. */
export function scriptEntries(scripts: readonly Script[], where: string): Entry[] {
  return scripts.map(({ name, target }) => ({ name, target: requireTarget(target, `${where}.${name}`) }));
}

/**
 * @param text - of an `entry_points.txt`.
 * @returns its console and GUI scripts in file order.
 */
export function parseEntryPoints(text: string): Script[] {
  const scripts: Script[] = [];
  let section = "";
  for (const line of text.split(/\r?\n/).map((part) => part.trim())) {
    const heading = /^\[(.+)\]$/.exec(line)?.[1];
    if (heading !== undefined) section = heading.trim();
    const equals = line.indexOf("=");
    if (heading === undefined && equals > 0 && !line.startsWith("#") && (section === "console_scripts" || section === "gui_scripts")) {
      scripts.push({ name: line.slice(0, equals).trim(), target: line.slice(equals + 1).trim() });
    }
  }
  return scripts;
}

function requireTarget(text: string, where: string): EntryTarget {
  const target = parseTarget(text);
  if (target === undefined) throw new FlavorError("entry-missing", `${where}: ${JSON.stringify(text)} is neither module:function nor -m module`);
  return target;
}

function requireName(name: string): void {
  if (!/^[A-Za-z0-9_.][A-Za-z0-9_.+-]*$/.test(name) || name === "." || name === "..") throw new FlavorError("entry-missing", `script name ${JSON.stringify(name)} cannot be the name of a file`);
  if (name === "lib" || /^python3(?:\.\d+)?(?:\._pth)?$/.test(name)) throw new FlavorError("entry-missing", `script name ${JSON.stringify(name)} is taken by the package itself`, { hint: "rename the script" });
}
