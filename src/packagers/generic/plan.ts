/** Packages from a manifest that says everything itself: any files, any language. */
import { basename, dirname, resolve } from "node:path";
import { formatOperations } from "../../format/operations.js";
import { readDocument } from "../../manifest/parse.js";
import { resolveManifest } from "../../manifest/resolve.js";
import { validateManifest } from "../../manifest/validate.js";
import type { PackContext, PackOptions, Plan, StagedPackage } from "../plan.js";

/** Where relative sources start, when it is not the manifest's folder. */
export interface GenericOptions extends PackOptions {
  /** `--workenv-base`, else FLAVOR_WORKENV_BASE. */
  readonly workenvBase?: string;
}

/**
 * @param manifestPath - flavor.toml, flavor.json or a builder manifest.
 * @returns the plan; its sources have been found, nothing has been read or written.
 * @throws FlavorError with the codes of `readDocument`, `validateManifest` and `resolveManifest`.
 * @see spec/manifest.md
 */
export async function planGeneric(manifestPath: string, options: GenericOptions): Promise<Plan> {
  const path = resolve(manifestPath);
  const where = basename(path);
  const input = validateManifest(await readDocument(path), where);
  const base = options.workenvBase === undefined ? dirname(path) : resolve(options.workenvBase);
  const { manifest, warnings } = await resolveManifest(input, { base, where, entry: options.entry });
  const stage = (context: PackContext): Promise<StagedPackage> => {
    for (const warning of warnings) context.progress.warn(warning);
    return Promise.resolve({ manifest });
  };
  return {
    kind: "generic",
    name: manifest.package.name,
    version: manifest.package.version,
    entries: entryNames(manifest.execution.entry, Object.keys(manifest.execution.entries ?? {}), manifest.package.name),
    runtime: undefined,
    slots: manifest.slots.map((slot) => ({ id: slot.id, content: `${slot.source} -> ${slot.target} (${formatOperations(slot.operations)})` })),
    outputName: `${fileName(manifest.package.name)}.psp`,
    stage,
  };
}

function entryNames(entry: string | undefined, names: readonly string[], packageName: string): readonly string[] {
  const first = entry ?? packageName;
  return [first, ...names.filter((name) => name !== first)];
}

/** A package name as a file name of one component. */
function fileName(name: string): string {
  return name.replace(/[^A-Za-z0-9._@+-]/g, "-").replace(/^[.-]+/, "") || "package";
}
