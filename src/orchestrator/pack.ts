/**
 * Packing, from a source to a verified file under its name: plan, stage, blobs, build (here or by a native builder), verify, publish.
 *
 * ARCHITECTURE.md, "Data flow", shows the same steps as a picture.
 */
import { mkdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { throwIfAborted } from "../builder/interrupt.js";
import { isWheel } from "../builder/wheel.js";
import { FlavorError } from "../format/error.js";
import { hostPlatform, parsePlatform, platformName, type Platform } from "../format/platform.js";
import { LATEST_MTIME_SECONDS } from "../format/tar.js";
import { findLauncher } from "../helpers/find.js";
import type { Manifest, ManifestSlot } from "../manifest/manifest.js";
import type { PackContext, Plan, StagedPackage } from "../packagers/plan.js";
import { verifyPackage } from "../reader/verify.js";
import { hostCacheRoot } from "../workenv/cache-root.js";
import { makeBlobs } from "./blobs.js";
import { chooseBuilder } from "./builders.js";
import { libcFloor } from "./floor.js";
import { checkNotInput, checkOutput } from "./output.js";
import type { Builder, Built, Recipe } from "./recipe.js";
import type { PackedResult, PackRequest, PackResult } from "./request.js";
import { chooseSigner } from "./signing.js";
import { planSource } from "./source.js";
import { makeStaging } from "./staging.js";

/**
 * Pack a source into one signed executable.
 *
 * @returns what was written, or the plan for a dry run.
 * @throws FlavorError; nothing is left under the output's name or beside it, and an existing output stays as it was.
 */
export async function pack(request: PackRequest): Promise<PackResult> {
  const startedMs = performance.now();
  const target = request.target === undefined ? hostPlatform(process.platform, process.arch) : parsePlatform(request.target);
  const sourceDateEpoch = readSourceDateEpoch(request.environment);
  const signer = await chooseSigner(request);
  const plan = await planSource(request);
  const cacheDir = hostCacheRoot(request.environment);
  const launcher = await findLauncher({ path: request.launcher, platform: target, environment: request.environment, cacheDir, cwd: request.cwd });
  const builder = await chooseBuilder(request, cacheDir);
  const outputNamed = (name: string) => resolve(request.cwd, request.output ?? `${name}${target.os === "windows" ? ".exe" : ""}`);
  const early = request.output === undefined && plan.outputName === undefined ? undefined : outputNamed(plan.outputName ?? plan.name);
  if (early !== undefined) await checkOutput(early, request.force);
  if (request.dryRun) {
    const { kind, name, version, entries, runtime, slots, outputName } = plan;
    return { kind: "plan", plan: { kind, name, version, entries, runtime, slots, outputName }, output: early, launcher: launcher.path, builder: builder.path ?? builder.name, platform: platformName(target) };
  }
  const staging = await makeStaging(cacheDir);
  try {
    const stagingDir = join(staging.folder, "stage");
    const blobDir = join(staging.folder, "blobs");
    await Promise.all([mkdir(stagingDir), mkdir(blobDir)]);
    const { offline, environment, progress, signal } = request;
    const context: PackContext = { stagingDir, cacheDir, target, offline, sourceDateEpoch, environment, progress, signal };
    const staged = await plan.stage(context);
    throwIfAborted(signal);
    const output = early ?? outputNamed(staged.manifest.execution.entry ?? plan.name);
    if (early === undefined) await checkOutput(output, request.force);
    const manifest = await withRequirements(withWheel(staged), target);
    const key = request.privateKey === undefined ? undefined : resolve(request.cwd, request.privateKey);
    await checkNotInput(output, [resolve(request.cwd, request.source), key, launcher.path, ...manifest.slots.map(({ source }) => source)]);
    const slots = await makeBlobs({ request, slots: manifest.slots, sourceDateEpoch, os: target.os, blobDir, cacheDir });
    const recipe: Recipe = { manifest: { ...manifest, slots: slots.map(({ slot }) => slot) }, slots, launcher, target, signer, sourceDateEpoch, stagingDir: staging.folder, output, request, inspect: (path) => inspect(path, request) };
    const built = await builder.build(recipe);
    return { ...describeResult(recipe, plan, builder, built), elapsedMs: Math.round(performance.now() - startedMs) };
  } finally {
    await staging.remove();
  }
}

/** The wheel that a packager made is the last slot. */
function withWheel({ manifest, wheel }: StagedPackage): Manifest {
  if (wheel === undefined) return manifest;
  const slot: ManifestSlot = { id: "wheel", source: wheel.file, target: wheel.fileName, operations: [], purpose: "wheel", lifecycle: "lazy", permissions: 0o644 };
  return { ...manifest, slots: [...manifest.slots, slot] };
}

/** What the package needs of the system: what the manifest says, else what its ELF files need. */
async function withRequirements(manifest: Manifest, target: Platform): Promise<Manifest> {
  if (manifest.requirements !== undefined || target.os !== "linux") return manifest;
  const floor = await libcFloor(manifest.slots);
  if (floor === undefined) return manifest;
  return { ...manifest, requirements: { libc: floor.libc, ...(floor.version === undefined ? {} : { libcVersion: floor.version }) } };
}

function describeResult({ manifest, launcher, target, output, request }: Recipe, plan: Plan, builder: Builder, built: Built): Omit<PackedResult, "elapsedMs"> {
  const { requirements } = manifest;
  const purposes = new Map(manifest.slots.map(({ id, purpose }) => [id, purpose]));
  return {
    kind: "packed",
    path: output,
    size: built.size,
    sha256: built.sha256,
    packageId: built.packageId,
    keyId: built.keyId,
    keyLifetime: built.keyLifetime,
    name: manifest.package.name,
    version: manifest.package.version,
    platform: platformName(target),
    entries: entryNames(manifest, plan),
    slots: built.slots.map(({ id, operations, size, originalSize }) => ({ id, purpose: purposes.get(id) ?? "data", operations, size, originalSize })),
    wheelFileName: manifest.slots.find(isWheel)?.target,
    floor: requirements === undefined ? undefined : [requirements.libc, requirements.libcVersion].filter((word) => word !== undefined).join(" "),
    builder: { name: builder.name, version: builder.version, path: builder.path },
    launcher: { name: launcher.name, path: launcher.path, strippedBytes: request.strip ? built.strippedBytes : undefined },
  };
}

/** The finished file, before it appears under its name. */
async function inspect(path: string, request: PackRequest): Promise<void> {
  if (!request.verify) return;
  const step = request.progress.step("verify", (await stat(path)).size);
  await verifyPackage(path, {
    onBytes: (count) => {
      step.advance(count);
    },
  });
  step.done();
}

function entryNames(manifest: Manifest, plan: Plan): readonly string[] {
  const { entry, entries } = manifest.execution;
  if (entry === undefined) return plan.entries;
  return [entry, ...Object.keys(entries ?? {}).filter((name) => name !== entry)];
}

/** @throws FlavorError `usage` for a value that is no number of seconds that an archive can hold. */
function readSourceDateEpoch(environment: Readonly<Record<string, string | undefined>>): number | undefined {
  const text = environment["SOURCE_DATE_EPOCH"];
  if (text === undefined || text === "") return undefined;
  if (!/^\d{1,11}$/.test(text) || Number(text) > LATEST_MTIME_SECONDS) throw new FlavorError("usage", `SOURCE_DATE_EPOCH: expected seconds since 1970, found ${JSON.stringify(text)}`);
  return Number(text);
}
