/**
 * Building with a native builder: a builder manifest in the staging folder, the builder as a child, its answer as JSON.
 *
 * The builder writes into a private folder beside the output; the file is verified here and renamed, so that a builder that is killed leaves nothing.
 *
 * Source: spec/builder.md, "Command line".
 */
import { spawn } from "node:child_process";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { throwIfAborted } from "../builder/interrupt.js";
import { EXIT_CODES } from "../format/constants.gen.js";
import { FlavorError, isErrorCode } from "../format/error.js";
import { decodeLenientJson } from "../format/json.js";
import { JsonReader } from "../format/json-reader.js";
import { platformName } from "../format/platform.js";
import type { Helper } from "../helpers/helper.js";
import { encodeManifest } from "../manifest/encode.js";
import { fileError } from "../reader/file.js";
import type { Builder, Built, Recipe } from "./recipe.js";

/** @param helper - a builder that runs on this machine. */
export function nativeBuilder(helper: Helper): Builder {
  return { name: helper.name, version: helper.marker?.version ?? "unknown", path: helper.path, build: (recipe) => build(helper, recipe) };
}

async function build(helper: Helper, recipe: Recipe): Promise<Built> {
  const { output, request, stagingDir } = recipe;
  const manifest = join(stagingDir, "builder-manifest.json");
  let folder: string | undefined;
  try {
    await writeFile(manifest, `${JSON.stringify(encodeManifest(recipe.manifest), undefined, 2)}\n`);
    folder = await mkdtemp(join(dirname(output), `.${basename(output)}.`));
    const file = join(folder, basename(output));
    const step = request.progress.step(`write ${basename(output)} (${helper.name})`);
    const answer = await run(helper, [...commandLine(recipe), "--manifest", manifest, "--output", file], recipe);
    step.done();
    throwIfAborted(request.signal);
    await recipe.inspect(file);
    await rename(file, output);
    return answer;
  } catch (cause) {
    throw fileError(cause, output, "write");
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

function commandLine({ request, launcher, target, signer }: Recipe): readonly string[] {
  const key = () => {
    if (signer === undefined) return ["--unsigned"];
    if (request.privateKey !== undefined) return ["--private-key", resolve(request.cwd, request.privateKey)];
    // The seed goes through the environment: command lines are there for everybody to read.
    return request.keySeed === undefined ? [] : ["--key-seed", "env"];
  };
  return ["--launcher", launcher.path, "--target", platformName(target), ...key(), ...(request.strip ? ["--strip"] : []), "--no-verify", "--json", "--log-level", "error"];
}

/** @throws FlavorError what the builder says went wrong, `interrupted`, `exec-failed`. */
async function run(helper: Helper, words: readonly string[], { request }: Recipe): Promise<Built> {
  const { status, stdout, stderr } = await new Promise<{ status: number; stdout: string; stderr: string }>((done, fail) => {
    const child = spawn(helper.path, words, { cwd: request.cwd, env: { ...request.environment, FLAVOR_KEY_SEED: request.keySeed }, stdio: ["ignore", "pipe", "pipe"] });
    const stop = () => child.kill("SIGTERM");
    request.signal.addEventListener("abort", stop, { once: true });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", (cause) => fail(new FlavorError("exec-failed", `${helper.path} cannot be started: ${cause.message}`, { cause })));
    child.on("close", (code) => {
      request.signal.removeEventListener("abort", stop);
      done({ status: code ?? EXIT_CODES.panic, stdout, stderr });
    });
  });
  throwIfAborted(request.signal);
  const answer = decodeAnswer(stdout);
  if (status === EXIT_CODES.ok && answer?.kind === "built") return answer.built;
  if (answer?.kind === "failed") throw answer.error;
  throw new FlavorError("build-failed", `${helper.path} ended with exit status ${status}: ${lastLine(stderr) ?? "without a word"}`, { hint: "--builder ts builds without it" });
}

type Answer = { readonly kind: "built"; readonly built: Built } | { readonly kind: "failed"; readonly error: FlavorError };

/** @returns undefined for words that are no answer. */
function decodeAnswer(text: string): Answer | undefined {
  try {
    const root = new JsonReader(decodeLenientJson(Buffer.from(text)), "", false);
    const error = root.present("error", (at) => {
      const code = at.string("code");
      return new FlavorError(isErrorCode(code) ? code : "build-failed", at.string("message"), { hint: at.optional("hint", (hint) => hint.asString()) });
    });
    return error === undefined ? { kind: "built", built: decodeBuilt(root) } : { kind: "failed", error };
  } catch {
    return undefined;
  }
}

function decodeBuilt(root: JsonReader): Built {
  return {
    size: root.object("size").asInteger(),
    sha256: root.string("sha256"),
    packageId: root.string("package_id"),
    keyId: root.present("key_id", (at) => at.asString()),
    keyLifetime: root.present("key_lifetime", (at) => at.oneOf(["build", "publisher"] as const)),
    strippedBytes: root.object("launcher").object("stripped").asInteger(),
    slots: root.optionalList("slots").map((slot) => ({ id: slot.string("id"), operations: slot.string("operations"), size: slot.object("size").asInteger(), originalSize: slot.object("original_size").asInteger() })),
  };
}

function lastLine(text: string): string | undefined {
  return text.trim().split("\n").at(-1) || undefined;
}
