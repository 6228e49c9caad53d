/** Finding a launcher for a target, and a builder for this machine: what was asked for, else the first one in the folders. */
import { join, resolve } from "node:path";
import { FlavorError } from "../format/error.js";
import type { Platform } from "../format/platform.js";
import { hostPlatform, platformName } from "../format/platform.js";
import { helperFolders, type FolderRequest } from "./folders.js";
import { helperFileName, helperName, readHelper, type Helper, type Language, type Role } from "./helper.js";
import { npmName } from "./npm-packages.js";
import { checkPins } from "./pins.js";
import { isCheckout, packageRoot, packageVersion } from "./root.js";

/** The preferred language first. */
const LANGUAGES = ["rust", "go"] as const;

export interface FindRequest extends FolderRequest {
  /** A launcher's name, such as `flavor-go-launcher`; any when absent. */
  readonly name?: string | undefined;
  /** `--launcher`: a path, or a launcher's name. Comes before FLAVOR_LAUNCHER_BIN. */
  readonly path?: string | undefined;
  /** What the launcher must run on. */
  readonly platform: Platform;
  /** What a relative `path` starts at. */
  readonly cwd?: string | undefined;
}

export interface FindBuilderRequest extends FolderRequest {
  /** Any when absent, the Rust one first. */
  readonly language?: Language | undefined;
  /** What a relative path in FLAVOR_BUILDER_BIN starts at. */
  readonly cwd?: string | undefined;
}

/**
 * @returns the launcher to put into packages for the platform.
 * @throws FlavorError `helper-missing`, listing every place searched, or for a helper that is no launcher or another platform's; `file-missing` for a path that does not exist;
 *   `helper-digest-wrong` for one that is not as pinned. A file given by path has no pin.
 */
export async function findLauncher(request: FindRequest): Promise<Helper> {
  const given = request.path ?? nonEmpty(request.environment["FLAVOR_LAUNCHER_BIN"]);
  const names = LANGUAGES.map((language) => helperName(language, "launcher"));
  const isName = given !== undefined && names.includes(given);
  if (given !== undefined && !isName) return givenHelper(resolve(request.cwd ?? ".", given), "launcher", request.platform);
  const wanted = isName ? given : request.name;
  return searchedHelper(request, "launcher", request.platform, wanted === undefined ? names : [wanted]);
}

/**
 * @returns the native builder that runs here. One of another version than this package's is passed over: an old one in dist/bin must not build.
 * @throws FlavorError as {@link findLauncher}.
 */
export async function findBuilder(request: FindBuilderRequest): Promise<Helper> {
  const platform = hostPlatform(process.platform, process.arch);
  const given = nonEmpty(request.environment["FLAVOR_BUILDER_BIN"]);
  const languages = request.language === undefined ? LANGUAGES : [request.language];
  const names = languages.map((language) => helperName(language, "builder"));
  if (given === helperName("rust", "builder") || given === helperName("go", "builder")) return searchedHelper(request, "builder", platform, names.includes(given) ? [given] : names);
  if (given !== undefined) {
    const helper = await givenHelper(resolve(request.cwd ?? ".", given), "builder", platform);
    if (request.language === undefined || helper.marker === undefined || helper.marker.kind === request.language) return helper;
  }
  return searchedHelper(request, "builder", platform, names);
}

/** The first of the names that any folder holds: every folder is searched for the first name before the second one counts. */
async function searchedHelper(request: FolderRequest, role: Role, platform: Platform, names: readonly string[]): Promise<Helper> {
  const root = request.root ?? packageRoot();
  const npmPackage = { kind: `${role}s`, platform } as const;
  const folders = helperFolders(request, [npmPackage]);
  const searched: string[] = [];
  for (const name of names) {
    for (const { path, tables } of folders) {
      const place = join(path, helperFileName(name, platform));
      searched.push(place);
      const helper = await readHelper(place);
      if (helper === undefined || (role === "builder" && helper.marker?.version !== packageVersion(root))) continue;
      await checkPins(place, tables);
      return helper;
    }
  }
  throw new FlavorError("helper-missing", `no ${role} for ${platformName(platform)}: searched ${searched.join(", ")}`, {
    hint: `${isCheckout(root) ? "run make build-helpers" : `run npm install ${npmName(npmPackage)}@${packageVersion(root)}`}, or give one with ${role === "launcher" ? "--launcher or FLAVOR_LAUNCHER_BIN" : "FLAVOR_BUILDER_BIN"}`,
    details: { platform: platformName(platform), searched },
  });
}

async function givenHelper(path: string, role: Role, platform: Platform): Promise<Helper> {
  const helper = await readHelper(path);
  if (helper === undefined) throw new FlavorError("file-missing", `${role} ${path} does not exist or is not a file`, { details: { path } });
  const { marker } = helper;
  if (marker !== undefined && marker.role !== role) throw new FlavorError("helper-missing", `${path} is a ${marker.role}, not a ${role}`, { details: { path } });
  if (marker !== undefined && marker.platform !== platformName(platform)) {
    const hint = role === "launcher" ? "give a launcher for the target, or another --target" : "give a builder that runs on this machine";
    throw new FlavorError("helper-missing", `${role} ${path} is for ${marker.platform}, expected ${platformName(platform)}`, { hint, details: { path } });
  }
  return helper;
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
