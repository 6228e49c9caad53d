/**
 * What compiling and bundling have in common: running esbuild, and writing what it made.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, posix, relative, resolve, sep } from "node:path";
import type { BuildFailure, BuildOptions, BuildResult, Loader, OutputFile } from "esbuild";
import { FlavorError } from "../../format/error.js";
import { isRecord } from "./settings.js";

/** How Node reads a file. */
export type Format = "esm" | "cjs";

/** As TypeScript looks for a file that is imported without an extension. */
export const RESOLVE_EXTENSIONS = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json"];

/** @returns a function that tells how Node will read a file: by its extension, else by `type` of the nearest package.json. */
export function formats(folder: string): (source: string) => Promise<Format> {
  const types = new Map<string, Promise<Format>>();
  const typeOf = (path: string): Promise<Format> => {
    const known = types.get(path) ?? readFile(join(folder, path, "package.json"), "utf8").then(
      (text) => {
        const document = JSON.parse(text) as unknown;
        return isRecord(document) && document["type"] === "module" ? "esm" : "cjs";
      },
      () => (path === "." || path === "" ? "cjs" : typeOf(posix.dirname(path))),
    );
    types.set(path, known);
    return known;
  };
  return async (source) => {
    if (/\.m[jt]s$/u.test(source)) return "esm";
    return /\.c[jt]s$/u.test(source) ? "cjs" : await typeOf(posix.dirname(source));
  };
}

/** Run esbuild, and say its failures in our words. */
export async function build(buildOptions: BuildOptions): Promise<BuildResult> {
  const esbuild = await import("esbuild");
  try {
    return await esbuild.build(buildOptions);
  } catch (cause) {
    const error = isBuildFailure(cause) ? cause.errors[0] : undefined;
    if (error === undefined) throw cause;
    const { location, text } = error;
    const where = location === null ? "" : `${location.file}:${String(location.line)}:${String(location.column + 1)}: `;
    throw new FlavorError("build-failed", `${where}${text.replace(/\s+/gu, " ")}`, {
      cause,
      hint: text.includes("Top-level await") ? 'top-level await needs an ES module: add "type": "module" to package.json, or name the file .mts' : undefined,
    });
  }
}

function isBuildFailure(value: unknown): value is BuildFailure {
  return value instanceof Error && "errors" in value && Array.isArray(value.errors);
}

/** Write outputs; source maps name the project's files relative to the map, never where the build took place. */
export async function write(files: readonly OutputFile[], folder: string, to: string): Promise<void> {
  for (const file of files) {
    if (!file.path.endsWith(".map")) {
      await writeOutput(file.path, file.text);
      continue;
    }
    const map = JSON.parse(file.text) as { sources: string[] };
    const place = posix.dirname(relative(to, file.path).split(sep).join("/"));
    map.sources = map.sources.map((source) => encodeURI(posix.relative(place, relative(folder, resolve(dirname(file.path), decodeURIComponent(source))).split(sep).join("/"))));
    await writeOutput(file.path, JSON.stringify(map));
  }
}

/** Write one output, its folder made. */
export async function writeOutput(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { mode: 0o644 });
}

/** @returns the path below the project, or undefined for what is outside it or in `node_modules`. */
export function projectRelative(folder: string, path: string): string | undefined {
  const below = relative(folder, path).split(sep).join("/");
  return below === "" || below.startsWith("../") || /^[a-z]:/iu.test(below) || below.split("/").includes("node_modules") ? undefined : below;
}

/** @returns how a file at `from` imports one at `to`: with a leading `./` or `../`. */
export function relativeImport(from: string, to: string): string {
  const path = posix.relative(posix.dirname(from), to);
  return path.startsWith(".") ? path : `./${path}`;
}

/** @returns how esbuild reads a file. */
export function loaderOf(path: string): Loader {
  if (path.endsWith(".tsx")) return "tsx";
  if (path.endsWith(".jsx")) return "jsx";
  return /\.[mc]?ts$/u.test(path) ? "ts" : "js";
}
