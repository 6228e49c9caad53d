/** Each row of the table in spec/trust.md at each of the five levels, through the real launcher, from a fresh cache. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { INDEX, SLOT } from "../../src/format/constants.gen.js";
import { LAUNCHERS } from "../launchers.js";
import { demoParts, makePackage, regionsOf, tar, tarFile, tarHeader, type Stages } from "./damage.js";

const LEVELS = ["strict", "standard", "relaxed", "minimal", "none"] as const;

/** F: refused with the exit code; W: one line on stderr, and the program runs; -: not a word. */
interface Row {
  readonly what: string;
  readonly exit: number;
  readonly code: string;
  readonly row: string;
  readonly stages?: Partial<Stages>;
  readonly file?: (bytes: Buffer) => Buffer;
}

function hostile(...entries: Uint8Array[]): Partial<Stages> {
  return { parts: [...demoParts(), { id: "hostile", target: "hostile", operations: "tar.zst", plain: tar(...entries), frameBytes: 8192 }] };
}

function flipped(where: (bytes: Buffer) => number): (bytes: Buffer) => Buffer {
  return (bytes) => {
    const at = where(bytes);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };
}

/** The slot `raw` lies last, and the program does not read it. */
const lastSlotByte = (bytes: Buffer) => bytes.lastIndexOf("12345");

const ROWS: readonly Row[] = [
  { what: "a slot that overlaps another", exit: 102, code: "slot-out-of-range", row: "FFFFF", stages: { table: (table) => table.writeBigUInt64LE(table.readBigUInt64LE(SLOT.offset.offset), 64 + SLOT.offset.offset) } },
  { what: "metadata with a key twice", exit: 102, code: "metadata-malformed", row: "FFFFF", stages: { json: (json) => Buffer.from(Buffer.from(json).toString().replace('"sequence":0', '"sequence":0,"sequence":0')) } },
  { what: "a deflated document", exit: 102, code: "metadata-malformed", row: "FFFFF", stages: { framing: (json) => gzipSync(json) } },
  { what: "another format version", exit: 102, code: "version-unsupported", row: "FFFFF", stages: { index: (block) => block.writeUInt32LE(1, INDEX.formatVersion.offset) } },
  { what: "4 billion slots", exit: 102, code: "region-out-of-range", row: "FFFFF", stages: { index: (block) => block.fill(0xff, INDEX.slotCount.offset, INDEX.slotCount.offset + 4) } },
  { what: "a path that climbs", exit: 103, code: "path-unsafe", row: "FFFFF", stages: hostile(tarFile("../../out", "x")) },
  { what: "an absolute path", exit: 103, code: "path-unsafe", row: "FFFFF", stages: hostile(tarFile("/tmp/flavor-levels-out", "x")) },
  { what: "a target that climbs", exit: 103, code: "path-unsafe", row: "FFFFF", stages: { parts: [...demoParts(), { id: "out", target: "a/../../out", operations: "raw", plain: Buffer.from("x"), permissions: 0o644 }] } },
  { what: "a link that leaves the tree", exit: 103, code: "link-unsafe", row: "FFFFF", stages: hostile(tarHeader("l", { type: "2", link: "../.." })) },
  {
    what: "links that leave the tree together",
    exit: 103,
    code: "link-unsafe",
    row: "FFFFF",
    stages: hostile(tarHeader("d/", { type: "5", mode: 0o755 }), tarHeader("d/up", { type: "2", link: ".." }), tarHeader("l", { type: "2", link: "d/up/up/../.." })),
  },
  { what: "two entries of one name", exit: 103, code: "entry-conflict", row: "FFFFF", stages: hostile(tarFile("a", "1"), tarFile("a", "2")) },
  { what: "a file against a directory", exit: 103, code: "entry-conflict", row: "FFFFF", stages: hostile(tarFile("a", "1"), tarFile("a/b", "2")) },
  { what: "a setuid file", exit: 103, code: "entry-refused", row: "FFFFF", stages: hostile(tarFile("a", "1", 0o4755)) },
  { what: "a device", exit: 103, code: "entry-refused", row: "FFFFF", stages: hostile(tarHeader("a", { type: "3" })) },
  { what: "a hard link", exit: 103, code: "entry-refused", row: "FFFFF", stages: hostile(tarHeader("a", { type: "1", link: "/etc/passwd" })) },
  { what: "a bomb", exit: 103, code: "archive-malformed", row: "FFFFF", stages: { parts: [...demoParts(), { id: "bomb", target: "bomb", operations: "gzip", plain: Buffer.alloc(0), stored: gzipSync(Buffer.alloc(64 << 20)), originalSize: 1000, permissions: 0o644 }] } },
  { what: "a frame list that lies", exit: 103, code: "frame-invalid", row: "FFFFF", stages: { metadata: (document) => ((document["slots"] as { frames: { plain: number }[] }[])[0]?.frames[0] ?? { plain: 0 }).plain += 512 } },
  { what: "index checksum", exit: 102, code: "index-checksum-wrong", row: "FFWW-", file: (bytes) => flipped((all) => regionsOf(all).block + INDEX.indexChecksum.offset)(flipped((all) => regionsOf(all).copy + INDEX.indexChecksum.offset)(bytes)) },
  { what: "copy A", exit: 102, code: "index-copy-differs", row: "FFWW-", file: flipped((bytes) => regionsOf(bytes).copy + 5000) },
  { what: "padding", exit: 102, code: "padding-not-zero", row: "FFWW-", file: flipped((bytes) => regionsOf(bytes).slots[1] - 1) },
  { what: "an unknown field that is not zero", exit: 102, code: "index-field-invalid", row: "FFWW-", stages: { index: (block) => block.writeUInt8(1, INDEX.reserved.offset) } },
  { what: "a descriptor that differs from the metadata", exit: 102, code: "slot-mismatch", row: "FFWW-", stages: { table: (table) => table.writeUInt16LE(0o600, 128 + SLOT.permissions.offset) } },
  { what: "a package that is signed and not flagged so", exit: 102, code: "index-field-invalid", row: "FFWW-", stages: { index: (block) => block.writeUInt32LE(block.readUInt32LE(INDEX.flags.offset) & ~2, INDEX.flags.offset) } },
  { what: "metadata checksum", exit: 107, code: "metadata-checksum-wrong", row: "FFWW-", stages: { index: (block) => block.writeUInt8(block.readUInt8(INDEX.metadataChecksum.offset) ^ 1, INDEX.metadataChecksum.offset) } },
  { what: "metadata signature", exit: 107, code: "metadata-signature-wrong", row: "FFWW-", stages: { index: (block) => block.writeUInt8(block.readUInt8(INDEX.metadataSignature.offset) ^ 1, INDEX.metadataSignature.offset) } },
  { what: "seal", exit: 107, code: "seal-wrong", row: "FFWW-", stages: { sealed: (block) => block.writeUInt8(block.readUInt8(INDEX.seal.offset) ^ 1, INDEX.seal.offset) } },
  { what: "an announced seal that is missing", exit: 107, code: "seal-missing", row: "FFWW-", stages: { sealed: (block) => block.fill(0, INDEX.seal.offset, INDEX.seal.offset + 64) } },
  { what: "slot digest", exit: 103, code: "slot-digest-wrong", row: "FFFW-", file: flipped(lastSlotByte) },
  { what: "unsigned", exit: 107, code: "unsigned", row: "FW---", stages: { unsigned: true } },
  { what: "no seal announced", exit: 107, code: "seal-not-announced", row: "F----", stages: { metadata: (document) => Reflect.deleteProperty((document["verification"] as { integrity_seal: object }).integrity_seal, "scope") } },
  { what: "launcher digest", exit: 107, code: "launcher-digest-wrong", row: "F----", file: flipped(() => 12) },
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "levels-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function start(file: string, environment: Record<string, string>): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(file, [], { env: environment, encoding: "utf8" });
}

function check(row: Row, letter: string | undefined, { status, stdout, stderr }: ReturnType<typeof start>): void {
  if (letter === "F") {
    expect({ status, stdout, stderr }).toEqual({ status: row.exit, stdout: "", stderr: expect.stringMatching(new RegExp(`^flavor: error: .* \\[${row.code}\\]\n(hint: .*\n)?$`)) as string });
  } else {
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "ran\n", stderr: letter === "W" ? (expect.stringMatching(new RegExp(`^flavor: warning: .* \\[${row.code}\\]\n$`)) as string) : "" });
  }
}

describe.each(LAUNCHERS)("validation levels of the $language launcher", ({ file: launcherFile }) => {
  const launcher = readFileSync(launcherFile);

  it.each(ROWS)("$what: $row", (row) => {
    const bytes = makePackage({ launcher, parts: demoParts(), ...row.stages });
    const file = join(folder, "package.psp");
    writeFileSync(file, row.file?.(bytes) ?? bytes, { mode: 0o755 });
    for (const [position, level] of LEVELS.entries()) {
      const cache = mkdtempSync(join(folder, "cache-"));
      check(row, row.row[position], start(file, { FLAVOR_CACHE: cache, FLAVOR_VALIDATION: level }));
      const published = readdirSync(join(cache), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith("/.pspf-package-id") && !name.includes("/tmp/"));
      if (row.row[position] === "F") expect(published).toEqual([]);
    }
    rmSync(file);
  });

  it.each(LEVELS)("refuses a cache that others can write to, or that is a link: %s", (level) => {
    const cache = mkdtempSync(join(folder, "cache-"));
    const file = join(folder, `trusted-${level}.psp`);
    writeFileSync(file, makePackage({ launcher, parts: demoParts() }), { mode: 0o755 });
    const untrusted: Row = { what: "cache", exit: 106, code: "cache-untrusted", row: "FFFFF" };
    symlinkSync(cache, `${cache}-link`);
    check(untrusted, "F", start(file, { FLAVOR_CACHE: `${cache}-link`, FLAVOR_VALIDATION: level }));
    mkdirSync(join(cache, "workenv"));
    chmodSync(join(cache, "workenv"), 0o777);
    check(untrusted, "F", start(file, { FLAVOR_CACHE: cache, FLAVOR_VALIDATION: level }));
  });

  it.each(LEVELS)("extracts again when the stamp is torn or the program is gone: %s", (level) => {
    const cache = mkdtempSync(join(folder, "cache-"));
    const file = join(folder, `repair-${level}.psp`);
    writeFileSync(file, makePackage({ launcher, parts: demoParts(), argv: ["{workenv}/bin/run"] }), { mode: 0o755 });
    const run = () => start(file, { FLAVOR_CACHE: cache, FLAVOR_VALIDATION: level, PATH: "/usr/bin:/bin" });
    const ran = { status: 0, stdout: "ran\n", stderr: "" };
    expect(run()).toMatchObject(ran);
    const tree = join(cache, "workenv", readdirSync(join(cache, "workenv")).find((name) => !name.startsWith(".")) ?? "");
    writeFileSync(join(tree, ".pspf-package-id"), "0123");
    rmSync(join(tree, "data"));
    expect(run()).toMatchObject(ran);
    expect(readdirSync(tree)).toContain("data");
    rmSync(join(tree, "bin"), { recursive: true });
    expect(run()).toMatchObject(ran);
    expect(readdirSync(join(tree, "bin"))).toEqual(["run"]);
  });

  it("does not print the value of a variable that it does not understand", () => {
    const file = join(folder, "value.psp");
    writeFileSync(file, makePackage({ launcher, parts: demoParts() }), { mode: 0o755 });
    const { status, stderr } = start(file, { FLAVOR_VALIDATION: "canary", FLAVOR_LOG_LEVEL: "trace" });
    expect([status, stderr.includes("canary")]).toEqual([109, false]);
  });
});
