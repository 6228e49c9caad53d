/**
 * Signature, seal and co-signatures of a package, against what its metadata announces.
 *
 * Source: spec/pspf-2025.md, "Seal"; spec/trust.md.
 */
import { INDEX_CAPABILITIES, INDEX_FLAGS } from "../format/constants.gen.js";
import { verifyEd25519 } from "../format/ed25519.js";
import { FlavorError } from "../format/error.js";
import type { IndexBlock } from "../format/index-block.js";
import type { Metadata } from "../format/metadata.js";
import { cosignMessage, sealMessage } from "../format/seal.js";

const REBUILD_HINT = "the package was altered after it was signed; do not run it, fetch it again from its publisher";

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/**
 * The seal, against what the metadata announces.
 *
 * @param metadata - undefined when it cannot be decoded: then what the index carries is what is checked.
 * @param digests - from `sealDigests`.
 * @throws FlavorError `seal-missing`, `seal-wrong`; `index-field-invalid` when an unsigned package carries parts of a signature.
 */
export function checkSeal(index: IndexBlock, metadata: Metadata | undefined, digests: Uint8Array): void {
  const parts = [index.publicKey, index.metadataSignature, index.seal];
  const traces = !parts.every(isZero);
  const flagged = (index.flags & INDEX_FLAGS.signed) !== 0 && (index.capabilities & INDEX_CAPABILITIES.signed) !== 0n;
  const signed = metadata === undefined ? traces : metadata.signed;
  if (!signed) {
    const unflagged = (index.flags & INDEX_FLAGS.signed) === 0 && (index.capabilities & INDEX_CAPABILITIES.signed) === 0n;
    if (metadata !== undefined && (traces || index.cosigners.length > 0 || !unflagged)) {
      throw new FlavorError("index-field-invalid", "the metadata says that the package is unsigned, but the index carries a key, a signature or a flag of one");
    }
    return;
  }
  if (parts.some(isZero)) throw new FlavorError("seal-missing", "the metadata announces a signature and a seal, and the index does not carry them", { hint: REBUILD_HINT });
  if (!verifyEd25519(sealMessage(digests), index.seal, index.publicKey)) {
    throw new FlavorError("seal-wrong", "the seal over index block and slot table does not verify", { hint: REBUILD_HINT });
  }
  if (metadata !== undefined && !flagged) throw new FlavorError("index-field-invalid", "the package is signed, and the index does not flag it");
}

/**
 * The signature over the metadata and the co-signatures of a package whose seal was checked.
 *
 * @param metadataBytes - the JSON as stored.
 * @throws FlavorError `metadata-signature-wrong`, `cosigner-wrong`.
 */
export function checkSignatures(index: IndexBlock, metadata: Metadata, metadataBytes: Uint8Array, digests: Uint8Array): void {
  if (!metadata.signed) return;
  checkMetadataSignature(index, metadataBytes);
  index.cosigners.forEach(({ publicKey, signature }, position) => {
    if (!verifyEd25519(cosignMessage(digests), signature, publicKey)) throw new FlavorError("cosigner-wrong", `co-signature ${position} does not verify`, { hint: REBUILD_HINT });
  });
}

/** What upstream signed: the metadata alone. @throws FlavorError `metadata-signature-wrong`. */
export function checkUpstreamSignature(index: IndexBlock, metadataBytes: Uint8Array): void {
  if (!isZero(index.metadataSignature)) checkMetadataSignature(index, metadataBytes);
}

function checkMetadataSignature(index: IndexBlock, metadataBytes: Uint8Array): void {
  if (!verifyEd25519(metadataBytes, index.metadataSignature, index.publicKey)) {
    throw new FlavorError("metadata-signature-wrong", "the signature over the metadata does not verify", { hint: REBUILD_HINT });
  }
}
