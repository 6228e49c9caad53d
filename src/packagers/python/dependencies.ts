/**
 * Dependencies: from the lock file where there is one, otherwise resolved now; installed into a folder at pack time.
 *
 * Order: requirements files named in `[tool.flavor]`, uv.lock, pylock.toml, the lock of another tool through that tool, a resolution. A lock that
 * cannot be read is an error, never passed over in silence; `--ignore-lock` passes over it.
 */
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FlavorError } from "../../format/error.js";
import { isFile } from "../../runtimes/presence.js";
import { findTool, lastWords, runTool } from "../../runtimes/tool.js";
import type { PythonProject } from "./project.js";
import { normaliseName } from "./source.js";
import { runUv, type Uv } from "./uv.js";

/** What to install. */
export interface DependencyRequest {
  readonly project: PythonProject;
  /** The project's own wheel, whose metadata names its dependencies; undefined for a project that is not built. */
  readonly wheel: string | undefined;
  readonly extras: readonly string[];
  readonly groups: readonly string[];
  readonly ignoreLock: boolean;
  /** Private folder for intermediate files. */
  readonly scratch: string;
}

/** Where the list of what to install lies, and how it is to be taken. */
interface Selection {
  readonly file: string;
  readonly options: readonly string[];
  /** Paths in the file are relative to this folder; the project's own when undefined. */
  readonly folder?: string;
}

const FOREIGN_LOCKS = [
  { file: "poetry.lock", tool: "poetry", args: (extras: readonly string[], groups: readonly string[]) => ["export", "--format", "requirements.txt", ...extras.flatMap((extra) => ["--extras", extra]), ...groups.flatMap((group) => ["--with", group])] },
  { file: "pdm.lock", tool: "pdm", args: (extras: readonly string[], groups: readonly string[]) => ["export", "--format", "requirements", "--prod", ...[...extras, ...groups].flatMap((group) => ["--group", group])] },
] as const;

/**
 * Install what a project needs, without the project itself.
 *
 * @param target - folder to install into; made when there is something.
 * @throws FlavorError `dependency-unresolvable`, `wheel-missing`, `lock-unreadable`.
 */
export async function installDependencies(request: DependencyRequest, uv: Uv, target: string): Promise<void> {
  const selection = await select(request, uv);
  await installRequirements(uv, ["-r", selection.file, ...selection.options], target, selection.folder ?? request.project.folder);
}

async function select(request: DependencyRequest, uv: Uv): Promise<Selection> {
  const { project } = request;
  if (project.settings.requirements.length > 0) return await selectRequirementFiles(request, uv);
  if (!request.ignoreLock) {
    const lock = await uvLockFolder(project.folder);
    if (lock !== undefined) return { ...(await selectUvLock(request, uv)), folder: lock };
    const pylock = join(project.folder, "pylock.toml");
    if (await isFile(pylock)) return { file: pylock, options: [...request.extras.flatMap((extra) => ["--extra", extra]), ...request.groups.flatMap((group) => ["--group", group])] };
    for (const foreign of FOREIGN_LOCKS) if (await isFile(join(project.folder, foreign.file))) return await selectForeign(foreign, request, uv);
  }
  return await selectResolution(request, uv);
}

async function selectRequirementFiles({ project, scratch }: DependencyRequest, uv: Uv): Promise<Selection> {
  const files = project.settings.requirements.map((file) => join(project.folder, file));
  const texts = await Promise.all(
    files.map(async (file) => {
      try {
        return await readFile(file, "utf8");
      } catch (cause) {
        throw new FlavorError("file-missing", `tool.flavor.requirements names ${file}, which cannot be read`, { cause });
      }
    }),
  );
  if (files.length === 1 && texts[0]?.includes("--hash=") === true) return { file: files[0] ?? "", options: ["--no-deps", "--require-hashes"] };
  return await compile(uv, files, [], scratch, project);
}

async function selectUvLock({ project, extras, groups, scratch }: DependencyRequest, uv: Uv): Promise<Selection> {
  const file = join(scratch, "locked.txt");
  const options = ["--frozen", "--no-emit-project", "--no-default-groups", "--no-editable", "--format", "requirements.txt", "--output-file", file];
  await runUv(uv, ["export", "--quiet", ...options, ...extras.flatMap((extra) => ["--extra", extra]), ...groups.flatMap((group) => ["--group", group])], project.folder, { subject: `${project.name}: uv.lock`, buildFailure: "build-failed" });
  return { file, options: ["--no-deps"] };
}

async function selectForeign(foreign: (typeof FOREIGN_LOCKS)[number], { project, extras, groups, scratch }: DependencyRequest, uv: Uv): Promise<Selection> {
  const hint = `install ${foreign.tool} with its export command, or give --ignore-lock to resolve anew`;
  const tool = await findTool(foreign.tool, uv.context.environment);
  if (tool === undefined) throw new FlavorError("lock-unreadable", `${foreign.file} is ${foreign.tool}'s, and ${foreign.tool} is not on PATH`, { hint });
  const result = await runTool(tool, foreign.args(extras, groups), { cwd: project.folder, environment: uv.context.environment, signal: uv.context.signal });
  if (result.status !== 0) throw new FlavorError("lock-unreadable", `${foreign.tool} cannot export ${foreign.file}: ${lastWords(result, 1)}`, { hint });
  const file = join(scratch, "locked.txt");
  await writeFile(file, result.stdout);
  return { file, options: ["--no-deps"] };
}

async function selectResolution(request: DependencyRequest, uv: Uv): Promise<Selection> {
  const { project, wheel, extras, groups, scratch } = request;
  const groupOptions = groups.flatMap((group) => ["--group", `${join(project.folder, "pyproject.toml")}:${group}`]);
  if (project.hasUvSources) {
    return await compile(uv, [join(project.folder, "pyproject.toml")], [...extras.flatMap((extra) => ["--extra", extra]), ...groupOptions], scratch, project);
  }
  const file = join(scratch, "requirements.in");
  await writeFile(file, wheel === undefined ? plainRequirements(project, extras) : wheelRequirement(project.name, extras, wheel));
  return await compile(uv, [file], [...groupOptions, "--no-emit-package", project.name], scratch, project);
}

function wheelRequirement(name: string, extras: readonly string[], wheel: string): string {
  return `${name}${extras.length === 0 ? "" : `[${extras.join(",")}]`} @ ${new URL(`file://${wheel.split("/").map(encodeURIComponent).join("/")}`).href}\n`;
}

function plainRequirements(project: PythonProject, extras: readonly string[]): string {
  const more = extras.flatMap((extra) => Object.entries(project.extras).find(([name]) => normaliseName(name) === normaliseName(extra))?.[1] ?? []);
  return [...project.dependencies, ...more, ""].join("\n");
}

/** Resolve, and write down the result with hashes; everything after this takes exactly that. */
async function compile(uv: Uv, inputs: readonly string[], options: readonly string[], scratch: string, project: PythonProject): Promise<Selection> {
  const file = join(scratch, "resolved.txt");
  const step = uv.context.progress.step("resolve dependencies");
  await runUv(uv, ["pip", "compile", "--quiet", "--generate-hashes", "--no-header", "--no-annotate", "--python", uv.interpreter, "--output-file", file, ...options, ...inputs], project.folder, { subject: project.name, buildFailure: "wheel-missing" });
  step.done(`${(await readFile(file, "utf8")).split("\n").filter((line) => /^\S.*(?:==| @ )/.test(line)).length.toString()} packages`);
  return { file, options: ["--no-deps"] };
}

/**
 * Install into a folder, compiled for nothing and linked to nothing.
 *
 * @param cwd - where uv reads its configuration from.
 */
export async function installRequirements(uv: Uv, what: readonly string[], target: string, cwd: string, subject = "dependencies"): Promise<void> {
  const step = uv.context.progress.step(`install ${subject}`);
  await runUv(uv, ["pip", "install", "--python", uv.interpreter, "--target", target, "--link-mode", "copy", "--no-compile-bytecode", ...what], cwd, { subject, buildFailure: "wheel-missing" });
  step.done();
}

/** uv.lock lies beside the project, or at the root of its workspace. */
async function uvLockFolder(folder: string): Promise<string | undefined> {
  for (let at = folder, depth = 0; depth < 6; depth += 1, at = dirname(at)) {
    const pyproject = at === folder ? "[tool.uv.workspace]" : await readFile(join(at, "pyproject.toml"), "utf8").catch(() => "");
    if (pyproject.includes("[tool.uv.workspace]") && (await isFile(join(at, "uv.lock")))) return at;
  }
  return undefined;
}
