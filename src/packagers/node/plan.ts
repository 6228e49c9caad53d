/**
 * Packing a Node or TypeScript project: package.json in, slots out.
 *
 * Slots: `runtime` (Node alone, the same for every program, so that it can be shared), `dependencies` (`app/node_modules`),
 * `application` (`app`, and `bin/node`), `resources` if the settings name some.
 */
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { isNodePath, resolveNodeRuntime, type NodeRuntime } from "../../runtimes/node.js";
import { readVersionWish } from "../../runtimes/node-version.js";
import { exists } from "../../runtimes/presence.js";
import { treeSize } from "../../workenv/entry.js";
import type { PackContext, PackOptions, Plan, StagedPackage } from "../plan.js";
import { buildAddons } from "./addons.js";
import { isTypeScript, stageApplication } from "./application.js";
import { bundleApplication } from "./bundle.js";
import { findEntries, type Entries } from "./entries.js";
import { copyFiles, listProjectFiles } from "./files.js";
import { hasDependencies, installTree } from "./install.js";
import { compileLocalPackage } from "./local-sources.js";
import { findLock, type Lock } from "./lock.js";
import { describeProject, readProject, unscopedName, type NodeProject } from "./project.js";
import { layoutIn, megabytes, stagedPackage, stageRuntime, type Layout } from "./stage.js";
import { cleanTree, removeSourceMaps } from "./tree.js";
import { findWorkspace, type Workspace } from "./workspace.js";

/**
 * Plan the packing of a project.
 *
 * @param folder - absolute path of the folder that holds package.json.
 * @throws FlavorError `manifest-missing`, `manifest-invalid`, `manifest-key-unknown`, `entry-missing`.
 */
export async function planNodeProject(folder: string, options: PackOptions): Promise<Plan> {
  const project = await readProject(folder);
  const entries = await findEntries(project, options.entry ?? project.settings.entry);
  const ownLock = await findLock(folder);
  const workspace = ownLock === undefined ? await findWorkspace(folder) : undefined;
  const lock = options.ignoreLock === true ? undefined : workspace === undefined ? ownLock : await findLock(workspace.root);
  const bundle = options.bundle ?? project.settings.bundle;
  const asked = options.node ?? project.settings.node;
  const work: Work = { project, entries, lock, workspace, bundle, asked };
  return {
    kind: "node",
    name: unscopedName(project.name),
    version: project.version,
    entries: entries.list.map((entry) => entry.name),
    runtime: await describeRuntime(project, asked),
    slots: [
      { id: "runtime", content: "Node" },
      ...(hasDependencies(project) ? [{ id: "dependencies", content: bundle ? "dependencies that cannot be bundled" : `production dependencies${lock === undefined ? "" : ` (${lock.file})`}` }] : []),
      { id: "application", content: `${isTypeScript(entries) ? "compiled " : ""}files of the project${bundle ? ", bundled" : ""}` },
      ...(project.settings.resources.length > 0 ? [{ id: "resources", content: project.settings.resources.join(", ") }] : []),
    ],
    outputName: `${unscopedName(project.name)}.psp`,
    stage: (context) => stageProject(work, context),
  };
}

interface Work {
  readonly project: NodeProject;
  readonly entries: Entries;
  readonly lock: Lock | undefined;
  readonly workspace: Workspace | undefined;
  readonly bundle: boolean;
  readonly asked: string | undefined;
}

async function describeRuntime(project: NodeProject, asked: string | undefined): Promise<string> {
  if (asked !== undefined && isNodePath(asked)) return `Node from ${asked}`;
  const wish = await readVersionWish(asked, project.folder, project.engines);
  return wish.range === "*" ? `Node ${process.versions.node.split(".")[0] ?? ""}` : `Node ${wish.range} (${wish.source})`;
}

async function stageProject(work: Work, context: PackContext): Promise<StagedPackage> {
  const { project, entries } = work;
  const { progress } = context;
  const layout = layoutIn(context.stagingDir);
  for (const file of entries.unbuilt) progress.notice(`${file} is not built: compiling it from ${entries.list.find((entry) => entry.file === file)?.source ?? "its source"}`);
  if (work.lock === undefined && hasDependencies(project)) progress.warn("no lock file is used: the versions of the dependencies are chosen now, and may differ next time");

  const runtime = await resolveNodeRuntime({ asked: work.asked, folder: project.folder, engines: project.engines }, context);
  await stageRuntime(runtime, layout, context);
  const dependencies = await stageDependencies(work, runtime, context);

  const step = progress.step(isTypeScript(entries) ? "compile the application" : "collect the application");
  const files = await listProjectFiles(project, context);
  const to = join(layout.application, "app");
  await stageApplication({ project, entries, files, nodeVersion: runtime.version, to });
  await copyFiles(project.folder, files.resources, layout.resources);
  const flags = isTypeScript(entries) && !work.bundle ? ["--enable-source-maps"] : [];
  if (dependencies !== undefined && flags.length > 0) await removeSourceMaps(dependencies.modules);
  if (work.bundle) await bundleApplication({ project, entries, modules: dependencies?.modules, lookUpFrom: dependencies?.project, nodeVersion: runtime.version, to });
  if (dependencies !== undefined) await placeModules(dependencies, layout);
  step.done(megabytes(await treeSize(layout.application)));

  for (const entry of entries.list) {
    if (!files.application.includes(entry.source) && !isTypeScript(entries)) progress.warn(`${entry.source} is started but not among the published files ("files" in package.json); it was added`);
  }
  return await stagedPackage(
    {
      name: unscopedName(project.name),
      version: project.version,
      description: project.description,
      entries: entries.list,
      flags,
      settings: project.settings,
      modulesTarget: work.workspace === undefined ? "app/node_modules" : "node_modules",
    },
    layout,
    context,
  );
}

interface Dependencies {
  /** The clean `node_modules`. */
  readonly modules: string;
  /** The project's folder in staging: below the workspace's root if it is one of several. */
  readonly project: string;
}

/** @returns undefined if there is nothing to install. */
async function stageDependencies(work: Work, runtime: NodeRuntime, context: PackContext): Promise<Dependencies | undefined> {
  const { project, lock, workspace } = work;
  if (!hasDependencies(project)) return undefined;
  const step = context.progress.step("install dependencies");
  const request = workspace === undefined ? { document: project.document, source: project.folder, lock } : { document: workspace.document, source: workspace.root, lock, member: workspace.member };
  const { folder, modules, locals } = await installTree(request, context);
  const own = workspace === undefined ? folder : join(folder, workspace.member);
  for (const { original, copy } of locals) {
    if (copy !== own) await compileLocalPackage(original, copy, runtime.version);
  }
  const approved = { ...(workspace === undefined ? {} : describeProject(workspace.document, workspace.root).approvedScripts), ...project.approvedScripts };
  for (const tree of workspace === undefined ? [modules] : [modules, join(own, "node_modules")]) {
    if (!(await exists(tree))) continue;
    await buildAddons({ folder, modules: tree, approved, scripts: project.settings.scripts, runtime }, context);
    await cleanTree(tree, own);
  }
  await mkdir(modules, { recursive: true });
  step.done(megabytes(await treeSize(modules)));
  return { modules, project: own };
}

/** What a project of a workspace has for itself goes beside its files, what it shares one folder further up: as Node looks for it. */
async function placeModules({ modules, project }: Dependencies, layout: Layout): Promise<void> {
  await rename(modules, layout.dependencies);
  const own = join(project, "node_modules");
  if (own !== modules && (await exists(own))) await rename(own, join(layout.application, "app", "node_modules"));
}
