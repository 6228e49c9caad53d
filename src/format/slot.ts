/**
 * Slot descriptors: 64 bytes each, little-endian, stored back to back in the slot table.
 *
 * This module turns those bytes into records and back. It does no I/O and trusts nothing: range checks against the file are the reader's
 * job (../reader/open.ts).
 *
 * Source: spec/pspf-2025.md, "Slot descriptor". Offsets are generated from spec/tables.json.
 */
import { sha256, shortDigest } from "./checksum.js";
import { LIFECYCLE_CODES, PLATFORM_CODES, PURPOSE_CODES, SIZE_SLOT_DESCRIPTOR, SLOT, SLOT_PRIORITY } from "./constants.gen.js";
import { FlavorError } from "./error.js";

export interface SlotDescriptor {
  readonly id: bigint;
  readonly nameHash: bigint;
  /** From byte 0 of the package. */
  readonly offsetBytes: number;
  /** Stored size. */
  readonly sizeBytes: number;
  readonly originalSizeBytes: number;
  readonly operations: bigint;
  readonly checksum: bigint;
  readonly purpose: number;
  readonly lifecycle: number;
  readonly platform: number;
  /** A Unix mode such as 0o644; 0 for archives. */
  readonly permissions: number;
}

/** @returns the `id` of the slot at a position. */
export function slotNumber(position: number): bigint {
  return BigInt(position) << 8n;
}

/** @returns the `name_hash` of a slot id. */
export function nameHash(id: string): bigint {
  return shortDigest(sha256(new TextEncoder().encode(id)));
}

/** @returns the byte that a table of codes has for a name, if it has one. */
export function codeOf(table: Readonly<Record<string, number>>, name: string): number | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** @returns the byte for a purpose; 0 for one without a code. */
export function purposeCode(purpose: string): number {
  return codeOf(PURPOSE_CODES, purpose) ?? 0;
}

/** @throws FlavorError `slot-field-invalid` for an unknown lifecycle. */
export function lifecycleCode(lifecycle: string): number {
  const code = codeOf(LIFECYCLE_CODES, lifecycle);
  if (code === undefined) throw new FlavorError("slot-field-invalid", `lifecycle ${JSON.stringify(lifecycle)} is not known: expected one of ${Object.keys(LIFECYCLE_CODES).join(", ")}`);
  return code;
}

/** @throws FlavorError `slot-field-invalid` for an unknown operating system. */
export function platformCode(platform: string | undefined): number {
  const code = platform === undefined ? PLATFORM_CODES.any : codeOf(PLATFORM_CODES, platform);
  if (code === undefined) throw new FlavorError("slot-field-invalid", `platform ${JSON.stringify(platform)} is not known: expected one of ${Object.keys(PLATFORM_CODES).join(", ")}`);
  return code;
}

/** @returns 64 bytes. */
export function encodeSlot(slot: SlotDescriptor): Uint8Array {
  const bytes = new Uint8Array(SIZE_SLOT_DESCRIPTOR);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(SLOT.id.offset, slot.id, true);
  view.setBigUint64(SLOT.nameHash.offset, slot.nameHash, true);
  view.setBigUint64(SLOT.offset.offset, BigInt(slot.offsetBytes), true);
  view.setBigUint64(SLOT.size.offset, BigInt(slot.sizeBytes), true);
  view.setBigUint64(SLOT.originalSize.offset, BigInt(slot.originalSizeBytes), true);
  view.setBigUint64(SLOT.operations.offset, slot.operations, true);
  view.setBigUint64(SLOT.checksum.offset, slot.checksum, true);
  view.setUint8(SLOT.purpose.offset, slot.purpose);
  view.setUint8(SLOT.lifecycle.offset, slot.lifecycle);
  view.setUint8(SLOT.priority.offset, SLOT_PRIORITY);
  view.setUint8(SLOT.platform.offset, slot.platform);
  view.setUint16(SLOT.permissions.offset, slot.permissions, true);
  return bytes;
}

/**
 * Decode one slot descriptor.
 *
 * @param bytes - exactly 64 bytes.
 * @param position - index of the slot in the table, from 0; used only in messages.
 * @throws FlavorError `slot-field-invalid` for fewer bytes, `slot-out-of-range` for an offset or size above 2^53 - 1.
 */
export function decodeSlot(bytes: Uint8Array, position: number): SlotDescriptor {
  if (bytes.length !== SIZE_SLOT_DESCRIPTOR) {
    throw new FlavorError("slot-field-invalid", `descriptor of slot ${position} has ${bytes.length} bytes, expected ${SIZE_SLOT_DESCRIPTOR}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = (name: string, field: { readonly offset: number }) => {
    const value = view.getBigUint64(field.offset, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new FlavorError("slot-out-of-range", `${name} of slot ${position} is ${value}, above 2^53 - 1`);
    return Number(value);
  };
  return {
    id: view.getBigUint64(SLOT.id.offset, true),
    nameHash: view.getBigUint64(SLOT.nameHash.offset, true),
    offsetBytes: length("offset", SLOT.offset),
    sizeBytes: length("size", SLOT.size),
    originalSizeBytes: length("original_size", SLOT.originalSize),
    operations: view.getBigUint64(SLOT.operations.offset, true),
    checksum: view.getBigUint64(SLOT.checksum.offset, true),
    purpose: view.getUint8(SLOT.purpose.offset),
    lifecycle: view.getUint8(SLOT.lifecycle.offset),
    platform: view.getUint8(SLOT.platform.offset),
    permissions: view.getUint16(SLOT.permissions.offset, true),
  };
}

/** @throws FlavorError `slot-field-invalid` if `priority` or `reserved` hold another value than they must. */
export function checkFixedSlotFields(bytes: Uint8Array, position: number): void {
  if (bytes[SLOT.priority.offset] !== SLOT_PRIORITY) throw new FlavorError("slot-field-invalid", `priority of slot ${position} is not ${SLOT_PRIORITY}`);
  const reserved = bytes.subarray(SLOT.reserved.offset, SLOT.reserved.offset + SLOT.reserved.size);
  if (reserved.some((byte) => byte !== 0)) throw new FlavorError("slot-field-invalid", `reserved bytes of slot ${position} are not zero`);
}
