/**
 * The Node that goes into a package. Places are tried in this order:
 *
 * 1. the file or folder that the user gave (`--node PATH`, `"flavor": {"node": PATH}`);
 * 2. the registry's package for the target platform, through npm, or what the cache holds of it;
 * 3. the binary of the Node that is running, if it is for the target and of a wished-for version.
 */
import { copyFile, mkdir, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { FlavorError } from "../format/error.js";
import { hostPlatform, platformName } from "../format/platform.js";
import type { Progress } from "../builder/progress.js";
import { binaryPlatform } from "./binary-platform.js";
import { stripElf } from "./elf-strip.js";
import { binaryName, cachedNodes, fetchNode, isWhole, nodeHeaders, registryVersions, type CachedNode, type RegistryContext } from "./node-registry.js";
import type { NpmFailure } from "./node-npm.js";
import { chooseVersion, fits, readVersionWish, type NodeVersionWish } from "./node-version.js";
import { isFile } from "./presence.js";
import { runTool } from "./tool.js";

export interface NodeRequest {
  /** `--node`: a version, a range, or the path of a binary or of a folder that holds one. */
  readonly asked?: string | undefined;
  /** Relative paths in `asked` start here; `.node-version` and `.nvmrc` are looked for here. */
  readonly folder?: string | undefined;
  /** `engines.node` of package.json. */
  readonly engines?: string | undefined;
}

/** A `PackContext` fits. */
export interface NodeRuntimeContext extends RegistryContext {
  readonly progress: Progress;
}

export interface NodeRuntime {
  /** The binary: stripped, mode 0755. */
  readonly file: string;
  /** Node's licence, which has to go with it; undefined if it was not beside the binary. */
  readonly license: string | undefined;
  /** Such as `20.20.2`; undefined for a given binary of another platform, which cannot be asked. */
  readonly version: string | undefined;
  /** Where it came from, as a person would say it. */
  readonly origin: string;
  /** @returns a folder with `include/node`, for building native addons, or undefined if there are no headers. */
  headers(): Promise<string | undefined>;
}

/** @returns true if `asked` names a place and not a version. */
export function isNodePath(asked: string): boolean {
  if (/^lts\//iu.test(asked)) return false;
  return /[\\/]/u.test(asked) || asked.startsWith(".") || asked === "node.exe";
}

/**
 * Find or fetch the Node to pack. Says where it came from in a notice.
 *
 * @throws FlavorError `runtime-missing` if no place has a fitting one; `file-missing` for a given path that is not there;
 *   `platform-unfit` for a given binary of another platform.
 */
export async function resolveNodeRuntime(request: NodeRequest, context: NodeRuntimeContext): Promise<NodeRuntime> {
  if (request.asked !== undefined && isNodePath(request.asked)) {
    return await givenNode(isAbsolute(request.asked) ? request.asked : resolve(request.folder ?? ".", request.asked), context);
  }
  const wish = await readVersionWish(request.asked, request.folder, request.engines);
  const running = process.versions.node;
  const tried: string[] = [];

  const cached = await cachedNodes(context.cacheDir, context.target);
  const listed = context.offline ? undefined : await registryVersions(context).catch((cause: unknown) => withoutNpm(cause));
  if (listed !== undefined && !("failure" in listed)) {
    const version = chooseVersion(wish, listed, running);
    if (version !== undefined) return fromRegistry(await takeNode(version, cached, context), context, wish);
    tried.push(`the registry has no version for ${wish.range}`);
  } else {
    const reason = listed === undefined ? "offline" : `the registry could not be asked: ${listed.failure.summary}`;
    for (let left = cached; left.length > 0;) {
      const version = chooseVersion(wish, left.map((each) => each.version), running);
      const node = left.find((each) => each.version === version);
      if (node === undefined) break;
      if (await isWhole(node)) {
        if (listed !== undefined) context.progress.notice(`${reason}; using the cached Node ${node.version}`);
        return fromRegistry(node, context, wish);
      }
      left = left.filter((each) => each !== node);
    }
    tried.push(reason, `the cache has none for ${wish.range}`);
  }

  const host = hostPlatform(process.platform, process.arch);
  if (platformName(host) === platformName(context.target) && fits(wish, running)) {
    context.progress.notice(`Node ${running}: a copy of the running one (${tried.join("; ")})`);
    return await copiedNode(process.execPath, running, "the running Node", context);
  }
  throw new FlavorError("runtime-missing", `no Node ${wish.range === "*" ? "" : `${wish.range} `}(${wish.source}) for ${platformName(context.target)}: ${tried.join("; ")}`, {
    hint: "ask for another version with --node VERSION, or give a binary with --node FILE",
  });
}

/** Without npm the cache and the running Node are still there. */
function withoutNpm(cause: unknown): { readonly failure: NpmFailure } {
  if (cause instanceof FlavorError && cause.code === "tool-missing") return { failure: { code: "", summary: "npm was not found on PATH" } };
  throw cause;
}

async function takeNode(version: string, cached: readonly CachedNode[], context: NodeRuntimeContext): Promise<CachedNode> {
  for (const node of cached) {
    if (node.version === version && (await isWhole(node))) return node;
  }
  const step = context.progress.step(`fetch Node ${version} for ${platformName(context.target)}`);
  const node = await fetchNode(version, context);
  step.done(`${((await stat(node.file)).size / 1e6).toFixed(1)} MB`);
  return node;
}

async function fromRegistry(node: CachedNode, context: NodeRuntimeContext, wish: NodeVersionWish): Promise<NodeRuntime> {
  const origin = `npm:${node.packageName}@${node.version}`;
  context.progress.notice(`Node ${node.version} from ${origin} (${wish.source})`);
  return {
    file: node.file,
    license: await existing(join(node.folder, "LICENSE")),
    version: node.version,
    origin,
    headers: () => nodeHeaders(node, context),
  };
}

/** A file or a folder that the user named. A version manager's shim is followed to the binary that it starts. */
async function givenNode(path: string, context: NodeRuntimeContext): Promise<NodeRuntime> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) throw new FlavorError("file-missing", `${path} (--node) does not exist`);
  let file = path;
  if (info.isDirectory()) {
    const name = binaryName(context.target);
    const candidates = [join(path, "bin", name), join(path, name)];
    const inside = (await Promise.all(candidates.map(existing))).find((each) => each !== undefined);
    if (inside === undefined) throw new FlavorError("file-missing", `${path} (--node) holds no Node: looked for bin/${name} and ${name}`);
    file = inside;
  }
  let version: string | undefined;
  if (platformName(hostPlatform(process.platform, process.arch)) === platformName(context.target)) {
    const question = "JSON.stringify([process.execPath, process.versions.node, process.config.variables.node_shared === true])";
    const result = await runTool(file, ["-p", question], { cwd: context.stagingDir, environment: { PATH: context.environment["PATH"], HOME: context.environment["HOME"] }, signal: context.signal });
    const answer = result.status === 0 ? (JSON.parse(result.stdout) as readonly unknown[]) : [];
    if (typeof answer[0] !== "string" || typeof answer[1] !== "string") throw new FlavorError("runtime-missing", `${file} (--node) does not run as Node`);
    [file, version] = [answer[0], answer[1]];
    if (answer[2] === true) context.progress.warn(`${file} needs libnode of this system; the package will not run elsewhere`);
  }
  const found = await binaryPlatform(file);
  if (found !== platformName(context.target)) {
    throw new FlavorError("platform-unfit", `${file} (--node) is for ${found ?? "no platform that is known"}, the target is ${platformName(context.target)}`);
  }
  context.progress.notice(`Node ${version ?? ""} from ${file} (--node)`);
  return await copiedNode(file, version, file, context);
}

async function copiedNode(source: string, version: string | undefined, origin: string, context: NodeRuntimeContext): Promise<NodeRuntime> {
  const folder = join(context.stagingDir, "node-copy");
  const file = join(folder, binaryName(context.target));
  await mkdir(folder, { recursive: true });
  const readable = join(folder, "original");
  await copyFile(source, readable);
  await stripElf(readable, file);
  const root = dirname(dirname(source));
  return {
    file,
    license: (await existing(join(root, "LICENSE"))) ?? (await existing(join(root, "share", "doc", "nodejs", "copyright"))),
    version,
    origin,
    headers: async () => ((await existing(join(root, "include", "node", "node.h"))) === undefined ? undefined : root),
  };
}

async function existing(path: string): Promise<string | undefined> {
  return (await isFile(path)) ? path : undefined;
}
