/**
 * TypeScript in local packages (`file:` dependencies and workspaces): what their package.json points at is compiled, as it is for the
 * project itself. Published packages hold JavaScript; these need not.
 */
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compileSources } from "./compile.js";
import { projectPath } from "./project.js";
import { isRecord } from "./settings.js";
import { findSource, needsCompiling, outputPath, type BuildFolders } from "./typescript-project.js";

const POINTERS = ["main", "module", "exports", "imports", "bin"];

/**
 * Compile a local package in its staged copy.
 *
 * @param original - the package's own folder, which is only read.
 * @param copy - its copy in staging.
 * @returns true if there was something to compile.
 * @throws FlavorError `build-failed`.
 */
export async function compileLocalPackage(original: string, copy: string, nodeVersion: string | undefined): Promise<boolean> {
  const path = join(copy, "package.json");
  const document = await readFile(path, "utf8").then((text) => JSON.parse(text) as unknown, () => undefined);
  if (!isRecord(document)) return false;
  const sources: string[] = [];
  let folders: BuildFolders = { root: "", out: "" };
  for (const pointer of POINTERS.flatMap((key) => strings(document[key]))) {
    const file = projectPath(pointer, "package.json");
    if (file.includes("*") || !/\.[mc]?[jt]sx?$/u.test(file)) continue;
    const isThere = await stat(join(original, file)).then(() => true, () => false);
    if (isThere && needsCompiling(file)) sources.push(file);
    const found = isThere ? undefined : await findSource(original, file);
    if (found === undefined) continue;
    sources.push(found.source);
    folders = found.folders;
  }
  if (sources.length === 0) return false;
  const compiled = await compileSources({ folder: original, sources: [...new Set(sources)].sort(), folders, to: copy, nodeVersion });
  for (const source of compiled.sources) {
    if (outputPath(source, folders) !== source) await rm(join(copy, source), { force: true });
  }
  await writeFile(path, `${JSON.stringify(withCompiledNames(document, folders), undefined, 2)}\n`);
  return true;
}

/** @returns package.json with the names of compiled files in what Node reads at run time. */
export function withCompiledNames(document: Readonly<Record<string, unknown>>, folders: BuildFolders): Readonly<Record<string, unknown>> {
  const renamed = (value: unknown): unknown => {
    if (typeof value === "string") return needsCompiling(value) ? `${value.startsWith("./") ? "./" : ""}${outputPath(value.replace(/^\.\//u, ""), folders)}` : value;
    if (Array.isArray(value)) return value.map(renamed);
    return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, renamed(each)])) : value;
  };
  return Object.fromEntries(Object.entries(document).map(([key, value]) => [key, POINTERS.includes(key) ? renamed(value) : value]));
}

function strings(value: unknown): readonly string[] {
  if (typeof value === "string") return value.startsWith("..") ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(strings);
  return isRecord(value) ? Object.values(value).flatMap(strings) : [];
}
