/**
 * From staged folders to a manifest: what every package of a Node program has in common.
 */
import { chmod, constants, copyFile, link, mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest, ManifestSlot } from "../../manifest/manifest.js";
import type { NodeRuntime } from "../../runtimes/node.js";
import { binaryName } from "../../runtimes/node-registry.js";
import type { PackContext, StagedPackage } from "../plan.js";
import type { Entry } from "./entries.js";
import { isolate } from "./isolation.js";
import type { NodeSettings } from "./settings.js";

/** Folders in staging that become slots. */
export interface Layout {
  readonly runtime: string;
  /** Becomes `app/node_modules`, or `node_modules` beside `app` for a project of a workspace. */
  readonly dependencies: string;
  /** Becomes the workenv's root: `app/...` and `bin/node`. */
  readonly application: string;
  /** Becomes `app`, like the application. */
  readonly resources: string;
}

export function layoutIn(stagingDir: string): Layout {
  const at = (name: string) => join(stagingDir, "slots", name);
  return { runtime: at("runtime"), dependencies: at("dependencies"), application: at("application"), resources: at("resources") };
}

/** Put Node into staging: the binary, its licence, and `bin/node` for children that are started by that name. */
export async function stageRuntime(runtime: NodeRuntime, layout: Layout, context: PackContext): Promise<void> {
  const name = binaryName(context.target);
  const file = join(layout.runtime, "bin", name);
  await mkdir(join(layout.runtime, "bin"), { recursive: true });
  await link(runtime.file, file).catch(async () => {
    await copyFile(runtime.file, file, constants.COPYFILE_FICLONE);
    await chmod(file, 0o755);
  });
  if (runtime.license !== undefined) await copyFile(runtime.license, join(layout.runtime, "LICENSE"));
  if (context.target.os === "windows") return; // links become copies there: 80 MB more
  await mkdir(join(layout.application, "bin"), { recursive: true });
  await symlink(`../runtime/bin/${name}`, join(layout.application, "bin", "node"));
}

export interface ManifestParts {
  readonly name: string;
  readonly version: string;
  readonly description: string | undefined;
  readonly entries: readonly Entry[];
  /** Words between Node and the entry's flags. */
  readonly flags: readonly string[];
  readonly settings: NodeSettings | undefined;
  /** Where the dependencies go. */
  readonly modulesTarget: "app/node_modules" | "node_modules";
}

/** Write the manifest over what was staged. */
export async function stagedPackage(parts: ManifestParts, layout: Layout, context: PackContext): Promise<StagedPackage> {
  const { entries, settings } = parts;
  const slot = (id: string, source: string, target: string, purpose: string): ManifestSlot => ({ id, source, target, operations: ["TAR", "ZSTD"], purpose, lifecycle: "runtime" });
  const slots = [
    slot("runtime", layout.runtime, "runtime", "runtime"),
    ...((await hasContent(layout.dependencies)) ? [slot("dependencies", layout.dependencies, parts.modulesTarget, "dependencies")] : []),
    slot("application", layout.application, ".", "application"),
    ...((await hasContent(layout.resources)) ? [slot("resources", layout.resources, "app", "resources")] : []),
  ];
  const node = `{workenv}/runtime/bin/${binaryName(context.target)}`;
  const argvOf = (entry: Entry) => (entry.direct ? [`{workenv}/app/${entry.file}`] : [node, ...parts.flags, ...entry.flags, `{workenv}/app/${entry.file}`]);
  const [first] = entries;
  const manifest: Manifest = {
    package: {
      name: parts.name,
      version: parts.version,
      ...(parts.description === undefined ? {} : { description: parts.description }),
      sequence: settings?.sequence ?? 0,
    },
    execution: {
      argv: first === undefined ? [] : argvOf(first),
      ...(first === undefined ? {} : { entry: first.name }),
      ...(entries.length > 1 ? { entries: Object.fromEntries(entries.map((entry) => [entry.name, { argv: argvOf(entry) }])) } : {}),
      env: settings?.env ?? {},
      primarySlot: slots.findIndex((each) => each.id === "application"),
    },
    slots,
    runtimeEnv: isolate(settings?.runtimeEnv ?? {}),
  };
  for (const entry of entries) {
    if (entry.direct) await chmod(join(layout.application, "app", entry.file), 0o755);
  }
  return { manifest };
}

async function hasContent(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).length > 0;
}

/** @returns a size as people read it. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
