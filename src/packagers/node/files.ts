/**
 * Which files of a project are packed: what `npm pack` would publish (`files`, `.npmignore`, `.gitignore`), without what a program never needs.
 */
import { copyFile, cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { FlavorError } from "../../format/error.js";
import { fileError } from "../../reader/file.js";
import { askNpm, type NpmContext } from "../../runtimes/node-npm.js";
import { matchGlobs } from "../glob.js";
import type { NodeProject } from "./project.js";
import { isRecord } from "./settings.js";

/** Left out wherever they lie, unless `flavor.include` names them. */
const NEVER = matchGlobs([
  "**/node_modules",
  "**/.env", "**/.env.*", "**/.npmrc", "**/.yarnrc*", "**/.DS_Store",
  "**/.git", "**/.github", "**/.gitlab", "**/.husky", "**/.vscode", "**/.idea", "**/.circleci", "**/.cache", "**/.yarn",
  "**/.gitignore", "**/.gitattributes", "**/.npmignore", "**/.nvmrc", "**/.node-version", "**/.editorconfig",
  "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb",
  "coverage", ".nyc_output", "test-results", "junit.xml",
  "**/*.psp", "**/*.tsbuildinfo", "**/*.log",
]);
const ALWAYS_LEFT = matchGlobs(["**/node_modules", "**/.git", "**/*.psp"]);

export interface FilesContext extends NpmContext {
  readonly stagingDir: string;
}

export interface ProjectFiles {
  /** Relative, with `/`, sorted. */
  readonly application: readonly string[];
  /** Those that `flavor.resources` names. */
  readonly resources: readonly string[];
}

/**
 * List the files to pack.
 *
 * @throws FlavorError `tool-missing` without npm, `build-failed` if npm cannot list the project.
 */
export async function listProjectFiles(project: NodeProject, context: FilesContext): Promise<ProjectFiles> {
  const { include, exclude, resources } = project.settings;
  const published = await publishedFiles(project, context);
  const isIncluded = matchGlobs(include);
  const isExcluded = matchGlobs(exclude);
  const isResource = matchGlobs(resources);
  const others = include.length + resources.length === 0 ? [] : (await walk(project.folder)).filter((path) => (isIncluded(path) || isResource(path)) && !ALWAYS_LEFT(path));
  const all = [...new Set([...published.filter((path) => !NEVER(path) || isIncluded(path)), ...others])]
    .filter((path) => !isExcluded(path) || path === "package.json")
    .sort((a, b) => (a < b ? -1 : 1));
  return { application: all.filter((path) => !isResource(path) || path === "package.json"), resources: all.filter((path) => isResource(path) && path !== "package.json") };
}

/** What `npm pack` lists. A project without name or version is copied and given one: npm refuses it otherwise. */
async function publishedFiles(project: NodeProject, context: FilesContext): Promise<readonly string[]> {
  let folder = project.folder;
  if (!project.publishable) {
    folder = join(context.stagingDir, "listing", basename(project.folder));
    await mkdir(folder, { recursive: true });
    await cp(project.folder, folder, { recursive: true, verbatimSymlinks: true, filter: (source) => !ALWAYS_LEFT(relative(project.folder, source).split(sep).join("/")) });
    await writeFile(join(folder, "package.json"), JSON.stringify({ ...project.document, name: "flavor-project", version: "0.0.0" }));
  }
  const answer = await askNpm(["pack", "--dry-run", "--ignore-scripts"], folder, context);
  if ("failure" in answer) throw new FlavorError("build-failed", `npm cannot list the files of the project: ${answer.failure.summary}`);
  const listed = Array.isArray(answer.value) ? (answer.value[0] as unknown) : isRecord(answer.value) ? Object.values(answer.value)[0] : undefined;
  const files = isRecord(listed) && Array.isArray(listed["files"]) ? (listed["files"] as readonly unknown[]) : [];
  return files.map((file) => (isRecord(file) && typeof file["path"] === "string" ? file["path"] : "")).filter((path) => path !== "");
}

/** @returns all regular files below a folder, relative and with `/`, without `node_modules` and `.git`. */
export async function walk(root: string): Promise<readonly string[]> {
  const found: string[] = [];
  const visit = async (folder: string): Promise<void> => {
    for (const item of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder === "" ? item.name : `${folder}/${item.name}`;
      if (item.isDirectory() && item.name !== "node_modules" && item.name !== ".git") await visit(path);
      else if (item.isFile()) found.push(path);
    }
  };
  await visit("");
  return found;
}

/**
 * Copy files of the project into a folder, keeping paths and executable bits.
 *
 * @throws FlavorError `file-unreadable`, `file-missing`, `disk-full`.
 */
export async function copyFiles(from: string, paths: readonly string[], to: string): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    await copyFile(join(from, path), join(to, path)).catch((cause: unknown) => {
      throw fileError(cause, join(from, path), "read");
    });
  }
}
