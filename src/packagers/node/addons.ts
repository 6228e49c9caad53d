/**
 * Native addons, and install scripts in general.
 *
 * The rule: install scripts of dependencies do not run while packing, with two exceptions.
 *
 * 1. A package with a `binding.gyp` and no finished addon for the target (neither in it nor in one of its platform packages) is compiled
 *    from source by its own install script, against the headers of the packed Node. Scripts that would rather download a binary from
 *    outside the registry are told not to (`npm_config_build_from_source`).
 * 2. Packages that the project approved, with npm's `allowScripts` or with `flavor.scripts`, run theirs as npm would.
 *
 * What a compilation leaves behind is reduced to the addon itself, stripped: the rest holds paths of the machine.
 */
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FlavorError } from "../../format/error.js";
import { hostPlatform, platformName } from "../../format/platform.js";
import { stripElf } from "../../runtimes/elf-strip.js";
import type { NodeRuntime } from "../../runtimes/node.js";
import { npmFailure, runNpm } from "../../runtimes/node-npm.js";
import type { PackContext } from "../plan.js";
import { addonKey, keepAddon, takeAddon } from "./addon-cache.js";
import { addonFiles, closure, hasBindingGyp, installedPackages, isFor, resolvePackage, type InstalledPackage } from "./packages.js";
import { isRecord } from "./settings.js";

export interface AddonRequest {
  /** The folder that was installed. */
  readonly folder: string;
  readonly modules: string;
  /** From `allowScripts`: a name to true (run) or false (never). */
  readonly approved: Readonly<Record<string, boolean>>;
  /** From `flavor.scripts`. */
  readonly scripts: readonly string[];
  readonly runtime: NodeRuntime;
}

/**
 * Run the install scripts that have to run.
 *
 * @throws FlavorError `wheel-missing` if an addon has no build for a target that is not this machine, `build-failed` if a compilation fails.
 */
export async function buildAddons(request: AddonRequest, context: PackContext): Promise<void> {
  const packages = await installedPackages(request.modules);
  const byPath = new Map(packages.map((each) => [each.path, each]));
  const optional = await optionalPaths(request.modules);
  const skipped: string[] = [];
  for (const each of packages) {
    const verdict = request.scripts.includes(each.name) ? true : request.approved[each.name];
    const compile = (await hasBindingGyp(each.folder)) && !(await hasAddon(each, byPath, context));
    if (!compile && verdict !== true) {
      const isServed = (await hasBindingGyp(each.folder)) || each.optional.some((name) => resolvePackage(byPath, each, name) !== undefined);
      if (each.installScripts.length > 0 && !isServed && verdict !== false) skipped.push(each.name);
      continue;
    }
    if (verdict === false) {
      context.progress.warn(`${each.name} is a native addon that allowScripts forbids to build; it is packed without its binary`);
      continue;
    }
    if (each.installScripts.length === 0 && !compile) continue;
    const needed = [...closure(byPath, [each])].map((path) => `${path}@${byPath.get(path)?.version ?? ""}`);
    try {
      await runScripts(each, compile ? needed : undefined, request, context);
    } catch (cause) {
      if (!optional.has(each.path) || !(cause instanceof FlavorError) || cause.code === "interrupted") throw cause;
      context.progress.warn(`the optional dependency ${each.name} is left out: ${cause.message}`);
      await rm(each.folder, { recursive: true, force: true });
    }
  }
  if (skipped.length > 0) context.progress.notice(`install scripts not run: ${skipped.join(", ")} (name them in flavor.scripts of package.json if the program needs them)`);
}

/** A finished addon lies in the package itself, or in a platform package that it lists. */
async function hasAddon(each: InstalledPackage, byPath: ReadonlyMap<string, InstalledPackage>, context: PackContext): Promise<boolean> {
  const platformPackages = each.optional.map((name) => resolvePackage(byPath, each, name)).filter((found) => found !== undefined);
  for (const { folder } of [each, ...platformPackages]) {
    for (const file of await addonFiles(folder)) {
      if (await isFor(file, context.target)) return true;
    }
  }
  return false;
}

/** @param needed - for a compilation: what else goes into it. Undefined for a script that does something else. */
async function runScripts(each: InstalledPackage, needed: readonly string[] | undefined, request: AddonRequest, context: PackContext): Promise<void> {
  const { runtime } = request;
  const compile = needed !== undefined;
  const target = platformName(context.target);
  if (platformName(hostPlatform(process.platform, process.arch)) !== target) {
    const what = compile ? `has no finished addon for ${target}, and compiling for another platform is not possible` : `has an install script that cannot run for ${target} on this machine`;
    throw new FlavorError("wheel-missing", `${each.name} ${each.version} ${what}`, { hint: compile ? `pack on ${target}, or use a version of ${each.name} that ships one` : `pack on ${target}` });
  }
  const built = join(each.folder, "build");
  const compiler = ["CC", "CXX", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS"].map((name) => context.environment[name] ?? "");
  const isClean = !(await readdir(each.folder)).includes("build");
  const key = compile && isClean && runtime.version !== undefined ? await addonKey(each, needed, [runtime.version, target, ...compiler]) : undefined;
  if (key !== undefined && (await takeAddon(context.cacheDir, key, built))) {
    context.progress.notice(`${each.name} ${each.version}: compiled earlier, taken from the cache`);
    return;
  }
  const headers = await runtime.headers();
  const step = context.progress.step(`${compile ? "compile" : "run the install script of"} ${each.name} ${each.version}`);
  // Options are split at spaces on their way to the compiler.
  const map = /\s/u.test(`${each.folder}${headers ?? ""}`) ? "" : `-ffile-prefix-map=${each.folder}=.${headers === undefined ? "" : ` -ffile-prefix-map=${headers}=node`}`;
  const environment = {
    ...context.environment,
    npm_config_build_from_source: "true",
    npm_config_nodedir: headers,
    npm_config_target: runtime.version,
    npm_config_jobs: "max",
    CFLAGS: `${context.environment["CFLAGS"] ?? ""} ${map}`.trim(),
    CXXFLAGS: `${context.environment["CXXFLAGS"] ?? ""} ${map}`.trim(),
  };
  await allowScripts(request.folder, each.name);
  const result = await runNpm(["rebuild", `${each.name}@${each.version}`, "--ignore-scripts=false", "--foreground-scripts"], request.folder, { ...context, environment });
  if (result.status !== 0) {
    const cause = /^.*(?:not found: make|error: .*|gyp ERR! (?!System|command|cwd|node|not ok).*)$/mu.exec(`${result.stdout}\n${result.stderr}`)?.[0].trim();
    throw new FlavorError("build-failed", `${each.name} ${each.version} does not build: ${cause ?? npmFailure(result).summary}`, {
      hint: "compiling a native addon needs Python, make and a C++ compiler; or use a package that ships its binaries",
      details: { output: `${result.stdout}\n${result.stderr}`.slice(-4000) },
    });
  }
  const reduced = compile && isClean && (await keepAddonsOnly(each.folder));
  if (key !== undefined && reduced) await keepAddon(context.cacheDir, key, built).catch(() => undefined);
  step.done();
}

/** npm asks the project's package.json, the one in staging, whose scripts may run. */
async function allowScripts(folder: string, name: string): Promise<void> {
  const path = join(folder, "package.json");
  const document = JSON.parse(await readFile(path, "utf8")) as unknown;
  const before = isRecord(document) && isRecord(document["allowScripts"]) ? document["allowScripts"] : {};
  await writeFile(path, JSON.stringify({ ...(isRecord(document) ? document : {}), allowScripts: { ...before, [name]: true } }));
}

/**
 * Keep `build/Release` with its libraries, stripped, and nothing else of what the compilation made.
 *
 * @returns false if there is no such folder.
 */
async function keepAddonsOnly(folder: string): Promise<boolean> {
  const build = join(folder, "build");
  const release = join(build, "Release");
  const names = (await readdir(release).catch(() => [])).filter((name) => /\.(?:node|dylib|dll|so)(?:\.[\d.]+)?$/u.test(name)).sort();
  if (names.length === 0) return false; // built elsewhere, in a way of its own
  const kept = await mkdtemp(join(folder, ".flavor-"));
  for (const name of names) {
    await cp(join(release, name), join(kept, name), { dereference: true });
    await stripElf(join(kept, name), join(kept, name));
  }
  await rm(build, { recursive: true });
  await mkdir(build);
  await rename(kept, release);
  await chmod(release, 0o755);
  return true;
}

/** @returns the paths that npm's own note calls optional: the program is said to work without them. */
async function optionalPaths(modules: string): Promise<ReadonlySet<string>> {
  const note = await readFile(join(modules, ".package-lock.json"), "utf8").then((text) => JSON.parse(text) as unknown, () => undefined);
  const listed = isRecord(note) && isRecord(note["packages"]) ? Object.entries(note["packages"]) : [];
  return new Set(listed.filter(([, value]) => isRecord(value) && value["optional"] === true).map(([path]) => path.replace(/^node_modules\//u, "")));
}
