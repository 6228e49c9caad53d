/**
 * The wheel that makes a package Python-installable: application and dependencies below one private folder, so that nothing that pip has
 * installed meets them, and nothing has to be fetched.
 *
 * ```
 * __main__.py                     the same in every package; runs the archive it lies in
 * _flavor_NAME/start.py           what the console scripts call
 * _flavor_NAME/lib/               application and dependencies
 * NAME-VERSION.dist-info/
 * ```
 *
 * Two such wheels bring the same `__main__.py`. Console scripts do not need it, so removing one wheel leaves the other whole.
 *
 * @see spec/pspf-2025.md, "The wheel slot"
 */
import { zipSync, type Zippable } from "fflate";
import { createHash } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FlavorError } from "../../format/error.js";
import type { WheelBlob } from "../plan.js";
import { pythonText, pythonValue, RUN_TEXT, targetValue } from "./bootstrap.js";
import type { Entry } from "./entries.js";
import { listFiles } from "./files.js";
import type { Installed } from "./source.js";
import { WHEEL_MAIN_TEXT } from "./wheel-main.js";
import { pythonRange, wheelTag } from "./wheel-tags.js";

/** What goes into a wheel. */
export interface WheelContents {
  readonly name: string;
  readonly version: string;
  readonly description: string | undefined;
  readonly entries: readonly Entry[];
  /** Folders whose contents are merged below `lib/`, the application's first; absolute. */
  readonly folders: readonly string[];
  /** Folder of the resources, undefined when there are none. */
  readonly resources: string | undefined;
  readonly installed: readonly Installed[];
  /** Such as `3.13`: the Python that the dependencies were resolved for. */
  readonly minor: string;
  readonly requiresPython: string | undefined;
  readonly pathFiles: readonly string[];
}

/** fflate writes local dates; built from local parts, this is 1980-01-01 everywhere. */
const MTIME = new Date(1980, 0, 1);
const NATIVE = /\.(?:so|pyd|dylib|dll)(?:\.\d+)*$/;
const BYTES_MAX = 2 ** 31;

/**
 * Write the wheel.
 *
 * @param folder - where to write it; absolute.
 * @throws FlavorError `build-failed` if it would not fit a plain zip.
 */
export async function writeWheel(contents: WheelContents, folder: string): Promise<WheelBlob> {
  const project = contents.name.replace(/[-_.]+/g, "_").toLowerCase();
  const top = `_flavor_${project}`;
  const files = new Map<string, { bytes: Uint8Array; mode: number }>();
  for (const source of contents.folders) await addFolder(files, source, `${top}/lib`);
  if (contents.resources !== undefined) await addFolder(files, contents.resources, `${top}/resources`);
  const native = [...files.keys()].some((path) => NATIVE.test(path)) || contents.entries.some(({ target }) => target.kind === "binary");
  const tag = wheelTag(contents.installed, contents.minor, native);
  const range = pythonRange(contents.installed, contents.minor, contents.requiresPython, native);
  const text = (path: string, body: string) => files.set(path, { bytes: Buffer.from(body, "utf8"), mode: 0o644 });
  text("__main__.py", WHEEL_MAIN_TEXT);
  text(`${top}/__init__.py`, "");
  text(`${top}/start.py`, startText(contents, range));
  const info = `${project}-${contents.version.replace(/-/g, "_")}.dist-info`;
  const commands = contents.entries.map(({ name }, index) => `${name} = ${top}.start:entry_${index.toString()}\n`).join("");
  text(`${info}/METADATA`, metadataText(contents, range));
  text(`${info}/WHEEL`, `Wheel-Version: 1.0\nGenerator: flavorpack\nRoot-Is-Purelib: ${native ? "false" : "true"}\nTag: ${tag}\n`);
  text(`${info}/entry_points.txt`, `[console_scripts]\n${commands}`);
  const paths = [...files.keys()].sort();
  const record = paths.map((path) => `${quoteCsv(path)},sha256=${digest(files.get(path)?.bytes)},${(files.get(path)?.bytes.length ?? 0).toString()}\n`).join("");
  text(`${info}/RECORD`, `${record}${info}/RECORD,,\n`);
  const total = [...files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (files.size >= 65535 || total > BYTES_MAX) throw new FlavorError("build-failed", `the wheel of ${contents.name} would hold ${files.size.toString()} files of ${total.toString()} bytes, more than a plain zip takes`, { hint: "pack without --wheel" });
  const zippable: Zippable = {};
  for (const [path, { bytes, mode }] of files) zippable[path] = [bytes, { mtime: MTIME, level: 9, os: 3, attrs: ((0o100000 | mode) << 16) >>> 0 }];
  const fileName = `${project}-${contents.version.replace(/-/g, "_")}-${tag}.whl`;
  const file = join(folder, fileName);
  await writeFile(file, zipSync(zippable));
  return { file, fileName };
}

async function addFolder(files: Map<string, { bytes: Uint8Array; mode: number }>, folder: string, below: string): Promise<void> {
  for (const path of await listFiles(folder, new Set(["__pycache__"]))) {
    const source = join(folder, path);
    files.set(`${below}/${path}`, { bytes: await readFile(source), mode: ((await stat(source)).mode & 0o100) === 0 ? 0o644 : 0o755 });
  }
}

function metadataText(contents: WheelContents, range: string): string {
  const summary = contents.description === undefined ? "" : `Summary: ${contents.description.replace(/\s+/g, " ")}\n`;
  return `Metadata-Version: 2.1\nName: ${contents.name}\nVersion: ${contents.version}\n${summary}Requires-Python: ${range}\n`;
}

function startText(contents: WheelContents, range: string): string {
  const entries = contents.entries.map(({ name, target }) => `    ${pythonText(name)}: ${targetValue(target)},\n`).join("");
  const functions = contents.entries.map(({ name }, index) => `\n\ndef entry_${index.toString()}():\n    start(${pythonText(name)})\n`).join("");
  const first = contents.entries[0]?.name ?? "";
  const [lowest, below] = [/>=(\d+)\.(\d+)/.exec(range), /<(\d+)\.(\d+)/.exec(range)];
  return `"""Starts the program from an installed wheel. Written by FlavorPack when the package was made."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT = ${pythonText(first)}
RANGE = ${pythonText(range)}
LOWEST = (${lowest?.[1] ?? "3"}, ${lowest?.[2] ?? "0"})
BELOW = (${below?.[1] ?? "4"}, ${below?.[2] ?? "0"})
PATH_FILES = ${pythonValue(contents.pathFiles.map((path) => path.replace(/^(?:app|lib)\//, "lib/")))}
ENTRIES = {
${entries}}
${RUN_TEXT}

def start(name):
    if not LOWEST <= sys.version_info[:2] < BELOW:
        sys.exit("%s: this is Python %d.%d, but Python %s is needed (the package itself, run as a program, needs none)" % ((name,) + tuple(sys.version_info[:2]) + (RANGE,)))
    sys.path.insert(0, HERE + "/lib")
    if os.path.isdir(HERE + "/resources"):
        os.environ["FLAVOR_RESOURCES"] = HERE + "/resources"
    if PATH_FILES:
        follow_path_files([HERE + "/" + path for path in PATH_FILES])
    target = ENTRIES[name]
    if target[0] == "binary":
        program = HERE + "/lib/" + target[1]
        os.execv(program, [program] + sys.argv[1:])
    run(target, HERE + "/lib")
${functions}`;
}

function digest(bytes: Uint8Array | undefined): string {
  return createHash("sha256").update(bytes ?? new Uint8Array()).digest("base64url");
}

function quoteCsv(path: string): string {
  return /[",\r\n]/.test(path) ? `"${path.replace(/"/g, '""')}"` : path;
}
