import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verifyEd25519 } from "../../../src/format/ed25519.js";
import { keyId } from "../../../src/format/key-id.js";
import { ephemeralSigner, fileSigner, isExpectedKey, isGuessableSeed, readExpectedKey, seedSigner, writeKeyPair } from "../../../src/trust/keys.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "keys-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const message = new TextEncoder().encode("message");
const thrown = (code: string) => expect.objectContaining({ code }) as Error;

describe("keys", () => {
  it("derives a seed key as spec/trust.md says", () => {
    expect(Buffer.from(seedSigner("test").publicKey).toString("hex")).toBe("67d3b5eaf0c0bf6b5a602d359daecc86a7a74053490ec37ae08e71360587c870");
  });

  it("signs with a fresh key each time when none is given", async () => {
    const [one, two] = [ephemeralSigner(), ephemeralSigner()];
    expect(one.publicKey).not.toEqual(two.publicKey);
    expect(one.lifetime).toBe("build");
    expect(verifyEd25519(message, await one.sign(message), one.publicKey)).toBe(true);
  });

  it("writes a key pair that it and OpenSSL read, the private half for its owner alone, and never overwrites it", async () => {
    const pair = await writeKeyPair(join(folder, "new"));
    expect((await stat(pair.privateKey)).mode & 0o777).toBe(0o600);
    const signer = await fileSigner(pair.privateKey);
    expect(keyId(signer.publicKey)).toBe(pair.keyId);
    const expected = await readExpectedKey(pair.publicKey);
    expect(isExpectedKey(signer.publicKey, expected)).toBe(true);
    expect(execFileSync("openssl", ["pkey", "-in", pair.privateKey, "-pubout"], { encoding: "utf8" })).toBe(await readFile(pair.publicKey, "utf8"));
    const before = await readFile(pair.privateKey);
    await expect(writeKeyPair(join(folder, "new"))).rejects.toThrow(thrown("output-exists"));
    expect(await readFile(pair.privateKey)).toEqual(before);
  });

  it("prints the key id that ssh-keygen prints, and reads OpenSSH public keys", async () => {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "ssh")]);
    const listed = execFileSync("ssh-keygen", ["-lf", join(folder, "ssh.pub")], { encoding: "utf8" });
    const expected = await readExpectedKey(join(folder, "ssh.pub"));
    expect(expected.kind === "key" ? keyId(expected.publicKey) : "").toBe(listed.split(" ")[1]);
  });

  it("takes a key id and hex where a key is expected", async () => {
    const { publicKey } = seedSigner("test");
    expect(isExpectedKey(publicKey, await readExpectedKey(keyId(publicKey)))).toBe(true);
    expect(isExpectedKey(publicKey, await readExpectedKey(Buffer.from(publicKey).toString("hex")))).toBe(true);
    expect(isExpectedKey(publicKey, await readExpectedKey("0".repeat(64)))).toBe(false);
  });

  it("refuses files that are no Ed25519 key", async () => {
    await writeFile(join(folder, "text"), "hello");
    execFileSync("openssl", ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-out", join(folder, "rsa")], { stdio: "ignore" });
    await expect(fileSigner(join(folder, "text"))).rejects.toThrow(thrown("key-invalid"));
    await expect(fileSigner(join(folder, "rsa"))).rejects.toThrow(thrown("key-invalid"));
    await expect(fileSigner(join(folder, "none"))).rejects.toThrow(thrown("file-missing"));
    expect(() => seedSigner("")).toThrow(thrown("key-invalid"));
  });

  it.each([
    ["test", true],
    ["correct horse battery", true],
    ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true],
    ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", false],
  ])("tells whether the seed %j could be guessed", (text, guessable) => {
    expect(isGuessableSeed(text)).toBe(guessable);
  });
});
