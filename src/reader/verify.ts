/**
 * Verifying a whole package: a short list of named steps, each of which throws on the first thing that is wrong.
 *
 * `openPackage` has already checked index, ranges, metadata, signature and seal. Here follow the bytes that only the whole file has: descriptors against the signed
 * metadata, padding, launcher, slots. After it, every bit of the file has been accounted for.
 *
 * Source: spec/pspf-2025.md, "Seal"; spec/trust.md.
 */
import { toHex } from "../format/checksum.js";
import { LIFECYCLE_CODES, PLATFORM_CODES, SIZE_INDEX_BLOCK, SIZE_SLOT_DESCRIPTOR, SIZE_TRAILER } from "../format/constants.gen.js";
import { FlavorError } from "../format/error.js";
import { keyId } from "../format/key-id.js";
import { formatOperations, unpackOperations } from "../format/operations.js";
import { checkFixedSlotFields, codeOf, nameHash, purposeCode, slotNumber } from "../format/slot.js";
import { storedBytes } from "./content.js";
import { hashRange, readChunks } from "./file.js";
import { openPackage, type Package } from "./open.js";

export interface Check {
  readonly name: string;
  readonly detail: string;
}

export interface VerifyResult {
  readonly checks: readonly Check[];
  /** 64 hex digits. */
  readonly packageId: string;
  readonly signed: boolean;
  /** Whether the seal covers the whole file; false for packages that upstream wrote. */
  readonly sealed: boolean;
  /** Undefined when unsigned. */
  readonly keyId: string | undefined;
  readonly keyLifetime: "build" | "publisher" | undefined;
}

export interface VerifyOptions {
  /** Called with bytes hashed since the last call; `sizeBytes` of the package is the total. */
  readonly onBytes?: (count: number) => void;
}

/**
 * Verify the file at a path, at the strictness of `flavor verify`.
 *
 * @throws FlavorError with the code of the first failure; its exit status is `exitStatus(code, "verify")`.
 */
export async function verifyPackage(path: string, options: VerifyOptions = {}): Promise<VerifyResult> {
  const pkg = await openPackage(path);
  try {
    return await verifyOpenPackage(pkg, options);
  } finally {
    await pkg.close();
  }
}

/** The same for a package that is already open. */
export async function verifyOpenPackage(pkg: Package, options: VerifyOptions = {}): Promise<VerifyResult> {
  const onBytes = options.onBytes ?? (() => undefined);
  const signed = pkg.metadata.sealed ? pkg.metadata.signed : pkg.index.metadataSignature.some((byte) => byte !== 0);
  const checks: Check[] = [
    { name: "index", detail: pkg.sealed ? "both copies agree, checksum and fields are right" : "checksum is right" },
    { name: "metadata", detail: `${pkg.metadataBytes.length} bytes, digest is right` },
    { name: "signature", detail: signed ? (pkg.sealed ? "signature and seal verify" : "signature over the metadata verifies; there is no seal") : "none: the package is unsigned" },
  ];
  if (pkg.sealed) {
    checkDescriptors(pkg);
    checks.push({ name: "slots", detail: `${pkg.descriptors.length} descriptors agree with the signed metadata` });
    await checkPadding(pkg);
    checks.push({ name: "padding", detail: "zero" });
  }
  if (pkg.metadata.launcher !== undefined && pkg.sealed) {
    await checkLauncher(pkg, onBytes);
    checks.push({ name: "launcher", detail: `${pkg.index.launcherSize} bytes, digest is right` });
  }
  for (const [position, slot] of pkg.metadata.slots.entries()) {
    for await (const chunk of storedBytes(pkg, position)) onBytes(chunk.length);
    checks.push({ name: `slot ${position} (${slot.id})`, detail: `${pkg.descriptors[position]?.sizeBytes ?? 0} bytes, digest is right` });
  }
  return {
    checks,
    packageId: toHex(pkg.packageId),
    signed,
    sealed: pkg.sealed,
    keyId: signed ? keyId(pkg.index.publicKey) : undefined,
    keyLifetime: pkg.metadata.keyLifetime,
  };
}

/** @throws FlavorError `slot-mismatch`, `slot-field-invalid`. */
function checkDescriptors(pkg: Package): void {
  pkg.metadata.slots.forEach((slot, position) => {
    const descriptor = pkg.descriptors[position];
    if (descriptor === undefined) return;
    checkFixedSlotFields(pkg.slotTable.subarray(position * SIZE_SLOT_DESCRIPTOR, (position + 1) * SIZE_SLOT_DESCRIPTOR), position);
    const chain = unpackOperations(descriptor.operations);
    const differs = (field: string, found: unknown, expected: unknown) => {
      if (found !== expected) {
        throw new FlavorError("slot-mismatch", `slot ${position} (${JSON.stringify(slot.id)}): the descriptor's ${field} is ${String(found)}, the signed metadata says ${String(expected)}`);
      }
    };
    differs("id", descriptor.id, slotNumber(position));
    differs("name_hash", descriptor.nameHash, nameHash(slot.id));
    differs("size", descriptor.sizeBytes, slot.size);
    differs("original_size", descriptor.originalSizeBytes, slot.originalSize);
    differs("operations", formatOperations(chain), slot.operations);
    differs("checksum", descriptor.checksum, Buffer.from(slot.sha256, "hex").readBigUInt64LE(0));
    differs("purpose", descriptor.purpose, purposeCode(slot.purpose));
    differs("lifecycle", descriptor.lifecycle, codeOf(LIFECYCLE_CODES, slot.lifecycle));
    differs("platform", descriptor.platform, codeOf(PLATFORM_CODES, slot.platform ?? "any"));
    differs("permissions", descriptor.permissions, slot.permissions ?? 0);
  });
}

/** Every gap between regions. @throws FlavorError `padding-not-zero`, naming the offset. */
async function checkPadding(pkg: Package): Promise<void> {
  const { index } = pkg;
  const regions: [number, number][] = [
    [0, index.launcherSize],
    [index.launcherSize, SIZE_INDEX_BLOCK],
    [index.metadataOffset, index.metadataSize],
    [index.slotTableOffset, index.slotTableSize],
    ...pkg.descriptors.map((slot): [number, number] => [slot.offsetBytes, slot.sizeBytes]),
    [pkg.sizeBytes - SIZE_TRAILER, SIZE_TRAILER],
  ];
  let end = 0;
  for (const [offset, size] of regions) {
    let at = end;
    for await (const chunk of readChunks(pkg.file, end, offset - end)) {
      const wrong = chunk.findIndex((byte) => byte !== 0);
      if (wrong >= 0) throw new FlavorError("padding-not-zero", `the padding byte at ${at + wrong} is not zero`);
      at += chunk.length;
    }
    end = offset + size;
  }
}

/** @throws FlavorError `launcher-digest-wrong`. */
async function checkLauncher(pkg: Package, onBytes: (count: number) => void): Promise<void> {
  const { launcher } = pkg.metadata;
  if (launcher === undefined) return;
  if (launcher.size !== pkg.index.launcherSize) {
    throw new FlavorError("launcher-digest-wrong", `the launcher has ${pkg.index.launcherSize} bytes, the signed metadata says ${launcher.size}`);
  }
  const digest = await hashRange(pkg.file, 0, launcher.size, onBytes);
  if (digest !== launcher.sha256) {
    throw new FlavorError("launcher-digest-wrong", `the launcher at bytes 0..${launcher.size}: SHA-256 ${digest}, the signed metadata says ${launcher.sha256}`);
  }
}
