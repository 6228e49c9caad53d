/**
 * Which source file a missing build output was made from: `dist/cli.js` from `src/cli.ts`.
 *
 * tsconfig.json says it (`outDir`, `rootDir`); without one the folders that people use are tried.
 */
import { readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { isFile } from "../../runtimes/presence.js";
import { isRecord } from "./settings.js";

/** A build that turns files below `root` into files below `out`; both relative to the project, empty for the project itself. */
export interface BuildFolders {
  readonly root: string;
  readonly out: string;
}

const OUTPUT_FOLDERS = ["dist", "lib", "build", "out", "output", "bin"];
const SOURCE_FOLDERS = ["src", "source", "lib", ""];
/** What each output extension may have been compiled from. */
const SOURCES: Readonly<Record<string, readonly string[]>> = { ".js": [".ts", ".tsx", ".jsx"], ".mjs": [".mts"], ".cjs": [".cts"], ".jsx": [".tsx"] };
const COMPILED = /\.(?:[mc]?ts|tsx|jsx)$/u;

/** @returns true for files that Node cannot run as they are. */
export function needsCompiling(path: string): boolean {
  return COMPILED.test(path) && !/\.d\.[mc]?ts$/u.test(path);
}

/** @returns the path of the compiled file: `.ts`, `.tsx` and `.jsx` become `.js`, `.mts` `.mjs`, `.cts` `.cjs`; below `out` if it is below `root`. */
export function outputPath(source: string, folders: BuildFolders): string {
  const renamed = source.replace(/\.(m|c)?tsx?$|\.jsx$/u, (_, kind: string | undefined) => `.${kind ?? ""}js`);
  if (folders.root === folders.out) return renamed;
  if (folders.root !== "" && !renamed.startsWith(`${folders.root}/`)) return renamed;
  const below = folders.root === "" ? renamed : renamed.slice(folders.root.length + 1);
  return folders.out === "" ? below : `${folders.out}/${below}`;
}

/**
 * Find the source of a file that is not there.
 *
 * @param folder - of the project.
 * @param output - relative path of the missing file.
 * @returns source and folders, or undefined if nothing fits.
 */
export async function findSource(folder: string, output: string): Promise<{ readonly source: string; readonly folders: BuildFolders } | undefined> {
  const extension = /\.[^./]+$/u.exec(output)?.[0] ?? "";
  for (const folders of await buildFolders(folder, output)) {
    if (folders.out !== "" && !output.startsWith(`${folders.out}/`)) continue;
    const below = folders.out === "" ? output : output.slice(folders.out.length + 1);
    const stem = below.slice(0, below.length - extension.length);
    for (const sourceExtension of SOURCES[extension] ?? []) {
      const source = `${folders.root === "" ? "" : `${folders.root}/`}${stem}${sourceExtension}`;
      if (await isFile(join(folder, source))) return { source, folders };
    }
  }
  return undefined;
}

async function buildFolders(folder: string, output: string): Promise<readonly BuildFolders[]> {
  const { outDir, rootDir } = await compilerFolders(folder, "tsconfig.json", 4);
  const first = output.split("/")[0] ?? "";
  const outs = outDir !== undefined ? [outDir] : [...(OUTPUT_FOLDERS.includes(first) ? [first] : []), ""];
  const roots = rootDir !== undefined ? [rootDir] : SOURCE_FOLDERS;
  return outs.flatMap((out) => roots.map((root) => ({ root, out })));
}

/** `outDir` and `rootDir` with the nearest `extends` that says them. */
async function compilerFolders(folder: string, name: string, depth: number): Promise<{ readonly outDir?: string; readonly rootDir?: string }> {
  const config = await readFile(join(folder, name), "utf8").then(parseJsonWithComments, () => undefined);
  if (!isRecord(config)) return {};
  const options = isRecord(config["compilerOptions"]) ? config["compilerOptions"] : {};
  const base = config["extends"];
  const inherited = typeof base === "string" && base.startsWith(".") && depth > 0 ? await compilerFolders(folder, join(dirname(name), base.endsWith(".json") ? base : `${base}.json`), depth - 1) : {};
  const own = (key: string) => {
    const value = options[key];
    return typeof value === "string" ? { [key]: normalize(join(dirname(name), value)).replaceAll("\\", "/").replace(/^\.$|\/$/gu, "") } : {};
  };
  return { ...inherited, ...own("outDir"), ...own("rootDir") };
}

/** @returns the value of a JSON text with comments and commas before closing brackets; undefined if it is none. */
export function parseJsonWithComments(source: string): unknown {
  const plain = source.replace(/^\uFEFF/u, "").replace(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//gu, (_, quoted: string | undefined) => quoted ?? " ");
  const strict = plain.replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/gu, (_, quoted: string | undefined) => quoted ?? "");
  try {
    return JSON.parse(strict) as unknown;
  } catch {
    return undefined;
  }
}
