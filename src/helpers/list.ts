/** All helpers that are at hand, of every platform. */
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { FlavorError } from "../format/error.js";
import { helperFolders, type FolderRequest, type HelperFolder } from "./folders.js";
import { parseHelperFileName, readHelper, type Helper, type Language, type Role } from "./helper.js";
import { fileDigest, findPins } from "./pins.js";

export interface ListedHelper extends Helper {
  readonly language: Language;
  readonly role: Role;
  /** The folder it was found in. */
  readonly folder: string;
  readonly origin: HelperFolder["origin"];
  /** In hex. */
  readonly sha256: string;
  /** Whether it is what the tables that count for its folder name; `none` if they do not name it. */
  readonly pin: "right" | "wrong" | "none";
}

/** @returns the helpers of all folders, in the order that they are searched, by name within one. */
export async function listHelpers(request: FolderRequest): Promise<ListedHelper[]> {
  const helpers: ListedHelper[] = [];
  for (const folder of helperFolders(request)) {
    const names = await readdir(folder.path).catch(() => []);
    for (const name of names.sort()) {
      const said = parseHelperFileName(name);
      const helper = said === undefined ? undefined : await readHelper(join(folder.path, name));
      if (said === undefined || helper === undefined) continue;
      const sha256 = await fileDigest(helper.path);
      const pins = await findPins(helper.path, folder.tables);
      const pin = pins.length === 0 ? "none" : pins.every((one) => one.sha256 === sha256) ? "right" : "wrong";
      helpers.push({ ...helper, language: said.language, role: said.role, folder: folder.path, origin: folder.origin, sha256, pin });
    }
  }
  return helpers;
}

/**
 * @param name - a helper's name or file name.
 * @param platform - which one of that name, if there are several: the host's platform name.
 * @returns the first one of that name.
 * @throws FlavorError `helper-missing` naming the ones that are there.
 */
export function pickHelper(helpers: readonly ListedHelper[], name: string, platform: string): ListedHelper {
  const found = helpers.filter((helper) => helper.name === name || basename(helper.path) === name);
  const picked = found.find((helper) => helper.marker?.platform === platform) ?? found[0];
  if (picked !== undefined) return picked;
  const names = [...new Set(helpers.map((helper) => helper.name))];
  throw new FlavorError("helper-missing", `there is no helper ${JSON.stringify(name)}`, {
    hint: names.length > 0 ? `the helpers are ${names.join(", ")}` : "run make build-helpers in a checkout",
  });
}
