/**
 * Extracting a slot to a place that the user names. (Launchers have their own way into the workenv, spec/launch.md.)
 */
import type { Dirent } from "node:fs";
import { lstat, mkdir, open, readdir, rename, rm, stat, symlink, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FlavorError } from "../format/error.js";
import { isArchive } from "../format/operations.js";
import { readArchive } from "./archive.js";
import { slotContent, slotOperations, storedBytes } from "./content.js";
import { fileError } from "./file.js";
import type { Package } from "./open.js";
import { plainWheel } from "./wheel.js";

export interface ExtractOptions {
  /** Replace files that exist. */
  readonly force: boolean;
  readonly signal: AbortSignal;
}

/**
 * @param position - of the slot.
 * @param destination - absolute. An archive is unpacked into this folder; a single file is written here, or into it under its target's name if it is a folder.
 * @returns the path written.
 * @throws FlavorError `output-exists`, `output-unwritable`, `disk-full`, `slot-digest-wrong`, the entry codes. What was written is removed again, unless `force` let it replace something.
 */
export async function extractSlot(pkg: Package, position: number, destination: string, options: ExtractOptions): Promise<string> {
  const slot = pkg.metadata.slots[position];
  const descriptor = pkg.descriptors[position];
  if (slot === undefined || descriptor === undefined) throw new FlavorError("usage", `the package has no slot ${position}`);
  if (isArchive(slotOperations(pkg, position))) {
    await unpack(slotContent(pkg, position), destination, options);
    return destination;
  }
  const isFolder = await stat(destination).then(
    (info) => info.isDirectory(),
    () => false,
  );
  const path = isFolder ? join(destination, basename(slot.target)) : destination;
  if (slot.purpose === "wheel") {
    for await (const chunk of storedBytes(pkg, position)) void chunk;
    await writeWhole(path, plainWheel(pkg, descriptor), slot.permissions ?? 0o644, options);
  } else {
    await writeWhole(path, slotContent(pkg, position), slot.permissions ?? 0o644, options);
  }
  return path;
}

/** Write beside the target, then rename: nobody meets half a file. */
async function writeWhole(path: string, content: AsyncIterable<Uint8Array>, mode: number, options: ExtractOptions): Promise<void> {
  if (!options.force && (await exists(path))) throw new FlavorError("output-exists", `${path} exists already`, { hint: "give another path, or --force to replace it" });
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  let out: FileHandle | undefined;
  try {
    out = await open(temporary, "wx", 0o600);
    for await (const chunk of content) {
      if (options.signal.aborted) throw new FlavorError("interrupted", `interrupted while writing ${path}`);
      await out.writeFile(chunk);
    }
    await out.chmod(mode);
    await out.close();
    out = undefined;
    await rename(temporary, path);
  } catch (cause) {
    await out?.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(cause, path, "write");
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function unpack(content: AsyncIterable<Uint8Array>, folder: string, options: ExtractOptions): Promise<void> {
  const before = await readdir(folder, { withFileTypes: true }).catch((cause: unknown): Dirent[] | undefined => {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw fileError(cause, folder, "read");
  });
  if (before !== undefined && before.length > 0 && !options.force) {
    throw new FlavorError("output-exists", `${folder} exists and is not empty`, { hint: "give another folder, or --force to write into it" });
  }
  const tree = new Tree(folder, options);
  try {
    await mkdir(folder, { recursive: true });
    await tree.fill(content);
  } catch (cause) {
    await tree.abandon();
    if (before === undefined) await rm(folder, { recursive: true, force: true });
    else if (before.length === 0) for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
    throw fileError(cause, folder, "write");
  }
}

/** A folder being filled. Directories on the way are real ones: a link is never followed. */
class Tree {
  readonly #root: string;
  readonly #options: ExtractOptions;
  readonly #directories = new Set<string>([""]);
  #file: FileHandle | undefined;
  #mode = 0o644;
  #mtimeSeconds = 0;

  constructor(root: string, options: ExtractOptions) {
    this.#root = root;
    this.#options = options;
  }

  async fill(content: AsyncIterable<Uint8Array>): Promise<void> {
    const links: { readonly path: string; readonly target: string }[] = [];
    for await (const event of readArchive(content)) {
      if (this.#options.signal.aborted) throw new FlavorError("interrupted", `interrupted while writing ${this.#root}`);
      if (event.kind === "data") {
        await this.#file?.writeFile(event.bytes);
        continue;
      }
      await this.#finishFile();
      const { entry } = event;
      if (entry.kind === "directory") await this.#directory(entry.path);
      else if (entry.kind === "link") links.push({ path: entry.path, target: entry.linkTarget });
      else await this.#startFile(entry.path, entry.executable ? 0o755 : 0o644, event.mtimeSeconds);
    }
    await this.#finishFile();
    for (const { path, target } of links) {
      await this.#makeWay(path);
      await symlink(target, join(this.#root, path));
    }
  }

  async abandon(): Promise<void> {
    await this.#file?.close().catch(() => undefined);
  }

  async #startFile(path: string, mode: number, mtimeSeconds: number): Promise<void> {
    await this.#makeWay(path);
    this.#file = await open(join(this.#root, path), "wx", 0o600);
    this.#mode = mode;
    this.#mtimeSeconds = mtimeSeconds;
  }

  async #finishFile(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    await file.chmod(this.#mode);
    await file.utimes(this.#mtimeSeconds, this.#mtimeSeconds);
    await file.close();
  }

  async #makeWay(path: string): Promise<void> {
    const slash = path.lastIndexOf("/");
    if (slash >= 0) await this.#directory(path.slice(0, slash));
    if (this.#options.force) await rm(join(this.#root, path), { force: true });
  }

  async #directory(path: string): Promise<void> {
    if (this.#directories.has(path)) return;
    const slash = path.lastIndexOf("/");
    if (slash >= 0) await this.#directory(path.slice(0, slash));
    const full = join(this.#root, path);
    try {
      await mkdir(full, 0o755);
    } catch (cause) {
      const info = await lstat(full).catch(() => undefined);
      if (info?.isDirectory() !== true) throw cause;
    }
    this.#directories.add(path);
  }
}
