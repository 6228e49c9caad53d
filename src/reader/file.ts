/** Reading a file by ranges, and telling what went wrong in this project's terms. */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { FlavorError, type ErrorCode } from "../format/error.js";

const CHUNK_BYTES = 1 << 20;

function systemCode(cause: unknown): string {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "";
}

/** @returns the error for a failed system call on a path: `file-missing`, `file-unreadable`, `disk-full`, `output-unwritable` or `io-error`. */
export function fileError(cause: unknown, path: string, action: "read" | "write"): FlavorError {
  if (cause instanceof FlavorError) return cause;
  const code = systemCode(cause);
  const kinds: Readonly<Record<string, ErrorCode>> = {
    ENOENT: action === "read" ? "file-missing" : "output-unwritable",
    ENOTDIR: action === "read" ? "file-missing" : "output-unwritable",
    EACCES: action === "read" ? "file-unreadable" : "output-unwritable",
    EPERM: action === "read" ? "file-unreadable" : "output-unwritable",
    EISDIR: action === "read" ? "file-unreadable" : "output-unwritable",
    EROFS: "output-unwritable",
    ENOSPC: "disk-full",
    EDQUOT: "disk-full",
  };
  const words = code === "" ? (cause instanceof Error ? cause.message : String(cause)) : code;
  return new FlavorError(kinds[code] ?? "io-error", `cannot ${action} ${path}: ${words}`, { cause, details: { path, errno: code } });
}

/** @throws FlavorError `file-missing`, `file-unreadable` or `io-error`. */
export async function openFile(path: string): Promise<FileHandle> {
  let handle: FileHandle | undefined;
  try {
    // A pipe without a writer would keep open(2) waiting.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await handle.stat()).isFile()) throw new FlavorError("file-unreadable", `cannot read ${path}: it is not a regular file`);
    return handle;
  } catch (cause) {
    await handle?.close();
    throw fileError(cause, path, "read");
  }
}

/** @returns exactly `length` bytes from `position`. @throws FlavorError `io-error` if the file ends before. */
export async function readRange(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new FlavorError("io-error", `the file ended at byte ${position + filled} while bytes ${position}..${position + length} were read`);
    filled += bytesRead;
  }
  return bytes;
}

/** The range in chunks of at most 1 MiB. */
export async function* readChunks(file: FileHandle, position: number, length: number): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < length; ) {
    const chunk = await readRange(file, position + done, Math.min(CHUNK_BYTES, length - done));
    done += chunk.length;
    yield chunk;
  }
}

/** @param onBytes - called with the size of every chunk. @returns SHA-256 of the range, hex. */
export async function hashRange(file: FileHandle, position: number, length: number, onBytes?: (count: number) => void): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of readChunks(file, position, length)) {
    hash.update(chunk);
    onBytes?.(chunk.length);
  }
  return hash.digest("hex");
}
