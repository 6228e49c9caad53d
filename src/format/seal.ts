/**
 * The seal: what is signed so that every bit of the file is covered.
 *
 * Source: spec/pspf-2025.md, "Seal".
 */
import { sha256 } from "./checksum.js";
import { COSIGN_PREFIX, INDEX, SEAL_PREFIX } from "./constants.gen.js";

/**
 * @param indexBlock - 8192 bytes; checksum, seal and co-signers may hold anything.
 * @param slotTable - the slot table's bytes.
 * @returns the 64 digest bytes that seal and co-signatures have in common.
 */
export function sealDigests(indexBlock: Uint8Array, slotTable: Uint8Array): Uint8Array {
  const covered = indexBlock.slice();
  for (const field of [INDEX.indexChecksum, INDEX.seal, INDEX.cosigners]) covered.fill(0, field.offset, field.offset + field.size);
  const digests = new Uint8Array(64);
  digests.set(sha256(covered), 0);
  digests.set(sha256(slotTable), 32);
  return digests;
}

/** @param digests - from `sealDigests`. @returns the 81 bytes that the seal signs. */
export function sealMessage(digests: Uint8Array): Uint8Array {
  return prefixed(SEAL_PREFIX, digests);
}

/** @param digests - from `sealDigests`. @returns the bytes that a co-signer signs. */
export function cosignMessage(digests: Uint8Array): Uint8Array {
  return prefixed(COSIGN_PREFIX, digests);
}

/** @param digests - from `sealDigests`. @returns the package id, 32 bytes. */
export function packageId(digests: Uint8Array): Uint8Array {
  return sha256(sealMessage(digests));
}

function prefixed(prefix: string, digests: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(prefix);
  const message = new Uint8Array(head.length + digests.length);
  message.set(head, 0);
  message.set(digests, head.length);
  return message;
}
