/** Vectors of spec/pspf-2025.md, "Regions" and "Index block": where things lie, and every field that must hold a certain value. */
import { INDEX, INDEX_ZERO_FIELDS, SIZE_INDEX_BLOCK, SIZE_TRAILER } from "../../src/format/constants.gen.js";
import { FAKE_LAUNCHER, makePackage, type Regions, type Stages } from "./package.js";
import { at, contentOf, FRAMED, FRAMED_ENTRIES, parts, RAW, STREAMED } from "./parts.js";
import { INTACT, type PackageVector, type Verdict } from "./vector.js";

type Field = { readonly offset: number; readonly size: number };

const REGIONS = "pspf-2025.md#Regions";
const BLOCK = "pspf-2025.md#Index block";

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function flip(bytes: Buffer, offset: number, bit = 1): Buffer {
  bytes[offset] = (bytes[offset] ?? 0) ^ bit;
  return bytes;
}

function vector(name: string, description: string, clause: string, stages: Omit<Stages, "parts"> & { parts?: Stages["parts"] }, verify: Verdict): PackageVector {
  return { name, description, clause, bytes: makePackage({ parts: parts(), ...stages }), verify };
}

/** The same value put into a u64 of the index, sealed as if it were right. */
function put64(field: Field, value: (old: bigint) => bigint): Pick<Stages, "index"> {
  return { index: (block) => block.writeBigUInt64LE(value(block.readBigUInt64LE(field.offset)), field.offset) };
}

function put32(field: Field, value: (old: number) => number): Pick<Stages, "index"> {
  return { index: (block) => block.writeUInt32LE(value(block.readUInt32LE(field.offset)) >>> 0, field.offset) };
}

function intact(): PackageVector[] {
  const launcher = (size: number) => Buffer.concat([FAKE_LAUNCHER, Buffer.alloc(4096, "launcher ")]).subarray(0, size);
  return [
    {
      name: "intact",
      description: "an archive in frames, an archive as a stream, a file",
      clause: REGIONS,
      bytes: makePackage({ parts: parts() }),
      verify: INTACT,
      content: { 0: contentOf(FRAMED.plain, FRAMED_ENTRIES), 1: contentOf(STREAMED.plain, [["a.txt", "file", "0644", 4, "", "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1"]]), 2: contentOf(RAW.plain) },
    },
    vector("no_slots", "a package without slots: the table is empty and lies where it would", REGIONS, { parts: [] }, INTACT),
    vector("empty_slot", "a slot of size 0 has an offset like any other", REGIONS, { parts: [RAW, { ...RAW, id: "empty", target: "empty", plain: Buffer.alloc(0) }, { ...RAW, id: "last", target: "last" }] }, INTACT),
    ...[0, 1, 7, 8, 4097].map((size) => vector(`launcher_of_${size}_bytes`, `copy A has no alignment: it follows ${size} bytes of launcher`, REGIONS, { launcher: launcher(size) }, INTACT)),
    vector("slots_of_every_length_modulo_8", "padding of 0 to 7 bytes between slots", REGIONS, { parts: Array.from({ length: 9 }, (_, size) => ({ ...RAW, id: `s${size}`, target: `s${size}`, plain: Buffer.alloc(size, "x") })) }, INTACT),
    vector("build_timestamp", "a build timestamp is covered by the seal, any value is allowed", BLOCK, put64(INDEX.buildTimestamp, () => 1_700_000_000n), INTACT),
  ];
}

function ends(): PackageVector[] {
  const NOT: Verdict = { error: "not-a-package" };
  const file = (name: string, description: string, change: (bytes: Buffer, regions: Regions) => Buffer, verify: Verdict) => vector(name, description, REGIONS, { file: change }, verify);
  return [
    file("empty_file", "no bytes at all", () => Buffer.alloc(0), NOT),
    file("shorter_than_a_trailer", "8199 bytes", (bytes) => bytes.subarray(bytes.length - SIZE_TRAILER + 1), NOT),
    file("trailer_alone", "a trailer whose package is not there", (bytes) => bytes.subarray(bytes.length - SIZE_TRAILER), { error: "package-size-wrong" }),
    file("cut_by_one_byte", "the last byte is missing", (bytes) => bytes.subarray(0, -1), NOT),
    file("cut_in_front", "the first 16 bytes are missing", (bytes) => bytes.subarray(16), { error: "package-size-wrong" }),
    file("one_byte_follows", "nothing follows the trailer", (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]), NOT),
    file("trailer_size_follows", "as many zeros as a trailer has", (bytes) => Buffer.concat([bytes, Buffer.alloc(SIZE_TRAILER)]), NOT),
    file("second_trailer", "the trailer twice: the second one does not know of the first", (bytes, { trailer }) => Buffer.concat([bytes, bytes.subarray(trailer)]), { error: "package-size-wrong" }),
    file("box_wrong", "a bit of the box in front of copy B", (bytes, { trailer }) => flip(bytes, trailer), NOT),
    file("wand_wrong", "a bit of the wand", (bytes) => flip(bytes, bytes.length - 1), NOT),
    file("copy_a_differs", "a bit of copy A", (bytes, { copyA }) => flip(bytes, copyA[0] + 100), { error: "index-copy-differs" }),
    file("copy_a_zero", "copy A is not there", (bytes, { copyA }) => bytes.fill(0, ...copyA), { error: "index-copy-differs" }),
    file("copy_b_differs", "a bit of copy B, its checksum not made right", (bytes, { trailer }) => flip(bytes, trailer + 4 + 4000), { error: "index-checksum-wrong" }),
    file("launcher_changed", "a bit of the launcher", (bytes) => flip(bytes, 12), { error: "launcher-digest-wrong" }),
    file("metadata_changed", "a bit of the metadata", (bytes, { metadata }) => flip(bytes, metadata[0] + 200), { error: "metadata-checksum-wrong" }),
    file("table_changed", "a bit of the slot table", (bytes, { table }) => flip(bytes, table[0] + 58), { error: "seal-wrong" }),
    file("slot_changed", "a bit of a slot", (bytes, { slots }) => flip(bytes, slots[2]?.[0] ?? 0), { error: "slot-digest-wrong" }),
    file("padding_after_metadata", "a bit between metadata and slot table", (bytes, { table }) => flip(bytes, table[0] - 1), { error: "padding-not-zero" }),
    file("padding_between_slots", "a bit between two slots", (bytes, { slots }) => flip(bytes, (slots[2]?.[0] ?? 0) - 1), { error: "padding-not-zero" }),
    file("padding_before_trailer", "a bit between the last slot and the trailer", (bytes, { trailer }) => flip(bytes, trailer - 1), { error: "padding-not-zero" }),
    file("slots_moved", "all after the table lies 16 bytes further on", (bytes, { table }) => Buffer.concat([bytes.subarray(0, table[1]), Buffer.alloc(16), bytes.subarray(table[1])]), { error: "package-size-wrong" }),
  ];
}

function ranges(): PackageVector[] {
  const OUT: Verdict = { error: "region-out-of-range" };
  const wrong = (name: string, description: string, stages: Pick<Stages, "index">, verify: Verdict = OUT) => vector(name, description, REGIONS, stages, verify);
  return [
    wrong("package_size_zero", "the index says that the file is empty", put64(INDEX.packageSize, () => 0n), { error: "package-size-wrong" }),
    wrong("package_size_more", "the index says 16 bytes more", put64(INDEX.packageSize, (old) => old + 16n), { error: "package-size-wrong" }),
    wrong("package_size_less", "the index says 16 bytes fewer", put64(INDEX.packageSize, (old) => old - 16n), { error: "package-size-wrong" }),
    wrong("package_size_above_2_53", "a size that is no safe integer", put64(INDEX.packageSize, () => 2n ** 53n)),
    wrong("launcher_size_more", "the launcher reaches into copy A", put64(INDEX.launcherSize, (old) => old + 8n)),
    wrong("launcher_size_less", "bytes between launcher and copy A", put64(INDEX.launcherSize, (old) => old - 8n)),
    wrong("launcher_size_beyond_file", "a launcher larger than the file", put64(INDEX.launcherSize, () => 2n ** 40n)),
    wrong("launcher_size_above_2_53", "a size that is no safe integer", put64(INDEX.launcherSize, () => 2n ** 64n - 1n)),
    wrong("metadata_offset_more", "metadata 8 bytes further on", put64(INDEX.metadataOffset, (old) => old + 8n)),
    wrong("metadata_offset_zero", "metadata in the launcher", put64(INDEX.metadataOffset, () => 0n)),
    wrong("metadata_offset_above_2_53", "an offset that is no safe integer", put64(INDEX.metadataOffset, () => 2n ** 63n)),
    wrong("metadata_size_beyond_trailer", "metadata that ends in the trailer", put64(INDEX.metadataSize, (old) => old + 8000n)),
    wrong("metadata_size_2_46", "metadata of 64 TiB: refused before memory is taken", put64(INDEX.metadataSize, () => 2n ** 46n)),
    wrong("metadata_size_above_2_53", "a size that is no safe integer", put64(INDEX.metadataSize, () => 2n ** 60n)),
    wrong("slot_table_offset_more", "the slot table 8 bytes further on", put64(INDEX.slotTableOffset, (old) => old + 8n)),
    wrong("slot_table_offset_less", "the slot table 8 bytes earlier, over the metadata", put64(INDEX.slotTableOffset, (old) => old - 8n)),
    wrong("slot_table_offset_beyond_file", "the slot table outside of the file", put64(INDEX.slotTableOffset, () => 2n ** 40n)),
    wrong("slot_table_size_more", "the table has room for one slot more", put64(INDEX.slotTableSize, (old) => old + 64n)),
    wrong("slot_table_size_odd", "the table is no multiple of 64", put64(INDEX.slotTableSize, (old) => old + 1n)),
    wrong("slot_table_size_2_60", "a table of an exabyte", put64(INDEX.slotTableSize, () => 2n ** 60n)),
    wrong("slot_count_more", "one slot more than the table has", put32(INDEX.slotCount, (old) => old + 1)),
    wrong("slot_count_zero", "no slots in a table of three", put32(INDEX.slotCount, () => 0)),
    wrong("slot_count_1025", "one slot more than a package may have", { index: (block) => { block.writeUInt32LE(1025, INDEX.slotCount.offset); block.writeBigUInt64LE(1025n * 64n, INDEX.slotTableSize.offset); } }),
    wrong("slot_count_100000", "100,000 slots: refused before memory is taken", { index: (block) => { block.writeUInt32LE(100_000, INDEX.slotCount.offset); block.writeBigUInt64LE(6_400_000n, INDEX.slotTableSize.offset); } }),
    wrong("slot_count_2_32", "4 billion slots", put32(INDEX.slotCount, () => 0xffffffff)),
  ];
}

function fields(): PackageVector[] {
  const INVALID: Verdict = { error: "index-field-invalid" };
  const VERSION: Verdict = { error: "version-unsupported" };
  const wrong = (name: string, description: string, stages: Omit<Stages, "parts">, verify: Verdict = INVALID) => vector(name, description, BLOCK, stages, verify);
  const zero = INDEX_ZERO_FIELDS.map((name) => {
    const { offset, size } = INDEX[name];
    return wrong(`index_${snake(name)}_not_zero`, `the last byte of ${snake(name)} is 1, sealed as if it might be`, { index: (block) => block.writeUInt8(1, offset + size - 1) });
  });
  return [
    ...zero,
    wrong("format_version_older", "format version 0x20240001", put32(INDEX.formatVersion, () => 0x20240001), VERSION),
    wrong("format_version_zero", "format version 0", put32(INDEX.formatVersion, () => 0), VERSION),
    wrong("compatibility_other", "compatibility with another version", put32(INDEX.compatibility, () => 0x20260001), VERSION),
    wrong("protocol_version_2", "protocol version 2", put32(INDEX.protocolVersion, () => 2), VERSION),
    wrong("index_checksum_zero", "a stored checksum of 0 is refused", { file: (bytes, { copyA, trailer }) => { for (const start of [copyA[0], trailer + 4]) bytes.writeUInt32LE(0, start + INDEX.indexChecksum.offset); return bytes; } }, { error: "index-checksum-wrong" }),
    wrong("index_checksum_wrong", "a bit of the checksum, in both copies", { file: (bytes, { copyA, trailer }) => { for (const start of [copyA[0], trailer + 4]) flip(bytes, start + INDEX.indexChecksum.offset); return bytes; } }, { error: "index-checksum-wrong" }),
    wrong("page_size_zero", "page_size 0", put32(INDEX.pageSize, () => 0)),
    wrong("page_size_16384", "page_size of another machine", put32(INDEX.pageSize, () => 16384)),
    wrong("compatibility_and_page_size", "two faults: the version is told first", { index: (block) => { block.writeUInt32LE(1, INDEX.compatibility.offset); block.writeUInt32LE(0, INDEX.pageSize.offset); } }, VERSION),
    wrong("package_size_and_launcher_size", "two faults: a number that is none of this format is told first", { index: (block) => { block.writeBigUInt64LE(0n, INDEX.packageSize.offset); block.writeBigUInt64LE(2n ** 60n, INDEX.launcherSize.offset); } }, { error: "region-out-of-range" }),
    wrong("box_marker_missing", "the last 4 bytes of the index block are zero", { index: (block) => block.fill(0, SIZE_INDEX_BLOCK - 4) }),
    wrong("flags_mmap", "flag bit 0, which nobody writes", put32(INDEX.flags, (old) => old | 1)),
    wrong("flags_encrypted", "flag bit 3, which nobody writes", put32(INDEX.flags, (old) => old | 8)),
    wrong("flags_bit_31", "flag bit 31, which nobody writes", put32(INDEX.flags, (old) => old | 0x80000000)),
    wrong("flags_not_signed", "a signed package without its flag", put32(INDEX.flags, (old) => old & ~2)),
    wrong("capabilities_mmap", "capability bit 0, which nobody writes", put64(INDEX.capabilities, (old) => old | 1n)),
    wrong("capabilities_bit_63", "capability bit 63, which nobody writes", put64(INDEX.capabilities, (old) => old | (1n << 63n))),
    wrong("capabilities_not_signed", "a signed package without its capability", put64(INDEX.capabilities, (old) => old & ~0x80n)),
    wrong("launcher_size_in_metadata", "the signed metadata knows another size of the launcher", { metadata: (document) => { at(document, "launcher")["size"] = FAKE_LAUNCHER.length + 1; } }, { error: "launcher-digest-wrong" }),
    wrong("launcher_digest_in_metadata", "the signed metadata knows another launcher", { metadata: (document) => { at(document, "launcher")["checksum"] = `sha256:${"0".repeat(64)}`; } }, { error: "launcher-digest-wrong" }),
  ];
}

export function layoutVectors(): PackageVector[] {
  return [...intact(), ...ends(), ...ranges(), ...fields()];
}
