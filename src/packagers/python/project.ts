/** What pyproject.toml says about a project: PEP 621, PEP 518, `[tool.flavor]`, and the files beside it that matter for packing. */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { FlavorError } from "../../format/error.js";
import { parseToml } from "../../manifest/parse.js";
import { exists } from "../../runtimes/presence.js";
import { readSettings, tableAt, textAt, textList, textsByName, type FlavorSettings } from "./settings.js";

/** A project as its files describe it. */
export interface PythonProject {
  /** Absolute. */
  readonly folder: string;
  readonly name: string;
  /** Undefined when only the build backend knows. */
  readonly version: string | undefined;
  readonly description: string | undefined;
  /** Scripts and GUI scripts in file order: name and `module:function`. */
  readonly scripts: readonly Script[];
  /** Whether the backend may add scripts that are not in the file. */
  readonly scriptsAreDynamic: boolean;
  readonly requiresPython: string | undefined;
  /** Minor version from `.python-version`, such as `3.13`. */
  readonly pinnedPython: string | undefined;
  /** False for a folder of modules without `[build-system]`: its files are packed as they are. */
  readonly isBuilt: boolean;
  /** `[tool.uv.sources]` exists: requirements mean something else than their text. */
  readonly hasUvSources: boolean;
  /** PEP 508 requirements, for a project that is not built. */
  readonly dependencies: readonly string[];
  readonly extras: Readonly<Record<string, readonly string[]>>;
  readonly settings: FlavorSettings;
}

export interface Script {
  readonly name: string;
  readonly target: string;
}

/**
 * Read a project.
 *
 * @param folder - absolute path of the folder that holds pyproject.toml.
 * @throws FlavorError `manifest-missing`, `manifest-invalid`, `manifest-key-unknown`.
 */
export async function readProject(folder: string): Promise<PythonProject> {
  const file = join(folder, "pyproject.toml");
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new FlavorError("manifest-missing", `${file} cannot be read`, { cause, hint: "give the folder of a Python project" });
  }
  const document = tableAt(parseToml(text, file), file);
  const tool = tableAt(document["tool"], "tool");
  const settings = readSettings(tool["flavor"]);
  const hasProject = document["project"] !== undefined;
  const project = tableAt(document["project"], "project");
  const dynamic = textList(project["dynamic"], "project.dynamic");
  const hasBuildSystem = document["build-system"] !== undefined;
  const scripts = scriptsOf({ ...textsByName(project["scripts"], "project.scripts"), ...textsByName(project["gui-scripts"], "project.gui-scripts") });
  const legacySetup = (await exists(join(folder, "setup.py"))) || (await exists(join(folder, "setup.cfg")));
  const poetry = tableAt(tool["poetry"], "tool.poetry");
  const name = textAt(project["name"], "project.name") ?? textAt(poetry["name"], "tool.poetry.name") ?? (hasBuildSystem || legacySetup ? basename(folder) : undefined);
  if (name === undefined) throw new FlavorError("manifest-invalid", `${file}: project.name is missing`, { hint: 'add [project] with name = "..." and version = "..."' });
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(name)) throw new FlavorError("manifest-invalid", `${file}: project.name: ${JSON.stringify(name)} is not a package name`);
  return {
    folder,
    name,
    version: textAt(project["version"], "project.version"),
    description: textAt(project["description"], "project.description"),
    scripts,
    scriptsAreDynamic: !hasProject || dynamic.includes("scripts") || dynamic.includes("entry-points") || dynamic.includes("gui-scripts"),
    requiresPython: textAt(project["requires-python"], "project.requires-python"),
    pinnedPython: await readPinnedPython(folder),
    isBuilt: hasBuildSystem || legacySetup || scripts.length > 0,
    hasUvSources: tableAt(tool["uv"], "tool.uv")["sources"] !== undefined,
    dependencies: textList(project["dependencies"], "project.dependencies"),
    extras: Object.fromEntries(Object.entries(tableAt(project["optional-dependencies"], "project.optional-dependencies")).map(([extra, list]) => [extra, textList(list, `project.optional-dependencies.${extra}`)])),
    settings,
  };
}

/** Order in the file is kept; a name in both tables is one script. */
function scriptsOf(table: Readonly<Record<string, string>>): Script[] {
  return Object.entries(table).map(([name, target]) => ({ name, target: target.trim() }));
}

/** The first line that names a CPython version. A patch level there is the developer's own; the minor version is what counts. */
async function readPinnedPython(folder: string): Promise<string | undefined> {
  try {
    const text = await readFile(join(folder, ".python-version"), "utf8");
    return text.split("\n").map((line) => /^(?:cpython[@-])?(\d+\.\d+)(?:\.\d+)?$/.exec(line.trim())?.[1]).find((version) => version !== undefined);
  } catch {
    return undefined;
  }
}
