/** The slots that vectors are made of: an archive in frames, an archive as a stream, a file. */
import { sha256, toHex } from "../../src/format/checksum.js";
import type { Json } from "../../src/format/json.js";
import type { JsonObject, Part } from "./package.js";
import { tar, tarFile, tarFolder } from "./tar.js";
import type { Contents } from "./vector.js";

const SCRIPT = "#!/bin/sh\necho ran\n";

/** Two frames: the second one begins inside the content of `data`. */
export const FRAMED: Part = { id: "app", target: ".", operations: "tar.zst", plain: tar(tarFolder("bin/"), tarFile("bin/run", SCRIPT, { mode: 0o755 }), tarFile("data", "x".repeat(2000))), frameBytes: 2048 };
export const STREAMED: Part = { id: "more", target: "lib/more", operations: "tar.gz", plain: tar(tarFile("a.txt", "text")) };
export const RAW: Part = { id: "raw", target: "raw.txt", operations: "raw", plain: Buffer.from("12345"), permissions: 0o644 };

export function parts(): Part[] {
  return [FRAMED, STREAMED, RAW];
}

/** What a slot's content is when all is well. */
export function contentOf(plain: Uint8Array, entries?: Json): Contents[string] {
  return { sha256: toHex(sha256(plain)), size: plain.length, ...(entries === undefined ? {} : { entries }) };
}

/** An entry as answers list it. */
export function fileEntry(path: string, content: string | Uint8Array, mode = "0644"): Json {
  const data = Buffer.from(content as string);
  return [path, "file", mode, data.length, "", toHex(sha256(data))];
}

export function folderEntry(path: string): Json {
  return [path, "directory", "0755", 0, "", ""];
}

export function linkEntry(path: string, target: string): Json {
  return [path, "link", "0755", 0, target, ""];
}

export const FRAMED_ENTRIES: Json = [folderEntry("bin"), fileEntry("bin/run", SCRIPT, "0755"), fileEntry("data", "x".repeat(2000))];

/** @returns the object at a path of keys and positions. */
export function at(document: JsonObject, ...path: (string | number)[]): JsonObject {
  let value: Json = document;
  for (const key of path) value = (value as Record<string | number, Json>)[key] ?? null;
  return value as JsonObject;
}
