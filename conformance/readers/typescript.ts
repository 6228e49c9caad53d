/**
 * The TypeScript implementation as conformance asks it: one JSON question a line in, one answer a line out (conformance/protocol.md).
 *
 * Each operation calls the code that the CLI and the builder are made of; nothing is decided here.
 */
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { verifyEd25519 } from "../../src/format/ed25519.js";
import { FlavorError } from "../../src/format/error.js";
import { decodeStoredGzip, encodeStoredGzip } from "../../src/format/gzip.js";
import { decodeJson, encodeJson, type Json } from "../../src/format/json.js";
import { formatOperations, isArchive, packOperations, parseOperations, unpackOperations } from "../../src/format/operations.js";
import { checkTarget } from "../../src/format/path.js";
import { quoteCommand, splitCommand } from "../../src/manifest/command.js";
import { encodeTarHeader, TAR_END, tarPadding, type TarEntry, type TarKind } from "../../src/format/tar.js";
import { readArchive } from "../../src/reader/archive.js";
import { decodeOperations, slotContent, slotOperations } from "../../src/reader/content.js";
import { openPackage } from "../../src/reader/open.js";
import { verifyPackage } from "../../src/reader/verify.js";
import { workenvName } from "../../src/workenv/name.js";

type Question = Readonly<Record<string, unknown>>;

/** One entry of an archive as answers give it: path, type, mode, size, link target, SHA-256 of a file's content. */
type EntryAnswer = [string, TarKind, string, number, string, string];

const text = (question: Question, key: string): string => {
  const value = question[key];
  if (typeof value !== "string") throw new FlavorError("usage", `member ${key} is not a text`);
  return value;
};

const number = (question: Question, key: string): number => {
  const value = question[key];
  if (typeof value !== "number") throw new FlavorError("usage", `member ${key} is not a number`);
  return value;
};

const bytesOf = (question: Question, key: string): Uint8Array => Buffer.from(text(question, key), "hex");
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}

function modeOf(entry: TarEntry): string {
  return entry.kind === "file" && !entry.executable ? "0644" : "0755";
}

async function listArchive(source: AsyncIterable<Uint8Array>): Promise<EntryAnswer[]> {
  const entries: EntryAnswer[] = [];
  let hash = createHash("sha256");
  const close = () => {
    const last = entries.at(-1);
    if (last?.[1] === "file") last[5] = hash.digest("hex");
    hash = createHash("sha256");
  };
  for await (const event of readArchive(source)) {
    if (event.kind === "data") {
      hash.update(event.bytes);
    } else {
      close();
      entries.push([event.entry.path, event.entry.kind, modeOf(event.entry), event.entry.size, event.entry.linkTarget, ""]);
    }
  }
  close();
  return entries;
}

/** The stream hashed and counted on its way. */
class Measure {
  readonly #hash = createHash("sha256");
  size = 0;

  async *through(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.#hash.update(chunk);
      this.size += chunk.length;
      yield chunk;
    }
  }

  sha256(): string {
    return this.#hash.digest("hex");
  }
}

async function content(path: string, position: number): Promise<Json> {
  const pkg = await openPackage(path);
  try {
    const measure = new Measure();
    const stream = measure.through(slotContent(pkg, position));
    if (isArchive(slotOperations(pkg, position))) {
      const entries = await listArchive(stream);
      return { sha256: measure.sha256(), size: measure.size, entries };
    }
    for await (const chunk of stream) void chunk;
    return { sha256: measure.sha256(), size: measure.size };
  } finally {
    await pkg.close();
  }
}

async function metadata(path: string): Promise<string> {
  const pkg = await openPackage(path);
  await pkg.close();
  return hex(pkg.metadataBytes);
}

async function stream(operation: string, bytes: Uint8Array, size: number): Promise<string> {
  const measure = new Measure();
  for await (const chunk of measure.through(decodeOperations(once(bytes), parseOperations(operation), "stream"))) {
    void chunk;
    if (measure.size > size) break;
  }
  if (measure.size !== size) throw new FlavorError("archive-malformed", `the stream decodes to ${measure.size} bytes, not ${size}`);
  return measure.sha256();
}

function split(command: string): string[] {
  try {
    return splitCommand(command);
  } catch (cause) {
    // In a manifest it is the author's mistake, in a package it is the metadata that is wrong.
    if (cause instanceof FlavorError && cause.code === "manifest-invalid") throw new FlavorError("metadata-malformed", cause.message);
    throw cause;
  }
}

function encodeTar(entries: readonly (readonly string[])[], mtimeSeconds: number): Uint8Array {
  const sorted = entries
    .map(([path = "", kind = "", mode = "", contents = "", linkTarget = ""]) => ({ path, kind: kind as TarKind, mode, contents: Buffer.from(contents, "hex"), linkTarget }))
    .toSorted((left, right) => Buffer.compare(Buffer.from(left.path), Buffer.from(right.path)));
  const pieces: Uint8Array[] = [];
  let paxCount = 0;
  for (const { path, kind, mode, contents, linkTarget } of sorted) {
    const header = encodeTarHeader({ path, kind, size: contents.length, executable: (Number.parseInt(mode, 8) & 0o100) !== 0, linkTarget }, mtimeSeconds, paxCount);
    if (header.pax) paxCount += 1;
    pieces.push(header.bytes, contents, tarPadding(contents.length));
  }
  return Buffer.concat([...pieces, TAR_END]);
}

async function answer(question: Question): Promise<Json> {
  switch (question["op"]) {
    case "verify": {
      const { packageId, signed, sealed } = await verifyPackage(text(question, "path"));
      return { package_id: packageId, signed, sealed };
    }
    case "metadata":
      return metadata(text(question, "path"));
    case "content":
      return content(text(question, "path"), number(question, "slot"));
    case "archive":
      return listArchive(once(bytesOf(question, "bytes")));
    case "json":
      return hex(encodeJson(decodeJson(bytesOf(question, "bytes"))));
    case "gzip":
      return hex(decodeStoredGzip(bytesOf(question, "bytes")));
    case "stream":
      return stream(text(question, "operation"), bytesOf(question, "bytes"), number(question, "size"));
    case "operations": {
      const chain = parseOperations(text(question, "text"));
      return { packed: `0x${packOperations(chain).toString(16)}`, canonical: formatOperations(chain) };
    }
    case "operations_packed":
      return formatOperations(unpackOperations(BigInt(text(question, "packed"))));
    case "split":
      return split(text(question, "text"));
    case "quote":
      return quoteCommand(question["words"] as string[]);
    case "target":
      return checkTarget(text(question, "text"));
    case "workenv_name":
      return workenvName(text(question, "name"), text(question, "version"), text(question, "package_id"));
    case "ed25519":
      if (!verifyEd25519(bytesOf(question, "message"), bytesOf(question, "signature"), bytesOf(question, "key"))) {
        throw new FlavorError("metadata-signature-wrong", "the signature does not verify");
      }
      return true;
    case "encode_json":
      return hex(encodeJson(question["value"] as Json));
    case "encode_gzip":
      return hex(encodeStoredGzip(bytesOf(question, "bytes")));
    case "encode_tar":
      return hex(encodeTar(question["entries"] as string[][], number(question, "mtime")));
    default:
      throw new FlavorError("usage", "unknown op");
  }
}

/** @returns the answer's line. What is no refusal is a crash, and ends the process. */
async function answerLine(line: string): Promise<string> {
  try {
    return JSON.stringify({ ok: await answer(JSON.parse(line) as Question) });
  } catch (cause) {
    if (cause instanceof FlavorError) return JSON.stringify({ error: cause.code });
    throw cause;
  }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  process.stdout.write(`${await answerLine(line)}\n`);
}
