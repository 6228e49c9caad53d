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

/** Levels by name: 9 is the knee of size against time (ARCHITECTURE.md, "Compression"). */
export const COMPRESSION_LEVELS = { fast: 3, default: 9, best: 19 } as const;
export type Compression = keyof typeof COMPRESSION_LEVELS;

const CACHE_LIMIT_BYTES = 2 * 1024 ** 3;
const DIGEST_BYTES = 32;

export interface Compressor {
  /** @param plain - may be used again once the promise has settled. @returns one zstd frame that declares its size. */
  compress(plain: Uint8Array): Promise<Uint8Array>;
  /** Prunes the cache. */
  close(): Promise<void>;
}

/**
 * @param compression - which level.
 * @param cacheDir - where compressed frames are kept, or undefined to keep none.
 * @param nowSeconds - the clock, for the order in which the cache forgets.
 */
export function openCompressor(compression: Compression, cacheDir: string | undefined, nowSeconds: () => number): Compressor {
  const level = COMPRESSION_LEVELS[compression];
  const store = cacheDir === undefined ? undefined : join(cacheDir, "frames", `zstd-${ZSTD_VERSION()}-${level}`);
  return {
    async compress(plain) {
      if (store === undefined) return compress(plain, level);
      const path = join(store, toHex(sha256(plain)));
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
