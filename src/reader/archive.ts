/**
 * Reading a tar stream: entries in order, names and links checked by the rules that launchers follow.
 *
 * Source: spec/operations.md, "Entry rules".
 */
import { SIZE_TAR_BLOCK } from "../format/constants.gen.js";
import { FlavorError } from "../format/error.js";
import { checkEntryPath, checkLinkTarget, PathSet } from "../format/path.js";
import { decodeGnuName, decodePax, decodeTarHeader, type TarEntry, type TarOverrides } from "../format/tar.js";

/** Long enough for a path and a link of the longest allowed size, several times over. */
const LONGEST_EXTENSION_BYTES = 64 * 1024;

/** An entry, or bytes of the file that the last entry named. */
export type ArchiveEvent = { readonly kind: "entry"; readonly entry: TarEntry; readonly mtimeSeconds: number } | { readonly kind: "data"; readonly bytes: Uint8Array };

/** Called with where the headers of an entry lie in the tar, those that extend it included. */
export type OnHeaders = (offset: number, size: number) => void;

/** Bytes of a stream in pieces of the size asked for. */
class Blocks {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  /** Bytes taken so far. */
  taken = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** @returns up to `most` bytes, at least one; undefined at the end. */
  async some(most: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#source.next();
      if (next.done === true) return undefined;
      this.#rest = next.value;
    }
    const taken = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(taken.length);
    this.taken += taken.length;
    return taken;
  }

  /** @returns exactly `size` bytes, or undefined if the stream has ended. @throws FlavorError `archive-malformed` if it ends inside. */
  async exactly(size: number): Promise<Uint8Array | undefined> {
    const bytes = new Uint8Array(size);
    for (let filled = 0; filled < size; ) {
      const piece = await this.some(size - filled);
      if (piece === undefined) {
        if (filled === 0) return undefined;
        throw new FlavorError("archive-malformed", "a tar ends in the middle of a block");
      }
      bytes.set(piece, filled);
      filled += piece.length;
    }
    return bytes;
  }
}

/**
 * @param source - the bytes of a tar.
 * @returns entries with normal paths (the root is passed over), and the bytes of files.
 * @throws FlavorError `archive-malformed`, `path-unsafe`, `link-unsafe`, `entry-conflict`, `entry-refused`.
 */
export async function* readArchive(source: AsyncIterable<Uint8Array>, onHeaders: OnHeaders = () => undefined): AsyncGenerator<ArchiveEvent> {
  const blocks = new Blocks(source);
  const paths = new PathSet();
  let overrides: TarOverrides | undefined;
  let headersAt = 0;
  for (;;) {
    const block = await blocks.exactly(SIZE_TAR_BLOCK);
    if (block === undefined) throw new FlavorError("archive-malformed", "a tar has no end");
    const header = decodeTarHeader(block, overrides ?? {});
    if (header.kind === "end") {
      if (overrides !== undefined) throw new FlavorError("archive-malformed", "a tar extension header has no entry");
      break;
    }
    if (header.kind !== "entry") {
      if (header.size === 0 || header.size > LONGEST_EXTENSION_BYTES) throw new FlavorError("archive-malformed", `a tar extension header has ${header.size} bytes`);
      const padded = Math.ceil(header.size / SIZE_TAR_BLOCK) * SIZE_TAR_BLOCK;
      const body = (await blocks.exactly(padded))?.subarray(0, header.size);
      if (body === undefined) throw new FlavorError("archive-malformed", "a tar ends in the middle of a header");
      const more: TarOverrides = header.kind === "pax" ? decodePax(body) : header.kind === "gnu-name" ? { path: decodeGnuName(body) } : { linkTarget: decodeGnuName(body) };
      const earlier = overrides ?? {};
      if (Object.keys(more).some((key) => key in earlier)) throw new FlavorError("archive-malformed", "a tar extends a name or size twice");
      overrides = { ...earlier, ...more };
      continue;
    }
    overrides = undefined;
    onHeaders(headersAt, blocks.taken - headersAt);
    const named = header.entry.path;
    if (named === "" || named === "/" || (header.entry.kind !== "directory" && named.endsWith("/"))) {
      throw new FlavorError("path-unsafe", `path ${JSON.stringify(named)} has an empty component`);
    }
    const path = checkEntryPath(named);
    if (path !== "") {
      if (header.entry.kind === "link") checkLinkTarget(path, header.entry.linkTarget);
      paths.add(path, header.entry.kind === "directory" ? "directory" : "leaf");
      yield { kind: "entry", entry: { ...header.entry, path }, mtimeSeconds: header.mtimeSeconds };
    } else if (header.entry.kind !== "directory") {
      throw new FlavorError("path-unsafe", "an entry that is no directory has the path of the root");
    }
    yield* fileData(blocks, header.entry.size);
    headersAt = blocks.taken;
  }
  let zeros = SIZE_TAR_BLOCK;
  for (let rest = await blocks.some(SIZE_TAR_BLOCK); rest !== undefined; rest = await blocks.some(SIZE_TAR_BLOCK)) {
    if (rest.some((byte) => byte !== 0)) throw new FlavorError("archive-malformed", "a tar goes on after its end");
    zeros += rest.length;
  }
  if (zeros < 2 * SIZE_TAR_BLOCK || zeros % SIZE_TAR_BLOCK !== 0) throw new FlavorError("archive-malformed", "a tar does not end in two zero blocks");
}

async function* fileData(blocks: Blocks, size: number): AsyncGenerator<ArchiveEvent> {
  for (let left = size; left > 0; ) {
    const bytes = await blocks.some(left);
    if (bytes === undefined) throw new FlavorError("archive-malformed", "a tar ends in the middle of a file");
    left -= bytes.length;
    yield { kind: "data", bytes };
  }
  const filling = await blocks.exactly((SIZE_TAR_BLOCK - (size % SIZE_TAR_BLOCK)) % SIZE_TAR_BLOCK);
  if (filling === undefined) throw new FlavorError("archive-malformed", "a tar ends in the middle of a file");
  if (filling.some((byte) => byte !== 0)) throw new FlavorError("archive-malformed", "the filling of a tar block is not zero");
}
