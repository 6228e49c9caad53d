/**
 * Which packages a bundle leaves as files (./bundle.ts says why).
 */
import { readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { walk } from "./files.js";
import { addonFiles, closure, hasBindingGyp, resolvePackage, type InstalledPackage } from "./packages.js";

const LOOKS_AT_ITSELF = /\b__dirname\b|\b__filename\b|\bimport\.meta\b|\brequire\.resolve\b|\brequire\(\s*[A-Za-z_$`]|\bimport\(\s*(?!["'\s])|\bprocess\.dlopen\b/u;
const BARE_IMPORT = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*["']((?:@[\w.~-]+\/)?[\w~-][\w.~-]*)(?:\/[^"']*)?["']/gu;

/** @returns the package that a file belongs to; undefined for one outside the tree. */
export function ownerOf(path: string, modules: string | undefined, byPath: ReadonlyMap<string, InstalledPackage>): InstalledPackage | undefined {
  if (modules === undefined) return undefined;
  const parts = relative(modules, path).split(sep);
  for (let length = parts.length; length > 0; length -= 1) {
    const owner = byPath.get(parts.slice(0, length).join("/"));
    if (owner !== undefined) return owner;
  }
  return undefined;
}

/** Packages that cannot be bundled whatever is in them: those that the project names, and those with native parts. */
export async function initiallyKept(packages: readonly InstalledPackage[], external: readonly string[]): Promise<readonly InstalledPackage[]> {
  const kept: InstalledPackage[] = [];
  for (const each of packages) {
    if (external.includes(each.name) || (await hasBindingGyp(each.folder)) || (await addonFiles(each.folder)).length > 0) kept.push(each);
  }
  return kept;
}

/**
 * The packages with all that they need; and those that would find another copy of a kept package if their code were moved up.
 */
export function withDependents(byPath: ReadonlyMap<string, InstalledPackage>, roots: readonly InstalledPackage[]): ReadonlySet<string> {
  let kept = closure(byPath, roots);
  for (;;) {
    const more = [...byPath.values()].filter((each) => !kept.has(each.path) && each.needs.some((name) => {
      const needed = resolvePackage(byPath, each, name);
      return needed !== undefined && kept.has(needed.path) && needed.path !== needed.name;
    }));
    if (more.length === 0) return kept;
    kept = closure(byPath, [...[...kept].map((path) => byPath.get(path)).filter((each) => each !== undefined), ...more]);
  }
}

/** Packages whose bundled files look at their own place. @param inputs - absolute paths of what went into the bundles. */
export async function lookingAtThemselves(inputs: ReadonlySet<string>, modules: string | undefined, byPath: ReadonlyMap<string, InstalledPackage>, kept: ReadonlySet<string>): Promise<readonly InstalledPackage[]> {
  const found = new Set<InstalledPackage>();
  for (const path of inputs) {
    const owner = ownerOf(path, modules, byPath);
    if (owner === undefined || kept.has(owner.path) || found.has(owner) || !/\.[mc]?js$/u.test(path)) continue;
    const text = await readFile(path, "utf8");
    if (LOOKS_AT_ITSELF.test(text) && LOOKS_AT_ITSELF.test(await withoutComments(text))) found.add(owner);
  }
  return [...found];
}

async function withoutComments(text: string): Promise<string> {
  const { transform } = await import("esbuild");
  return await transform(text, { loader: "jsx", minifyWhitespace: true, legalComments: "none", logLevel: "silent" }).then((result) => result.code, () => text);
}

/** Files of the project that are in no bundle (started by a path made at run time) still import their packages. */
export async function importedByFiles(to: string, outputs: ReadonlySet<string>, byPath: ReadonlyMap<string, InstalledPackage>): Promise<readonly InstalledPackage[]> {
  const found = new Set<InstalledPackage>();
  for (const path of await walk(to)) {
    if (outputs.has(path) || !/\.[mc]?js$/u.test(path)) continue;
    for (const [, name] of (await readFile(join(to, path), "utf8")).matchAll(BARE_IMPORT)) {
      const imported = name === undefined ? undefined : byPath.get(name);
      if (imported !== undefined) found.add(imported);
    }
  }
  return [...found];
}
