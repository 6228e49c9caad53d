/**
 * Validation levels by kinds of damage, each from a fresh cache. Source: spec/trust.md, "Levels".
 *
 * F: refused with the exit code of the error; W: one line on stderr, and the program runs; -: not a word.
 */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { INDEX, SIZE_TRAILER, SLOT } from "../../../src/format/constants.gen.js";
import { indexChecksum } from "../../../src/format/index-block.js";
import { encodeStoredGzip } from "../../../src/format/gzip.js";
import { fixture } from "../../generate/fixture.js";
import { makePackage, type Part, type Regions, type Stages } from "../../generate/package.js";
import { at } from "../../generate/parts.js";
import { tar, tarFile, tarFolder, tarHeader, tarLink } from "../../generate/tar.js";
import { first, prints, refuses, same, warns, type Fault } from "../expect.js";
import type { Launcher } from "../implementations.js";
import type { Behaviour, Pair } from "../pair.js";
import { run, type Outcome } from "../program.js";

const LEVELS = ["strict", "standard", "relaxed", "minimal", "none"] as const;

interface Row {
  readonly what: string;
  readonly exit: number;
  readonly code: string;
  /** A letter for each of the levels. */
  readonly row: string;
}

function judge(letter: string | undefined, { exit, code }: Row, outcome: Outcome): Fault {
  if (letter === "F") return refuses(outcome, exit, code);
  return letter === "W" ? warns(outcome, "ran\n", code) : prints(outcome, "ran\n");
}

/** Trees that a start published: those with a stamp where others find it. */
function published(cache: string): string[] {
  try {
    return readdirSync(join(cache, "workenv")).filter((name) => !name.startsWith("."));
  } catch {
    return [];
  }
}

async function atEveryLevel(row: Row, file: string, freshCache: () => string, home: string): Promise<Fault> {
  for (const [position, level] of LEVELS.entries()) {
    const cache = freshCache();
    const letter = row.row[position];
    const outcome = await run(file, { env: { PATH: "/usr/bin:/bin", HOME: home, FLAVOR_CACHE: cache, FLAVOR_VALIDATION: level } });
    // What level standard would refuse must not stay behind for a stricter start to find.
    const kept = row.row[1] === "F" ? same(published(cache), []) : undefined;
    const fault = first(judge(letter, row, outcome), kept);
    if (fault !== undefined) return `${level} (${String(letter)}): ${fault}`;
  }
  return undefined;
}

function flip(bytes: Buffer, offset: number): Buffer {
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  return bytes;
}

/** Where things lie in an intact package, from its own index. */
function layoutOf(file: Buffer): { readonly block: number; readonly copy: number; readonly metadata: number; readonly tableEnd: number; readonly table: number } {
  const block = file.length - SIZE_TRAILER + 4;
  const number = (field: { readonly offset: number }) => Number(file.readBigUInt64LE(block + field.offset));
  const table = number(INDEX.slotTableOffset);
  return { block, copy: number(INDEX.launcherSize), metadata: number(INDEX.metadataOffset), table, tableEnd: table + number(INDEX.slotTableSize) };
}

/** Both copies changed in one place, the checksum made right again. */
function changeIndex(file: Buffer, change: (block: Buffer) => void): Buffer {
  const { block, copy } = layoutOf(file);
  const bytes = file.subarray(block, block + 8192);
  change(bytes);
  bytes.writeUInt32LE(indexChecksum(bytes), INDEX.indexChecksum.offset);
  file.set(bytes, copy);
  return file;
}

/** Damage to what a builder made. The slots are an archive that is not compressed, and `12345`, which lies last. */
const DAMAGED: readonly (Row & { readonly damage: (file: Buffer) => Buffer })[] = [
  { what: "intact", exit: 0, code: "", row: "-----", damage: (file) => file },
  { what: "nothing after the trailer", exit: 102, code: "not-a-package", row: "FFFFF", damage: (file) => Buffer.concat([file, Buffer.alloc(1)]) },
  { what: "cut off", exit: 102, code: "not-a-package", row: "FFFFF", damage: (file) => file.subarray(0, file.length - 100) },
  { what: "index checksum", exit: 102, code: "index-checksum-wrong", row: "FFWW-", damage: (file) => { const { block, copy } = layoutOf(file); return flip(flip(file, block + INDEX.indexChecksum.offset), copy + INDEX.indexChecksum.offset); } },
  { what: "copy A", exit: 102, code: "index-copy-differs", row: "FFWW-", damage: (file) => flip(file, layoutOf(file).copy + 5000) },
  { what: "padding", exit: 102, code: "padding-not-zero", row: "FFWW-", damage: (file) => flip(file, file.length - SIZE_TRAILER - 1) },
  { what: "seal", exit: 107, code: "seal-wrong", row: "FFWW-", damage: (file) => changeIndex(file, (block) => flip(block, INDEX.seal.offset)) },
  { what: "seal taken away", exit: 107, code: "seal-missing", row: "FFWW-", damage: (file) => changeIndex(file, (block) => block.fill(0, INDEX.seal.offset, INDEX.seal.offset + 64)) },
  { what: "a co-signature", exit: 107, code: "cosigner-wrong", row: "FFWW-", damage: (file) => changeIndex(file, (block) => block.fill(7, INDEX.cosigners.offset, INDEX.cosigners.offset + 96)) },
  { what: "slot digest", exit: 103, code: "slot-digest-wrong", row: "FFFW-", damage: (file) => flip(file, file.lastIndexOf("12345")) },
  { what: "launcher digest", exit: 107, code: "launcher-digest-wrong", row: "F----", damage: (file) => flip(file, 12) },
];

function damaged(row: (typeof DAMAGED)[number]): Behaviour {
  return {
    row: `levels: ${row.what}`,
    check: async (pair) => {
      const file = pair.copy(await pair.package("plain"), "damaged.psp");
      writeFileSync(file, row.damage(readFileSync(file)));
      return atEveryLevel(row, file, () => pair.freshCache(), pair.home);
    },
  };
}

async function unsigned(pair: Pair): Promise<Fault> {
  return atEveryLevel({ what: "unsigned", exit: 107, code: "unsigned", row: "FW---" }, await pair.package("plain", "--unsigned"), () => pair.freshCache(), pair.home);
}

async function levelNames(pair: Pair): Promise<Fault> {
  const file = await pair.package("plain");
  const start = (level: string) => pair.start(file, { env: { FLAVOR_VALIDATION: level } });
  const faults: Fault[] = [];
  for (const level of ["", "Strict", "STANDARD", "Relaxed", "minimal", "None"]) faults.push(prints(await start(level), "ran\n"));
  for (const level of ["canary", "0", "strict "]) {
    const outcome = await start(level);
    faults.push(refuses(outcome, 109, "level-unknown"), outcome.stderr.includes("canary") ? "the value of the variable is printed" : undefined);
  }
  return first(...faults);
}

export const DAMAGE: readonly Behaviour[] = [
  ...DAMAGED.map(damaged),
  { row: "levels: unsigned", check: unsigned },
  { row: "levels: names in any case, others refused", check: levelNames },
];

const RUN: Part = { id: "app", target: ".", operations: "tar.zst", plain: tar(tarFolder("bin/"), tarFile("bin/run", "#!/bin/sh\necho ran\n", { mode: 0o755 }), tarFile("data", "x".repeat(2000))), frameBytes: 1024 };
const MORE: Part = { id: "more", target: "lib/more", operations: "tar.gz", plain: tar(tarFile("a.txt", "text")) };
const RAW: Part = { id: "raw", target: "raw.txt", operations: "raw", plain: Buffer.from("12345"), permissions: 0o644 };

function hostile(...entries: Uint8Array[]): Partial<Stages> {
  return { parts: [RUN, MORE, RAW, { id: "hostile", target: "hostile", operations: "tar.zst", plain: tar(...entries), frameBytes: 8192 }] };
}

function file(part: Partial<Part>): Partial<Stages> {
  return { parts: [RUN, MORE, RAW, { ...RAW, id: "added", target: "added", ...part }] };
}

const put32 = (field: { readonly offset: number }, value: (old: number) => number): Partial<Stages> => ({ index: (block) => block.writeUInt32LE(value(block.readUInt32LE(field.offset)) >>> 0, field.offset) });

/** What no builder writes: made by hand around the launcher. */
const MADE: readonly (Row & { readonly stages: Partial<Stages>; readonly change?: (bytes: Buffer, regions: Regions) => Buffer })[] = [
  { what: "intact", exit: 0, code: "", row: "-----", stages: {} },
  { what: "a slot over another", exit: 102, code: "slot-out-of-range", row: "FFFFF", stages: { table: (table) => table.writeBigUInt64LE(table.readBigUInt64LE(SLOT.offset.offset), 64 + SLOT.offset.offset) } },
  { what: "a key twice in the metadata", exit: 102, code: "metadata-malformed", row: "FFFFF", stages: { json: (json) => Buffer.from(Buffer.from(json).toString().replace('"sequence":0', '"sequence":0,"sequence":0')) } },
  { what: "another format version", exit: 102, code: "version-unsupported", row: "FFFFF", stages: put32(INDEX.formatVersion, () => 1) },
  { what: "4 billion slots", exit: 102, code: "region-out-of-range", row: "FFFFF", stages: put32(INDEX.slotCount, () => 0xffffffff) },
  { what: "metadata of 64 TiB", exit: 102, code: "region-out-of-range", row: "FFFFF", stages: { index: (block) => block.writeBigUInt64LE(2n ** 46n, INDEX.metadataSize.offset) } },
  { what: "an unknown operation", exit: 102, code: "operation-unknown", row: "FFFFF", stages: { table: (table) => table.writeBigUInt64LE(0x0en, 128 + SLOT.operations.offset) } },
  { what: "an operation that nobody implements", exit: 102, code: "operation-unsupported", row: "FFFFF", stages: { table: (table) => table.writeBigUInt64LE(0x1en, 128 + SLOT.operations.offset) } },
  { what: "a pinned workenv", exit: 102, code: "version-unsupported", row: "FFFFF", stages: { metadata: (document) => { document["workenv"] = { name: "pinned" }; } } },
  { what: "a path that climbs", exit: 103, code: "path-unsafe", row: "FFFFF", stages: hostile(tarFile("../../out", "x")) },
  { what: "an absolute path", exit: 103, code: "path-unsafe", row: "FFFFF", stages: hostile(tarFile("/tmp/conformance-out", "x")) },
  { what: "a target that climbs", exit: 103, code: "path-unsafe", row: "FFFFF", stages: file({ target: "a/../../out" }) },
  { what: "a link that leaves the tree", exit: 103, code: "link-unsafe", row: "FFFFF", stages: hostile(tarLink("l", "../..")) },
  { what: "links that leave the tree together", exit: 103, code: "link-unsafe", row: "FFFFF", stages: hostile(tarFolder("d/"), tarLink("d/up", ".."), tarLink("l", "d/up/up/../..")) },
  { what: "two entries of one name", exit: 103, code: "entry-conflict", row: "FFFFF", stages: hostile(tarFile("a", "1"), tarFile("a", "2")) },
  { what: "a file against a directory", exit: 103, code: "entry-conflict", row: "FFFFF", stages: hostile(tarFile("a", "1"), tarFile("a/b", "2")) },
  { what: "two slots with one file", exit: 103, code: "entry-conflict", row: "FFFFF", stages: file({ target: "bin/run" }) },
  { what: "a file below a link of another slot", exit: 103, code: "entry-conflict", row: "FFFFF", stages: { parts: [RUN, MORE, RAW, { id: "link", target: "l", operations: "tar.gz", plain: tar(tarLink("d", "..")) }, { ...RAW, id: "below", target: "l/d/a" }] } },
  { what: "a setuid file", exit: 103, code: "entry-refused", row: "FFFFF", stages: hostile(tarFile("a", "1", { mode: 0o4755 })) },
  { what: "a device", exit: 103, code: "entry-refused", row: "FFFFF", stages: hostile(tarHeader("a", { type: "3" })) },
  { what: "a hard link", exit: 103, code: "entry-refused", row: "FFFFF", stages: hostile(tarHeader("a", { type: "1", link: "/etc/passwd" })) },
  { what: "a bomb of gzip", exit: 103, code: "archive-malformed", row: "FFFFF", stages: file({ operations: "gzip", plain: Buffer.alloc(0), stored: fixture("zeros-128-mib.gz"), originalSize: 1000 }) },
  { what: "a bomb of bzip2", exit: 103, code: "archive-malformed", row: "FFFFF", stages: file({ operations: "bzip2", plain: Buffer.alloc(0), stored: fixture("zeros-128-mib.bz2"), originalSize: 1000 }) },
  { what: "a bomb of xz", exit: 103, code: "archive-malformed", row: "FFFFF", stages: file({ operations: "xz", plain: Buffer.alloc(0), stored: fixture("zeros-128-mib.xz"), originalSize: 1000 }) },
  { what: "a stream with something behind it", exit: 103, code: "archive-malformed", row: "FFFFF", stages: file({ operations: "gzip", plain: Buffer.from("x"), stored: Buffer.concat([encodeStoredGzip(Buffer.from("x")), Buffer.alloc(1)]) }) },
  { what: "a frame list that lies", exit: 103, code: "frame-invalid", row: "FFFFF", stages: { metadata: (document) => { const frame = at(document, "slots", 0, "frames", 0); frame["plain"] = Number(frame["plain"]) + 512; } } },
  { what: "an unknown field that is not zero", exit: 102, code: "index-field-invalid", row: "FFWW-", stages: { index: (block) => block.writeUInt8(1, INDEX.reserved.offset) } },
  { what: "a descriptor that differs from the metadata", exit: 102, code: "slot-mismatch", row: "FFWW-", stages: { table: (table) => table.writeUInt16LE(0o600, 128 + SLOT.permissions.offset) } },
  { what: "signed and not flagged so", exit: 102, code: "index-field-invalid", row: "FFWW-", stages: put32(INDEX.flags, (old) => old & ~2) },
  { what: "metadata checksum", exit: 107, code: "metadata-checksum-wrong", row: "FFWW-", stages: { index: (block) => flip(block, INDEX.metadataChecksum.offset) } },
  { what: "metadata signature", exit: 107, code: "metadata-signature-wrong", row: "FFWW-", stages: { index: (block) => flip(block, INDEX.metadataSignature.offset) } },
  { what: "no seal announced", exit: 107, code: "seal-not-announced", row: "F----", stages: { metadata: (document) => { Reflect.deleteProperty(at(document, "verification", "integrity_seal"), "scope"); } } },
  { what: "minimum level strict, wrong launcher digest", exit: 107, code: "launcher-digest-wrong", row: "FFFFF", stages: { metadata: (document) => { at(document, "verification")["minimum_level"] = "strict"; at(document, "launcher")["checksum"] = `sha256:${"0".repeat(64)}`; } } },
];

export interface LauncherBehaviour {
  readonly row: string;
  readonly check: (launcher: Launcher, folder: string) => Promise<Fault>;
}

export const MADE_BY_HAND: readonly LauncherBehaviour[] = MADE.map((row) => ({
  row: `levels: ${row.what}`,
  check: async (launcher, folder) => {
    const path = join(folder, "made.psp");
    const stages: Stages = { launcher: readFileSync(launcher.path), parts: [RUN, MORE, RAW], ...row.stages };
    writeFileSync(path, makePackage({ ...stages, metadata: (document) => { at(document, "execution")["argv"] = ["{workenv}/bin/run"]; row.stages.metadata?.(document); } }));
    chmodSync(path, 0o755);
    let caches = 0;
    return atEveryLevel(row, path, () => { caches += 1; return join(folder, `${row.what.replaceAll(" ", "-")}-${caches}`); }, folder);
  },
}));
