/**
 * What lies in a `node_modules` tree: packages, what they need, and their native parts.
 */
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { platformName, type Platform } from "../../format/platform.js";
import { binaryPlatform } from "../../runtimes/binary-platform.js";
import { isFile } from "../../runtimes/presence.js";
import { isRecord } from "./settings.js";

export interface InstalledPackage {
  /** Path below `node_modules`, such as `a/node_modules/@b/c`. */
  readonly path: string;
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** Of `dependencies`, `optionalDependencies` and `peerDependencies`. */
  readonly needs: readonly string[];
  readonly optional: readonly string[];
  /** `preinstall`, `install` and `postinstall`. */
  readonly installScripts: readonly string[];
}

/** @returns all packages of a tree, nested ones too, sorted by path; of linked packages only themselves. */
export async function installedPackages(modules: string): Promise<readonly InstalledPackage[]> {
  const found: InstalledPackage[] = [];
  const visit = async (folder: string): Promise<void> => {
    for (const item of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      if (item.name.startsWith(".") || !(item.isDirectory() || item.isSymbolicLink())) continue;
      const path = join(folder, item.name);
      if (item.name.startsWith("@")) await visit(path);
      else await add(path, item.isSymbolicLink());
    }
  };
  const add = async (folder: string, isLink: boolean): Promise<void> => {
    const document = await readFile(join(folder, "package.json"), "utf8").then((text) => JSON.parse(text) as unknown, () => undefined);
    if (isRecord(document)) found.push(describe(document, folder, modules));
    if (!isLink) await visit(join(folder, "node_modules"));
  };
  await visit(modules);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function describe(document: Readonly<Record<string, unknown>>, folder: string, modules: string): InstalledPackage {
  const names = (key: string) => (isRecord(document[key]) ? Object.keys(document[key]) : []);
  const scripts = isRecord(document["scripts"]) ? document["scripts"] : {};
  const path = relative(modules, folder).split(sep).join("/");
  return {
    path,
    folder,
    name: path.split("node_modules/").at(-1) ?? path,
    version: typeof document["version"] === "string" ? document["version"] : "",
    needs: [...new Set([...names("dependencies"), ...names("optionalDependencies"), ...names("peerDependencies")])],
    optional: names("optionalDependencies"),
    installScripts: ["preinstall", "install", "postinstall"].filter((key) => typeof scripts[key] === "string"),
  };
}

/** @returns the package that `name` means inside `from`, as Node looks it up; `from` undefined is the application. */
export function resolvePackage(packages: ReadonlyMap<string, InstalledPackage>, from: InstalledPackage | undefined, name: string): InstalledPackage | undefined {
  for (let base = from?.path ?? ""; base !== ""; base = base.includes("/node_modules/") ? base.slice(0, base.lastIndexOf("/node_modules/")) : "") {
    const nested = packages.get(`${base}/node_modules/${name}`);
    if (nested !== undefined) return nested;
  }
  return packages.get(name);
}

/** @returns the packages and all that they need, by path. */
export function closure(packages: ReadonlyMap<string, InstalledPackage>, roots: Iterable<InstalledPackage>): ReadonlySet<string> {
  const kept = new Set<string>();
  const queue = [...roots];
  for (let each = queue.pop(); each !== undefined; each = queue.pop()) {
    if (kept.has(each.path)) continue;
    kept.add(each.path);
    for (const name of each.needs) {
      const needed = resolvePackage(packages, each, name);
      if (needed !== undefined) queue.push(needed);
    }
  }
  return kept;
}

/** @returns paths of all `.node` files of one package, those of packages nested in it left out. */
export async function addonFiles(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  const visit = async (path: string): Promise<void> => {
    for (const item of await readdir(path, { withFileTypes: true })) {
      if (item.isDirectory() && item.name !== "node_modules") await visit(join(path, item.name));
      else if (item.isFile() && item.name.endsWith(".node")) found.push(join(path, item.name));
    }
  };
  await visit(folder);
  return found.sort();
}

/** @returns true if a native file is for the platform, by its header. */
export async function isFor(file: string, target: Platform): Promise<boolean> {
  const found = await binaryPlatform(file);
  return found === platformName(target) || (found === "darwin" && target.os === "darwin");
}

/** @returns true if the package is compiled by node-gyp. */
export async function hasBindingGyp(folder: string): Promise<boolean> {
  return await isFile(join(folder, "binding.gyp"));
}
