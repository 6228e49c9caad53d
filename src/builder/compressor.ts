/**
 * Zstd compression of frames, in front of it a cache by content: a second pack after a small change compresses only what changed.
 *
 * On this thread alone: the codec's native code keeps one compression context for the whole process, and two threads that use it at once crash.
 * Helper processes were tried: packing 2 GB then takes 320 MB of memory where this takes 125.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compress, ZSTD_VERSION } from "@cloudpss/zstd";
import { sha256, toHex } from "../format/checksum.js";
import { LIMIT_FRAME_PLAIN_BYTES, SIZE_TAR_BLOCK } from "../format/constants.gen.js";

export type Compression = "fast" | "default" | "best";

/** How hard to try, and how much plain data may share a frame. */
export interface CompressionPlan {
  /** Level of zstd, 1 to 19. */
  readonly level: number;
  /** Plain bytes of a frame at most; a multiple of 512. */
  readonly framePlainBytes: number;
}

/** A frame of incompressible data of this size still stays below 8 MiB when stored. */
export const SMALL_FRAME_BYTES = 8 * 1024 * 1024 - SIZE_TAR_BLOCK;
const LARGE_FRAME_BYTES = LIMIT_FRAME_PLAIN_BYTES - SIZE_TAR_BLOCK;
/** Up to these sizes, what rarely changes gets a better level: it is compressed once and then comes from the cache. */
const BETTER_RUNTIME_BYTES = 64 * 1024 * 1024;
const BETTER_DEPENDENCIES_BYTES = 16 * 1024 * 1024;

/**
 * Level 9 is the knee of size against time. Runtimes and dependencies rarely change; while they are small they get a better level, and runtimes frames large enough
 * that most of CPython's two copies of OpenSSL share one (ARCHITECTURE.md, "Compression").
 *
 * @param sourceBytes - size of the slot's content.
 */
export function planCompression(compression: Compression, purpose: string, sourceBytes: number): CompressionPlan {
  const best = { level: 19, framePlainBytes: LARGE_FRAME_BYTES };
  switch (compression) {
    case "fast":
      return { level: 3, framePlainBytes: SMALL_FRAME_BYTES };
    case "best":
      return best;
    case "default":
      if (purpose === "runtime" && sourceBytes <= BETTER_RUNTIME_BYTES) return best;
      return { level: purpose === "dependencies" && sourceBytes <= BETTER_DEPENDENCIES_BYTES ? 16 : 9, framePlainBytes: SMALL_FRAME_BYTES };
  }
}

const CACHE_LIMIT_BYTES = 2 * 1024 ** 3;
const DIGEST_BYTES = 32;

export interface Compressor {
  /** @param plain - may be used again once the promise has settled. @returns one zstd frame that declares its size. */
  compress(plain: Uint8Array, level: number): Promise<Uint8Array>;
  /** Prunes the cache. */
  close(): Promise<void>;
}

/**
 * @param cacheDir - where compressed frames are kept, or undefined to keep none.
 * @param nowSeconds - the clock, for the order in which the cache forgets.
 */
export function openCompressor(cacheDir: string | undefined, nowSeconds: () => number): Compressor {
  const store = cacheDir === undefined ? undefined : join(cacheDir, "frames");
  return {
    async compress(plain, level) {
      if (store === undefined) return compress(plain, level);
      const path = join(store, `${toHex(sha256(plain))}-zstd-${ZSTD_VERSION()}-${level}`);
      const known = await readCached(path);
      if (known !== undefined) {
        await utimes(path, nowSeconds(), nowSeconds()).catch(() => undefined);
        return known;
      }
      const stored = compress(plain, level);
      await writeCached(store, path, stored);
      return stored;
    },
    async close() {
      if (store !== undefined) await forgetOldest(store);
    },
  };
}

/** A cached frame is its SHA-256 followed by its bytes, so that a torn file is never used. */
async function readCached(path: string): Promise<Uint8Array | undefined> {
  try {
    const bytes = await readFile(path);
    const stored = bytes.subarray(DIGEST_BYTES);
    return createHash("sha256").update(stored).digest().equals(bytes.subarray(0, DIGEST_BYTES)) ? stored : undefined;
  } catch {
    return undefined;
  }
}

/** The cache only saves work: a cache that cannot be written is no error. */
async function writeCached(folder: string, path: string, stored: Uint8Array): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const temporary = `${path}.${process.pid}`;
    await writeFile(temporary, Buffer.concat([sha256(stored), stored]), { mode: 0o600 });
    await rename(temporary, path);
  } catch {
    return;
  }
}

async function forgetOldest(folder: string): Promise<void> {
  try {
    const files = await Promise.all((await readdir(folder)).map(async (name) => ({ path: join(folder, name), stat: await stat(join(folder, name)) })));
    files.sort((left, right) => right.stat.mtimeMs - left.stat.mtimeMs);
    let kept = 0;
    for (const file of files) {
      kept += file.stat.size;
      if (kept > CACHE_LIMIT_BYTES) await rm(file.path, { force: true });
    }
  } catch {
    return;
  }
}
