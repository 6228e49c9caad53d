/**
 * Files that a source names without importing them: `new URL("./worker.ts", import.meta.url)` and `join(__dirname, "child.ts")`.
 */
import { stat } from "node:fs/promises";
import { join, posix } from "node:path";

export interface Reference {
  /** The words in the source. */
  readonly text: string;
  /** The path in them. */
  readonly path: string;
}

const URL_REFERENCE = /new\s+URL\(\s*(["'`])(\.{1,2}\/[^"'`$]+)\1\s*,\s*import\.meta\.url\s*,?\s*\)/gu;
const JOIN_REFERENCE = /\(\s*(?:__dirname|import\.meta\.dirname)\s*,\s*(["'`])([^"'`$]+\.[mc]?[jt]sx?)\1/gu;
/** What a name may have been written for, as TypeScript resolves it. */
const TYPESCRIPT: Readonly<Record<string, readonly string[]>> = { ".js": [".ts", ".tsx"], ".mjs": [".mts"], ".cjs": [".cts"] };

/** @returns the references in a source, in order. */
export function findReferences(source: string): readonly Reference[] {
  return [URL_REFERENCE, JOIN_REFERENCE].flatMap((pattern) => [...source.matchAll(pattern)].map((match) => ({ text: match[0], path: match[2] ?? "" })));
}

const COMPUTED_TEMPLATE = /\b(import|require)\(\s*`(\.{1,2}\/[^`]*\$\{[^`]*)`/gu;
const COMPUTED_SUM = /\b(import|require)\(\s*(["'])(\.{1,2}\/[^"']*)\2\s*\+([^()]*)\)/gu;

/**
 * Imports whose path is made at run time: `import(`./commands/${name}.ts`)`. esbuild would take all files that may be meant into this one,
 * where their own imports no longer fit; so the path is hidden from it, and names the compiled files.
 *
 * @param own - the output path that the file has in the tree.
 * @param output - the output path that its code goes into; the same unless it is bundled.
 * @returns the source, and whether there was such an import.
 */
export function keepComputedImports(source: string, own: string, output: string): { readonly text: string; readonly found: boolean } {
  let found = false;
  const moved = (path: string) => {
    found = true;
    const folder = path.slice(0, path.split("${")[0]?.lastIndexOf("/")) || ".";
    const target = posix.relative(posix.dirname(output), posix.join(posix.dirname(own), folder)) || ".";
    return `${target.startsWith(".") ? target : `./${target}`}${path.slice(folder.length)}`;
  };
  const compiled = (path: string) => path.replace(/\.([mc]?)tsx?(["']?\s*)$/u, ".$1js$2");
  const text = source
    .replace(COMPUTED_TEMPLATE, (_, word: string, path: string) => `${word}(String(\`${compiled(moved(path))}\`)`)
    .replace(COMPUTED_SUM, (_, word: string, quote: string, path: string, rest: string) => `${word}(String(${quote}${moved(path)}${quote} +${compiled(rest)}))`);
  return { text, found };
}

/**
 * @param folder - of the project.
 * @param source - the file that refers, relative to it.
 * @param path - as written.
 * @returns the file that is meant, relative to the project, or undefined if there is none.
 */
export async function resolveReference(folder: string, source: string, path: string): Promise<string | undefined> {
  const target = posix.join(posix.dirname(source), path);
  if (target.startsWith("../")) return undefined;
  const extension = posix.extname(target);
  const stem = target.slice(0, target.length - extension.length);
  for (const candidate of [target, ...(TYPESCRIPT[extension] ?? []).map((each) => `${stem}${each}`)]) {
    if (await stat(join(folder, candidate)).then((info) => info.isFile(), () => false)) return candidate;
  }
  return undefined;
}

/**
 * @param rewritten - what the path becomes, with a leading `./` or `../`; the dot goes where the source has none.
 * @returns the source with every occurrence of the reference rewritten.
 */
export function rewriteReference(source: string, { text, path }: Reference, rewritten: string): string {
  return source.replaceAll(text, text.replace(path, path.startsWith(".") ? rewritten : rewritten.replace(/^\.\//u, "")));
}
