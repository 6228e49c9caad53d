/**
 * Slot blobs: a source, brought into the form that its operations name, with everything that metadata says about it.
 *
 * A folder becomes an archive; a file that is already in the form asked for is stored as it is; any other file is transformed.
 * Blobs lie in files of their own: their digests are needed before the first byte of the package is written.
 *
 * Source: spec/operations.md.
 */
import { createHash } from "node:crypto";
import { open, rm, stat, type FileHandle } from "node:fs/promises";
import type { Duplex } from "node:stream";
import { createGzip } from "node:zlib";
import { Compressor as ZstdStream } from "@cloudpss/zstd";
import { LIMIT_FRAME_STORED_BYTES } from "../format/constants.gen.js";
import { FlavorError } from "../format/error.js";
import type { Frame } from "../format/metadata.js";
import { formatOperations, isArchive, type OperationChain, type OperationName } from "../format/operations.js";
import { sha256, toHex } from "../format/checksum.js";
import { readArchive } from "../reader/archive.js";
import { checkIntermediate, decodeOperations, streamWindowLimit, type DecodeOptions } from "../reader/content.js";
import { fileError, openFile, readChunks, readRange } from "../reader/file.js";
import { throughTransform } from "../reader/transform.js";
import { listFolder, writeArchive, type TarPiece } from "./archive.js";
import { encodeBzip2 } from "./bzip2.js";
import { SMALL_FRAME_BYTES, type CompressionPlan, type Compressor } from "./compressor.js";
import { cutFrames, FoundFrames } from "./frames.js";
import { throwIfAborted } from "./interrupt.js";
import type { SlotNames } from "./names.js";
import type { Step } from "./progress.js";
import { xzEncoder } from "./xz.js";

const GZIP_OS_OFFSET = 9;
const GZIP_OS_UNKNOWN = 0xff;

export interface SlotBlob {
  /** Absolute path of the stored bytes. */
  readonly file: string;
  readonly size: number;
  readonly originalSize: number;
  /** SHA-256 of the stored bytes, hex. */
  readonly sha256: string;
  readonly frames?: readonly Frame[];
  /** Mode of a single file, 0o755 or 0o644 by the source's executable bit; undefined for archives. */
  readonly mode?: number;
}

export interface BlobOptions {
  /** Where the blob is written, absolute; not used when the source is stored as it is. */
  readonly file: string;
  readonly mtimeSeconds: number;
  /** Told every path below the slot's target; undefined when the target takes any. */
  readonly names?: SlotNames;
  readonly compressor: Compressor;
  readonly compression: CompressionPlan;
  readonly signal: AbortSignal;
  /** Advanced by plain bytes. */
  readonly step: Step;
}

/**
 * @param source - absolute path of a folder or file.
 * @param chain - supported operations.
 * @throws FlavorError `file-missing`, `file-unreadable`, `archive-malformed` and the entry codes for an archive that is not one, `disk-full`.
 */
export async function makeBlob(source: string, chain: OperationChain, options: BlobOptions): Promise<SlotBlob> {
  const info = await stat(source).catch((cause: unknown) => {
    throw fileError(cause, source, "read");
  });
  if (info.isDirectory()) {
    if (!isArchive(chain)) throw new FlavorError("manifest-invalid", `${source} is a folder, and operations ${formatOperations(chain)} make no archive`, { hint: "use tar.zst" });
    return archiveFolder(source, chain, options);
  }
  if (!info.isFile()) throw new FlavorError("file-unreadable", `cannot read ${source}: it is neither a file nor a folder`);
  const mode = (info.mode & 0o100) !== 0 ? 0o755 : 0o644;
  if (isArchive(chain) || (await isInForm(source, chain))) {
    const blob = await takeAsIs(source, chain, options);
    return isArchive(chain) ? blob : { ...blob, mode };
  }
  return { ...(await compressFile(source, info.size, chain, options)), mode };
}

async function archiveFolder(folder: string, chain: OperationChain, options: BlobOptions): Promise<SlotBlob> {
  const entries = await listFolder(folder, options.names?.links ?? "kept");
  for (const { entry } of entries) options.names?.add(entry);
  const tally = { plainBytes: 0 };
  const pieces = () => counted(writeArchive(entries, options.mtimeSeconds), tally, options);
  if (isFramed(chain)) return writeFrames(pieces, options, true);
  return writeStream(encodeOperations(bytesOf(pieces()), chain.slice(1)), tally, options);
}

/** Plain bytes seen so far: known only when the stream has ended. */
interface Tally {
  plainBytes: number;
}

async function* counted(pieces: AsyncIterable<TarPiece>, tally: Tally, options: BlobOptions): AsyncGenerator<TarPiece> {
  for await (const piece of pieces) {
    throwIfAborted(options.signal);
    tally.plainBytes += piece.bytes.length;
    options.step.advance(piece.bytes.length);
    yield piece;
  }
}

async function* bytesOf(pieces: AsyncIterable<TarPiece>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield piece.bytes;
}

async function* filePieces(path: string): AsyncGenerator<TarPiece> {
  const handle = await openFile(path);
  try {
    for await (const bytes of readChunks(handle, 0, (await handle.stat()).size)) yield { kind: "data", bytes };
  } finally {
    await handle.close();
  }
}

async function compressFile(source: string, size: number, chain: OperationChain, options: BlobOptions): Promise<SlotBlob> {
  const tally = { plainBytes: 0 };
  const pieces = () => counted(filePieces(source), tally, options);
  if (chain.length === 1 && chain[0] === "ZSTD" && size > 0) return writeFrames(pieces, options, false);
  return writeStream(encodeOperations(bytesOf(pieces()), chain), tally, options);
}

/** Apply compressing operations to a stream, first to last. */
async function* encodeOperations(source: AsyncIterable<Uint8Array>, chain: OperationChain): AsyncGenerator<Uint8Array> {
  const windowLimit = streamWindowLimit(chain);
  let stream = source;
  for (const operation of chain) stream = await encoder(stream, operation, windowLimit);
  yield* stream;
}

async function encoder(source: AsyncIterable<Uint8Array>, operation: OperationName, windowLimit: number): Promise<AsyncIterable<Uint8Array>> {
  switch (operation) {
    case "GZIP":
      return withUnknownOs(through(source, createGzip({ level: 9 })));
    case "BZIP2":
      return encodeBzip2(source);
    case "XZ":
      return through(source, await xzEncoder(windowLimit));
    case "ZSTD":
      return through(source, new ZstdStream(9));
    default:
      throw new FlavorError("operation-unsupported", `operation ${operation} compresses nothing`);
  }
}

function through(source: AsyncIterable<Uint8Array>, transform: Duplex): AsyncIterable<Uint8Array> {
  return throughTransform(source, transform, (cause) => cause);
}

/** The gzip header's OS byte differs between systems; 255 says nothing. */
async function* withUnknownOs(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for await (const chunk of stream) {
    const at = GZIP_OS_OFFSET - offset;
    if (at >= 0 && at < chunk.length) chunk[at] = GZIP_OS_UNKNOWN;
    offset += chunk.length;
    yield chunk;
  }
}

async function writeStream(stream: AsyncIterable<Uint8Array>, tally: Tally, options: BlobOptions): Promise<SlotBlob> {
  const hash = createHash("sha256");
  let size = 0;
  await writeBlob(options.file, async (out) => {
    for await (const chunk of stream) {
      hash.update(chunk);
      size += chunk.length;
      await out.writeFile(chunk);
    }
  });
  return { file: options.file, size, originalSize: tally.plainBytes, sha256: hash.digest("hex") };
}

/** Frames of the size asked for; of the small size when one of those would be stored in more than a frame may. */
async function writeFrames(pieces: () => AsyncIterable<TarPiece>, options: BlobOptions, listed: boolean): Promise<SlotBlob> {
  const { level, framePlainBytes } = options.compression;
  const hash = createHash("sha256");
  const frames: Frame[] = [];
  let size = 0;
  const fits = await writeBlob(options.file, async (out) => {
    for await (const { plain, first } of cutFrames(pieces(), framePlainBytes)) {
      const stored = await options.compressor.compress(plain, level);
      if (stored.length > LIMIT_FRAME_STORED_BYTES) return false;
      hash.update(stored);
      frames.push({ offset: size, size: stored.length, plain: plain.length, sha256: toHex(sha256(stored)), first });
      size += stored.length;
      await out.writeFile(stored);
    }
    return true;
  });
  if (!fits) {
    await rm(options.file);
    return writeFrames(pieces, { ...options, compression: { level, framePlainBytes: SMALL_FRAME_BYTES } }, listed);
  }
  const originalSize = frames.reduce((sum, frame) => sum + frame.plain, 0);
  return { file: options.file, size, originalSize, sha256: hash.digest("hex"), ...(listed ? { frames } : {}) };
}

async function writeBlob<T>(path: string, write: (out: FileHandle) => Promise<T>): Promise<T> {
  let out: FileHandle | undefined;
  try {
    out = await open(path, "wx", 0o600);
    return await write(out);
  } catch (cause) {
    throw fileError(cause, path, "write");
  } finally {
    await out?.close();
  }
}

/** What the stored form of each operation begins with. */
const MAGIC: Partial<Record<OperationName, string>> = { GZIP: "1f8b08", BZIP2: "425a68", XZ: "fd377a585a00", ZSTD: "28b52ffd" };

/** Whether a file already is what the last operation would make of it. */
async function isInForm(path: string, chain: OperationChain): Promise<boolean> {
  const last = chain.at(-1);
  if (last === undefined) return true;
  const magic = MAGIC[last];
  if (magic === undefined) return false;
  const handle = await openFile(path);
  try {
    return toHex(await readRange(handle, 0, Math.min(magic.length / 2, (await handle.stat()).size))) === magic;
  } finally {
    await handle.close();
  }
}

/** Store a file as it is, after decoding it once: what a launcher would refuse is refused here. */
async function takeAsIs(path: string, chain: OperationChain, options: BlobOptions): Promise<SlotBlob> {
  const handle = await openFile(path);
  try {
    const hash = createHash("sha256");
    const frames = new FoundFrames();
    let size = 0;
    let originalSize = 0;
    let intermediateSize = 0;
    const stored = async function* () {
      for await (const chunk of readChunks(handle, 0, (await handle.stat()).size)) {
        throwIfAborted(options.signal);
        hash.update(chunk);
        size += chunk.length;
        options.step.advance(chunk.length);
        yield chunk;
      }
    };
    const decoding: DecodeOptions = {
      onIntermediate: (soFar) => {
        intermediateSize = Math.max(intermediateSize, soFar);
      },
      onFrame: (offset, header) => frames.addFrame(offset, header),
    };
    const plain = async function* () {
      for await (const chunk of decodeOperations(stored(), chain.filter((name) => name !== "TAR"), path, decoding)) {
        originalSize += chunk.length;
        yield chunk;
      }
    };
    if (isArchive(chain)) {
      for await (const event of readArchive(plain(), (offset, length) => frames.addHeaders(offset, length))) {
        if (event.kind === "entry") options.names?.add(event.entry);
      }
    } else {
      for await (const chunk of plain()) void chunk;
    }
    checkIntermediate(intermediateSize, originalSize, path);
    const list = isFramed(chain) ? frames.list(size) : undefined;
    return { file: path, size, originalSize, sha256: hash.digest("hex"), ...(list === undefined ? {} : { frames: await withDigests(handle, list) }) };
  } finally {
    await handle.close();
  }
}

async function withDigests(handle: FileHandle, list: readonly Omit<Frame, "sha256">[]): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (const frame of list) frames.push({ ...frame, sha256: toHex(sha256(await readRange(handle, frame.offset, frame.size))) });
  return frames;
}

/** The chain whose slots have frame lists. */
function isFramed(chain: OperationChain): boolean {
  return chain.length === 2 && chain[0] === "TAR" && chain[1] === "ZSTD";
}
