/** All helpers that are at hand, of every platform. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { FlavorError } from "../format/error.js";
import type { FindRequest, Helper } from "./find.js";
import { helperFolders, readHelper } from "./find.js";

const HELPER_FILE = /^flavor-(rs|go)-(launcher|builder)(-[a-z]+_[a-z0-9]+)?(\.exe)?$/;

export interface ListedHelper extends Helper {
  readonly language: "rust" | "go";
  readonly role: "launcher" | "builder";
  /** The folder it was found in. */
  readonly folder: string;
}

/** @returns the helpers of all places, in the order that they are searched, by name within one. */
export async function listHelpers(request: Pick<FindRequest, "environment" | "root" | "cacheDir">): Promise<ListedHelper[]> {
  const helpers: ListedHelper[] = [];
  for (const folder of helperFolders(request)) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.sort()) {
      const match = HELPER_FILE.exec(name);
      const helper = match === null ? undefined : await readHelper(join(folder, name));
      if (helper === undefined) continue;
      helpers.push({ ...helper, folder, language: match?.[1] === "go" ? "go" : "rust", role: match?.[2] === "builder" ? "builder" : "launcher" });
    }
  }
  return helpers;
}

/**
 * @param name - a helper's name or file name.
 * @returns the first one of that name.
 * @throws FlavorError `helper-missing` naming the ones that are there.
 */
export function pickHelper(helpers: readonly ListedHelper[], name: string): ListedHelper {
  const found = helpers.find((helper) => helper.name === name || helper.path.endsWith(`/${name}`));
  if (found !== undefined) return found;
  const names = [...new Set(helpers.map((helper) => helper.name))];
  throw new FlavorError("helper-missing", `there is no helper ${JSON.stringify(name)}`, {
    hint: names.length > 0 ? `the helpers are ${names.join(", ")}` : "run make build-helpers in a checkout",
  });
}

/** @returns the file's SHA-256, in hex. */
export async function helperDigest(helper: Helper): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(helper.path), hash);
  return hash.digest("hex");
}
