/**
 * Folders as canonical tar: the same bytes wherever and whenever they are read.
 *
 * Source: spec/operations.md, "Canonical tar".
 */
import type { Dirent } from "node:fs";
import { open, readdir, readlink, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
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

/** What becomes of symbolic links: for targets that have none, each becomes a copy of what it leads to. */
export type Links = "kept" | "copied";

/** Links to folders that may lie behind one another: what is copied could double with each. */
const NESTED_LINKS = 8;

/** The folders that are being listed, without links in their paths, the root first; and how many of them a link led to. */
interface Above {
  readonly folders: readonly string[];
  readonly followed: number;
}

/**
 * Everything below a folder, in the order of the archive.
 *
 * @param folder - absolute.
 * @throws FlavorError `path-unsafe`, `link-unsafe`, `entry-refused` for what the format cannot hold, `file-unreadable`.
 * @see spec/builder.md, "Names of the target", for links that are copied
 */
export async function listFolder(folder: string, links: Links): Promise<SourceEntry[]> {
  const found: SourceEntry[] = [];
  const visit = async (directory: string, prefix: string, above: Above): Promise<void> => {
    let children: Dirent[];
    try {
      children = await readdir(directory, { withFileTypes: true });
    } catch (cause) {
      throw fileError(cause, directory, "read");
    }
    for (const child of children) {
      const file = join(directory, child.name);
      const path = checkEntryPath(`${prefix}${child.name}`);
      const target = links === "copied" && child.isSymbolicLink() ? await follow(file, path, above) : undefined;
      const entry = await describe(target ?? child, file, path);
      found.push({ entry, file });
      if (entry.kind !== "directory") continue;
      const real = target?.real ?? join(above.folders.at(-1) ?? directory, child.name);
      await visit(file, `${path}/`, { folders: [...above.folders, real], followed: above.followed + (target === undefined ? 0 : 1) });
    }
  };
  const root = await realpath(folder).catch((cause: unknown) => {
    throw fileError(cause, folder, "read");
  });
  await visit(folder, "", { folders: [root], followed: 0 });
  const keyed = found.map((item) => ({ item, key: Buffer.from(item.entry.path) }));
  return keyed.sort((left, right) => Buffer.compare(left.key, right.key)).map(({ item }) => item);
}

/** What tells of a kind: a directory's entry, or what a link leads to. */
type Kinds = Pick<Dirent, "isDirectory" | "isFile" | "isSymbolicLink">;

/** @returns what a link leads to. @throws FlavorError `link-unsafe` for nothing, something outside of the root, or a folder that would be copied into itself. */
async function follow(file: string, path: string, above: Above): Promise<Kinds & { readonly real: string }> {
  const refuse = (why: string, cause?: unknown) =>
    new FlavorError("link-unsafe", `link ${JSON.stringify(path)} ${why}`, { cause, hint: "the target has no links, a copy takes their place: put there what the link leads to, or remove it" });
  const real = await realpath(file).catch((cause: unknown) => {
    throw refuse("leads nowhere", cause);
  });
  const [root = ""] = above.folders;
  if (real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep)) throw refuse("leads out of the folder that is packed");
  if (above.folders.includes(real)) throw refuse("leads to a folder that it lies in");
  const info = await stat(real);
  if (info.isDirectory() && above.followed === NESTED_LINKS) throw refuse(`lies behind ${NESTED_LINKS} other links to folders`);
  return Object.assign(info, { real });
}

async function describe(kinds: Kinds, file: string, path: string): Promise<TarEntry> {
  if (kinds.isDirectory()) return { path, kind: "directory", size: 0, executable: true, linkTarget: "" };
  if (kinds.isSymbolicLink()) {
    const linkTarget = await readlink(file);
    checkLinkTarget(path, linkTarget);
    return { path, kind: "link", size: 0, executable: true, linkTarget };
  }
  if (!kinds.isFile()) throw new FlavorError("entry-refused", `${file} is neither file, directory nor symbolic link`);
  const { size, mode } = await stat(file);
  return { path, kind: "file", size, executable: (mode & 0o100) !== 0, linkTarget: "" };
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
