/** Does the work of a plan: runtime, the program's own files, its dependencies; then ./assemble.ts makes slots of them. */
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FlavorError } from "../../format/error.js";
import { hostPlatform, platformName } from "../../format/platform.js";
import { exists } from "../../runtimes/presence.js";
import { resolvePythonRuntime, type PythonRequest, type PythonRuntime } from "../../runtimes/python.js";
import { providePythonTool } from "../../runtimes/python-tool.js";
import type { PackContext, StagedPackage } from "../plan.js";
import { assemble, pathFilesIn } from "./assemble.js";
import { installDependencies, installRequirements } from "./dependencies.js";
import { chooseEntries, parseEntryPoints, scriptEntries, type Entry } from "./entries.js";
import { copyMatching, listFiles } from "./files.js";
import { cleanInstalled, type LooseScript } from "./install.js";
import { requireModules } from "./modules.js";
import type { PythonProject } from "./project.js";
import type { FlavorSettings } from "./settings.js";
import { buildWheel, copySources, listInstalled, normaliseName, NOT_SOURCES, requireExtras, type Installed } from "./source.js";
import { runUv, type Uv } from "./uv.js";

/** A project to stage. */
export interface ProjectWork {
  readonly project: PythonProject;
  readonly request: PythonRequest;
  readonly wanted: string | undefined;
  readonly wheel: boolean;
  readonly extras: readonly string[];
  readonly groups: readonly string[];
  readonly ignoreLock: boolean;
}

/** A published program to stage. */
export interface PublishedWork {
  readonly name: string;
  readonly extras: readonly string[];
  /** Such as `==3.2.4`; empty for the newest. */
  readonly specifier: string;
  readonly request: PythonRequest;
  readonly settings: FlavorSettings;
  readonly wanted: string | undefined;
  readonly wheel: boolean;
}

/** Folders of one staging, all absolute. */
interface Workplace {
  readonly runtime: PythonRuntime;
  readonly uv: Uv;
  readonly scratch: string;
  /** The workenv's root as the application slot has it: `app/`, `bin/`, `share/`. */
  readonly root: string;
  readonly app: string;
  readonly lib: string;
}

/** @throws FlavorError as ../plan.ts says. */
export async function stageProject(work: ProjectWork, context: PackContext): Promise<StagedPackage> {
  const { project } = work;
  const place = await prepare(work.request, context);
  let wheel: string | undefined;
  if (project.isBuilt) wheel = await installProject(project, place);
  else await copyModules(project, place.app);
  const own = wheel === undefined ? undefined : ownDistribution(await listInstalled(place.app), project.name);
  requireExtras(project.name, work.extras, own?.metadata.extras ?? Object.keys(project.extras));
  await installDependencies({ project, wheel, extras: work.extras, groups: work.groups, ignoreLock: work.ignoreLock, scratch: place.scratch }, place.uv, place.lib);
  const loose = await cleanBoth(place, project.settings.exclude);
  const idle = await copyMatching(project.folder, place.app, project.settings.include, NOT_SOURCES);
  const resources = join(place.scratch, "resources");
  idle.push(...(await copyMatching(project.folder, resources, project.settings.resources, NOT_SOURCES)));
  for (const glob of idle) context.progress.warn(`pyproject.toml: tool.flavor: no file fits ${JSON.stringify(glob)}`);
  const scripts = project.scriptsAreDynamic && own !== undefined ? parseEntryPoints(own.entryPoints) : project.scripts;
  const entries = chooseEntries({ projectName: project.name, scripts: [...scriptEntries(scripts, "project.scripts"), ...looseEntries(loose)], more: project.settings.entries, wanted: work.wanted });
  await requireModules(entries, await moduleFolders(place));
  return await assemble(
    {
      ...place,
      name: project.name,
      version: own?.metadata.version ?? project.version ?? "0",
      description: project.description ?? own?.metadata.summary,
      requiresPython: project.requiresPython ?? own?.metadata.requiresPython,
      entries,
      settings: project.settings,
      resources: project.settings.resources.length > 0 && (await exists(resources)) ? resources : undefined,
      wheel: work.wheel,
    },
    context,
  );
}

/** @throws FlavorError as ../plan.ts says. */
export async function stagePublished(work: PublishedWork, context: PackContext): Promise<StagedPackage> {
  const place = await prepare(work.request, context);
  const requirement = `${work.name}${work.extras.length === 0 ? "" : `[${work.extras.join(",")}]`}${work.specifier}`;
  const input = join(place.scratch, "published.in");
  const resolved = join(place.scratch, "resolved.txt");
  await writeFile(input, `${requirement}\n`);
  const step = context.progress.step(`resolve ${requirement}`);
  await runUv(place.uv, ["pip", "compile", "--quiet", "--generate-hashes", "--no-header", "--no-annotate", "--python", place.uv.interpreter, "--output-file", resolved, input], place.scratch, { subject: requirement, buildFailure: "wheel-missing" });
  const blocks = (await readFile(resolved, "utf8")).split(/\n(?=\S)/).filter((block) => block.trim() !== "");
  step.done(`${blocks.length.toString()} packages`);
  const isOwn = (block: string) => normaliseName(/^[A-Za-z0-9._-]+/.exec(block)?.[0] ?? "") === normaliseName(work.name);
  for (const [name, chosen, target] of [["own", blocks.filter(isOwn), place.app], ["others", blocks.filter((block) => !isOwn(block)), place.lib]] as const) {
    const file = join(place.scratch, `${name}.txt`);
    await writeFile(file, `${chosen.join("\n")}\n`);
    if (chosen.length > 0) await installRequirements(place.uv, ["--no-deps", "-r", file], target, place.scratch, name === "own" ? work.name : "its dependencies");
  }
  const own = ownDistribution(await listInstalled(place.app), work.name);
  if (own === undefined) throw new FlavorError("dependency-unresolvable", `${requirement}: nothing was installed`);
  requireExtras(work.name, work.extras, own.metadata.extras);
  const loose = await cleanBoth(place, []);
  const scripts = [...scriptEntries(parseEntryPoints(own.entryPoints), work.name), ...looseEntries(loose)];
  const entries = chooseEntries({ projectName: work.name, scripts, more: {}, wanted: work.wanted });
  // a script that only another extra makes whole is its author's business, the one that was asked for is not
  await requireModules(entries.slice(0, 1), await moduleFolders(place));
  const { name, version, summary, requiresPython } = own.metadata;
  return await assemble({ ...place, name, version, description: summary, requiresPython, entries, settings: work.settings, resources: undefined, wheel: work.wheel }, context);
}

async function prepare(request: PythonRequest, context: PackContext): Promise<Workplace> {
  const host = platformName(hostPlatform(process.platform, process.arch));
  if (platformName(context.target) !== host || context.target.os === "windows") {
    throw new FlavorError("runtime-missing", `Python programs are packed on the platform they are for: this machine is ${host}, the target is ${platformName(context.target)}`, { hint: `run flavor pack on ${platformName(context.target)}` });
  }
  const runtime = await resolvePythonRuntime(request, context);
  const path = await providePythonTool("uv", runtime.buildInterpreter, context);
  const scratch = join(context.stagingDir, "python");
  const root = join(scratch, "root");
  const place = { runtime, uv: { path, interpreter: runtime.buildInterpreter, context }, scratch, root, app: join(root, "app"), lib: join(scratch, "lib") };
  await mkdir(place.app, { recursive: true });
  await mkdir(place.lib, { recursive: true });
  return place;
}

async function installProject(project: PythonProject, place: Workplace): Promise<string> {
  const sources = join(place.scratch, "source");
  await copySources(project, sources);
  const wheel = await buildWheel(place.uv, project.name, sources, join(place.scratch, "wheel"));
  await installRequirements(place.uv, ["--no-deps", wheel], place.app, project.folder, project.name);
  return wheel;
}

/** A project without a build system: what lies in `src/`, else in the folder, is the program. Hidden files and those of tools are not. */
async function copyModules(project: PythonProject, app: string): Promise<void> {
  const sources = join(project.folder, "src");
  const flat = !(await exists(sources)) || (await exists(join(sources, "__init__.py")));
  const from = flat ? project.folder : sources;
  const files = (await listFiles(from, NOT_SOURCES)).filter((file) => !/(?:^|\/)\.|\.(?:psp|pyc)$|^(?:pyproject|pylock|poetry|pdm|uv)\.(?:toml|lock)$/.test(file));
  for (const file of files) await cp(join(from, file), join(app, file), { verbatimSymlinks: true });
}

async function cleanBoth(place: Workplace, exclude: readonly string[]): Promise<LooseScript[]> {
  await cleanInstalled(place.lib, place.root, exclude);
  return await cleanInstalled(place.app, place.root, exclude);
}

/** Where the program looks for modules; `.pth` files may name more. */
async function moduleFolders({ runtime, app, lib }: Workplace): Promise<string[]> {
  const standard = join(runtime.folder, "lib", `python${runtime.minor}`);
  const named: string[] = [];
  for (const folder of [app, lib]) {
    for (const file of await pathFilesIn(folder, ".")) {
      const lines = (await readFile(join(folder, file), "utf8")).split(/\r?\n/).filter((line) => line.trim() !== "" && !/^(?:#|import[ \t])/.test(line));
      named.push(...lines.map((line) => join(folder, line.trimEnd())));
    }
  }
  return [standard, join(standard, "lib-dynload"), app, lib, ...named];
}

function looseEntries(loose: readonly LooseScript[]): Entry[] {
  return loose.map(({ name, kind, path }) => ({ name, target: { kind, path } }));
}

function ownDistribution(installed: readonly Installed[], name: string): Installed | undefined {
  return installed.find(({ metadata }) => normaliseName(metadata.name) === normaliseName(name));
}
