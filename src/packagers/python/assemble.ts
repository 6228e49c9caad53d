/** Makes slots and a manifest of what is staged: bootstrap, commands, bytecode, wheel. */
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest, ManifestSlot } from "../../manifest/manifest.js";
import { compileBytecode } from "../../runtimes/python-bytecode.js";
import type { PythonRuntime } from "../../runtimes/python.js";
import type { PackContext, StagedPackage } from "../plan.js";
import { BOOT_FILE, bootFileText, ENTRY_FILE, entryArgv, entryFileText, pathFileText, readsPathFile, wrapperText } from "./bootstrap.js";
import type { Entry } from "./entries.js";
import { listFiles } from "./files.js";
import type { FlavorSettings } from "./settings.js";
import { listInstalled } from "./source.js";
import { writeWheel } from "./wheel.js";

/** Everything that a package is made of. */
export interface StagedParts {
  readonly name: string;
  readonly version: string;
  readonly description: string | undefined;
  readonly requiresPython: string | undefined;
  readonly runtime: PythonRuntime;
  /** Folder of the application slot, holding `app/`; absolute. */
  readonly root: string;
  readonly app: string;
  /** Folder of the dependencies; absolute, may be empty. */
  readonly lib: string;
  readonly scratch: string;
  readonly resources: string | undefined;
  /** The default first. */
  readonly entries: readonly Entry[];
  readonly settings: FlavorSettings;
  readonly wheel: boolean;
}

/** Variables that would turn a Python, or tools written in it, towards code or settings of the caller. */
const ISOLATION = [
  "PYTHONPATH",
  "PYTHONHOME",
  "PYTHONSTARTUP",
  "PYTHONUSERBASE",
  "PYTHONNOUSERSITE",
  "PYTHONEXECUTABLE",
  "PYTHONPLATLIBDIR",
  "PYTHONSAFEPATH",
  "PYTHONCASEOK",
  "PYTHONPYCACHEPREFIX",
  "PYTHONINSPECT",
  "__PYVENV_LAUNCHER__",
  "VIRTUAL_ENV",
  "VIRTUAL_ENV_PROMPT",
  "UV_PROJECT_ENVIRONMENT",
  "UV_CACHE_DIR",
];

/** Name of the variable that tells a program where its resources lie. */
const RESOURCES_VARIABLE = "FLAVOR_RESOURCES";

/**
 * @returns the manifest and, if asked for, the wheel.
 * @throws FlavorError `build-failed`.
 */
export async function assemble(parts: StagedParts, context: PackContext): Promise<StagedPackage> {
  const { runtime, entries } = parts;
  const hasDependencies = (await readdir(parts.lib)).length > 0;
  const pathFiles = [...(await pathFilesIn(parts.app, "app")), ...(await pathFilesIn(parts.lib, "lib"))];
  // the wheel first: it has no bytecode and none of the files below
  const wheel = parts.wheel ? await makeWheel(parts, pathFiles, context) : undefined;
  await writeFile(join(parts.app, ENTRY_FILE), entryFileText(runtime.minor));
  await writeFile(join(parts.app, BOOT_FILE), bootFileText({ entries, minor: runtime.minor, authorities: runtime.authorities, pathFiles }));
  await writeCommands(parts);
  const step = context.progress.step("compile the program and its dependencies");
  const interpreter = join(runtime.folder, runtime.interpreter);
  await compileBytecode(interpreter, parts.app, "app", context);
  if (hasDependencies) await compileBytecode(interpreter, parts.lib, "lib", context);
  step.done(`${((await listFiles(parts.app)).length + (await listFiles(parts.lib)).length).toString()} files`);
  return { manifest: manifestOf(parts, hasDependencies), ...(wheel === undefined ? {} : { wheel }) };
}

async function makeWheel(parts: StagedParts, pathFiles: readonly string[], context: PackContext): Promise<NonNullable<StagedPackage["wheel"]>> {
  const step = context.progress.step("make the wheel");
  const folder = join(parts.scratch, "installable");
  await mkdir(folder, { recursive: true });
  const installed = [...(await listInstalled(parts.app)), ...(await listInstalled(parts.lib))];
  const { name, version, description, entries, resources, requiresPython } = parts;
  const wheel = await writeWheel({ name, version, description, entries, folders: [parts.app, parts.lib], resources, installed, minor: parts.runtime.minor, requiresPython, pathFiles }, folder);
  step.done(wheel.fileName);
  return wheel;
}

/** `bin/`: the interpreter as a link, so that its own settings lie with the program while it lies in `runtime/`; and one command an entry. */
async function writeCommands({ runtime, root, entries }: StagedParts): Promise<void> {
  const bin = join(root, "bin");
  await mkdir(bin, { recursive: true });
  const name = `python${runtime.minor}`;
  await symlink(`../runtime/${runtime.interpreter}`, join(bin, name));
  // beside the ._pth file the interpreter takes bin/ for its prefix, and looks for lib/ in it
  await symlink("../runtime/lib", join(bin, "lib"));
  if (readsPathFile(runtime.minor)) await writeFile(join(bin, `${name}._pth`), pathFileText(runtime.minor));
  for (const entry of entries) await writeFile(join(bin, entry.name), wrapperText(entry, runtime.minor), { mode: 0o755 });
}

function manifestOf(parts: StagedParts, hasDependencies: boolean): Manifest {
  const { settings, entries, runtime } = parts;
  const slots: ManifestSlot[] = [archive("runtime", runtime.folder, "runtime", "runtime")];
  if (hasDependencies) slots.push(archive("dependencies", parts.lib, "lib", "dependencies"));
  slots.push(archive("application", parts.root, ".", "application"));
  const primarySlot = slots.length - 1;
  if (parts.resources !== undefined) slots.push(archive("resources", parts.resources, "resources", "resources"));
  const first = entries[0];
  return {
    package: { name: parts.name, version: parts.version, ...(parts.description === undefined ? {} : { description: parts.description }), sequence: settings.sequence },
    execution: {
      argv: first === undefined ? [] : entryArgv(first, runtime.minor),
      ...(first === undefined ? {} : { entry: first.name }),
      entries: Object.fromEntries(entries.map((entry) => [entry.name, { argv: entryArgv(entry, runtime.minor) }])),
      env: { ...(parts.resources === undefined ? {} : { [RESOURCES_VARIABLE]: "{workenv}/resources" }), ...settings.env },
      primarySlot,
    },
    slots,
    runtimeEnv: { unset: [...ISOLATION, ...settings.runtimeEnv.unset], pass: settings.runtimeEnv.pass, map: settings.runtimeEnv.map, set: settings.runtimeEnv.set },
    ...(settings.minimumLevel === undefined ? {} : { minimumLevel: settings.minimumLevel }),
  };
}

function archive(id: string, source: string, target: string, purpose: string): ManifestSlot {
  return { id, source, target, operations: ["TAR", "ZSTD"], purpose, lifecycle: "runtime" };
}

/** @returns the `.pth` files of a folder in order, as `{name}/{file}`. */
export async function pathFilesIn(folder: string, name: string): Promise<string[]> {
  return (await readdir(folder)).filter((file) => file.endsWith(".pth")).sort().map((file) => `${name}/${file}`);
}
