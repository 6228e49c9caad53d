/**
 * The `flavor` key of package.json: everything in it is optional, and a key that does not exist is an error that names the nearest one.
 *
 * Source: spec/manifest.md, "flavor in package.json".
 */
import type { RuntimeEnvironment } from "../../manifest/manifest.js";
import { FlavorError } from "../../format/error.js";
import { unknownKey } from "../../manifest/nearest.js";

export interface NodeSettings {
  /** Name of a `bin`, or a file. */
  readonly entry: string | undefined;
  /** A Node version, a range, or the path of a binary or folder. */
  readonly node: string | undefined;
  readonly bundle: boolean;
  /** Packages that a bundle leaves as files. */
  readonly external: readonly string[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Files that get a slot of their own. */
  readonly resources: readonly string[];
  /** Dependencies whose install scripts are run. */
  readonly scripts: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly runtimeEnv: RuntimeEnvironment;
  readonly sequence: number;
}

const KEYS = ["entry", "node", "bundle", "external", "include", "exclude", "resources", "scripts", "env", "runtime", "sequence"] as const;
const ENVIRONMENT_KEYS = ["unset", "pass", "map", "set"] as const;

/**
 * @param value - what stands under `flavor`; undefined when there is nothing.
 * @param where - the file's name, for messages.
 * @throws FlavorError `manifest-key-unknown`, `manifest-invalid`.
 */
export function readSettings(value: unknown, where: string): NodeSettings {
  const flavor = value === undefined ? {} : record(value, where, "flavor", KEYS);
  const runtime = flavor["runtime"] === undefined ? {} : record(flavor["runtime"], where, "flavor.runtime", ["env"]);
  const environment = runtime["env"] === undefined ? {} : record(runtime["env"], where, "flavor.runtime.env", ENVIRONMENT_KEYS);
  const at = (key: string) => ({ value: flavor[key], key: `flavor.${key}`, where });
  const inEnvironment = (key: string) => ({ value: environment[key], key: `flavor.runtime.env.${key}`, where });
  return {
    entry: text(at("entry")),
    node: text(at("node")),
    bundle: truth(at("bundle")),
    external: texts(at("external")),
    include: texts(at("include")),
    exclude: texts(at("exclude")),
    resources: texts(at("resources")),
    scripts: texts(at("scripts")),
    env: map(at("env")),
    runtimeEnv: { unset: texts(inEnvironment("unset")), pass: texts(inEnvironment("pass")), map: map(inEnvironment("map")), set: map(inEnvironment("set")) },
    sequence: count(at("sequence")),
  };
}

interface Value {
  readonly value: unknown;
  readonly key: string;
  readonly where: string;
}

function text({ value, key, where }: Value): string | undefined {
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  throw wrong(where, key, "text that is not empty", value);
}

function texts({ value, key, where }: Value): readonly string[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
  throw wrong(where, key, "a list of texts", value);
}

function truth({ value, key, where }: Value): boolean {
  if (value === undefined || typeof value === "boolean") return value ?? false;
  throw wrong(where, key, "true or false", value);
}

function count({ value, key, where }: Value): number {
  if (value === undefined) return 0;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw wrong(where, key, "a whole number from 0", value);
}

function map({ value, key, where }: Value): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  const object = isRecord(value) ? value : undefined;
  if (object === undefined) throw wrong(where, key, "an object of texts", value);
  const entries = Object.entries(object).map(([name, each]): readonly [string, string] => {
    if (typeof each !== "string") throw wrong(where, `${key}.${name}`, "text", each);
    return [name, each];
  });
  return Object.fromEntries(entries);
}

function record(value: unknown, where: string, key: string, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw wrong(where, key, "an object", value);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw unknownKey(where, `${key}.${unknown}`, known);
  return value;
}

/** @returns true for a JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(where: string, key: string, expected: string, found: unknown): FlavorError {
  return new FlavorError("manifest-invalid", `${where}: ${key} must be ${expected}, found ${JSON.stringify(found)}`, { details: { key } });
}
