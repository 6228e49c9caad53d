/** What is taken out of, and put right in, a folder that uv has installed into, so that equal packages give equal trees that run anywhere. */
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { matchGlobs } from "../glob.js";
import { parseEntryPoints } from "./entries.js";
import { listFiles } from "./files.js";
import { listInstalled } from "./source.js";

/** Records of the installation, which name paths of this machine or say what no packed program asks. */
const RECORDS = ["RECORD", "RECORD.jws", "RECORD.p7s", "INSTALLER", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json"];

/** Folders of the data scheme; they belong to the environment's prefix, not among the modules. */
const DATA_FOLDERS = ["share", "etc", "man"];

/** A file that a distribution brought as a script of its own. */
export interface LooseScript {
  readonly name: string;
  /** A Python script, or a program of another kind. */
  readonly kind: "script" | "binary";
  /** Relative to the folder. */
  readonly path: string;
}

/**
 * Clean a folder of installed distributions.
 *
 * @param folder - absolute.
 * @param prefix - data files (`share`, `etc`) are moved here.
 * @param exclude - patterns of `[tool.flavor] exclude`.
 * @returns scripts that are files, such as the binary of a tool written in another language. Scripts that uv made from entry points are gone.
 */
export async function cleanInstalled(folder: string, prefix: string, exclude: readonly string[]): Promise<LooseScript[]> {
  const distributions = await listInstalled(folder);
  for (const { distInfo } of distributions) for (const record of RECORDS) await rm(join(folder, distInfo, record), { force: true });
  await rm(join(folder, ".lock"), { force: true });
  await rm(join(folder, "include"), { recursive: true, force: true });
  for (const name of DATA_FOLDERS) await moveData(join(folder, name), join(prefix, name));
  const made = new Set(distributions.flatMap(({ entryPoints }) => parseEntryPoints(entryPoints).map(({ name }) => name)));
  const loose = await sortScripts(join(folder, "bin"), made);
  const isExcluded = matchGlobs(exclude);
  for (const file of await listFiles(folder)) {
    if (file.includes("__pycache__/") || isExcluded(file)) await rm(join(folder, file));
  }
  await removeEmptyFolders(folder);
  return loose;
}

async function sortScripts(bin: string, made: ReadonlySet<string>): Promise<LooseScript[]> {
  const loose: LooseScript[] = [];
  for (const name of (await readdir(bin).catch(() => [])).sort()) {
    const path = join(bin, name);
    if (made.has(name) || !(await stat(path)).isFile()) {
      await rm(path, { recursive: true, force: true });
      continue;
    }
    const bytes = await readFile(path);
    const line = bytes.subarray(0, 256).toString("latin1").split("\n")[0] ?? "";
    const isTrampoline = line === "#!/bin/sh" && bytes.includes("'''exec' ");
    const isPython = isTrampoline || (line.startsWith("#!") && line.includes("python"));
    if (isTrampoline) await writeFile(path, withoutTrampoline(bytes.toString("utf8")));
    else if (isPython) await writeFile(path, Buffer.concat([Buffer.from("#!/usr/bin/env python3\n"), bytes.subarray(bytes.indexOf(10) + 1)]));
    loose.push({ name, kind: isPython ? "script" : "binary", path: `bin/${name}` });
  }
  return loose;
}

/** Long interpreter paths are started through a shell line; the two lines after the first hold it. */
function withoutTrampoline(text: string): string {
  return ["#!/usr/bin/env python3", ...text.split("\n").slice(3)].join("\n");
}

async function moveData(from: string, to: string): Promise<void> {
  const found = await stat(from).catch(() => undefined);
  if (found?.isDirectory() !== true || (await stat(join(from, "__init__.py")).catch(() => undefined)) !== undefined) return;
  await mkdir(dirname(to), { recursive: true });
  if ((await stat(to).catch(() => undefined)) === undefined) await rename(from, to);
  else {
    await cp(from, to, { recursive: true, force: true });
    await rm(from, { recursive: true, force: true });
  }
}

/** A folder that held only bytecode, or only scripts, goes with them. */
async function removeEmptyFolders(folder: string): Promise<boolean> {
  let empty = true;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) empty = false;
    else if (await removeEmptyFolders(join(folder, entry.name))) await rm(join(folder, entry.name), { recursive: true });
    else empty = false;
  }
  return empty;
}
