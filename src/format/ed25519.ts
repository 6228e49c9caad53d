/**
 * Ed25519 with one verdict in every implementation: canonical S, canonical A and R, no points of small order, the cofactorless equation.
 *
 * Source: spec/trust.md, "One Ed25519 rule"; RFC 8032. node:crypto checks the equation without cofactor and re-encodes R, the rest is checked here.
 */
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";

const FIELD_PRIME = 2n ** 255n - 19n;
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const SIGN_BIT = 2n ** 255n;
/** y of the points of order 8; the other small orders have y = 1, -1 and 0. */
const ORDER_8_Y = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([0n, 1n, FIELD_PRIME - 1n, ORDER_8_Y, FIELD_PRIME - ORDER_8_Y]);

/** DER in front of a raw key: PKCS#8 for a seed, SubjectPublicKeyInfo for a public key (RFC 8410). */
const PRIVATE_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const PUBLIC_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** @param seed - 32 bytes. @returns the private key in node:crypto's form. */
export function privateKeyOf(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, seed]), format: "der", type: "pkcs8" });
}

/** @param seed - 32 bytes. @returns the public key, 32 bytes. */
export function publicKeyOf(seed: Uint8Array): Uint8Array {
  const key = createPublicKey(privateKeyOf(seed));
  return Uint8Array.from(key.export({ format: "der", type: "spki" }).subarray(PUBLIC_PREFIX.length));
}

/** @param seed - 32 bytes. @returns the signature, 64 bytes. */
export function signEd25519(message: Uint8Array, seed: Uint8Array): Uint8Array {
  return Uint8Array.from(sign(null, message, privateKeyOf(seed)));
}

/**
 * @param publicKey - 32 bytes.
 * @param signature - 64 bytes.
 * @returns the verdict; false for anything malformed.
 */
export function verifyEd25519(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length !== 32) return false;
  if (littleEndian(signature.subarray(32)) >= GROUP_ORDER) return false;
  if (!isAcceptablePoint(publicKey) || !isAcceptablePoint(signature.subarray(0, 32))) return false;
  try {
    return verify(null, message, createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, publicKey]), format: "der", type: "spki" }), signature);
  } catch {
    return false;
  }
}

/** Canonical and not of small order. (x = 0 has y = 1 or -1, which are of small order, so the sign bit needs no rule of its own.) */
function isAcceptablePoint(encoded: Uint8Array): boolean {
  const y = littleEndian(encoded) % SIGN_BIT;
  return y < FIELD_PRIME && !SMALL_ORDER_Y.has(y);
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
}
