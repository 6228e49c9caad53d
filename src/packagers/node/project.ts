/**
 * A Node project as its package.json describes it.
 */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { FlavorError } from "../../format/error.js";
import { isRecord, readSettings, type NodeSettings } from "./settings.js";

/** One line of `bin`. */
export interface Bin {
  readonly name: string;
  /** Relative to the project's folder, with `/`, without a leading `./`. */
  readonly file: string;
}

export interface NodeProject {
  /** Absolute. */
  readonly folder: string;
  /** As in package.json, with its scope; the folder's name when there is none. */
  readonly name: string;
  readonly version: string;
  readonly description: string | undefined;
  /** False when name or version are ours, not the author's: npm refuses to list such a project's files. */
  readonly publishable: boolean;
  /** In file order. */
  readonly bins: readonly Bin[];
  readonly main: string | undefined;
  /** How `.js` files are read. */
  readonly type: "module" | "commonjs";
  readonly engines: string | undefined;
  /** Names of `scripts`, with their commands. */
  readonly scripts: Readonly<Record<string, string>>;
  /** `dependencies` and `optionalDependencies`, name to wish. */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly workspaces: readonly string[];
  /** Dependencies whose install scripts the author has approved (`allowScripts`), and refused. */
  readonly approvedScripts: Readonly<Record<string, boolean>>;
  readonly settings: NodeSettings;
  /** The document as written. */
  readonly document: Readonly<Record<string, unknown>>;
}

/**
 * Read a project.
 *
 * @param folder - absolute.
 * @throws FlavorError `manifest-missing`, `manifest-invalid`, `manifest-key-unknown`.
 */
export async function readProject(folder: string): Promise<NodeProject> {
  const path = join(folder, "package.json");
  let document: unknown;
  try {
    document = JSON.parse((await readFile(path, "utf8")).replace(/^\uFEFF/u, ""));
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new FlavorError("manifest-invalid", `package.json is not JSON: ${cause.message}`, { cause });
    const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    throw new FlavorError(missing ? "manifest-missing" : "file-unreadable", `${path} ${missing ? "does not exist" : "cannot be read"}`, { cause });
  }
  if (!isRecord(document)) throw new FlavorError("manifest-invalid", "package.json must hold an object");
  return describeProject(document, folder);
}

/** @throws FlavorError `manifest-invalid`, `manifest-key-unknown`. */
export function describeProject(document: Readonly<Record<string, unknown>>, folder: string): NodeProject {
  const name = optionalText(document, "name") ?? plainName(basename(folder));
  const version = optionalText(document, "version") ?? "0.0.0";
  const engines = document["engines"];
  const workspaces = document["workspaces"];
  const workspaceList = isRecord(workspaces) ? workspaces["packages"] : workspaces;
  return {
    folder,
    name,
    version,
    description: optionalText(document, "description"),
    publishable: document["name"] !== undefined && document["version"] !== undefined,
    bins: readBins(document["bin"], name),
    main: optionalText(document, "main"),
    type: document["type"] === "module" ? "module" : "commonjs",
    engines: isRecord(engines) ? optionalText(engines, "node") : undefined,
    scripts: textMap(document, "scripts"),
    dependencies: { ...textMap(document, "dependencies"), ...textMap(document, "optionalDependencies") },
    workspaces: Array.isArray(workspaceList) ? workspaceList.filter((each) => typeof each === "string") : [],
    approvedScripts: approvals(document["allowScripts"]),
    settings: readSettings(document["flavor"], "package.json"),
    document,
  };
}

/** @returns a package's name without its scope: the name of its only `bin`, and of a file. */
export function unscopedName(name: string): string {
  return name.startsWith("@") ? name.slice(name.indexOf("/") + 1) : name;
}

/**
 * @param bin - text (one program, named as the package) or an object of name and file.
 * @throws FlavorError `manifest-invalid`.
 */
function readBins(bin: unknown, packageName: string): readonly Bin[] {
  if (bin === undefined || bin === null) return [];
  const pairs: readonly (readonly [string, unknown])[] = typeof bin === "string" ? [[unscopedName(packageName), bin]] : isRecord(bin) ? Object.entries(bin) : [["", bin]];
  return pairs.map(([name, file]) => {
    if (typeof file !== "string" || file === "" || name === "") {
      throw new FlavorError("manifest-invalid", `package.json: bin must be a file, or an object of names and files, found ${JSON.stringify(bin)}`);
    }
    return { name: unscopedName(name), file: projectPath(file, `bin.${name}`) };
  });
}

/**
 * @returns the path without `./`.
 * @throws FlavorError `manifest-invalid` if it leaves the project.
 */
export function projectPath(file: string, key: string): string {
  const parts: string[] = [];
  for (const part of file.replaceAll("\\", "/").split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.pop() === undefined) throw new FlavorError("manifest-invalid", `${key} is ${JSON.stringify(file)}, which is outside the project`);
    if (part !== "..") parts.push(part);
  }
  return parts.join("/");
}

function optionalText(document: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = document[key];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string") return value;
  throw new FlavorError("manifest-invalid", `package.json: ${key} must be text, found ${JSON.stringify(value)}`);
}

function textMap(document: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, string>> {
  const value = document[key];
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) throw new FlavorError("manifest-invalid", `package.json: ${key} must be an object, found ${JSON.stringify(value)}`);
  return Object.fromEntries(Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === "string"));
}

/** `allowScripts`: names, with or without `@version`, to true or false. */
function approvals(value: unknown): Readonly<Record<string, boolean>> {
  if (!isRecord(value)) return {};
  const pairs = Object.entries(value).filter((pair): pair is [string, boolean] => typeof pair[1] === "boolean");
  return Object.fromEntries(pairs.map(([name, allowed]) => [name.replace(/(?<=.)@.*$/u, ""), allowed]));
}

function plainName(folder: string): string {
  return folder.toLowerCase().replace(/[^a-z0-9._-]+/gu, "-").replace(/^[._-]+/u, "") || "app";
}
