/** The project itself: copied aside, built into a wheel by its own backend, and what the wheel says. */
import { cp, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { FlavorError } from "../../format/error.js";
import type { PythonProject } from "./project.js";
import { runUv, type Uv } from "./uv.js";

/** Folders that are never part of a project's sources. */
export const NOT_SOURCES: ReadonlySet<string> = new Set([".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", "node_modules", "dist", "build", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".cache"]);

/**
 * Copy a project, so that building it writes nothing into its own folder. A repository is referred to, not copied, for backends that take the
 * version from tags.
 *
 * @param to - absolute; made.
 */
export async function copySources(project: PythonProject, to: string): Promise<void> {
  await cp(project.folder, to, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => {
      const inside = relative(project.folder, path);
      const name = basename(path);
      if (inside === "") return true;
      // "build" and "dist" may be modules of the project further down
      return !(NOT_SOURCES.has(name) && (!["build", "dist", "venv"].includes(name) || !inside.includes(sep))) && !/\.(?:egg-info|psp|pyc)$/.test(name);
    },
  });
  const repository = join(project.folder, ".git");
  const kind = await stat(repository).catch(() => undefined);
  if (kind?.isDirectory() === true) await writeFile(join(to, ".git"), `gitdir: ${repository}\n`);
  else if (kind?.isFile() === true) await cp(repository, join(to, ".git"));
}

/**
 * Build a project's wheel with its own PEP 517 backend.
 *
 * @param sources - a copy of the project.
 * @param out - folder for the wheel; made.
 * @returns the wheel's absolute path.
 * @throws FlavorError `build-failed`.
 */
export async function buildWheel(uv: Uv, name: string, sources: string, out: string): Promise<string> {
  await mkdir(out, { recursive: true });
  const step = uv.context.progress.step(`build ${name}`);
  await runUv(uv, ["build", "--wheel", "--no-create-gitignore", "--python", uv.interpreter, "--out-dir", out, sources], sources, { subject: `${name} does not build`, buildFailure: "build-failed" });
  const wheel = (await readdir(out)).find((file) => file.endsWith(".whl"));
  if (wheel === undefined) throw new FlavorError("build-failed", `${name}: its build backend made no wheel`);
  step.done(wheel);
  return join(out, wheel);
}

/** What a distribution's METADATA says. */
export interface DistributionMetadata {
  readonly name: string;
  readonly version: string;
  readonly summary: string | undefined;
  readonly requiresPython: string | undefined;
  readonly requirements: readonly string[];
  readonly extras: readonly string[];
}

/** @returns the header fields of a METADATA file. */
export function parseMetadata(text: string): DistributionMetadata {
  const head = text.split(/\r?\n\r?\n/)[0] ?? "";
  const fields = head.split(/\r?\n/).flatMap((line) => {
    const match = /^([A-Za-z-]+): ?(.*)$/.exec(line);
    return match?.[1] === undefined ? [] : [[match[1].toLowerCase(), match[2] ?? ""] as const];
  });
  const all = (key: string) => fields.filter(([name]) => name === key).map(([, value]) => value);
  const first = (key: string) => all(key)[0];
  const summary = first("summary");
  return {
    name: first("name") ?? "",
    version: first("version") ?? "",
    summary: summary === "UNKNOWN" || summary === "" ? undefined : summary,
    requiresPython: first("requires-python"),
    requirements: all("requires-dist"),
    extras: all("provides-extra"),
  };
}

/** A distribution that is installed in a folder. */
export interface Installed {
  /** Name of the `.dist-info` folder. */
  readonly distInfo: string;
  readonly metadata: DistributionMetadata;
  /** Text of `entry_points.txt`, empty when there is none. */
  readonly entryPoints: string;
  /** `Tag` lines of WHEEL. */
  readonly tags: readonly string[];
}

/** @returns what is installed in a folder, in order of names. */
export async function listInstalled(folder: string): Promise<Installed[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".dist-info")).sort();
  return await Promise.all(
    names.map(async (distInfo) => {
      const read = (file: string) => readFile(join(folder, distInfo, file), "utf8").catch(() => "");
      const wheel = await read("WHEEL");
      return { distInfo, metadata: parseMetadata(await read("METADATA")), entryPoints: await read("entry_points.txt"), tags: [...wheel.matchAll(/^Tag: *(\S+)/gm)].map((match) => match[1] ?? "") };
    }),
  );
}

/** @returns a name as PEP 503 normalises it. */
export function normaliseName(name: string): string {
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}

/**
 * uv passes over an extra that does not exist; a package without it would lack what its author asked for.
 *
 * @throws FlavorError `dependency-unresolvable` if one of the wanted extras does not exist.
 */
export function requireExtras(name: string, wanted: readonly string[], known: readonly string[]): void {
  const missing = wanted.find((extra) => !known.some((one) => normaliseName(one) === normaliseName(extra)));
  if (missing !== undefined) throw new FlavorError("dependency-unresolvable", `${name} has no extra ${JSON.stringify(missing)}`, { hint: `its extras are ${known.join(", ") || "none"}` });
}
