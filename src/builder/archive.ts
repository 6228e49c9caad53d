/**
 * Folders as canonical tar: the same bytes wherever and whenever they are read.
 *
 * Source: spec/operations.md, "Canonical tar".
 */
import type { Dirent } from "node:fs";
import { lstat, open, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { FlavorError } from "../format/error.js";
import { checkEntryPath, checkLinkTarget } from "../format/path.js";
import { encodeTarHeader, TAR_END, tarPadding, type TarEntry } from "../format/tar.js";
import { fileError, readChunks } from "../reader/file.js";

export interface SourceEntry {
  readonly entry: TarEntry;
  /** Absolute path of the file, directory or link. */
  readonly file: string;
}

/** A piece of an archive. Headers, extension headers included, are never split between frames. */
export interface TarPiece {
  readonly kind: "header" | "data";
  readonly bytes: Uint8Array;
}

/**
 * Everything below a folder, in the order of the archive.
 *
 * @param folder - absolute.
 * @throws FlavorError `path-unsafe`, `link-unsafe`, `entry-refused` for what the format cannot hold, `file-unreadable`.
 */
export async function listFolder(folder: string): Promise<SourceEntry[]> {
  const found: SourceEntry[] = [];
  const visit = async (directory: string, prefix: string): Promise<void> => {
    let children: Dirent[];
    try {
      children = await readdir(directory, { withFileTypes: true });
    } catch (cause) {
      throw fileError(cause, directory, "read");
    }
    for (const child of children) {
      const file = join(directory, child.name);
      const path = checkEntryPath(`${prefix}${child.name}`);
      found.push({ entry: await describe(child, file, path), file });
      if (child.isDirectory()) await visit(file, `${path}/`);
    }
  };
  await visit(folder, "");
  const keyed = found.map((item) => ({ item, key: Buffer.from(item.entry.path) }));
  return keyed.sort((left, right) => Buffer.compare(left.key, right.key)).map(({ item }) => item);
}

async function describe(child: Dirent, file: string, path: string): Promise<TarEntry> {
  if (child.isDirectory()) return { path, kind: "directory", size: 0, executable: true, linkTarget: "" };
  if (child.isSymbolicLink()) {
    const linkTarget = await readlink(file);
    checkLinkTarget(path, linkTarget);
    return { path, kind: "link", size: 0, executable: true, linkTarget };
  }
  if (!child.isFile()) throw new FlavorError("entry-refused", `${file} is neither file, directory nor symbolic link`);
  const stat = await lstat(file);
  return { path, kind: "file", size: stat.size, executable: (stat.mode & 0o100) !== 0, linkTarget: "" };
}

/**
 * @param entries - from `listFolder`.
 * @param mtimeSeconds - of every entry.
 * @throws FlavorError `file-unreadable`; `io-error` if a file changes its size while it is read.
 */
export async function* writeArchive(entries: readonly SourceEntry[], mtimeSeconds: number): AsyncGenerator<TarPiece> {
  let paxCount = 0;
  for (const { entry, file } of entries) {
    const header = encodeTarHeader(entry, mtimeSeconds, paxCount);
    if (header.pax) paxCount += 1;
    yield { kind: "header", bytes: header.bytes };
    if (entry.kind !== "file" || entry.size === 0) continue;
    yield* fileData(file, entry.size);
    yield { kind: "data", bytes: tarPadding(entry.size) };
  }
  yield { kind: "data", bytes: TAR_END };
}

async function* fileData(path: string, size: number): AsyncGenerator<TarPiece> {
  let handle;
  try {
    handle = await open(path, "r");
  } catch (cause) {
    throw fileError(cause, path, "read");
  }
  try {
    if ((await handle.stat()).size !== size) throw new FlavorError("io-error", `${path} changed while it was packed: it had ${size} bytes`);
    for await (const bytes of readChunks(handle, 0, size)) yield { kind: "data", bytes };
  } finally {
    await handle.close();
  }
}
