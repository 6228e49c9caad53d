/**
 * Packing, from a source to a verified file under its name: plan, stage, blobs, build, verify, publish.
 *
 * ARCHITECTURE.md, "Data flow", shows the same steps as a picture.
 */
import { mkdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { buildPackage, type BuildResult } from "../builder/build.js";
import { throwIfAborted } from "../builder/interrupt.js";
import { readWheelZip } from "../builder/wheel.js";
import { FlavorError } from "../format/error.js";
import { keyId } from "../format/key-id.js";
import { hostPlatform, parsePlatform, platformName, type Platform } from "../format/platform.js";
import type { Signer } from "../format/signer.js";
import { findLauncher, type Helper } from "../helpers/find.js";
import { launcherName } from "../helpers/marker.js";
import type { Manifest } from "../manifest/manifest.js";
import type { PackContext, Plan, StagedPackage } from "../packagers/plan.js";
import { hashRange, openFile } from "../reader/file.js";
import { verifyPackage } from "../reader/verify.js";
import { hostCacheRoot } from "../workenv/cache-root.js";
import { makeBlobs } from "./blobs.js";
import { describe } from "./describe.js";
import { libcFloor } from "./floor.js";
import { checkOutput } from "./output.js";
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
  const launcher = await findLauncher({ path: request.launcherBin, platform: target, environment: request.environment, cacheDir, cwd: request.cwd });
  const outputNamed = (name: string) => resolve(request.cwd, request.output ?? `${name}${target.os === "windows" ? ".exe" : ""}`);
  const early = request.output === undefined && plan.outputName === undefined ? undefined : outputNamed(plan.outputName ?? plan.name);
  if (early !== undefined) await checkOutput(early, request.force);
  if (request.dryRun) {
    const { kind, name, version, entries, runtime, slots, outputName } = plan;
    return { kind: "plan", plan: { kind, name, version, entries, runtime, slots, outputName }, output: early, launcher: launcher.path, platform: platformName(target) };
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
    const built = await build({ request, target, sourceDateEpoch, signer, plan, staged, launcher, output, blobDir, cacheDir });
    return { ...built, elapsedMs: Math.round(performance.now() - startedMs) };
  } finally {
    await staging.remove();
  }
}

interface BuildContext {
  readonly request: PackRequest;
  readonly target: Platform;
  readonly sourceDateEpoch: number | undefined;
  readonly signer: Signer | undefined;
  readonly plan: Plan;
  readonly staged: StagedPackage;
  readonly launcher: Helper;
  readonly output: string;
  readonly blobDir: string;
  readonly cacheDir: string;
}

async function build(context: BuildContext): Promise<Omit<PackedResult, "elapsedMs">> {
  const { request, target, sourceDateEpoch, signer, staged, launcher, output } = context;
  const { manifest, wheel } = staged;
  const slots = await makeBlobs({ ...context, slots: manifest.slots });
  const floor = target.os === "linux" ? await libcFloor(manifest.slots) : undefined;
  const step = request.progress.step(`write ${basename(output)}`, slots.reduce((sum, { blob }) => sum + blob.size, launcher.sizeBytes));
  const result = await buildPackage({
    metadata: {
      ...describe(manifest, context),
      ...(floor === undefined ? {} : { requirements: { libc: floor.libc, ...(floor.version === undefined ? {} : { libcVersion: floor.version }) } }),
    },
    slots,
    launcher: await measureLauncher(launcher),
    ...(wheel === undefined ? {} : { wheel: { zip: await readWheelZip(wheel.file), fileName: wheel.fileName } }),
    signer,
    sourceDateEpoch,
    output,
    signal: request.signal,
    onBytes: (count) => {
      step.advance(count);
    },
    inspect: (path) => inspect(path, request, step),
  });
  return {
    kind: "packed",
    path: output,
    size: result.packageSize,
    sha256: result.sha256,
    packageId: result.packageId,
    keyId: signer === undefined ? undefined : keyId(signer.publicKey),
    keyLifetime: signer?.lifetime,
    name: manifest.package.name,
    version: manifest.package.version,
    platform: platformName(target),
    entries: entryNames(manifest, context.plan),
    slots: packedSlots(result),
    wheelFileName: wheel?.fileName,
    floor: floor === undefined ? undefined : [floor.libc, floor.version].filter((word) => word !== undefined).join(" "),
  };
}

/** The finished file, before it appears under its name. */
async function inspect(path: string, request: PackRequest, written: { done(): void }): Promise<void> {
  written.done();
  if (!request.verify) return;
  const step = request.progress.step("verify", (await stat(path)).size);
  await verifyPackage(path, {
    onBytes: (count) => {
      step.advance(count);
    },
  });
  step.done();
}

async function measureLauncher(launcher: Helper) {
  const file = await openFile(launcher.path);
  try {
    const { size } = await file.stat();
    const marker = launcher.marker;
    return {
      file: launcher.path,
      tool: marker === undefined ? "unknown" : launcherName(marker),
      toolVersion: marker?.version ?? "unknown",
      ...(marker === undefined ? {} : { platform: marker.platform }),
      size,
      sha256: await hashRange(file, 0, size),
    };
  } finally {
    await file.close();
  }
}

function packedSlots(result: BuildResult) {
  return result.metadata.slots.map(({ id, purpose, operations, size, originalSize }) => ({ id, purpose, operations, size, originalSize }));
}

function entryNames(manifest: Manifest, plan: Plan): readonly string[] {
  const { entry, entries } = manifest.execution;
  if (entry === undefined) return plan.entries;
  return [entry, ...Object.keys(entries ?? {}).filter((name) => name !== entry)];
}

/** @throws FlavorError `usage` for a value that is no number of seconds. */
function readSourceDateEpoch(environment: Readonly<Record<string, string | undefined>>): number | undefined {
  const text = environment["SOURCE_DATE_EPOCH"];
  if (text === undefined || text === "") return undefined;
  if (!/^\d{1,11}$/.test(text)) throw new FlavorError("usage", `SOURCE_DATE_EPOCH: expected seconds since 1970, found ${JSON.stringify(text)}`);
  return Number(text);
}
