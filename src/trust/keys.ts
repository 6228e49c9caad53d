/**
 * Keys: made, read from files, written to files, and turned into signers.
 *
 * Source: spec/trust.md, "Keys"; RFC 8410 for the file forms.
 */
import { createHash, createPrivateKey, createPublicKey, randomBytes, type KeyObject } from "node:crypto";
import { mkdir, open, readFile, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { privateKeyOf, publicKeyOf, signEd25519 } from "../format/ed25519.js";
import { FlavorError } from "../format/error.js";
import { keyId } from "../format/key-id.js";
import type { Signer } from "../format/signer.js";
import { fileError } from "../reader/file.js";

export const PRIVATE_KEY_FILE = "flavor-private.key";
export const PUBLIC_KEY_FILE = "flavor-public.key";

const RAW_KEY_BYTES = 32;

function signerOf(seed: Uint8Array, lifetime: Signer["lifetime"]): Signer {
  return { publicKey: publicKeyOf(seed), lifetime, sign: (message) => Promise.resolve(signEd25519(message, seed)) };
}

/** A key for one build, forgotten after it. @param random - source of 32 random bytes. */
export function ephemeralSigner(random: (size: number) => Uint8Array = randomBytes): Signer {
  return signerOf(random(RAW_KEY_BYTES), "build");
}

/**
 * The key of a seed text: private seed = SHA-256 of its UTF-8 bytes.
 *
 * @throws FlavorError `key-invalid` for an empty text.
 */
export function seedSigner(text: string): Signer {
  if (text === "") throw new FlavorError("key-invalid", "the key seed is empty");
  return signerOf(createHash("sha256").update(text, "utf8").digest(), "publisher");
}

/**
 * @param text - what `--key-seed` was given.
 * @returns whether the text could be guessed: fewer than 128 bits even if every character were chosen at random from its kinds.
 */
export function isGuessableSeed(text: string): boolean {
  const kinds: [RegExp, number][] = [
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/[0-9]/, 10],
    [/[^a-zA-Z0-9]/, 33],
  ];
  const alphabet = kinds.reduce((sum, [kind, size]) => sum + (kind.test(text) ? size : 0), 0);
  return new Set(text).size < 8 || text.length * Math.log2(Math.max(2, alphabet)) < 128;
}

/**
 * @param path - a PKCS#8 PEM file with an Ed25519 key, as `flavor keygen` and OpenSSL write it.
 * @throws FlavorError `file-missing`, `file-unreadable`, `key-invalid`.
 */
export async function fileSigner(path: string): Promise<Signer> {
  const key = await readKey(path, "private", (pem) => createPrivateKey(pem));
  const der = key.export({ format: "der", type: "pkcs8" });
  return signerOf(Uint8Array.from(der.subarray(der.length - RAW_KEY_BYTES)), "publisher");
}

async function readKey(path: string, kind: "private" | "public", parse: (pem: string) => KeyObject): Promise<KeyObject> {
  let pem: string;
  try {
    pem = await readFile(path, "utf8");
  } catch (cause) {
    throw fileError(cause, path, "read");
  }
  let key: KeyObject;
  try {
    key = parse(pem);
  } catch (cause) {
    throw new FlavorError("key-invalid", `${path} is not an unencrypted ${kind} key in PEM form`, { cause, hint: "flavor keygen makes one" });
  }
  if (key.asymmetricKeyType !== "ed25519") throw new FlavorError("key-invalid", `${path} holds a key of type ${key.asymmetricKeyType ?? "unknown"}, expected ed25519`);
  return key;
}

/** What `flavor verify --key` may name. */
export type ExpectedKey = { readonly kind: "key"; readonly publicKey: Uint8Array } | { readonly kind: "id"; readonly keyId: string };

/**
 * @param text - a key id (`SHA256:...`), 64 hex digits, or the path of a public key file (PEM, or one line as OpenSSH writes it).
 * @throws FlavorError `usage` for anything else, `key-invalid` for a file that holds no Ed25519 key.
 */
export async function readExpectedKey(text: string): Promise<ExpectedKey> {
  if (/^SHA256:[A-Za-z0-9+/]{43}$/.test(text)) return { kind: "id", keyId: text };
  if (/^[0-9a-fA-F]{64}$/.test(text)) return { kind: "key", publicKey: Buffer.from(text, "hex") };
  let content: string;
  try {
    content = await readFile(text, "utf8");
  } catch (cause) {
    throw fileError(cause, text, "read");
  }
  const blob = /^ssh-ed25519 ([A-Za-z0-9+/=]+)/m.exec(content)?.[1];
  if (blob !== undefined) {
    const bytes = Buffer.from(blob, "base64");
    if (bytes.length !== 51) throw new FlavorError("key-invalid", `${text} holds an OpenSSH key of ${bytes.length} bytes, expected 51`);
    return { kind: "key", publicKey: Uint8Array.from(bytes.subarray(bytes.length - RAW_KEY_BYTES)) };
  }
  const key = await readKey(text, "public", (pem) => createPublicKey(pem));
  const der = key.export({ format: "der", type: "spki" });
  return { kind: "key", publicKey: Uint8Array.from(der.subarray(der.length - RAW_KEY_BYTES)) };
}

/** @returns whether the public key is the one expected. */
export function isExpectedKey(publicKey: Uint8Array, expected: ExpectedKey): boolean {
  return expected.kind === "id" ? keyId(publicKey) === expected.keyId : Buffer.compare(publicKey, expected.publicKey) === 0;
}

/**
 * Make a key pair and write it, private key mode 0600, directory mode 0700. Nothing is ever overwritten.
 *
 * @param folder - absolute path; made if missing.
 * @returns the paths and the key id.
 * @throws FlavorError `output-exists`, `output-unwritable`.
 */
export async function writeKeyPair(folder: string, random: (size: number) => Uint8Array = randomBytes): Promise<{ readonly privateKey: string; readonly publicKey: string; readonly keyId: string }> {
  const seed = random(RAW_KEY_BYTES);
  const paths = { privateKey: join(folder, PRIVATE_KEY_FILE), publicKey: join(folder, PUBLIC_KEY_FILE) };
  const key = privateKeyOf(seed);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw fileError(cause, folder, "write");
  }
  await writeNew(paths.privateKey, String(key.export({ format: "pem", type: "pkcs8" })), 0o600);
  await writeNew(paths.publicKey, String(createPublicKey(key).export({ format: "pem", type: "spki" })), 0o644);
  return { ...paths, keyId: keyId(publicKeyOf(seed)) };
}

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  let file: FileHandle;
  try {
    file = await open(path, "wx", mode);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") {
      throw new FlavorError("output-exists", `${path} exists already, and keys are never overwritten`, { hint: "give another --out-dir, or move the old key away" });
    }
    throw fileError(cause, path, "write");
  }
  try {
    await file.writeFile(text);
  } catch (cause) {
    throw fileError(cause, path, "write");
  } finally {
    await file.close();
  }
}
