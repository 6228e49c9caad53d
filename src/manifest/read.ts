/** Which manifest a folder has. */
import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { FlavorError } from "../format/error.js";

/** The packager that a manifest belongs to. */
export type ManifestKind = "python" | "node" | "generic";

export interface FoundManifest {
  readonly kind: ManifestKind;
  /** Absolute path of the file. */
  readonly path: string;
  /** Absolute path of the folder that it lies in. */
  readonly folder: string;
}

const GENERIC = ["flavor.toml", "flavor.json"] as const;
const PROJECTS = { "pyproject.toml": "python", "package.json": "node" } as const;

/**
 * Find the manifest of a folder, or say what kind of manifest a file is.
 *
 * A folder's `flavor.toml` or `flavor.json` decides over a project's own file. Without it there must be exactly one of `pyproject.toml`
 * and `package.json`.
 *
 * @param path - a folder or a file, absolute or from the working directory.
 * @throws FlavorError `file-missing`, `manifest-missing`, `manifest-ambiguous`.
 * @see spec/manifest.md
 */
export async function findManifest(path: string): Promise<FoundManifest> {
  const absolute = resolve(path);
  const kind = await kindOf(absolute);
  if (kind === undefined) {
    throw new FlavorError("file-missing", `${path} does not exist`, { hint: "give a folder with a manifest, a manifest file, pypi:NAME or npm:NAME", details: { path: absolute } });
  }
  if (kind === "file") return { kind: manifestKind(absolute), path: absolute, folder: dirname(absolute) };
  const found = async (names: readonly string[]): Promise<string[]> => {
    const there = await Promise.all(names.map(async (name) => (await kindOf(join(absolute, name))) === "file"));
    return names.filter((_, index) => there[index]);
  };
  const generic = await found(GENERIC);
  const candidates = generic.length > 0 ? generic : await found(Object.keys(PROJECTS));
  const [first, second] = candidates;
  if (first === undefined) {
    throw new FlavorError("manifest-missing", `${absolute} has no manifest: looked for ${[...Object.keys(PROJECTS), ...GENERIC].join(", ")}`, {
      hint: "write a flavor.toml (spec/manifest.md), or give the folder of a Python or Node project",
      details: { folder: absolute },
    });
  }
  if (second !== undefined) {
    throw new FlavorError("manifest-ambiguous", `${absolute} has both ${first} and ${second}`, {
      hint: `name the one you mean: flavor pack ${join(path, first)}`,
      details: { folder: absolute, found: candidates },
    });
  }
  return { kind: manifestKind(first), path: join(absolute, first), folder: absolute };
}

function manifestKind(path: string): ManifestKind {
  const name = basename(path);
  if (name === "pyproject.toml" || name === "package.json") return PROJECTS[name];
  if (name.endsWith(".toml") || name.endsWith(".json")) return "generic";
  throw new FlavorError("manifest-missing", `${path} is not a manifest: its name ends neither in .toml nor in .json`, {
    hint: "a program that is one file is packed with a flavor.toml that names it (spec/manifest.md)",
  });
}

async function kindOf(path: string): Promise<"file" | "folder" | undefined> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "ENOTDIR")) return undefined;
    throw new FlavorError("file-unreadable", `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
