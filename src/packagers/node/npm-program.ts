/**
 * Packing a published program without a project: `npm:prettier@3`, `npm:@scope/name`.
 *
 * The program lies at `app/node_modules/NAME`, where it would lie if a project used it; its dependencies beside it.
 */
import { mkdir, rename, rmdir } from "node:fs/promises";
import { dirname, join, parse, posix } from "node:path";
import semver from "semver";
import { FlavorError } from "../../format/error.js";
import { resolveNodeRuntime } from "../../runtimes/node.js";
import { askNpm, isUnreachable, type NpmContext } from "../../runtimes/node-npm.js";
import { exists } from "../../runtimes/presence.js";
import { treeSize } from "../../workenv/entry.js";
import type { PackContext, PackOptions, Plan, StagedPackage } from "../plan.js";
import { buildAddons } from "./addons.js";
import { startOf, type Entry } from "./entries.js";
import { installTree } from "./install.js";
import { describeProject, projectPath, unscopedName, type Bin, type NodeProject } from "./project.js";
import { isRecord } from "./settings.js";
import { layoutIn, megabytes, stagedPackage, stageRuntime } from "./stage.js";
import { cleanTree } from "./tree.js";

export interface NpmSpec {
  /** With its scope. */
  readonly name: string;
  /** A version, a range or a tag; `latest` when nothing was said. */
  readonly wanted: string;
}

/**
 * @param text - `prettier`, `prettier@3`, `@scope/name@^1`, with or without `npm:`.
 * @throws FlavorError `usage`.
 */
export function parseNpmSpec(text: string): NpmSpec {
  const match = /^(?:npm:)?((?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-zA-Z0-9~-][a-zA-Z0-9._~-]*)(?:@(.+))?$/u.exec(text.trim());
  const [, name, wanted = "latest"] = match ?? [];
  if (name === undefined) throw new FlavorError("usage", `${JSON.stringify(text)} names no npm package: expected npm:NAME, npm:NAME@VERSION or npm:@SCOPE/NAME`);
  return { name, wanted };
}

/**
 * Plan the packing of a published program; asks the registry what it is.
 *
 * @param spec - `npm:NAME@VERSION`, with or without `npm:`.
 * @param context - how npm is asked.
 * @throws FlavorError `usage`, `dependency-unresolvable`, `entry-missing`, `tool-missing`.
 */
export async function planNpm(spec: string, options: PackOptions, context: NpmContext): Promise<Plan> {
  const program = await lookUp(parseNpmSpec(spec), context);
  const bins = orderedBins(program, options.entry);
  const first = bins[0]?.name ?? unscopedName(program.name);
  return {
    kind: "node",
    name: unscopedName(program.name),
    version: program.version,
    entries: bins.map((bin) => bin.name),
    runtime: options.node === undefined ? `Node${program.engines === undefined ? "" : ` ${program.engines}`}` : `Node ${options.node}`,
    slots: [
      { id: "runtime", content: "Node" },
      ...(Object.keys(program.dependencies).length > 0 ? [{ id: "dependencies", content: `dependencies of ${program.name}` }] : []),
      { id: "application", content: `${program.name} ${program.version}` },
    ],
    outputName: first,
    stage: (stageContext) => stageProgram(program, bins, options, stageContext),
  };
}

/** As npm chooses: a tag; else `latest` if it is in the range; else the newest that is, one that is not deprecated if possible. */
async function lookUp(spec: NpmSpec, context: NpmContext): Promise<NodeProject> {
  const root = parse(process.execPath).root;
  const answer = await askNpm(["view", spec.name, "dist-tags", "versions"], root, context);
  const unresolvable = (why: string, hint?: string) => new FlavorError("dependency-unresolvable", `npm:${spec.name}@${spec.wanted}: ${why}`, { hint });
  if ("failure" in answer) {
    throw unresolvable(answer.failure.summary, isUnreachable(answer.failure) ? "check the network, the proxy, and the registry that npm is set up with" : undefined);
  }
  const tags = isRecord(answer.value) && isRecord(answer.value["dist-tags"]) ? answer.value["dist-tags"] : {};
  const listed = isRecord(answer.value) ? answer.value["versions"] : undefined;
  const versions = (Array.isArray(listed) ? listed : [listed]).filter((each) => typeof each === "string");
  const tagged = tags[spec.wanted];
  const latest = typeof tags["latest"] === "string" ? tags["latest"] : undefined;
  const range = semver.validRange(spec.wanted);
  const ofRange = range === null ? undefined : latest !== undefined && semver.satisfies(latest, range) ? latest : (semver.maxSatisfying(versions, range) ?? undefined);
  const version = typeof tagged === "string" ? tagged : ofRange;
  if (version === undefined) throw unresolvable(range === null ? `there is no tag ${JSON.stringify(spec.wanted)}` : "no version fits", latest === undefined ? undefined : `the latest version is ${latest}`);

  const fields = ["name", "version", "description", "bin", "main", "type", "engines", "dependencies", "optionalDependencies"];
  const details = await askNpm(["view", `${spec.name}@${version}`, ...fields], root, context);
  if ("failure" in details) throw unresolvable(details.failure.summary);
  if (!isRecord(details.value)) throw unresolvable("the registry says nothing about it");
  return describeProject({ ...details.value, name: spec.name, version }, root);
}

function orderedBins(program: NodeProject, asked: string | undefined): readonly Bin[] {
  if (program.bins.length === 0 && asked === undefined) {
    throw new FlavorError("entry-missing", `npm:${program.name}@${program.version} has no program: its package.json has no bin`, { hint: "give --entry FILE to start a file of it" });
  }
  if (asked === undefined) return program.bins;
  const bin = program.bins.find((each) => each.name === asked);
  if (bin !== undefined) return [bin, ...program.bins.filter((each) => each !== bin)];
  if (!/[/.]/u.test(asked)) {
    throw new FlavorError("entry-missing", `npm:${program.name}@${program.version} has no entry ${JSON.stringify(asked)}: it has ${program.bins.map((each) => each.name).join(", ") || "none"}`);
  }
  return [{ name: unscopedName(program.name), file: projectPath(asked, "--entry") }];
}

async function stageProgram(program: NodeProject, bins: readonly Bin[], options: PackOptions, context: PackContext): Promise<StagedPackage> {
  const layout = layoutIn(context.stagingDir);
  const runtime = await resolveNodeRuntime({ asked: options.node, engines: program.engines }, context);
  await stageRuntime(runtime, layout, context);

  const step = context.progress.step(`install ${program.name} ${program.version}`);
  const document = { dependencies: { [program.name]: program.version } };
  const { folder, modules } = await installTree({ document, source: undefined, lock: undefined }, context);
  await buildAddons({ folder, modules, approved: {}, scripts: [], runtime }, context);
  await cleanTree(modules, folder);
  step.done(megabytes(await treeSize(modules)));

  const inside = posix.join("node_modules", program.name);
  const home = join(layout.application, "app", inside);
  await mkdir(dirname(home), { recursive: true });
  await rename(join(modules, program.name), home);
  if (program.name.startsWith("@")) await removeIfEmpty(dirname(join(modules, program.name)));
  await rename(modules, layout.dependencies);

  const entries: Entry[] = [];
  for (const { name, file } of bins) {
    const found = await firstExisting(home, [file, `${file}.js`, `${file}/index.js`]);
    if (found === undefined) throw new FlavorError("entry-missing", `npm:${program.name}@${program.version} does not hold ${file} (bin ${JSON.stringify(name)})`);
    const path = posix.join(inside, found);
    entries.push({ name, source: path, file: path, ...(await startOf(join(home, found))) });
  }
  const parts = { name: unscopedName(program.name), version: program.version, description: program.description, entries, flags: [], settings: undefined, modulesTarget: "app/node_modules" } as const;
  return await stagedPackage(parts, layout, context);
}

async function firstExisting(folder: string, candidates: readonly string[]): Promise<string | undefined> {
  for (const candidate of candidates) {
    if (await exists(join(folder, candidate))) return candidate;
  }
  return undefined;
}

async function removeIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(() => undefined); // other packages of the scope are in it
}
