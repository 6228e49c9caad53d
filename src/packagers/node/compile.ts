/**
 * TypeScript to JavaScript, file by file: the tree keeps its shape, so that paths relative to a file go on to mean what they meant.
 *
 * esbuild translates each file and resolves its imports as TypeScript does (`.js` that is a `.ts`, no extension, `paths` of tsconfig.json);
 * imports within the project are written anew to name the compiled files, all others stay as they are. JSON is taken into the file.
 * Files that are found by following imports and `new URL("./x.ts", import.meta.url)` are compiled too.
 */
import { readFile, realpath } from "node:fs/promises";
import { builtinModules } from "node:module";
import { dirname, join, posix } from "node:path";
import type { BuildOptions, Plugin } from "esbuild";
import { build, formats, loaderOf, projectRelative, relativeImport, RESOLVE_EXTENSIONS, write, type Format } from "./esbuild.js";
import { findReferences, keepComputedImports, resolveReference, rewriteReference } from "./references.js";
import { needsCompiling, outputPath, type BuildFolders } from "./typescript-project.js";

export interface CompileRequest {
  /** The project's folder. */
  readonly folder: string;
  /** Files to start from; relative. */
  readonly sources: readonly string[];
  readonly folders: BuildFolders;
  /** The application's folder in staging. */
  readonly to: string;
  /** Version of the Node that will run it; undefined if unknown. */
  readonly nodeVersion: string | undefined;
}

export interface Compiled {
  /** Sources that were compiled: they are not packed themselves. */
  readonly sources: ReadonlySet<string>;
  /** Files of the project that compiled ones need and that are packed as they are. */
  readonly needed: ReadonlySet<string>;
}

/** In CommonJS output there is no `import.meta`; these words stand for it. */
const META_WORDS = { "import.meta.url": "__flavor_meta_url", "import.meta.dirname": "__dirname", "import.meta.filename": "__filename" };
const META_LINE = 'const __flavor_meta_url = require("node:url").pathToFileURL(__filename).href;';

/**
 * Compile files and all that they need.
 *
 * @throws FlavorError `build-failed`, naming file, line and column.
 */
export async function compileSources(request: CompileRequest): Promise<Compiled> {
  const folder = await realpath(request.folder);
  const sources = new Set<string>();
  const needed = new Set<string>();
  const formatOf = formats(folder);
  for (let round = [...request.sources]; round.length > 0;) {
    const found = new Set<string>();
    const groups = new Map<string, { readonly format: Format; readonly extension: string; readonly files: string[] }>();
    for (const source of round) {
      sources.add(source);
      const format = await formatOf(source);
      const extension = posix.extname(outputPath(source, request.folders));
      const key = `${format}${extension}`;
      const group = groups.get(key) ?? { format, extension, files: [] };
      group.files.push(source);
      groups.set(key, group);
    }
    for (const { format, extension, files } of groups.values()) {
      const plugin = treePlugin({ ...request, folder }, format, (path, compile) => (compile ? found : needed).add(path));
      const entryPoints = files.map((file) => ({ in: join(folder, file), out: outputPath(file, request.folders).slice(0, -extension.length) }));
      const result = await build({ ...options(request, format), absWorkingDir: folder, outExtension: { ".js": extension }, plugins: [plugin], entryPoints });
      await write(result.outputFiles ?? [], folder, request.to);
    }
    round = [...found].filter((path) => !sources.has(path)).sort();
  }
  return { sources, needed: new Set([...needed].filter((path) => !sources.has(path))) };
}

function options(request: CompileRequest, format: Format): BuildOptions {
  return {
    bundle: true,
    write: false,
    platform: "node",
    format,
    target: `node${request.nodeVersion ?? "20"}`,
    outdir: request.to,
    sourcemap: "linked",
    sourcesContent: false,
    treeShaking: false,
    charset: "utf8",
    legalComments: "inline",
    logLevel: "silent",
    resolveExtensions: RESOLVE_EXTENSIONS,
    ...(format === "cjs" ? { define: META_WORDS } : {}),
  };
}

/** Keeps imports as imports, with the names that the compiled files have. */
function treePlugin(request: CompileRequest, format: Format, report: (path: string, compile: boolean) => void): Plugin {
  const { folder, folders } = request;
  const place = (path: string) => {
    const moves = folders.root !== folders.out && (folders.root === "" || path.startsWith(`${folders.root}/`)) && /\.[mc]?jsx?$/u.test(path);
    const compile = needsCompiling(path) || moves;
    report(path, compile);
    return compile ? outputPath(path, folders) : path;
  };
  return {
    name: "flavor-tree",
    setup(esbuild) {
      esbuild.onResolve({ filter: /.*/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (kind === "entry-point" || pluginData === "resolve") return undefined;
        if (path.startsWith("node:") || path.startsWith("data:") || builtinModules.includes(path)) return { path, external: true };
        const found = await esbuild.resolve(path, { kind, importer, resolveDir, pluginData: "resolve" });
        const inside = found.errors.length > 0 || found.external ? undefined : projectRelative(folder, found.path);
        if (inside === undefined) return { path, external: true };
        if (inside.endsWith(".json")) return { path: found.path };
        const from = outputPath(projectRelative(folder, importer) ?? "", folders);
        return { path: relativeImport(from, place(inside)), external: true };
      });
      esbuild.onLoad({ filter: /\.[mc]?[jt]sx?$/ }, async ({ path }) => {
        const source = projectRelative(folder, path) ?? "";
        const own = outputPath(source, folders);
        let { text } = keepComputedImports(await readFile(path, "utf8"), own, own);
        for (const reference of findReferences(text)) {
          const target = await resolveReference(folder, source, reference.path);
          if (target === undefined) continue;
          text = rewriteReference(text, reference, relativeImport(own, place(target)));
        }
        if (format === "cjs" && text.includes("import.meta")) text = text.startsWith("#!") ? text.replace("\n", `\n${META_LINE} `) : `${META_LINE} ${text}`;
        return { contents: text, loader: loaderOf(path), resolveDir: dirname(path) };
      });
    },
  };
}
