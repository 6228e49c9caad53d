/**
 * The marker that every helper carries: what it is, read without running it.
 *
 * Source: spec/pspf-2025.md, "Launcher marker". The prefix alone is not a marker: any code that searches for it contains it.
 */
import { createReadStream } from "node:fs";
import { BUILDER_MARKER, LAUNCHER_MARKER } from "../format/constants.gen.js";
import { FlavorError } from "../format/error.js";

export interface Marker {
  readonly role: "launcher" | "builder";
  /** Language of the helper: `rust`, `go`. */
  readonly kind: string;
  readonly version: string;
  /** `linux_amd64` and so on. */
  readonly platform: string;
}

const PREFIXES = { launcher: Buffer.from(LAUNCHER_MARKER, "latin1"), builder: Buffer.from(BUILDER_MARKER, "latin1") } as const;
const LONGEST_FIELD = 32;
const LONGEST_MARKER = Math.max(PREFIXES.launcher.length, PREFIXES.builder.length) + 3 * (LONGEST_FIELD + 1);

/**
 * @param path - a file of any kind and size; it is streamed.
 * @returns its first marker, or undefined if it has none.
 * @throws FlavorError `file-missing`, `file-unreadable`.
 */
export async function readMarker(path: string): Promise<Marker | undefined> {
  let carried: Buffer = Buffer.alloc(0);
  const stream = createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>;
  try {
    for await (const chunk of stream) {
      const window = carried.length === 0 ? chunk : Buffer.concat([carried, chunk]);
      const marker = findMarker(window);
      if (marker !== undefined) return marker;
      carried = Buffer.from(window.subarray(Math.max(0, window.length - LONGEST_MARKER)));
    }
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FlavorError(code === "ENOENT" || code === "ENOTDIR" ? "file-missing" : "file-unreadable", `${path} cannot be read: ${why}`, { cause });
  }
  return undefined;
}

/** @returns the name of a helper, as its file has it: `flavor-rs-launcher`. */
export function markedName(marker: Marker): string {
  return `flavor-${marker.kind === "rust" ? "rs" : marker.kind}-${marker.role}`;
}

/** @returns the first complete marker in the bytes, or undefined. */
export function findMarker(bytes: Uint8Array): Marker | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = [findRole(buffer, "launcher"), findRole(buffer, "builder")].filter((one) => one !== undefined);
  return found.sort((one, other) => one.offset - other.offset)[0]?.marker;
}

function findRole(buffer: Buffer, role: Marker["role"]): { readonly offset: number; readonly marker: Marker } | undefined {
  const prefix = PREFIXES[role];
  for (let offset = buffer.indexOf(prefix); offset >= 0; offset = buffer.indexOf(prefix, offset + 1)) {
    const [kind, version, platform] = readFields(buffer, offset + prefix.length, 3);
    if (kind !== undefined && version !== undefined && platform !== undefined) return { offset, marker: { role, kind, version, platform } };
  }
  return undefined;
}

/** NUL-terminated fields of 1 to 32 printable ASCII characters; fewer than asked for when one does not fit. */
function readFields(buffer: Buffer, start: number, count: number): string[] {
  const fields: string[] = [];
  for (let at = start; fields.length < count; ) {
    const end = buffer.indexOf(0, at);
    const text = end < 0 ? "" : buffer.toString("latin1", at, end);
    if (text.length > LONGEST_FIELD || !/^[\x20-\x7e]+$/.test(text)) break;
    fields.push(text);
    at = end + 1;
  }
  return fields;
}
