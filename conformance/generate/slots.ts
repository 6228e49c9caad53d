/** Vectors of spec/pspf-2025.md, "Slot descriptor": each field, alone and against the signed metadata. */
import { SIZE_SLOT_DESCRIPTOR, SLOT } from "../../src/format/constants.gen.js";
import { makePackage, type Part, type Stages } from "./package.js";
import { at, parts, RAW } from "./parts.js";
import { INTACT, type PackageVector, type Verdict } from "./vector.js";

const CLAUSE = "pspf-2025.md#Slot descriptor";
const RANGES = "pspf-2025.md#Regions";
const CHAINS = "operations.md#Operations";
/** The slot that is changed: the last one, a file. */
const LAST = 2 * SIZE_SLOT_DESCRIPTOR;
const MISMATCH: Verdict = { error: "slot-mismatch" };
const OUT: Verdict = { error: "slot-out-of-range" };

function vector(name: string, description: string, clause: string, stages: Omit<Stages, "parts">, verify: Verdict): PackageVector {
  return { name, description, clause, bytes: makePackage({ parts: parts(), ...stages }), verify };
}

function put64(field: { readonly offset: number }, value: (old: bigint) => bigint, slot = LAST): Pick<Stages, "table"> {
  return { table: (table) => table.writeBigUInt64LE(BigInt.asUintN(64, value(table.readBigUInt64LE(slot + field.offset))), slot + field.offset) };
}

function put8(offset: number, value: number): Pick<Stages, "table"> {
  return { table: (table) => table.writeUInt8(value, LAST + offset) };
}

function descriptors(): PackageVector[] {
  const wrong = (name: string, description: string, stages: Pick<Stages, "table">, verify: Verdict = MISMATCH, clause = CLAUSE) => vector(`slot_${name}`, description, clause, stages, verify);
  return [
    wrong("id_is_position", "the id is the position itself, not position << 8", put64(SLOT.id, () => 2n)),
    wrong("name_hash_zero", "no name hash", put64(SLOT.nameHash, () => 0n)),
    wrong("offset_more", "a slot 8 bytes further on", put64(SLOT.offset, (old) => old + 8n), OUT, RANGES),
    wrong("offset_unaligned", "a slot at an odd offset", put64(SLOT.offset, (old) => old + 1n), OUT, RANGES),
    wrong("offset_over_another", "two slots at one offset", { table: (table) => table.writeBigUInt64LE(table.readBigUInt64LE(SLOT.offset.offset), LAST + SLOT.offset.offset) }, OUT, RANGES),
    wrong("offset_zero", "a slot in the launcher", put64(SLOT.offset, () => 0n), OUT, RANGES),
    wrong("offset_beyond_file", "a slot outside of the file", put64(SLOT.offset, () => 2n ** 40n), OUT, RANGES),
    wrong("offset_above_2_53", "an offset that is no safe integer", put64(SLOT.offset, () => 2n ** 60n), OUT, RANGES),
    wrong("size_more", "one byte more than there is", put64(SLOT.size, (old) => old + 1n)),
    wrong("size_into_trailer", "a slot that ends in the trailer", put64(SLOT.size, (old) => old + 100n), OUT, RANGES),
    wrong("size_2_50", "a slot of a petabyte", put64(SLOT.size, () => 2n ** 50n), OUT, RANGES),
    wrong("size_2_60", "a slot of an exabyte: refused before memory is taken", put64(SLOT.size, () => 2n ** 60n), OUT, RANGES),
    wrong("size_zero_leaves_gap", "a slot that ends before its bytes do", put64(SLOT.size, () => 0n, 0), OUT, RANGES),
    wrong("original_size_more", "another plain size than the metadata says", put64(SLOT.originalSize, (old) => old + 1n)),
    wrong("original_size_2_60", "a plain size that is no safe integer", put64(SLOT.originalSize, () => 2n ** 60n), OUT),
    wrong("operations_other", "gzip where the metadata says raw", put64(SLOT.operations, () => 0x10n)),
    wrong("operation_unknown", "a code that is not in the registry", put64(SLOT.operations, () => 0x0en), { error: "operation-unknown" }, CHAINS),
    wrong("operation_terminal", "0xff is in the registry and means nothing here", put64(SLOT.operations, () => 0xffn), { error: "operation-unsupported" }, CHAINS),
    wrong("operation_lz4", "registered, not implemented", put64(SLOT.operations, () => 0x1en), { error: "operation-unsupported" }, CHAINS),
    wrong("operation_after_end", "an operation after the zero that ends the chain", put64(SLOT.operations, () => 0x100001n), { error: "slot-field-invalid" }, CHAINS),
    wrong("operation_tar_second", "TAR may only come first", put64(SLOT.operations, () => 0x0110n), { error: "operation-unsupported" }, CHAINS),
    wrong("checksum_other", "another short digest than the metadata says", put64(SLOT.checksum, (old) => old ^ 1n)),
    wrong("purpose_other", "another purpose", put8(SLOT.purpose.offset, 1)),
    wrong("lifecycle_other", "another lifecycle", put8(SLOT.lifecycle.offset, 3)),
    wrong("lifecycle_unknown", "a lifecycle without a name", put8(SLOT.lifecycle.offset, 77)),
    wrong("platform_other", "a platform that the metadata does not name", put8(SLOT.platform.offset, 1)),
    wrong("permissions_other", "another mode", put8(SLOT.permissions.offset, 0xff)),
    wrong("priority_zero", "priority 0", put8(SLOT.priority.offset, 0), { error: "slot-field-invalid" }),
    wrong("priority_128", "the priority of an earlier builder", put8(SLOT.priority.offset, 128), { error: "slot-field-invalid" }),
    wrong("reserved_1", "the first reserved byte", put8(SLOT.reserved.offset, 1), { error: "slot-field-invalid" }),
    wrong("reserved_2", "the second reserved byte", put8(SLOT.reserved.offset + 1, 1), { error: "slot-field-invalid" }),
  ];
}

function agreements(): PackageVector[] {
  const DOCUMENT = "metadata.md#Document";
  const entry = (name: string, description: string, change: (slot: { [key: string]: unknown }) => void, verify: Verdict, clause = CLAUSE) =>
    vector(`metadata_slot_${name}`, description, clause, { metadata: (document) => { change(at(document, "slots", 2)); } }, verify);
  const other = (part: Partial<Part>): Part[] => [{ ...RAW, ...part }];
  const alone = (name: string, description: string, part: Partial<Part>, verify: Verdict = INTACT, clause = CLAUSE): PackageVector => ({ name: `slot_${name}`, description, clause, bytes: makePackage({ parts: other(part) }), verify });
  return [
    entry("id_other", "an id whose hash is not in the descriptor", (slot) => { slot["id"] = "raw2"; }, MISMATCH),
    entry("size_other", "another stored size", (slot) => { slot["size"] = 6; }, MISMATCH),
    entry("original_size_other", "another plain size", (slot) => { slot["original_size"] = 6; }, MISMATCH),
    entry("operations_other", "another chain", (slot) => { slot["operations"] = "gzip"; }, MISMATCH),
    entry("operations_spelling", "a spelling that manifests may use, and metadata may not", (slot) => { slot["operations"] = "none"; }, MISMATCH),
    entry("purpose_other", "another purpose with another code", (slot) => { slot["purpose"] = "media"; }, MISMATCH),
    entry("lifecycle_other", "another lifecycle", (slot) => { slot["lifecycle"] = "lazy"; }, MISMATCH),
    entry("permissions_other", "another mode", (slot) => { slot["permissions"] = "0755"; }, MISMATCH),
    entry("platform_other", "a platform that the descriptor does not have", (slot) => { slot["platform"] = "linux"; }, MISMATCH),
    entry("checksum_head_other", "another digest, from its first byte on", (slot) => { slot["checksum"] = `sha256:${"0".repeat(64)}`; }, MISMATCH),
    entry("checksum_tail_other", "a digest that differs after the 8 bytes that the descriptor has", (slot) => { slot["checksum"] = `${String(slot["checksum"]).slice(0, -1)}${String(slot["checksum"]).endsWith("0") ? "1" : "0"}`; }, { error: "slot-digest-wrong" }),
    entry("slot_number_other", "an entry at the wrong place", (slot) => { slot["slot"] = 1; }, { error: "metadata-malformed" }, DOCUMENT),
    vector("metadata_slot_missing", "the table has one slot more than the metadata", DOCUMENT, { metadata: (document) => { (document["slots"] as unknown[]).pop(); } }, MISMATCH),
    ...["init", "startup", "shutdown", "cache", "temp", "lazy", "eager", "dev", "config", "platform", "volatile"].map((lifecycle) => alone(`lifecycle_${lifecycle}`, `lifecycle ${lifecycle}`, { lifecycle })),
    ...["linux", "darwin", "windows"].map((platform) => alone(`platform_${platform}`, `a slot for ${platform} alone`, { platform })),
    alone("purpose_of_its_own", "a purpose that has no code is 0", { purpose: "poetry" }),
    alone("purpose_media", "a purpose that has a code", { purpose: "media" }),
    alone("longest_id", "an id of 64 characters", { id: `a${"b".repeat(63)}` }),
  ];
}

export function slotVectors(): PackageVector[] {
  return [...descriptors(), ...agreements()];
}
