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
 * @param metadataBytes - the JSON as stored.
 * @param digests - from `sealDigests`.
 * @throws FlavorError `seal-missing`, `metadata-signature-wrong`, `seal-wrong`, `cosigner-wrong`; `index-field-invalid` when an unsigned package carries parts of a signature.
 */
export function checkSignatures(index: IndexBlock, metadata: Metadata, metadataBytes: Uint8Array, digests: Uint8Array): void {
  if (!metadata.sealed) {
    if (isZero(index.metadataSignature)) return;
    checkMetadataSignature(index, metadataBytes);
    return;
  }
  const signedFlag = (index.flags & INDEX_FLAGS.signed) !== 0;
  const signedCapability = (index.capabilities & INDEX_CAPABILITIES.signed) !== 0n;
  if (!metadata.signed) {
    const traces = ![index.publicKey, index.metadataSignature, index.seal].every(isZero) || index.cosigners.length > 0;
    if (traces || signedFlag || signedCapability) throw new FlavorError("index-field-invalid", "the metadata says that the package is unsigned, but the index carries a key, a signature or a flag of one");
    return;
  }
  if (isZero(index.publicKey) || isZero(index.metadataSignature) || isZero(index.seal)) {
    throw new FlavorError("seal-missing", "the metadata announces a signature and a seal, and the index does not carry them", { hint: REBUILD_HINT });
  }
  if (!signedFlag || !signedCapability) throw new FlavorError("index-field-invalid", "the package is signed, and the index does not flag it");
  checkMetadataSignature(index, metadataBytes);
  if (!verifyEd25519(sealMessage(digests), index.seal, index.publicKey)) {
    throw new FlavorError("seal-wrong", "the seal over index block and slot table does not verify", { hint: REBUILD_HINT });
  }
  index.cosigners.forEach(({ publicKey, signature }, position) => {
    if (!verifyEd25519(cosignMessage(digests), signature, publicKey)) throw new FlavorError("cosigner-wrong", `co-signature ${position} does not verify`, { hint: REBUILD_HINT });
  });
}

function checkMetadataSignature(index: IndexBlock, metadataBytes: Uint8Array): void {
  if (!verifyEd25519(metadataBytes, index.metadataSignature, index.publicKey)) {
    throw new FlavorError("metadata-signature-wrong", "the signature over the metadata does not verify", { hint: REBUILD_HINT });
  }
}
