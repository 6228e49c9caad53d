/**
 * Python runtimes: one interface, several sources, tried in this order with a notice about each that had none:
 *
 * 1. the interpreter or folder given with `--python` or `[tool.flavor] python`;
 * 2. a CPython that uv manages;
 * 3. Maven's `org.bytedeco:cpython`;
 * 4. a copy of an interpreter on PATH.
 *
 * What comes of it is a folder in the cache that runs wherever it is put: trimmed, byte-compiled, with the libraries it needs, equal for equal inputs.
 * Beside it lies the untrimmed installation, which builds and installs the project's packages.
 */
import { randomBytes } from "node:crypto";
import { cp, mkdir, readdir, realpath, rename, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { FlavorError } from "../format/error.js";
import { readElfNeeds } from "./elf.js";
import { exists } from "./presence.js";
import { compileBytecode } from "./python-bytecode.js";
import { offerGivenPython, offerHostPython } from "./python-host.js";
import { bundleLibraries } from "./python-libraries.js";
import { offerMavenPython } from "./python-maven.js";
import { minorOf, type PythonCandidate, type RuntimeContext } from "./python-source.js";
import { isTrimmed } from "./python-trim.js";
import { offerUvPython } from "./python-uv.js";
import { describeWish, fittingMinors, type PythonWish } from "./python-version.js";
import { lastWords, runTool } from "./tool.js";

/** Part of the names of cached folders: raised when what is done to them changes. */
const REVISION = 2;

/** What is asked for. */
export interface PythonRequest {
  readonly wish: PythonWish;
  /** Absolute path of an interpreter or of a folder that holds one; undefined to look for one. */
  readonly path: string | undefined;
  readonly trim: boolean;
}

/** A Python that is ready to be packed. */
export interface PythonRuntime {
  /** The installation prefix to pack; absolute. */
  readonly folder: string;
  /** Path of the interpreter below `folder`, such as `bin/python3.13`. */
  readonly interpreter: string;
  /** Absolute path of the untrimmed interpreter, which has headers and pip where the source had them. */
  readonly buildInterpreter: string;
  /** Such as `3.13.5`. */
  readonly version: string;
  /** Such as `3.13`. */
  readonly minor: string;
  /** For people. */
  readonly origin: string;
  /** The file of authorities that its OpenSSL looks for by default; it need not exist anywhere. Undefined for a Python without OpenSSL. */
  readonly authorities: string | undefined;
}

/**
 * Find a Python, and prepare it.
 *
 * @throws FlavorError `runtime-missing` if no source has one that fits.
 */
export async function resolvePythonRuntime(request: PythonRequest, context: RuntimeContext): Promise<PythonRuntime> {
  const { candidate, home } = await obtainCandidate(request, context);
  const minor = minorOf(candidate.version);
  const packed = join(home, request.trim ? "trimmed" : "whole");
  await publishOnce(packed, (folder) => fillPacked(join(home, "full"), minor, request.trim, folder, context));
  return {
    folder: packed,
    interpreter: `bin/python${minor}`,
    buildInterpreter: join(home, "full", "bin", `python${minor}`),
    version: candidate.version,
    minor,
    origin: candidate.origin,
    authorities: await authoritiesOf(join(packed, "bin", `python${minor}`), home, context),
  };
}

/** The first source whose candidate can really be had; its untrimmed tree is in the cache then. */
async function obtainCandidate(request: PythonRequest, context: RuntimeContext): Promise<{ candidate: PythonCandidate; home: string }> {
  const given = request.path;
  if (given !== undefined) {
    const offer = await offerGivenPython(given, request.wish, context);
    if ("refusal" in offer) throw new FlavorError("runtime-missing", offer.refusal);
    const home = await obtain(offer.candidate, context);
    context.progress.notice(`runtime: CPython ${offer.candidate.version}, ${offer.candidate.origin}`);
    return { candidate: offer.candidate, home };
  }
  if (fittingMinors(request.wish).length === 0) throw new FlavorError("runtime-missing", `no known Python fits ${describeWish(request.wish)}`, { hint: "change requires-python or .python-version, or give an interpreter with --python" });
  const refusals: string[] = [];
  for (const source of [offerUvPython, offerMavenPython, offerHostPython]) {
    const offer = await source(request.wish, context);
    if ("refusal" in offer) {
      refusals.push(offer.refusal);
      continue;
    }
    try {
      const home = await obtain(offer.candidate, context);
      context.progress.notice(`runtime: CPython ${offer.candidate.version} from ${offer.candidate.origin}${refusals.length > 0 ? ` (${refusals.join("; ")})` : ""}`);
      return { candidate: offer.candidate, home };
    } catch (error) {
      if (!(error instanceof FlavorError) || error.code !== "runtime-missing") throw error;
      refusals.push(error.message);
    }
  }
  throw new FlavorError("runtime-missing", `no runtime for ${describeWish(request.wish)} on ${context.target.os} ${context.target.arch}: ${refusals.join("; ")}`, { hint: "give an interpreter, or a folder that holds one, with --python" });
}

async function obtain(candidate: PythonCandidate, context: RuntimeContext): Promise<string> {
  const home = join(context.cacheDir, "runtimes", `${candidate.id}-r${REVISION.toString()}`);
  await publishOnce(join(home, "full"), (folder) => fillFull(candidate, folder, context));
  return home;
}

async function fillFull(candidate: PythonCandidate, folder: string, context: RuntimeContext): Promise<void> {
  const minor = minorOf(candidate.version);
  const step = context.progress.step(`prepare CPython ${candidate.version}`);
  await candidate.fill(folder);
  if (context.target.os === "linux") {
    const missing = await bundleLibraries(folder, minor, candidate.relocate, context);
    if (missing.length > 0) context.progress.notice(`runtime: left to the system it runs on: ${missing.join(", ")}`);
  }
  await proveItRuns(folder, minor, context);
  step.done();
}

/** An interpreter that finds itself where it lies now, with nothing in the environment, will do so elsewhere. */
async function proveItRuns(folder: string, minor: string, context: RuntimeContext): Promise<void> {
  const script = "import sys, os; print(os.path.realpath(sys.base_prefix)); import json, socket, struct, hashlib";
  const result = await runTool(join(folder, "bin", `python${minor}`), ["-I", "-B", "-c", script], { cwd: folder, environment: {}, signal: context.signal });
  if (result.status !== 0) throw new FlavorError("runtime-missing", `the interpreter does not run from another folder: ${lastWords(result, 1)}`, { hint: "give another one with --python" });
  const prefix = result.stdout.split("\n")[0] ?? "";
  if (prefix !== (await realpath(folder))) throw new FlavorError("runtime-missing", `the interpreter is not relocatable: moved to another folder, its prefix is still ${prefix}`, { hint: "give another one with --python" });
}

async function fillPacked(full: string, minor: string, trim: boolean, folder: string, context: RuntimeContext): Promise<void> {
  const step = context.progress.step("trim and compile the standard library");
  const needs = await readElfNeeds(join(full, "bin", `python${minor}`));
  const parts = {
    minor,
    hasTk: (await readdir(join(full, "lib", `python${minor}`, "lib-dynload"))).some((name) => name.startsWith("_tkinter.")),
    sharedLibrary: needs === undefined || needs.libraries.some((name) => name.startsWith("libpython")),
  };
  await cp(full, folder, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => {
      const inside = relative(full, path);
      return inside === "" || (trim ? !isTrimmed(parts, inside) : !/(?:^|\/)__pycache__$/.test(inside));
    },
  });
  await compileBytecode(join(folder, "bin", `python${minor}`), join(folder, "lib", `python${minor}`), `lib/python${minor}`, context);
  await proveItRuns(folder, minor, context);
  step.done();
}

async function authoritiesOf(interpreter: string, home: string, context: RuntimeContext): Promise<string | undefined> {
  const script = "import ssl; print(ssl.get_default_verify_paths().openssl_cafile)";
  const result = await runTool(interpreter, ["-I", "-B", "-c", script], { cwd: home, environment: {}, signal: context.signal });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** Make a folder under a temporary name and rename it, so that it is complete or absent, whoever else makes it at the same time. */
async function publishOnce(folder: string, fill: (folder: string) => Promise<void>): Promise<void> {
  if (await exists(folder)) return;
  const temporary = `${folder}.${process.pid.toString()}-${randomBytes(4).toString("hex")}`;
  await mkdir(temporary, { recursive: true });
  try {
    await fill(temporary);
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (!(await exists(folder))) throw error;
  }
}
