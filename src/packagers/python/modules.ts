/** Whether what an entry starts is really in the package: by its files alone, nothing is imported. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { FlavorError } from "../../format/error.js";
import type { Entry, EntryTarget } from "./entries.js";

/**
 * @param entries - those that must be there.
 * @param folders - where the program looks for modules, in order; absolute.
 * @throws FlavorError `entry-missing`, naming the first entry whose module is in none of them.
 */
export async function requireModules(entries: readonly Entry[], folders: readonly string[]): Promise<void> {
  for (const { name, target } of entries) {
    if (target.kind !== "function" && target.kind !== "module") continue;
    if ((await Promise.all(folders.map((folder) => holdsModule(folder, target)))).includes(true)) continue;
    const runs = target.kind === "function" ? `${target.module}:${target.attribute}` : `-m ${target.module}`;
    const file = target.module.replaceAll(".", "/");
    throw new FlavorError("entry-missing", `entry ${JSON.stringify(name)} runs ${runs}, and neither the program nor its dependencies have a module ${target.module}: looked for ${file}.py and ${file}/${target.kind === "module" ? "__main__.py" : ""}`, {
      hint: "correct the script, or see that its build backend, or tool.flavor.include, brings the module",
      details: { entry: name, module: target.module },
    });
  }
}

/** A file of the module's name, or a folder: a package, of which `-m` runs `__main__`. A folder may be a namespace without `__init__.py`. */
async function holdsModule(folder: string, { kind, module }: Extract<EntryTarget, { readonly module: string }>): Promise<boolean> {
  const parts = module.split(".");
  const name = parts.pop() ?? "";
  const parent = join(folder, ...parts);
  const siblings = await namesIn(parent);
  if (siblings.some((file) => isModuleFile(file, name))) return true;
  const inside = siblings.includes(name) ? await namesIn(join(parent, name)) : [];
  return kind === "module" ? inside.some((file) => isModuleFile(file, "__main__")) : inside.length > 0;
}

/** `name.py`, `name.pyc`, `name.so`, `name.cpython-313-x86_64-linux-gnu.so`, `name.abi3.so`. */
function isModuleFile(file: string, name: string): boolean {
  return file.startsWith(`${name}.`) && /^\.(?:pyc?|(?:[\w-]+\.)?so)$/.test(file.slice(name.length));
}

/** A file on the way, or nothing, holds no names. */
async function namesIn(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch(() => []);
}
