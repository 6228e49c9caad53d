/** Writing a package: regions in order, zero padding between them, to a temporary name that is renamed at the end. */
import { createHash, randomUUID } from "node:crypto";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FlavorError } from "../format/error.js";
import { fileError, openFile, readChunks } from "../reader/file.js";

/** Bytes, a file with the digest it must have, or a stream. */
export type RegionContent = Uint8Array | { readonly file: string; readonly sha256: string } | AsyncIterable<Uint8Array>;

export interface Region {
  readonly offset: number;
  readonly size: number;
  readonly content: RegionContent;
}

/**
 * @param output - absolute path; replaced by rename, mode 0755 less the umask.
 * @param regions - in the order of the file.
 * @param inspect - called with the finished temporary file; what it throws keeps the output from appearing.
 * @returns SHA-256 of the file, hex.
 * @throws FlavorError `output-unwritable`, `disk-full`, `io-error` if a file is not what it was when it was measured, `interrupted`; the temporary file is removed.
 */
export async function writePackage(output: string, regions: readonly Region[], signal: AbortSignal, onBytes: (count: number) => void, inspect: (path: string) => Promise<void>): Promise<string> {
  const temporary = join(dirname(output), `.${basename(output)}.${randomUUID()}.tmp`);
  const hash = createHash("sha256");
  let written = 0;
  let out: FileHandle | undefined;
  try {
    out = await open(temporary, "wx", 0o755);
    const append = async (bytes: Uint8Array) => {
      if (signal.aborted) throw new FlavorError("interrupted", `interrupted while writing ${output}`);
      hash.update(bytes);
      written += bytes.length;
      onBytes(bytes.length);
      await out?.writeFile(bytes);
    };
    for (const { offset, size, content } of regions) {
      if (offset > written) await append(new Uint8Array(offset - written));
      for await (const chunk of contentChunks(content)) await append(chunk);
      if (written !== offset + size) throw new FlavorError("io-error", `a source of ${output} changed its size while it was packed`);
    }
    await out.sync();
    await out.close();
    out = undefined;
    await inspect(temporary);
    await rename(temporary, output);
    return hash.digest("hex");
  } catch (cause) {
    await out?.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(cause, output, "write");
  }
}

async function* contentChunks(content: RegionContent): AsyncGenerator<Uint8Array> {
  if (content instanceof Uint8Array) yield content;
  else if ("file" in content) yield* fileChunks(content.file, content.sha256);
  else yield* content;
}

async function* fileChunks(path: string, digest: string): AsyncGenerator<Uint8Array> {
  const handle = await openFile(path);
  try {
    const hash = createHash("sha256");
    for await (const chunk of readChunks(handle, 0, (await handle.stat()).size)) {
      hash.update(chunk);
      yield chunk;
    }
    if (hash.digest("hex") !== digest) throw new FlavorError("io-error", `${path} changed while it was packed`);
  } finally {
    await handle.close();
  }
}
