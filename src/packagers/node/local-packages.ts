/**
 * Packages that a project takes from folders beside or below it: `file:` dependencies and workspaces.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { matchGlobs } from "../glob.js";
import { describeProject, type NodeProject } from "./project.js";
import { isRecord } from "./settings.js";

const DEPENDENCY_KEYS = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

/**
 * @param folder - of the project.
 * @param document - its package.json.
 * @returns relative paths (with `/`, maybe climbing) of local packages, those that they need included; sorted.
 */
export async function localFolders(folder: string, document: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const found = new Set<string>();
  const visit = async (base: string, each: Readonly<Record<string, unknown>>): Promise<void> => {
    const below = base === "" ? await workspaceFolders(folder, each) : [];
    for (const path of [...below, ...filePaths(each).map((wish) => posix.join(base, wish))]) {
      if (found.has(path) || path === ".") continue;
      if (!(await stat(join(folder, path)).then(() => true, () => false))) continue;
      found.add(path);
      const inner = await readFile(join(folder, path, "package.json"), "utf8").then((text) => JSON.parse(text) as unknown, () => undefined);
      if (isRecord(inner)) await visit(path, inner);
    }
  };
  await visit("", document);
  return [...found].sort();
}

function filePaths(document: Readonly<Record<string, unknown>>): readonly string[] {
  return DEPENDENCY_KEYS.flatMap((key) => {
    const wishes = document[key];
    if (!isRecord(wishes)) return [];
    return Object.values(wishes).flatMap((wish) => {
      const path = typeof wish === "string" ? /^(?:file:|link:|portal:|(?=\.{1,2}\/))(?!\/)(.+)$/u.exec(wish)?.[1] : undefined;
      return path === undefined ? [] : [path];
    });
  });
}

/** @returns the folders that `workspaces` names and that hold a package.json. */
export async function workspaceFolders(folder: string, document: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const { workspaces }: NodeProject = describeProject({ workspaces: document["workspaces"] }, folder);
  if (workspaces.length === 0) return [];
  const matches = matchGlobs(workspaces.filter((each) => !each.startsWith("!")));
  const refused = matchGlobs(workspaces.filter((each) => each.startsWith("!")).map((each) => each.slice(1)));
  const found: string[] = [];
  const visit = async (path: string, depth: number): Promise<void> => {
    for (const item of await readdir(join(folder, path), { withFileTypes: true }).catch(() => [])) {
      if (!item.isDirectory() || item.name === "node_modules" || item.name.startsWith(".")) continue;
      const below = path === "" ? item.name : `${path}/${item.name}`;
      const isPackage = matches(below) && !refused(below) && (await stat(join(folder, below, "package.json")).then(() => true, () => false));
      if (isPackage) found.push(below);
      else if (depth > 1) await visit(below, depth - 1);
    }
  };
  await visit("", 4);
  return found.sort();
}
