/** Mutants of packages: bytes as they lie, and members of each stage (metadata, framing, table, index, slots) changed and signed again. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { INDEX, SIZE_INDEX_BLOCK, SIZE_SLOT_DESCRIPTOR, SIZE_TRAILER } from "../../src/format/constants.gen.js";
import { encodeStoredGzip } from "../../src/format/gzip.js";
import { indexChecksum } from "../../src/format/index-block.js";
import type { Json } from "../../src/format/json.js";
import { packageRoot } from "../../src/helpers/root.js";
import { fixture } from "../generate/fixture.js";
import { makePackage, type JsonObject, type Part, type Stages } from "../generate/package.js";
import { parts as ordinaryParts, RAW } from "../generate/parts.js";
import { zstdFrame } from "../generate/zstd.js";
import { archive } from "./archives.js";
import { scramble } from "./bytes.js";
import type { Random } from "./random.js";

const VALUES: readonly [Json, ...Json[]] = [null, true, false, 0, 1, -1, 512, 2 ** 40, 2 ** 53 - 1, "", "x", ".", "../x", "/x", "a/../b", "a\\b", "0644", "0o755", "9999", "raw", "tar", "tar.zst", "tar.bz2", "gzip", "xz", "tar|zstd", "1.0.0", "2.0.0", "strict", "none", "lazy", "wheel", "linux", "package", "{workenv}", "{workenv}/x", "é", "\u001b[2J", `sha256:${"0".repeat(64)}`, "0".repeat(64), [], {}, ["x"], { a: 1 }, [null], "x".repeat(300)];
const SPELLINGS: readonly [[RegExp, string], ...[RegExp, string][]] = [
  [/:/, ": "], [/,/, ", "], [/$/, " "], [/^/, "\ufeff"], [/"sequence":0/, '"sequence":0,"sequence":0'], [/"sequence":0/, '"sequence":0.0'], [/"sequence":0/, '"sequence":-0'], [/"sequence":0/, '"sequence":1e0'], [/"sequence":0/, '"sequence":9007199254740992'], [/"sequence":0/, '"sequence":00'],
  [/"vector"/, '"v\\u0065ctor"'], [/"vector"/, '"ve\\/ctor"'], [/"vector"/, '"\\ud800"'], [/"vector"/, '"ve\u007fctor"'], [/"vector"/, '"ve\tctor"'], [/"vector"/, '"\\u001B"'], [/\{/, '{"é":1,'], [/\{/, '{"__proto__":{"slots":[]},'], [/\{/, '{"":1,'], [/\{"b/, '{"a":[[[[[]]]]],"b'], [/\{"b/, `{"a":${"[".repeat(70)}${"]".repeat(70)},"b`],
  [/\{"b/, `{"a":${"[".repeat(63)}${"]".repeat(63)},"b`], [/\{"b/, `{"a":${"[".repeat(64)}${"]".repeat(64)},"b`], [/"scope":"package"/, '"scope":"galaxy"'], [/,"scope":"package"/, ""], [/"scope":"package"/, '"scope":null'], [/"signed":true/, '"signed":false'], [/"required":true/, '"required":false'], [/"slots":\[/, '"slots":[{},'], [/\}$/, ""], [/\}$/, "}}"], [/"permissions":null/, '"permissions":"0755"'], [/"argv":\[/, '"argv":[""'],
];

function paths(value: Json, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== "object" || value === null) return [path];
  const below = Array.isArray(value) ? value.map((item: Json, at) => paths(item, [...path, at])) : Object.entries(value).map(([key, item]) => paths(item, [...path, key]));
  return [...(path.length === 0 ? [] : [path]), ...below.flat()];
}

/** Members that most documents do not have. */
const OPTIONAL: readonly [[string, Json], ...[string, Json][]] = [
  ["runtime", { env: { unset: ["A*"], pass: [], map: { A: "B" }, set: { C: "d" } } }],
  ["workenv", { directories: [{ path: "{workenv}/a", mode: "0700" }], env: { A: "b" } }],
  ["setup_commands", ["echo", { type: "execute", argv: ["true"] }, { type: "write_file", path: "a", content: "b", mode: "0600" }, { type: "enumerate_and_execute", command: "true", enumerate: { path: "a", pattern: "*" } }, { type: "chmod", path: "a" }]],
  ["cache_validation", { check_file: "a", expected_content: "b" }],
  ["requirements", { libc: "glibc", libc_version: "2.17" }],
  ["zzz", [1, "two", null]],
];

function changeMember(random: Random, document: JsonObject): void {
  if (random.below(3) === 0) {
    const [key, value] = random.pick(OPTIONAL);
    document[key] = structuredClone(value);
  }
  const all = paths(document) as [(string | number)[], ...(string | number)[][]];
  const path = random.pick(all);
  let parent: Record<string | number, Json> = document;
  for (const key of path.slice(0, -1)) parent = parent[key] as Record<string | number, Json>;
  const last = path.at(-1) ?? "";
  const old = parent[last];
  const way = random.below(5);
  if (way === 0) {
    if (Array.isArray(parent)) (parent as Json[]).splice(Number(last), 1);
    else Reflect.deleteProperty(parent, last);
  } else if (way === 1) {
    if (Array.isArray(parent)) (parent as Json[]).push(structuredClone(old ?? null));
    else parent[`${String(last)}x`] = old ?? null;
  } else if (way === 2 && typeof old === "number") {
    parent[last] = old + random.pick([1, -1, 8, 512]);
  } else {
    parent[last] = random.pick(VALUES);
  }
}

const FIELDS = Object.values(INDEX) as [{ readonly offset: number; readonly size: number }, ...{ readonly offset: number; readonly size: number }[]];

function changeField(random: Random, block: Buffer): void {
  const { offset, size } = random.pick(FIELDS);
  const way = random.below(4);
  if (way === 0) block.fill(0, offset, offset + size);
  else if (way === 1) block.fill(0xff, offset, offset + size);
  else if (way === 2) block[offset] = (block[offset] ?? 0) + random.pick([1, 255, 8, 64]);
  else block[offset + random.below(size)] = random.below(256);
}

function changeDescriptor(random: Random, table: Buffer): void {
  if (table.length === 0) return;
  const slot = random.below(table.length / SIZE_SLOT_DESCRIPTOR) * SIZE_SLOT_DESCRIPTOR;
  const at = slot + random.below(SIZE_SLOT_DESCRIPTOR);
  const way = random.below(3);
  if (way === 0) table[at] = random.below(256);
  else if (way === 1) table[at] = (table[at] ?? 0) ^ (1 << random.below(8));
  else {
    const field = slot + random.pick([16, 24, 32, 40]);
    table.writeBigUInt64LE(random.pick([0n, 1n, 2n ** 53n, 2n ** 64n - 1n, BigInt.asUintN(64, table.readBigUInt64LE(field) + 8n), 0x1b01n, 0x011bn, 0x1b0001n, 0x1301n, 0x1016n, 0x1b1b1b1b1b1b1b01n]), field);
  }
}

/** A slot whose stored bytes are what they should not be, with digests that are right. */
function oddPart(random: Random): Part {
  const text = fixture("text");
  const forms: readonly [[string, Uint8Array, Uint8Array], ...[string, Uint8Array, Uint8Array][]] = [
    ["gzip", fixture("text.gz"), text],
    ["bzip2", fixture("text.bz2"), text],
    ["xz", fixture("text.xz"), text],
    ["zstd", zstdFrame(text), text],
    ["tar.gz", encodeStoredGzip(fixture("archive.tar")), fixture("archive.tar")],
    ["tar.bz2", fixture("archive.tar.bz2"), fixture("archive.tar")],
    ["tar.xz", fixture("archive.tar.xz"), fixture("archive.tar")],
    ["tar.zst", fixture("archive.tar.zst"), fixture("archive.tar")],
    ["bzip2|xz", fixture("text.bz2.xz"), text],
  ];
  if (random.below(3) === 0) {
    const plain = archive(random);
    return { id: "odd", target: "odd", operations: "tar", plain };
  }
  const [operations, stored, plain] = random.pick(forms);
  const { permissions, ...rest } = RAW;
  return { ...rest, ...(operations.startsWith("tar") ? {} : { permissions: permissions ?? 0o644 }), id: "odd", target: "odd", operations, plain, stored: random.below(4) === 0 ? stored : scramble(random, stored), originalSize: plain.length + random.pick([0, 0, 0, 0, 1, -1]) };
}

function someParts(random: Random): readonly Part[] {
  const all = random.below(2) === 0 ? ordinaryParts() : [...ordinaryParts(), oddPart(random)];
  return random.below(4) > 0 ? all : all.slice(random.below(all.length));
}

type Change = (random: Random) => Omit<Stages, "parts">;

const CHANGES: readonly [Change, ...Change[]] = [
  () => ({}),
  (random) => ({ metadata: (document) => { changeMember(random, document); } }),
  (random) => ({ metadata: (document) => { changeMember(random, document); changeMember(random, document); } }),
  (random) => ({ json: (json) => { const [from, to] = random.pick(SPELLINGS); return Buffer.from(Buffer.from(json).toString().replace(from, () => to)); } }),
  (random) => ({ json: (json) => scramble(random, json) }),
  (random) => ({ framing: (json) => scramble(random, encodeStoredGzip(json)) }),
  (random) => ({
    // Another framing, and perhaps no announcement: the compatibility path.
    framing: (json) => { const bytes = Buffer.from(encodeStoredGzip(json)); bytes[9] = 3; return bytes; },
    metadata: (document) => {
      if (random.below(3) > 0) document["verification"] = { signed: true };
      if (random.below(3) > 0) changeMember(random, document);
    },
  }),
  (random) => ({ table: (table) => { changeDescriptor(random, table); } }),
  (random) => ({ index: (block) => { changeField(random, block); } }),
  (random) => ({ sealed: (block) => { changeField(random, block); } }),
  (random) => ({ metadata: (document) => { changeMember(random, document); }, index: (block) => { changeField(random, block); } }),
  (random) => ({ cosigners: ["a", "b"].slice(random.below(3)), sealed: (block) => { if (random.below(2) === 0) changeField(random, block); } }),
];

/** A package made anew, something in it changed before it was signed. */
export function stagedPackage(random: Random): Buffer {
  return makePackage({ parts: someParts(random), unsigned: random.below(6) === 0, ...random.pick(CHANGES)(random) });
}

const VECTORS = join(packageRoot(), "conformance", "vectors", "packages");
/** Without the bombs: they are slow, and hold nothing that a mutant could make interesting. */
const SEEDS = readdirSync(VECTORS).filter((name) => !name.startsWith("bomb_")) as [string, ...string[]];

/** A vector with its bytes changed; half of the time the index checksum is made right again. */
export function scrambledPackage(random: Random): Buffer {
  const bytes = readFileSync(join(VECTORS, random.pick(SEEDS)));
  const mutant = scramble(random, bytes);
  return random.below(2) === 0 ? mutant : withChecksum(mutant);
}

function withChecksum(file: Buffer): Buffer {
  const block = file.length - SIZE_TRAILER + 4;
  if (block < 0) return file;
  const bytes = file.subarray(block, block + SIZE_INDEX_BLOCK);
  file.writeUInt32LE(indexChecksum(bytes), block + INDEX.indexChecksum.offset);
  const copy = Number(file.readBigUInt64LE(block + INDEX.launcherSize.offset) % 2n ** 53n);
  if (copy + SIZE_INDEX_BLOCK <= block) file.set(bytes, copy);
  return file;
}
