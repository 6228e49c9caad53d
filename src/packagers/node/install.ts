/**
 * The production dependencies of a project as a tree, installed in staging: the project's folder is never written to.
 *
 * npm's lock files are followed exactly (`npm ci`); those of pnpm, yarn and bun through their own tools. No install script runs here:
 * what has to be compiled is compiled afterwards (addons.ts).
 */
import { copyFile, cp, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { FlavorError } from "../../format/error.js";
import { platformName, type Platform } from "../../format/platform.js";
import { askNpm, isUnreachable, npmEnvironment, type NpmFailure } from "../../runtimes/node-npm.js";
import { findTool, lastWords, runTool } from "../../runtimes/tool.js";
import type { PackContext } from "../plan.js";
import { localFolders } from "./local-packages.js";
import { findLock, type Lock, type LockKind } from "./lock.js";
import type { NodeProject } from "./project.js";
import { isRecord } from "./settings.js";

/** Where the tree came to be. */
export interface Installation {
  /** The folder that npm worked in. */
  readonly folder: string;
  readonly modules: string;
  /** Copies of local packages in staging, with the folders that they were copied from. */
  readonly locals: readonly { readonly original: string; readonly copy: string }[];
}

/** What is installed: a project's folder, or a document made for a published program. */
export interface InstallRequest {
  readonly document: Readonly<Record<string, unknown>>;
  /** The project's folder; undefined for a published program. */
  readonly source: string | undefined;
  readonly lock: Lock | undefined;
  /** Of a workspace whose root is installed: the folder of the one project that is packed. */
  readonly member?: string | undefined;
}

/** @returns true if the project brings anything to install. */
export function hasDependencies(project: NodeProject): boolean {
  const peers = project.document["peerDependencies"];
  return Object.keys(project.dependencies).length > 0 || (isRecord(peers) && Object.keys(peers).length > 0);
}

/**
 * Install.
 *
 * @throws FlavorError `dependency-unresolvable`, `wheel-missing` (nothing for the target), `lock-unreadable` (a lock file of a tool that is not
 *   at hand), `tool-missing`, `build-failed`.
 */
export async function installTree(request: InstallRequest, context: PackContext): Promise<Installation> {
  const { folder, locals } = await prepareFolder(request, context);
  const kind = request.lock?.kind ?? "npm";
  if (kind === "npm") await installWithNpm(folder, request.lock !== undefined, context, request.member);
  else await installWith(kind, request.lock?.file ?? "", folder, context);
  // npm links to packages outside the project, and leaves their dependencies to them.
  for (const path of kind === "npm" ? locals.filter((each) => each.startsWith("../")) : []) {
    const own = join(folder, path);
    if (await needsOwnInstall(own)) await installWithNpm(own, (await findLock(own))?.kind === "npm", context);
  }
  const { source } = request;
  const copies = source === undefined ? [] : locals.map((path) => ({ original: join(source, path), copy: join(folder, path) }));
  return { folder, modules: join(folder, "node_modules"), locals: copies };
}

/** npm's names for a platform. */
function npmPlatform(target: Platform): { readonly os: string; readonly cpu: string } {
  return { os: target.os === "windows" ? "win32" : target.os, cpu: target.arch === "amd64" ? "x64" : "arm64" };
}

/** Lays out package.json, lock file and settings, and the local packages at the same relative places. */
async function prepareFolder(request: InstallRequest, context: PackContext): Promise<{ readonly folder: string; readonly locals: readonly string[] }> {
  const locals = request.source === undefined ? [] : await localFolders(request.source, request.document);
  const climbs = Math.max(0, ...locals.map((path) => path.split("/").filter((part) => part === "..").length));
  const folder = join(context.stagingDir, "install", ...Array.from({ length: climbs }, () => "up"), "project");
  await mkdir(folder, { recursive: true });
  // The project's own scripts are not npm's to run here, and "flavor" is ours.
  const document = Object.fromEntries(Object.entries(request.document).filter(([key]) => key !== "scripts" && key !== "flavor"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "flavor-project", version: "0.0.0", ...document }));
  if (request.source === undefined) return { folder, locals };
  const settings = [".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml", "bunfig.toml"];
  for (const name of [...settings, ...(request.lock === undefined ? [] : [request.lock.file])]) {
    await copyFile(join(request.source, name), join(folder, name)).catch((cause: unknown) => {
      if (!(cause instanceof Error && "code" in cause && cause.code === "ENOENT")) throw cause;
    });
  }
  for (const path of locals) {
    const from = join(request.source, path);
    const filter = (item: string) => !/(?:^|\/)(?:node_modules|\.git)(?:\/|$)/u.test(relative(from, item).split(sep).join("/"));
    await cp(from, join(folder, path), { recursive: true, filter });
  }
  return { folder, locals };
}

async function needsOwnInstall(folder: string): Promise<boolean> {
  const document = await readFile(join(folder, "package.json"), "utf8").then((text) => JSON.parse(text) as unknown, () => undefined);
  return isRecord(document) && isRecord(document["dependencies"]) && Object.keys(document["dependencies"]).length > 0;
}

async function installWithNpm(folder: string, locked: boolean, context: PackContext, member?: string): Promise<void> {
  const { os, cpu } = npmPlatform(context.target);
  const platform = [`--os=${os}`, `--cpu=${cpu}`, ...(os === "linux" ? ["--libc=glibc"] : [])];
  const shape = ["--omit=dev", "--include=prod", "--include=optional", "--ignore-scripts", "--install-strategy=hoisted"];
  const command = locked ? ["ci", "--prefer-offline"] : ["install", "--no-save", "--no-package-lock"];
  const workspace = member === undefined ? [] : [`--workspace=${member}`];
  const answer = await askNpm([...command, ...workspace, ...shape, ...platform], folder, context);
  if ("failure" in answer) throw installError(answer.failure, locked, context);
}

function installError(failure: NpmFailure, locked: boolean, context: PackContext): FlavorError {
  const message = `npm: ${failure.summary}${failure.code === "" ? "" : ` (${failure.code})`}`;
  if (failure.code === "EBADPLATFORM") return new FlavorError("wheel-missing", `a dependency has no build for ${platformName(context.target)}: ${message}`);
  if (failure.code === "ENOSPC") return new FlavorError("disk-full", message);
  if (failure.code === "EUSAGE" && locked) {
    return new FlavorError("dependency-unresolvable", `the lock file does not fit package.json: ${message}`, { hint: 'run "npm install" and pack again, or give --ignore-lock' });
  }
  if (isUnreachable(failure)) {
    return new FlavorError("dependency-unresolvable", message, { hint: context.offline ? "pack once without --offline, so that npm's cache holds the dependencies" : "check the network, the proxy, and the registry that npm is set up with" });
  }
  const unresolvable = new Set(["E404", "ETARGET", "ERESOLVE", "ENOVERSIONS", "EBADENGINE", "EINTEGRITY", "EINVALIDPACKAGENAME", "EINVALIDTAGNAME", "EUNSUPPORTEDPROTOCOL"]);
  return new FlavorError(unresolvable.has(failure.code) ? "dependency-unresolvable" : "build-failed", message);
}

/** The other tools make a flat tree of real folders, as npm does. */
const OTHER_TOOLS: Readonly<Record<Exclude<LockKind, "npm">, { readonly args: readonly string[]; readonly environment: Readonly<Record<string, string>> }>> = {
  pnpm: { args: ["install", "--prod", "--frozen-lockfile", "--ignore-scripts", "--config.node-linker=hoisted", "--config.package-import-method=copy", "--config.confirmModulesPurge=false"], environment: { CI: "true" } },
  yarn: { args: ["install", "--production", "--frozen-lockfile", "--ignore-scripts", "--non-interactive"], environment: { YARN_NODE_LINKER: "node-modules", YARN_ENABLE_SCRIPTS: "false" } },
  bun: { args: ["install", "--production", "--frozen-lockfile", "--ignore-scripts", "--backend=copyfile"], environment: {} },
};

async function installWith(kind: Exclude<LockKind, "npm">, lockFile: string, folder: string, context: PackContext): Promise<void> {
  const path = await findTool(kind, context.environment);
  if (path === undefined) {
    throw new FlavorError("lock-unreadable", `${lockFile} needs ${kind}, which was not found on PATH`, { hint: `install ${kind}, or give --ignore-lock to let npm choose the versions from package.json` });
  }
  const wanted = npmPlatform(context.target);
  if (wanted.os !== process.platform || wanted.cpu !== process.arch) {
    throw new FlavorError("wheel-missing", `${kind} installs for this machine only, the target is ${platformName(context.target)}`, { hint: "add a package-lock.json, or give --ignore-lock" });
  }
  const tool = OTHER_TOOLS[kind];
  const offline = context.offline ? ["--offline"] : [];
  const environment = { ...npmEnvironment(context.environment), ...tool.environment };
  const classic = kind !== "yarn" || /^# yarn lockfile v1/mu.test(await readFile(join(folder, lockFile), "utf8"));
  const args = classic ? [...tool.args, ...offline] : ["workspaces", "focus", "--all", "--production"];
  const result = await runTool(path, args, { cwd: folder, environment, signal: context.signal });
  if (result.status !== 0) throw new FlavorError("dependency-unresolvable", `${kind} ${args[0] ?? ""} failed: ${lastWords(result)}`);
  const made = await stat(join(folder, "node_modules")).then((info) => info.isDirectory(), () => false);
  if (!made) throw new FlavorError("build-failed", `${kind} made no node_modules folder`, { hint: "give --ignore-lock to install with npm" });
}
