/**
 * Packages in the layouts of the earlier implementation's three builders, and what is still refused of them.
 *
 * Source: spec/pspf-2025.md, "What upstream wrote". Written from what their files look like: where the regions lie, which fields they fill and how they
 * write their JSON; the blobs and documents are our own.
 */
import { sign } from "node:crypto";
import { sha256, shortDigest, toHex } from "../../src/format/checksum.js";
import { INDEX, SIZE_INDEX_BLOCK, SIZE_SLOT_DESCRIPTOR, SIZE_TRAILER, SLOT } from "../../src/format/constants.gen.js";
import { privateKeyOf } from "../../src/format/ed25519.js";
import { encodeStoredGzip } from "../../src/format/gzip.js";
import { indexChecksum } from "../../src/format/index-block.js";
import { encodeTrailer } from "../../src/format/trailer.js";
import { FAKE_LAUNCHER, PUBLIC_KEY, type JsonObject } from "./package.js";
import { at, contentOf, fileEntry } from "./parts.js";
import { tar, tarFile } from "./tar.js";
import type { Contents, PackageVector, Verdict } from "./vector.js";

const CLAUSE = "pspf-2025.md#What upstream wrote";
const ACCEPTED: Verdict = { signed: true, sealed: false };

type Builder = "go" | "rust" | "python";

interface Dialect {
  /** Zero bytes between launcher and metadata: the Rust builder leaves room for an index that it never writes there. */
  readonly hole: number;
  /** Of slots. */
  readonly alignment: number;
  readonly priority: number;
  /** Fields of the index beyond the common ones. */
  readonly index: (block: Buffer) => void;
}

const DIALECTS: Readonly<Record<Builder, Dialect>> = {
  go: { hole: 0, alignment: 8, priority: 128, index: () => undefined },
  rust: {
    hole: SIZE_INDEX_BLOCK,
    alignment: 8,
    priority: 1,
    index: (block) => {
      block.writeUInt32LE(4096, INDEX.pageSize.offset);
      block.writeBigUInt64LE(0x81n, INDEX.capabilities.offset);
      block.writeUInt32LE(0x20250001, INDEX.compatibility.offset);
      block.writeUInt32LE(1, INDEX.protocolVersion.offset);
    },
  },
  python: {
    hole: 0,
    alignment: 4096,
    priority: 1,
    index: (block) => {
      DIALECTS.rust.index(block);
      block.writeBigUInt64LE(0x83n, INDEX.capabilities.offset);
      block.writeUInt8(2, INDEX.accessMode.offset);
      block.writeUInt8(1, INDEX.cacheStrategy.offset);
      block.writeBigUInt64LE(134_217_728n, INDEX.maxMemory.offset);
      block.writeBigUInt64LE(8_388_608n, INDEX.minMemory.offset);
      block.writeUInt32LE(65_536, INDEX.streamChunkSize.offset);
    },
  },
};

interface OldSlot {
  readonly id: string;
  readonly target: string;
  /** As the manifest said it, in the metadata; the descriptor has the chain. */
  readonly operations: string;
  readonly packed: bigint;
  readonly stored: Uint8Array;
  readonly permissions: string | null;
}

interface Old {
  readonly builder: Builder;
  readonly slots?: readonly OldSlot[];
  readonly alignment?: number;
  readonly unsigned?: boolean;
  readonly noTable?: boolean;
  readonly metadata?: (document: JsonObject) => void;
  readonly json?: (text: string) => string;
  readonly framing?: (json: Uint8Array) => Uint8Array;
  readonly table?: (table: Buffer) => void;
  readonly block?: (block: Buffer) => void;
  readonly file?: (bytes: Buffer) => Buffer;
}

const TREE = tar(tarFile("bin/run", "#!/bin/sh\necho ran\n", { mode: 0o755 }), tarFile("data.txt", "data"));
const TREE_ENTRIES = [fileEntry("bin/run", "#!/bin/sh\necho ran\n", "0755"), fileEntry("data.txt", "data")];

function oldSlots(): OldSlot[] {
  return [
    { id: "app", target: "{workenv}", operations: "tgz", packed: 0x1001n, stored: encodeStoredGzip(TREE), permissions: null },
    { id: "one", target: "etc/one.txt", operations: "raw", packed: 0n, stored: Buffer.from("one"), permissions: "0600" },
  ];
}

/** The document of a builder, in its order of keys. */
function document({ builder, unsigned = false }: Old, slots: readonly OldSlot[], launcherSize: number): JsonObject {
  const entries = slots.map((slot, position) => ({
    slot: position,
    id: slot.id,
    source: builder === "python" ? `{workenv}/${slot.id}` : `/build/${slot.id}`,
    target: slot.target,
    size: slot.stored.length,
    checksum: `sha256:${toHex(sha256(slot.stored))}`,
    operations: slot.operations,
    purpose: "payload",
    lifecycle: "startup",
    ...(builder === "python" ? { permissions: null } : { resolution: "build", permissions: slot.permissions ?? "0600" }),
  }));
  const environment = builder === "go" ? { environment: null } : { env: {} };
  const seal = { integrity_seal: { required: true, algorithm: builder === "go" ? "ecdsa-p256" : "ed25519" }, signed: builder !== "go", require_verification: builder !== "go" };
  const digest = `sha256:${toHex(sha256(FAKE_LAUNCHER))}`;
  return {
    format: "PSPF/2025",
    format_version: builder === "go" ? "" : "1.0.0",
    package: { name: "old", version: "0.3.0", ...(builder === "go" ? { description: "" } : {}) },
    ...(builder === "rust" ? { setup_commands: [] } : {}),
    slots: entries,
    execution: { primary_slot: 0, command: "{workenv}/bin/run --flag", ...environment },
    verification: unsigned ? {} : seal,
    build: { tool: `flavor-${builder}`, tool_version: "1.0.0", timestamp: "2025-01-01T00:00:00Z", deterministic: true, platform: { os: "linux", arch: "amd64", host: "linux/amd64 builder" } },
    ...(builder === "go" ? {} : { launcher: { tool: "launcher", tool_version: "1.0.0", size: launcherSize, checksum: builder === "python" ? `sha256:${digest}` : digest, capabilities: ["mmap", "signed"] }, compatibility: { min_format_version: "1.0.0", features: [] } }),
  };
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

function descriptor(slot: OldSlot, position: number, offset: number, priority: number): Buffer {
  const bytes = Buffer.alloc(SIZE_SLOT_DESCRIPTOR);
  bytes.writeBigUInt64LE(BigInt(position), SLOT.id.offset);
  bytes.writeBigUInt64LE(shortDigest(sha256(Buffer.from(slot.target))), SLOT.nameHash.offset);
  bytes.writeBigUInt64LE(BigInt(offset), SLOT.offset.offset);
  bytes.writeBigUInt64LE(BigInt(slot.stored.length), SLOT.size.offset);
  bytes.writeBigUInt64LE(BigInt(slot.stored.length), SLOT.originalSize.offset);
  bytes.writeBigUInt64LE(slot.packed, SLOT.operations.offset);
  bytes.writeBigUInt64LE(shortDigest(sha256(slot.stored)), SLOT.checksum.offset);
  bytes.writeUInt8(1, SLOT.lifecycle.offset);
  bytes.writeUInt8(priority, SLOT.priority.offset);
  bytes.writeUInt16LE(Number.parseInt(slot.permissions ?? "0644", 8), SLOT.permissions.offset);
  return bytes;
}

function makeOld(old: Old): Buffer {
  const dialect = DIALECTS[old.builder];
  const slots = old.slots ?? oldSlots();
  const description = document(old, slots, FAKE_LAUNCHER.length);
  old.metadata?.(description);
  const json = Buffer.from((old.json ?? ((text: string) => text))(JSON.stringify(description, null, 2)));
  const metadata = (old.framing ?? deflated)(json);
  const metadataOffset = FAKE_LAUNCHER.length + dialect.hole;
  const tableOffset = alignUp(metadataOffset + metadata.length, 8);
  const tableSize = slots.length * SIZE_SLOT_DESCRIPTOR;
  let end = tableOffset + tableSize;
  const placed = slots.map((slot) => {
    const offset = alignUp(end, old.alignment ?? dialect.alignment);
    end = offset + slot.stored.length;
    return { slot, offset };
  });
  const table = Buffer.concat(placed.map(({ slot, offset }, position) => descriptor(slot, position, offset, dialect.priority)));
  old.table?.(table);
  const block = Buffer.alloc(SIZE_INDEX_BLOCK);
  block.writeUInt32LE(0x20250001, INDEX.formatVersion.offset);
  block.writeBigUInt64LE(BigInt(end + SIZE_TRAILER), INDEX.packageSize.offset);
  block.writeBigUInt64LE(BigInt(FAKE_LAUNCHER.length), INDEX.launcherSize.offset);
  block.writeBigUInt64LE(BigInt(metadataOffset), INDEX.metadataOffset.offset);
  block.writeBigUInt64LE(BigInt(metadata.length), INDEX.metadataSize.offset);
  if (old.noTable !== true) block.writeBigUInt64LE(BigInt(tableOffset), INDEX.slotTableOffset.offset);
  block.writeBigUInt64LE(BigInt(tableSize), INDEX.slotTableSize.offset);
  block.writeUInt32LE(slots.length, INDEX.slotCount.offset);
  block.set(sha256(metadata), INDEX.metadataChecksum.offset);
  if (old.unsigned !== true) {
    block.set(PUBLIC_KEY, INDEX.publicKey.offset);
    block.set(sign(null, json, privateKeyOf(sha256(Buffer.from("test")))), INDEX.metadataSignature.offset);
  }
  dialect.index(block);
  old.block?.(block);
  block.writeUInt32LE(indexChecksum(block), INDEX.indexChecksum.offset);
  const file = Buffer.alloc(end);
  file.set(FAKE_LAUNCHER, 0);
  file.set(metadata, metadataOffset);
  file.set(table, tableOffset);
  for (const { slot, offset } of placed) file.set(slot.stored, offset);
  const bytes = Buffer.concat([file, encodeTrailer(block)]);
  return old.file?.(bytes) ?? bytes;
}

/** One member of deflate, as any library writes it: here one block of stored bytes under a header of its own. */
function deflated(json: Uint8Array): Uint8Array {
  const bytes = encodeStoredGzip(json);
  bytes[9] = 3;
  return bytes;
}

function upstream(name: string, description: string, old: Old, verify: Verdict = ACCEPTED, content?: Contents): PackageVector {
  return { name: `upstream_${name}`, description, clause: CLAUSE, bytes: makeOld(old), verify, ...(content === undefined ? {} : { content }) };
}

function layouts(): PackageVector[] {
  const content: Contents = { 0: contentOf(TREE, TREE_ENTRIES), 1: contentOf(Buffer.from("one")) };
  return [
    upstream("go", "the Go builder: no hole, null environment, priority 128, wrong name of the algorithm", { builder: "go" }, ACCEPTED, content),
    upstream("rust", "the Rust builder: a hole of 8192 zero bytes after the launcher", { builder: "rust" }, ACCEPTED, content),
    upstream("python", "the Python builder: slots at multiples of 4096, doubled prefix of the launcher's digest, null permissions", { builder: "python" }, ACCEPTED, content),
    upstream("python_unaligned", "the Python builder without alignment", { builder: "python", alignment: 1 }, ACCEPTED, content),
    upstream("python_macos", "the Python builder on macOS: slots at multiples of 16384", { builder: "python", alignment: 16_384 }, ACCEPTED, content),
    upstream("go_no_slots", "no slots: the table is recorded with size 0", { builder: "go", slots: [] }),
    upstream("python_no_table", "no slots: the Python builder leaves out the table", { builder: "python", slots: [], noTable: true }),
    upstream("go_unsigned", "no signature: read, and never an identity", { builder: "go", unsigned: true }, { signed: false, sealed: false }),
    upstream("self_slot", "a slot that means the package itself: no bytes, no digest", { builder: "go", slots: [{ ...selfSlot() }], metadata: (document) => { const slot = at(document, "slots", 0); slot["self_ref"] = true; slot["checksum"] = ""; } }),
    upstream("env_missing", "neither env nor environment", { builder: "rust", metadata: (document) => { Reflect.deleteProperty(at(document, "execution"), "env"); } }),
    upstream("doubled_digests", "doubled sha256: prefixes of slots", { builder: "python", metadata: (document) => { for (const position of [0, 1]) { const slot = at(document, "slots", position); slot["checksum"] = `sha256:${JSON.stringify(slot["checksum"]).replaceAll('"', "")}`; } } }, ACCEPTED, content),
    upstream("operations_with_holes", "zero bytes inside of a chain count for nothing", { builder: "go", table: (table) => table.writeBigUInt64LE(0x100001n, SLOT.operations.offset) }, ACCEPTED, { 0: contentOf(TREE, TREE_ENTRIES) }),
    upstream("unknown_members", "members of any name", { builder: "rust", metadata: (document) => { document["extra"] = { a: 1.5, b: null }; } }),
    upstream("escapes", "escapes that our form does not have", { builder: "go", json: (text) => text.replace('"old"', '"\\u003cold\\u003e"') }),
  ];
}

function selfSlot(): OldSlot {
  return { id: "self", target: "self", operations: "raw", packed: 0n, stored: new Uint8Array(), permissions: "0600" };
}

function damaged(): PackageVector[] {
  const flip = (offset: (bytes: Buffer) => number) => (bytes: Buffer) => {
    const at = offset(bytes);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };
  const put64 = (field: { readonly offset: number }, value: (old: bigint) => bigint) => (block: Buffer) => block.writeBigUInt64LE(value(block.readBigUInt64LE(field.offset)), field.offset);
  const trailer = (bytes: Buffer) => bytes.length - SIZE_TRAILER;
  return [
    upstream("checksum_wrong", "a bit of the index", { builder: "go", file: flip((bytes) => trailer(bytes) + 4 + 5000) }, { error: "index-checksum-wrong" }),
    upstream("metadata_changed", "a bit of the metadata", { builder: "go", file: flip(() => FAKE_LAUNCHER.length + 100) }, { error: "metadata-checksum-wrong" }),
    upstream("slot_changed", "a bit of a slot", { builder: "rust", file: flip((bytes) => trailer(bytes) - 1) }, { error: "slot-digest-wrong" }),
    upstream("signature_wrong", "a bit of the signature", { builder: "python", block: (block) => { const at = INDEX.metadataSignature.offset; block[at] = (block[at] ?? 0) ^ 1; } }, { error: "metadata-signature-wrong" }),
    upstream("key_other", "another key than the one that signed", { builder: "rust", block: (block) => block.fill(3, INDEX.publicKey.offset, INDEX.publicKey.offset + 32) }, { error: "metadata-signature-wrong" }),
    upstream("version_other", "another format version", { builder: "go", block: (block) => block.writeUInt32LE(0x20240001, INDEX.formatVersion.offset) }, { error: "version-unsupported" }),
    upstream("package_size_other", "a size that is not the file's", { builder: "go", block: put64(INDEX.packageSize, (old) => old + 1n) }, { error: "package-size-wrong" }),
    upstream("metadata_beyond_file", "metadata outside of the file", { builder: "go", block: put64(INDEX.metadataSize, () => 2n ** 46n) }, { error: "region-out-of-range" }),
    upstream("metadata_elsewhere", "metadata where no builder put it", { builder: "go", block: put64(INDEX.metadataOffset, (old) => old + 8n) }, { error: "region-out-of-range" }),
    upstream("slot_beyond_file", "a slot outside of the file", { builder: "go", table: (table) => table.writeBigUInt64LE(2n ** 50n, SIZE_SLOT_DESCRIPTOR + SLOT.size.offset) }, { error: "slot-out-of-range" }),
    upstream("slot_in_launcher", "a slot in front of the slot region", { builder: "rust", table: (table) => table.writeBigUInt64LE(0n, SIZE_SLOT_DESCRIPTOR + SLOT.offset.offset) }, { error: "slot-out-of-range" }),
    upstream("operation_unknown", "a code that is not in the registry", { builder: "go", table: (table) => table.writeBigUInt64LE(0x0en, SLOT.operations.offset) }, { error: "operation-unknown" }),
    upstream("slot_count_other", "a slot more in the table than in the metadata", { builder: "go", metadata: (document) => { (document["slots"] as unknown[]).pop(); } }, { error: "slot-mismatch" }),
    upstream("duplicate_key", "a key twice in one object", { builder: "go", json: (text) => text.replace('"format"', '"package": {"name": "a", "version": "1"}, "format"') }, { error: "metadata-malformed" }),
    upstream("not_json", "no JSON", { builder: "go", json: (text) => text.slice(0, -2) }, { error: "metadata-malformed" }),
    upstream("name_missing", "no name", { builder: "rust", metadata: (document) => { Reflect.deleteProperty(at(document, "package"), "name"); } }, { error: "metadata-malformed" }),
    upstream("command_missing", "nothing to start", { builder: "rust", metadata: (document) => { Reflect.deleteProperty(at(document, "execution"), "command"); } }, { error: "metadata-malformed" }),
    upstream("format_number", "a format that is no text", { builder: "rust", metadata: (document) => { document["format"] = 1; } }, { error: "metadata-malformed" }),
    upstream("not_gzip", "metadata without framing", { builder: "rust", framing: (json) => json }, { error: "metadata-malformed" }),
    upstream("seal_announced", "the seal announced in a document that is not canonical, in a file without copy A", { builder: "go", metadata: (document) => { at(document, "verification", "integrity_seal")["scope"] = "package"; } }, { error: "metadata-malformed" }),
  ];
}

export function upstreamVectors(): PackageVector[] {
  return [...layouts(), ...damaged()];
}
