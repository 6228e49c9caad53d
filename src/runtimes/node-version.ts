/**
 * Which version of Node to pack: from what the user and the project say, and from what there is.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import semver from "semver";
import { FlavorError } from "../format/error.js";

/** A range of versions and where it was found. */
export interface NodeVersionWish {
  /** A semver range; `*` when nothing was said. */
  readonly range: string;
  /** For messages: `--node`, `.nvmrc`, `engines.node`, ... */
  readonly source: string;
  /** Take the line of the running Node if the range allows it. False for wishes that name a line themselves. */
  readonly preferRunning: boolean;
}

/** Code names of long-term support lines, as `.nvmrc` may hold them. */
const LTS_LINES: Readonly<Record<string, number>> = { argon: 4, boron: 6, carbon: 8, dubnium: 10, erbium: 12, fermium: 14, gallium: 16, hydrogen: 18, iron: 20, jod: 22, krypton: 24 };
/** Even lines become long-term support lines, odd ones never do. */
const EVEN = "lts";

/**
 * Find out what version is wished for: `--node`, else `.node-version`, else `.nvmrc`, else `engines.node`, else anything.
 *
 * @param asked - the value of `--node` (or of `flavor.node`) when it is not a path.
 * @param folder - the project's folder; undefined without a project.
 * @param engines - `engines.node` of package.json.
 * @throws FlavorError `manifest-invalid` for text that is no version.
 */
export async function readVersionWish(asked: string | undefined, folder: string | undefined, engines: string | undefined): Promise<NodeVersionWish> {
  if (asked !== undefined) return { range: parseWish(asked, "--node"), source: "--node", preferRunning: false };
  if (folder !== undefined) {
    for (const name of [".node-version", ".nvmrc"]) {
      const text = await readFile(join(folder, name), "utf8").catch(() => undefined);
      const line = text?.split("\n").map((each) => each.replace(/#.*/u, "").trim()).find((each) => each !== "");
      if (line !== undefined) return { range: parseWish(line, name), source: name, preferRunning: false };
    }
  }
  if (engines !== undefined) return { range: parseWish(engines, "engines.node"), source: "engines.node", preferRunning: true };
  return { range: "*", source: "the running Node", preferRunning: true };
}

/**
 * Choose among the versions that there are.
 *
 * With `preferRunning` the newest release of the running Node's line wins if the range allows one (it is what the author develops with);
 * else the newest of the highest even line, else the newest of all.
 *
 * @param versions - what the registry or the cache has, in any order.
 * @param running - version of the running Node, such as `20.20.2`.
 * @returns the version, or undefined if none fits.
 */
export function chooseVersion(wish: NodeVersionWish, versions: readonly string[], running: string): string | undefined {
  const evenOnly = wish.range === EVEN;
  const fitting = versions
    .filter((version) => semver.prerelease(version) === null && (evenOnly ? semver.major(version) % 2 === 0 : semver.satisfies(version, wish.range)))
    .sort(semver.rcompare);
  const ofRunningLine = wish.preferRunning ? fitting.find((version) => semver.major(version) === semver.major(running)) : undefined;
  const newest = fitting[0];
  if (ofRunningLine !== undefined || newest === undefined) return ofRunningLine;
  const named = /^[v=]?\d/u.test(wish.range) && !/[<>|^ -]/u.test(wish.range);
  return named ? newest : fitting.find((version) => semver.major(version) % 2 === 0) ?? newest;
}

/** @returns true if `version` is what was wished for. */
export function fits(wish: NodeVersionWish, version: string): boolean {
  return wish.range === EVEN ? semver.major(version) % 2 === 0 : semver.satisfies(version, wish.range);
}

function parseWish(text: string, source: string): string {
  const plain = text.trim().toLowerCase();
  if (plain === "lts/*" || plain === "lts") return EVEN;
  if (plain === "node" || plain === "current" || plain === "latest" || plain === "stable") return ">=0";
  const line = plain.startsWith("lts/") ? LTS_LINES[plain.slice(4)] : undefined;
  if (line !== undefined) return String(line);
  if (plain !== "" && semver.validRange(plain) !== null) return plain;
  throw new FlavorError("manifest-invalid", `${source} says ${JSON.stringify(text)}, which is not a Node version or range`, { hint: "write a version such as 22 or 22.3.0, or a range such as >=20" });
}
