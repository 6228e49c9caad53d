/** The `[tool.flavor]` table of pyproject.toml: what an author may say beyond what the project's own tables say. */
import { VALIDATION_LEVELS } from "../../format/constants.gen.js";
import type { ValidationLevel } from "../../format/metadata.js";
import { FlavorError } from "../../format/error.js";
import { unknownKey } from "../../manifest/nearest.js";

/** The table with every default filled in. */
export interface FlavorSettings {
  /** A script's name, `-m module` or `module:function`. */
  readonly entry: string | undefined;
  /** More entries: name -> `-m module` or `module:function`. */
  readonly entries: Readonly<Record<string, string>>;
  /** A version, or the path of an interpreter or of a folder that holds one. */
  readonly python: string | undefined;
  readonly extras: readonly string[];
  readonly groups: readonly string[];
  /** Requirements files to install from in place of a resolution, relative to the project. */
  readonly requirements: readonly string[];
  readonly resources: readonly string[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly trim: boolean;
  readonly wheel: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly runtimeEnv: {
    readonly unset: readonly string[];
    readonly pass: readonly string[];
    readonly map: Readonly<Record<string, string>>;
    readonly set: Readonly<Record<string, string>>;
  };
  readonly sequence: number;
  readonly minimumLevel: ValidationLevel | undefined;
}

const KEYS = ["entry", "entries", "python", "extras", "groups", "requirements", "resources", "include", "exclude", "trim", "wheel", "env", "runtime", "sequence", "verification"] as const;
const ENV_KEYS = ["unset", "pass", "map", "set"] as const;

type Table = Readonly<Record<string, unknown>>;

/**
 * @param value - what TOML has for `tool.flavor`; undefined when there is none.
 * @throws FlavorError `manifest-key-unknown` for a key that does not exist, naming the nearest that does; `manifest-invalid` for a wrong type.
 */
export function readSettings(value: unknown): FlavorSettings {
  const table = tableAt(value, "tool.flavor");
  refuseUnknown(table, KEYS, "tool.flavor");
  const runtime = tableAt(table["runtime"], "tool.flavor.runtime");
  refuseUnknown(runtime, ["env"], "tool.flavor.runtime");
  const environment = tableAt(runtime["env"], "tool.flavor.runtime.env");
  refuseUnknown(environment, ENV_KEYS, "tool.flavor.runtime.env");
  const verification = tableAt(table["verification"], "tool.flavor.verification");
  refuseUnknown(verification, ["minimum_level"], "tool.flavor.verification");
  const levelText = textAt(verification["minimum_level"], "tool.flavor.verification.minimum_level");
  const minimumLevel = VALIDATION_LEVELS.find((level) => level === levelText);
  if (levelText !== minimumLevel) throw wrong("tool.flavor.verification.minimum_level", `one of ${VALIDATION_LEVELS.join(", ")}`, levelText);
  const sequence = table["sequence"] ?? 0;
  if (typeof sequence !== "number" || !Number.isSafeInteger(sequence) || sequence < 0) throw wrong("tool.flavor.sequence", "a whole number", sequence);
  return {
    entry: textAt(table["entry"], "tool.flavor.entry"),
    entries: textsByName(table["entries"], "tool.flavor.entries"),
    python: textAt(table["python"], "tool.flavor.python"),
    extras: textList(table["extras"], "tool.flavor.extras"),
    groups: textList(table["groups"], "tool.flavor.groups"),
    requirements: textList(table["requirements"], "tool.flavor.requirements"),
    resources: textList(table["resources"], "tool.flavor.resources"),
    include: textList(table["include"], "tool.flavor.include"),
    exclude: textList(table["exclude"], "tool.flavor.exclude"),
    trim: booleanAt(table["trim"], "tool.flavor.trim", true),
    wheel: booleanAt(table["wheel"], "tool.flavor.wheel", false),
    env: textsByName(table["env"], "tool.flavor.env"),
    runtimeEnv: {
      unset: textList(environment["unset"], "tool.flavor.runtime.env.unset"),
      pass: textList(environment["pass"], "tool.flavor.runtime.env.pass"),
      map: textsByName(environment["map"], "tool.flavor.runtime.env.map"),
      set: textsByName(environment["set"], "tool.flavor.runtime.env.set"),
    },
    sequence,
    minimumLevel,
  };
}

/** @returns a table; an absent one is empty. @throws FlavorError `manifest-invalid` if it is something else. */
export function tableAt(value: unknown, key: string): Table {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Date) throw wrong(key, "a table", value);
  return value as Table;
}

/** @throws FlavorError `manifest-invalid` if it is there and is no string. */
export function textAt(value: unknown, key: string): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw wrong(key, "a string", value);
}

/** @throws FlavorError `manifest-invalid` if it is no list of strings. */
export function textList(value: unknown, key: string): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw wrong(key, "a list of strings", value);
  return value.map((item: unknown, index) => {
    if (typeof item !== "string") throw wrong(`${key}[${index.toString()}]`, "a string", item);
    return item;
  });
}

/** @throws FlavorError `manifest-invalid` if it is no table of strings. */
export function textsByName(value: unknown, key: string): Record<string, string> {
  const entries = Object.entries(tableAt(value, key)).map(([name, text]) => {
    if (typeof text !== "string") throw wrong(`${key}.${name}`, "a string", text);
    return [name, text] as const;
  });
  return Object.fromEntries(entries);
}

function booleanAt(value: unknown, key: string, absent: boolean): boolean {
  if (value === undefined) return absent;
  if (typeof value !== "boolean") throw wrong(key, "true or false", value);
  return value;
}

function refuseUnknown(table: Table, known: readonly string[], where: string): void {
  const unknown = Object.keys(table).find((key) => !known.includes(key));
  if (unknown !== undefined) throw unknownKey("pyproject.toml", `${where}.${unknown}`, known);
}

function wrong(key: string, expected: string, found: unknown): FlavorError {
  return new FlavorError("manifest-invalid", `pyproject.toml: ${key}: expected ${expected}, found ${typeof found === "bigint" ? found.toString() : JSON.stringify(found)}`);
}
