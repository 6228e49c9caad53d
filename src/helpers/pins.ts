/**
 * Pins: what the digest of a helper must be. A folder of helpers may hold `SHA256SUMS`, with lines as `sha256sum` writes them.
 *
 * Source: spec/builder.md, "Where a launcher is searched".
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { FlavorError } from "../format/error.js";

export const PINS_FILE = "SHA256SUMS";

export interface Pin {
  /** The file that has it. */
  readonly table: string;
  /** SHA-256, in hex. */
  readonly sha256: string;
}

/**
 * @param path - a helper.
 * @param tables - paths of SHA256SUMS files; those that do not exist say nothing.
 * @returns what the tables say about a file of this name; nothing means that it is not pinned.
 * @throws FlavorError `helper-digest-wrong` for a table that is none, `file-unreadable`.
 */
export async function findPins(path: string, tables: readonly string[]): Promise<readonly Pin[]> {
  const pins = await Promise.all(tables.map(async (table) => ({ table, sha256: (await readPins(table)).get(basename(path)) })));
  return pins.flatMap(({ table, sha256 }) => (sha256 === undefined ? [] : [{ table, sha256 }]));
}

/**
 * @param path - a helper that was found in a folder.
 * @param tables - paths of SHA256SUMS files that count there.
 * @throws FlavorError `helper-digest-wrong` if one of them names the file with another digest; as {@link findPins}.
 */
export async function checkPins(path: string, tables: readonly string[]): Promise<void> {
  const pins = await findPins(path, tables);
  if (pins.length === 0) return;
  const found = await fileDigest(path);
  const broken = pins.find(({ sha256 }) => sha256 !== found);
  if (broken === undefined) return;
  throw new FlavorError("helper-digest-wrong", `${path} is not the helper that ${broken.table} names: expected SHA-256 ${broken.sha256}, found ${found}`, {
    hint: "install it again, or build it again with make build-helpers",
    details: { path, table: broken.table },
  });
}

/**
 * Changes lines of a folder's table, in one step for those who read it; a table without lines is removed.
 *
 * @param changes - by file name: the digest in hex, or undefined to forget the file.
 */
export async function updatePins(folder: string, changes: ReadonlyMap<string, string | undefined>): Promise<void> {
  const table = join(folder, PINS_FILE);
  const pins = new Map([...(await readPins(table)), ...changes]);
  const lines = [...pins].flatMap(([name, sha256]) => (sha256 === undefined ? [] : [`${sha256}  ${name}\n`]));
  if (lines.length === 0) {
    await rm(table, { force: true });
    return;
  }
  const byName = (line: string) => line.slice(66);
  await writeFile(`${table}.${process.pid}`, lines.sort((one, other) => (byName(one) < byName(other) ? -1 : 1)).join(""));
  await rename(`${table}.${process.pid}`, table);
}

/** @returns digests, in hex, by file name; none if there is no such table. */
async function readPins(table: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(table, "utf8").catch((cause: unknown) => {
    if (cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "ENOTDIR")) return "";
    throw new FlavorError("file-unreadable", `${table} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  });
  const pins = new Map<string, string>();
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const [, digest, name] = /^([0-9a-f]{64}) [ *]([^/\\]+)$/.exec(line) ?? [];
    if (digest === undefined || name === undefined) throw new FlavorError("helper-digest-wrong", `${table}: ${JSON.stringify(line)} is no line of sha256sum`);
    pins.set(name, digest);
  }
  return pins;
}

/** @returns a file's SHA-256, in hex. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
