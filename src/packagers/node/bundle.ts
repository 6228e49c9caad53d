/**
 * `bundle = true`: one file for each program, dependencies included; what cannot be bundled stays as a tree.
 *
 * Bundling moves code, and code that looks at its own place (`__dirname`, `import.meta.url`, `require.resolve`, `require(name)`, native
 * addons) breaks when it is moved. So a package whose bundled files do so is left out of the bundle and kept as files, with all that it
 * needs; the bundle is made anew until no such package is left in it. In the project's own files those words are rewritten to mean the
 * place that the file had.
 */
import { readdir, readFile, realpath, rm } from "node:fs/promises";
import { builtinModules } from "node:module";
import { dirname, join, posix, relative, sep } from "node:path";
import type { Plugin } from "esbuild";
import { importedByFiles, initiallyKept, lookingAtThemselves, ownerOf, withDependents } from "./bundle-kept.js";
import type { Entries } from "./entries.js";
import { build, formats, loaderOf, projectRelative, relativeImport, RESOLVE_EXTENSIONS, writeOutput, type Format } from "./esbuild.js";
import { installedPackages, type InstalledPackage } from "./packages.js";
import type { NodeProject } from "./project.js";
import { findReferences, keepComputedImports, resolveReference, rewriteReference } from "./references.js";
import { outputPath } from "./typescript-project.js";

export interface BundleRequest {
  readonly project: NodeProject;
  readonly entries: Entries;
  /** The installed tree; undefined when there are no dependencies. Packages that were bundled are removed from it. */
  readonly modules: string | undefined;
  /** The folder in staging from which the project's imports are looked up. */
  readonly lookUpFrom: string | undefined;
  readonly nodeVersion: string | undefined;
  /** The application's folder in staging, with the tree in it. */
  readonly to: string;
}

const META_RESOLVE = /\bimport\.meta\.resolve\(\s*["'`]((?:@[\w.~-]+\/)?[\w~-][\w.~-]*)/gu;
/** First line of a bundle. Modules that were CommonJS ask for built-in ones by `require`, which an ES module lacks; esbuild never uses that name itself. */
const FIRST_LINE: Readonly<Record<Format, string>> = {
  esm: [
    'import { createRequire as __flavor_create_require } from "node:module";',
    'import { dirname as __flavor_dirname } from "node:path";',
    'import { fileURLToPath as __flavor_path } from "node:url";',
    "const require = __flavor_create_require(import.meta.url);",
  ].join(" "),
  cjs: "const __flavor_module = module;",
};

/** @throws FlavorError `build-failed` if something does not compile. */
export async function bundleApplication(request: BundleRequest): Promise<void> {
  const folder = await realpath(request.project.folder);
  const modules = request.modules === undefined ? undefined : await realpath(request.modules);
  const packages = modules === undefined ? [] : await installedPackages(modules);
  const byPath = new Map(packages.map((each) => [each.path, each]));
  let kept = withDependents(byPath, await initiallyKept(packages, request.project.settings.external));

  for (;;) {
    const bundles = new Map<string, string>();
    const inputs = new Set<string>();
    const asked = new Set<string>();
    const computed = new Set<string>();
    for (let queue = request.entries.list.filter((entry) => !entry.direct).map((entry) => entry.source); queue.length > 0;) {
      const found = new Set<string>();
      for (const source of queue) {
        const output = outputPath(source, request.entries.folders);
        bundles.set(source, output);
        for (const input of await bundleOne(source, output, { request, folder, modules, byPath, kept, found, asked, computed })) inputs.add(input);
      }
      queue = [...found].filter((source) => !bundles.has(source)).sort();
    }
    const own = new Set([...inputs].map((path) => projectRelative(folder, path)).filter((path) => path !== undefined));
    const outputs = new Set(bundles.values());
    if (computed.size === 0) await removeInlined(request.to, own, outputs, request.entries);
    const named = [...asked].map((path) => byPath.get(path)).filter((each) => each !== undefined);
    const more = [...named, ...(await lookingAtThemselves(inputs, modules, byPath, kept)), ...(await importedByFiles(request.to, outputs, byPath))].filter((each) => !kept.has(each.path));
    if (more.length === 0) break;
    kept = withDependents(byPath, [...[...kept].map((path) => byPath.get(path)).filter((each) => each !== undefined), ...more]);
  }
  for (const each of packages) {
    if (!kept.has(each.path)) await removePackage(each, kept);
  }
  if (modules !== undefined && kept.size === 0) await emptyFolder(modules);
}

interface Bundling {
  readonly request: BundleRequest;
  readonly folder: string;
  readonly modules: string | undefined;
  readonly byPath: ReadonlyMap<string, InstalledPackage>;
  readonly kept: ReadonlySet<string>;
  /** Files that are started on their own, such as workers. */
  readonly found: Set<string>;
  /** Packages whose place the project asks for. */
  readonly asked: Set<string>;
  /** Files with imports whose path is made at run time: any file of the tree may be meant. */
  readonly computed: Set<string>;
}

/** @returns the absolute paths of what went into the bundle. */
async function bundleOne(source: string, output: string, bundling: Bundling): Promise<readonly string[]> {
  const { request, folder, modules } = bundling;
  const format = await formats(folder)(source);
  const extension = posix.extname(output);
  const result = await build({
    absWorkingDir: folder,
    entryPoints: [{ in: join(folder, source), out: extension === "" ? output : output.slice(0, -extension.length) }],
    outdir: request.to,
    ...(extension === ".mjs" || extension === ".cjs" ? { outExtension: { ".js": extension } } : {}),
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format,
    target: `node${request.nodeVersion ?? "20"}`,
    charset: "utf8",
    legalComments: "inline",
    logLevel: "silent",
    resolveExtensions: RESOLVE_EXTENSIONS,
    loader: { "": "js" },
    plugins: [bundlePlugin(output, format, bundling)],
    banner: { js: FIRST_LINE[format] },
  });
  // esbuild names modules by their path from the project, which here leads into staging.
  const staged = modules === undefined ? undefined : relative(folder, modules).split(sep).join("/");
  for (const file of result.outputFiles ?? []) {
    const path = extension === "" ? file.path.replace(/\.js$/u, "") : file.path;
    await writeOutput(path, staged === undefined ? file.text : file.text.replaceAll(staged, "node_modules"));
  }
  return Object.keys(result.metafile?.inputs ?? {}).map((path) => join(folder, path.replace(/^[a-z-]+:(?!\\)/u, "")));
}

function bundlePlugin(output: string, format: Format, bundling: Bundling): Plugin {
  const { request, folder, modules, byPath, kept, found, asked } = bundling;
  const { folders } = request.entries;
  return {
    name: "flavor-bundle",
    setup(esbuild) {
      esbuild.onResolve({ filter: /.*/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (kind === "entry-point" || pluginData === "resolve") return undefined;
        if (path.startsWith("node:") || path.startsWith("data:") || builtinModules.includes(path)) return { path, external: true };
        const fromProject = projectRelative(folder, importer) !== undefined;
        const here = await esbuild.resolve(path, { kind, importer, resolveDir, pluginData: "resolve" });
        if (fromProject && here.errors.length === 0 && !here.external && projectRelative(folder, here.path) !== undefined) {
          if (/\.(?:[mc]?[jt]sx?|json)$/u.test(here.path)) return { path: here.path };
          return { path: relativeImport(output, projectRelative(folder, here.path) ?? ""), external: true };
        }
        const there = fromProject && request.lookUpFrom !== undefined ? await esbuild.resolve(path, { kind, resolveDir: request.lookUpFrom, pluginData: "resolve" }) : here;
        if (there.errors.length > 0 || there.external) return { path, external: true };
        const owner = ownerOf(there.path, modules, byPath);
        if (kind === "require-resolve" && owner !== undefined) asked.add(owner.path);
        if (owner === undefined || kept.has(owner.path) || kind === "require-resolve") return { path, external: true };
        return { path: there.path, sideEffects: there.sideEffects };
      });
      esbuild.onLoad({ filter: /\.[mc]?[jt]sx?$|(?:^|[\\/])[^.\\/]+$/ }, async ({ path }) => {
        const source = projectRelative(folder, path);
        if (source === undefined) return undefined;
        const own = outputPath(source, folders);
        const computed = keepComputedImports(await readFile(path, "utf8"), own, output);
        let { text } = computed;
        if (computed.found) bundling.computed.add(source);
        for (const [, name = ""] of text.matchAll(META_RESOLVE)) asked.add(name);
        for (const reference of findReferences(text)) {
          const target = await resolveReference(folder, source, reference.path);
          if (target === undefined || !/\.[mc]?[jt]sx?$/u.test(target)) continue;
          found.add(target);
          text = rewriteReference(text, reference, relativeImport(own, outputPath(target, folders)));
        }
        return { contents: placed(text, own, output, format), loader: loaderOf(path), resolveDir: dirname(path) };
      });
    },
  };
}

/** Words for a file's own place, rewritten to mean the place that it had in the tree. */
function placed(text: string, own: string, output: string, format: Format): string {
  const file = JSON.stringify(posix.relative(posix.dirname(output), own));
  if (format === "esm") {
    if (own === output) return text;
    const url = `new URL(${file}, import.meta.url)`;
    const words: Readonly<Record<string, string>> = { url: `${url}.href`, filename: `__flavor_path(${url})`, dirname: `__flavor_dirname(__flavor_path(${url}))` };
    return text.replace(/\bimport\.meta\.(url|dirname|filename)\b/gu, (_, word: string) => words[word] ?? "");
  }
  const path = own === output ? "__filename" : `require("node:path").join(__dirname, ${file})`;
  const words: Readonly<Record<string, string>> = { url: `require("node:url").pathToFileURL(${path}).href`, filename: path, dirname: `require("node:path").dirname(${path})` };
  const moved = own === output ? text : text.replace(/(?<![.\w$"'`])__(dirname|filename)\b(?!["'`])/gu, (_, word: string) => words[word] ?? "");
  const meta = moved.replace(/\bimport\.meta\.(url|dirname|filename)\b/gu, (_, word: string) => words[word] ?? "");
  if (own !== output) return meta;
  // The entry is wrapped, so that its `module` is no longer the one that Node started.
  return meta.replace(/\brequire\.main\s*([!=]==?)\s*module\b/gu, "require.main $1 __flavor_module").replace(/\bmodule\s*([!=]==?)\s*require\.main\b/gu, "__flavor_module $1 require.main");
}

/** The tree's files that are now in a bundle. */
async function removeInlined(to: string, inputs: ReadonlySet<string>, outputs: ReadonlySet<string>, entries: Entries): Promise<void> {
  for (const source of inputs) {
    const output = outputPath(source, entries.folders);
    if (/\.[mc]?js$/u.test(output)) await rm(join(to, `${output}.map`), { force: true });
    if (/\.[mc]?js$/u.test(output) && !outputs.has(output)) await rm(join(to, output), { force: true });
  }
}

/** Removes a package, but not kept ones that are nested in it. */
async function removePackage(each: InstalledPackage, kept: ReadonlySet<string>): Promise<void> {
  const nested = [...kept].some((path) => path.startsWith(`${each.path}/node_modules/`));
  if (!nested) {
    await rm(each.folder, { recursive: true, force: true });
    return;
  }
  for (const name of await readdir(each.folder)) {
    if (name !== "node_modules" && name !== "package.json") await rm(join(each.folder, name), { recursive: true });
  }
}

async function emptyFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
}
