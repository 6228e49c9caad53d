/**
 * A copy of an interpreter that is on this machine: the one given with `--python`, or the first on PATH that fits.
 *
 * Its absolute search paths are replaced by relative ones, and the libraries it needs are copied beside it (./python-libraries.ts), so that the
 * copy runs where it is unpacked.
 */
import { createHash } from "node:crypto";
import { chmod, copyFile, cp, mkdir, readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FlavorError } from "../format/error.js";
import { platformName } from "../format/platform.js";
import { readElfNeeds } from "./elf.js";
import { exists } from "./presence.js";
import { minorOf, type PythonOffer, type RuntimeContext } from "./python-source.js";
import { describeWish, fitsWish, fittingMinors, type PythonWish } from "./python-version.js";
import { findTool, runTool } from "./tool.js";

/** What an interpreter says about itself, one line each. */
const QUESTION = `
import sys, sysconfig, os, platform
print(platform.python_implementation())
print(platform.python_version())
print(os.path.realpath(sys.executable))
print(sysconfig.get_path("stdlib"))
print(sysconfig.get_config_var("DESTSHARED") or "")
print(sysconfig.get_config_var("LIBDIR") or "")
print(sysconfig.get_path("include"))
print(sys.base_prefix)
`;

interface HostPython {
  readonly version: string;
  readonly executable: string;
  readonly stdlib: string;
  readonly modules: string;
  readonly libraries: string;
  readonly headers: string;
  readonly prefix: string;
}

/** Offer a copy of the first interpreter on PATH that fits. */
export async function offerHostPython(wish: PythonWish, context: RuntimeContext): Promise<PythonOffer> {
  for (const name of [...fittingMinors(wish).map((minor) => `python${minor}`), "python3"]) {
    const executable = await findTool(name, context.environment);
    const host = executable === undefined ? undefined : await askInterpreter(executable, context);
    if (host !== undefined && fitsWish(host.version, wish)) return { candidate: await candidateOf(host, context) };
  }
  return { refusal: `no interpreter on PATH is ${describeWish(wish)}` };
}

/**
 * Offer a copy of the interpreter that the user named.
 *
 * @param path - absolute; an interpreter, or a folder with `bin/python3*` in it.
 * @throws FlavorError `runtime-missing` if there is none, or it does not fit the specifiers.
 */
export async function offerGivenPython(path: string, wish: PythonWish, context: RuntimeContext): Promise<PythonOffer> {
  const executable = await interpreterAt(path);
  const host = executable === undefined ? undefined : await askInterpreter(executable, context);
  if (host === undefined) throw new FlavorError("runtime-missing", `${path} is no CPython interpreter and no folder that holds one in bin/`, { hint: "give a version such as 3.13, the path of an interpreter, or a folder such as /opt/python" });
  if (!fitsWish(host.version, wish)) throw new FlavorError("runtime-missing", `${path} is Python ${host.version}, but the project requires ${wish.specifiers ?? wish.version ?? ""}`, { hint: "give another interpreter, or change requires-python" });
  return { candidate: await candidateOf(host, context) };
}

async function interpreterAt(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return path;
    const bin = join(path, "bin");
    const names = (await readdir(bin)).filter((name) => /^python3\.\d+$/.test(name)).sort();
    return names[0] === undefined ? join(bin, "python3") : join(bin, names[0]);
  } catch {
    return undefined;
  }
}

async function askInterpreter(executable: string, context: RuntimeContext): Promise<HostPython | undefined> {
  const result = await runTool(executable, ["-I", "-S", "-c", QUESTION], { cwd: context.stagingDir, environment: context.environment, signal: context.signal });
  const [implementation, version, real, stdlib, modules, libraries, headers, prefix] = result.stdout.split("\n");
  if (result.status !== 0 || implementation !== "CPython" || version === undefined || real === undefined || stdlib === undefined || prefix === undefined) return undefined;
  return { version, executable: real, stdlib, modules: modules ?? "", libraries: libraries ?? "", headers: headers ?? "", prefix };
}

async function candidateOf(host: HostPython, context: RuntimeContext): Promise<{ id: string; version: string; origin: string; relocate: boolean; fill: (folder: string) => Promise<void> }> {
  if (context.target.os !== "linux") throw new FlavorError("runtime-missing", `a copy of ${host.executable} cannot be made to run elsewhere on ${context.target.os}`, { hint: "let uv provide CPython" });
  const { mtimeMs, size } = await stat(host.executable);
  const identity = createHash("sha256").update(JSON.stringify([host.executable, host.prefix, size, mtimeMs])).digest("hex").slice(0, 12);
  return {
    id: `cpython-${host.version}-host-${identity}-${platformName(context.target)}`,
    version: host.version,
    origin: `copy of ${host.executable}`,
    relocate: true,
    fill: (folder) => copyHost(host, folder),
  };
}

async function copyHost(host: HostPython, folder: string): Promise<void> {
  const minor = minorOf(host.version);
  const stdlib = join(folder, "lib", `python${minor}`);
  await mkdir(join(folder, "bin"), { recursive: true });
  await copyFile(host.executable, join(folder, "bin", `python${minor}`));
  await chmod(join(folder, "bin", `python${minor}`), 0o755);
  await cp(host.stdlib, stdlib, { recursive: true, dereference: true, filter: (path) => !/^(?:site-packages|dist-packages|__pycache__|test)$/.test(basename(path)) });
  if (host.modules !== "" && dirname(host.modules) !== host.stdlib) await cp(host.modules, join(stdlib, "lib-dynload"), { recursive: true, dereference: true, force: true });
  if (host.headers !== "" && (await exists(host.headers))) await cp(host.headers, join(folder, "include", `python${minor}`), { recursive: true, dereference: true });
  const needs = await readElfNeeds(host.executable);
  for (const name of needs?.libraries.filter((library) => library.startsWith("libpython")) ?? []) {
    const source = (await firstThatExists([join(host.libraries, name), join(host.prefix, "lib", name)])) ?? undefined;
    if (source === undefined) throw new FlavorError("runtime-missing", `${host.executable} needs ${name}, which is not in ${host.libraries}`, { hint: "give another interpreter with --python" });
    await copyFile(await realpath(source), join(folder, "lib", name));
  }
}

async function firstThatExists(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await exists(path)) return path;
  return undefined;
}
