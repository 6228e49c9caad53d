/**
 * Taking single files out of a registry tarball (`npm pack`), streaming: a Node binary of 120 MB never lies in memory.
 *
 * The digest of the tarball is checked before anything is taken out of it (node-registry.ts), so this reads what npm publishes and no more:
 * ustar with pax or GNU long names.
 */
import { createReadStream } from "node:fs";
import { mkdir, open, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { createGunzip } from "node:zlib";
import { FlavorError } from "../format/error.js";

const BLOCK = 512;

/** Where a file of the tarball goes: an absolute path and a mode, or undefined to leave it out. */
export type Pick = (path: string) => { readonly to: string; readonly mode: number } | undefined;

/**
 * Take files out of a gzip-compressed tar.
 *
 * @param tarball - its path.
 * @param pick - called with each regular file's path without the first component (`package/`).
 * @returns how many files were written.
 * @throws FlavorError `archive-malformed` if it is no such archive.
 */
export async function takeFromTarball(tarball: string, pick: Pick): Promise<number> {
  const source = createReadStream(tarball, { highWaterMark: 1 << 20 });
  const plain = createGunzip({ chunkSize: 1 << 18 });
  source.on("error", (cause) => plain.destroy(cause));
  const reader = new BlockReader(source.pipe(plain));
  let taken = 0;
  let longName: string | undefined;
  try {
    for (let header = await reader.take(BLOCK); header?.some((byte) => byte !== 0) === true; header = await reader.take(BLOCK)) {
      const size = octal(header, 124, 12);
      const kind = String.fromCharCode(header[156] ?? 0);
      if (kind === "x" || kind === "L") {
        const body = await reader.take(padded(size));
        if (body === undefined) throw malformed(tarball, "it ends within a long name");
        longName = kind === "x" ? paxPath(body.subarray(0, size)) ?? longName : text(body, 0, size);
        continue;
      }
      const path = longName ?? [text(header, 345, 155), text(header, 0, 100)].filter((part) => part !== "").join("/");
      longName = undefined;
      const wanted = kind === "0" || kind === "\0" ? pick(path.split("/").slice(1).join("/")) : undefined;
      if (wanted === undefined) {
        await reader.pass(padded(size));
        continue;
      }
      await mkdir(dirname(wanted.to), { recursive: true });
      const file = await open(wanted.to, "wx", wanted.mode);
      try {
        await reader.copy(size, file);
        await file.chmod(wanted.mode);
      } finally {
        await file.close();
      }
      await reader.pass(padded(size) - size);
      taken += 1;
    }
  } catch (cause) {
    throw cause instanceof FlavorError || (cause instanceof Error && "syscall" in cause) ? cause : malformed(tarball, String(cause), cause);
  } finally {
    source.destroy();
    plain.destroy();
  }
  return taken;
}

/** Bytes of a stream, as many at a time as asked for. */
class BlockReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** @returns up to `limit` bytes, at least one; undefined at the end. */
  async #some(limit: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return undefined;
      this.#rest = next.value;
    }
    const part = this.#rest.subarray(0, limit);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  /** @returns exactly `length` bytes; undefined if the stream ends before. */
  async take(length: number): Promise<Uint8Array | undefined> {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const part = await this.#some(length - filled);
      if (part === undefined) return undefined;
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes;
  }

  async pass(length: number): Promise<void> {
    await this.#each(length, () => Promise.resolve());
  }

  async copy(length: number, file: FileHandle): Promise<void> {
    await this.#each(length, async (part) => {
      for (let written = 0; written < part.length;) written += (await file.write(part, written)).bytesWritten;
    });
  }

  async #each(length: number, use: (part: Uint8Array) => Promise<void>): Promise<void> {
    for (let left = length; left > 0;) {
      const part = await this.#some(left);
      if (part === undefined) throw new Error("it ends within a file");
      await use(part);
      left -= part.length;
    }
  }
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

function text(bytes: Uint8Array, offset: number, length: number): string {
  const field = bytes.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function octal(bytes: Uint8Array, offset: number, length: number): number {
  const value = Number.parseInt(text(bytes, offset, length).trim() || "0", 8);
  if (!Number.isSafeInteger(value)) throw new Error("a size is not a number");
  return value;
}

/** Records are `LENGTH KEY=VALUE\n`, the length counting itself. */
function paxPath(body: Uint8Array): string | undefined {
  let path: string | undefined;
  for (let at = 0; at < body.length;) {
    const length = Number.parseInt(text(body, at, 20), 10);
    if (!(length > 0)) break;
    const record = new TextDecoder().decode(body.subarray(at, at + length - 1));
    const start = record.indexOf(" ") + 1;
    if (record.startsWith("path=", start)) path = record.slice(start + 5);
    at += length;
  }
  return path;
}

function malformed(tarball: string, why: string, cause?: unknown): FlavorError {
  return new FlavorError("archive-malformed", `${tarball} cannot be read: ${why}`, { cause });
}
