import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { publicKeyOf, signEd25519, verifyEd25519 } from "../../../src/format/ed25519.js";
import { keyId } from "../../../src/format/key-id.js";

const hex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

describe("Ed25519", () => {
  it("signs as RFC 8032 section 7.1, test 2", () => {
    const seed = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    const key = publicKeyOf(seed);
    expect(Buffer.from(key).toString("hex")).toBe("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    const signature = signEd25519(Uint8Array.of(0x72), seed);
    expect(Buffer.from(signature).toString("hex")).toBe(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );
    expect(verifyEd25519(Uint8Array.of(0x72), signature, key)).toBe(true);
    expect(verifyEd25519(Uint8Array.of(0x73), signature, key)).toBe(false);
  });

  it("gives the verdict of spec/trust.md on every published edge case", () => {
    const rows = readFileSync("conformance/ed25519-edge-cases.tsv", "utf8").split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(rows.length).toBe(914);
    const wrong: string[] = [];
    let valid = 0;
    for (const row of rows) {
      const [number = "", key = "", signature = "", message = "", verdict = ""] = row.split("\t");
      const found = verifyEd25519(new TextEncoder().encode(message), hex(signature), hex(key));
      if (found) valid += 1;
      if (found !== (verdict === "valid")) wrong.push(`${number}: ${verdict}`);
    }
    expect(wrong).toEqual([]);
    expect(valid).toBeGreaterThan(0);
  });

  it("names keys as ssh-keygen does", () => {
    expect(keyId(hex("67d3b5eaf0c0bf6b5a602d359daecc86a7a74053490ec37ae08e71360587c870"))).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  });
});
