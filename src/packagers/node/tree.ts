/**
 * Making an installed `node_modules` fit to be packed: no links, no notes of the installer, nothing that differs from build to build.
 */
import { cp, readdir, realpath, rm, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** Left by installers; they hold times, paths or host names. */
const INSTALLER_NOTES = new Set([".package-lock.json", ".yarn-integrity", ".yarn-state.yml", ".modules.yaml", ".pnpm-workspace-state.json", ".pnpm-workspace-state-v1.json", ".cache", ".bin", ".pnpm"]);

/**
 * Clean a tree in place.
 *
 * `.bin` folders and installers' notes go; a link to a local package becomes a copy of it; a link to the project itself or to nothing goes.
 *
 * @param modules - the `node_modules` folder.
 * @param project - the folder that was installed.
 */
export async function cleanTree(modules: string, project: string): Promise<void> {
  const visit = async (folder: string, isModules: boolean, trail: readonly string[]): Promise<void> => {
    for (const item of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, item.name);
      if (isModules && INSTALLER_NOTES.has(item.name)) await rm(path, { recursive: true, force: true });
      else if (item.isDirectory()) await visit(path, item.name === "node_modules", trail);
      else if (item.isSymbolicLink()) {
        const target = await replaceLink(path, trail);
        if (target !== undefined) await visit(path, false, [...trail, target]);
      }
    }
  };
  await visit(modules, true, [await realpath(project)]);
  await removeEmptyFolders(modules);
}

/**
 * @param trail - the folders that lead here: a link back to one of them is not followed, since Node finds that package further up.
 * @returns the folder that was copied, or undefined if none was.
 */
async function replaceLink(link: string, trail: readonly string[]): Promise<string | undefined> {
  const target = await realpath(link).catch(() => undefined);
  await rm(link, { force: true });
  if (target === undefined || trail.includes(target)) return undefined;
  const isFolder = (await stat(target)).isDirectory();
  const filter = (item: string) => !relative(target, item).split(sep).includes(".git");
  await cp(target, link, { recursive: true, verbatimSymlinks: !isFolder, filter });
  return isFolder ? target : undefined;
}

/** A scope's folder whose only package was left out, and the like. */
async function removeEmptyFolders(modules: string): Promise<void> {
  for (const item of await readdir(modules, { withFileTypes: true })) {
    if (!item.isDirectory() || !item.name.startsWith("@")) continue;
    if ((await readdir(join(modules, item.name))).length === 0) await rm(join(modules, item.name), { recursive: true });
  }
}

/**
 * Remove the source maps of JavaScript files. Without `--enable-source-maps` Node never reads them; with it, it reads every one when a module
 * is loaded, which makes the start of a program with many dependencies some 8 % slower.
 */
export async function removeSourceMaps(modules: string): Promise<void> {
  const items = await readdir(modules, { withFileTypes: true, recursive: true });
  const files = new Set(items.filter((item) => item.isFile()).map((item) => join(item.parentPath, item.name)));
  for (const file of files) {
    if (/\.[mc]?js\.map$/u.test(file) && files.has(file.slice(0, -".map".length))) await rm(file);
  }
}
