/**
 * Key ids: what people compare. The same text that `ssh-keygen -l` prints for the key.
 *
 * Source: spec/trust.md, "Keys"; RFC 8709.
 */
import { sha256 } from "./checksum.js";

const BLOB_HEAD = Uint8Array.from([0, 0, 0, 11, ...new TextEncoder().encode("ssh-ed25519"), 0, 0, 0, 32]);

/** @param publicKey - 32 bytes. @returns `SHA256:` and unpadded base64. */
export function keyId(publicKey: Uint8Array): string {
  const digest = Buffer.from(sha256(opensshBlob(publicKey)));
  return `SHA256:${digest.toString("base64").replace(/=+$/, "")}`;
}

/** @returns the key in the wire form of OpenSSH, 51 bytes. */
export function opensshBlob(publicKey: Uint8Array): Uint8Array {
  const blob = new Uint8Array(BLOB_HEAD.length + publicKey.length);
  blob.set(BLOB_HEAD, 0);
  blob.set(publicKey, BLOB_HEAD.length);
  return blob;
}
