/** Vectors of spec/pspf-2025.md, "Seal", and spec/trust.md: signature, seal and co-signatures, wrong, missing and half there. */
import { INDEX, SIZE_COSIGNER } from "../../src/format/constants.gen.js";
import { sealDigests, sealMessage } from "../../src/format/seal.js";
import { keyOf, makePackage, type Stages } from "./package.js";
import { at, parts } from "./parts.js";
import { INTACT, type PackageVector, type Verdict } from "./vector.js";

const SEAL = "pspf-2025.md#Seal";
const RULE = "trust.md#One Ed25519 rule";
const SEAL_WRONG: Verdict = { error: "seal-wrong" };
const MISSING: Verdict = { error: "seal-missing" };
const FIELD: Verdict = { error: "index-field-invalid" };
const UNSIGNED: Verdict = { signed: false, sealed: true };
/** L of RFC 8032, little-endian. */
const GROUP_ORDER = Buffer.from("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", "hex");

function vector(name: string, description: string, stages: Partial<Stages>, verify: Verdict, clause = SEAL): PackageVector {
  return { name, description, clause, bytes: makePackage({ parts: parts(), ...stages }), verify };
}

type Field = { readonly offset: number; readonly size: number };
const clear = (...fields: Field[]): Pick<Stages, "sealed"> => ({ sealed: (block) => { for (const { offset, size } of fields) block.fill(0, offset, offset + size); } });
const flip = ({ offset }: Field): Pick<Stages, "sealed"> => ({ sealed: (block) => { block[offset] = (block[offset] ?? 0) ^ 1; } });

/** S + L: the same number modulo L, in a form that must be refused. */
function addOrder(block: Buffer, offset: number): void {
  let carry = 0;
  for (let at = 0; at < 32; at += 1) {
    const sum = (block[offset + at] ?? 0) + (GROUP_ORDER[at] ?? 0) + carry;
    block[offset + at] = sum & 0xff;
    carry = sum >> 8;
  }
}

function signed(): PackageVector[] {
  return [
    vector("signature_wrong", "a bit of the metadata signature, sealed as if it were right", { index: (block) => { const at = INDEX.metadataSignature.offset; block[at] = (block[at] ?? 0) ^ 1; } }, { error: "metadata-signature-wrong" }),
    vector("signature_of_another_key", "the metadata signed with another key, the seal with the one that is named", { index: (block) => block.set(keyOf("other").sign(Buffer.from("other bytes")), INDEX.metadataSignature.offset) }, { error: "metadata-signature-wrong" }),
    vector("signature_not_canonical", "S + L in the metadata signature", { index: (block) => { addOrder(block, INDEX.metadataSignature.offset + 32); } }, { error: "metadata-signature-wrong" }, RULE),
    vector("signature_missing", "the metadata signature is zero", { index: (block) => block.fill(0, INDEX.metadataSignature.offset, INDEX.metadataSignature.offset + 64) }, MISSING),
    vector("seal_wrong", "a bit of the seal", flip(INDEX.seal), SEAL_WRONG),
    vector("seal_missing", "the seal is zero", clear(INDEX.seal), MISSING),
    vector("seal_not_canonical", "S + L in the seal", { sealed: (block) => { addOrder(block, INDEX.seal.offset + 32); } }, SEAL_WRONG, RULE),
    vector("seal_of_another_key", "a seal that another key made", { sealed: (block) => block.set(keyOf("other").sign(sealMessage(sealDigests(block, new Uint8Array()))), INDEX.seal.offset) }, SEAL_WRONG),
    vector("key_missing", "the public key is zero", { index: (block) => block.fill(0, INDEX.publicKey.offset, INDEX.publicKey.offset + 32) }, MISSING),
    vector("key_other", "another key than the one that signed", { index: (block) => block.set(keyOf("other").publicKey, INDEX.publicKey.offset) }, SEAL_WRONG),
    vector("key_of_small_order", "a key of order 1, under which R = B, S = 1 would verify for every message", { index: (block) => { block.fill(0, INDEX.publicKey.offset, INDEX.publicKey.offset + 32); block[INDEX.publicKey.offset] = 1; }, sealed: (block) => block.set(Buffer.from(`5866666666666666666666666666666666666666666666666666666666666666${"01".padEnd(64, "0")}`, "hex"), INDEX.seal.offset) }, SEAL_WRONG, RULE),
    vector("key_not_on_curve", "a key that is no point", { index: (block) => { block.fill(0, INDEX.publicKey.offset, INDEX.publicKey.offset + 32); block[INDEX.publicKey.offset] = 2; } }, SEAL_WRONG, RULE),
    vector("stripped", "key, signature, seal and flags taken away, the metadata announces them", { index: (block) => { for (const { offset, size } of [INDEX.publicKey, INDEX.metadataSignature]) block.fill(0, offset, offset + size); block.writeUInt32LE(block.readUInt32LE(INDEX.flags.offset) & ~2, INDEX.flags.offset); block.writeBigUInt64LE(block.readBigUInt64LE(INDEX.capabilities.offset) & ~0x80n, INDEX.capabilities.offset); }, ...clear(INDEX.seal) }, MISSING),
    vector("sealed_field_changed", "build_timestamp changed after sealing, checksum and copies made right", flip(INDEX.buildTimestamp), SEAL_WRONG),
    vector("key_lifetime_build", "a key that was forgotten after the build", { metadata: (document) => { at(document, "verification")["key_lifetime"] = "build"; } }, INTACT),
  ];
}

function unsigned(): PackageVector[] {
  const carried = (name: string, description: string, field: Field) => vector(name, description, { unsigned: true, index: (block) => block.fill(1, field.offset, field.offset + field.size) }, FIELD);
  return [
    vector("unsigned", "no key, no signature, no seal, and the metadata says so", { unsigned: true }, UNSIGNED),
    vector("unsigned_no_slots", "unsigned, and without slots", { unsigned: true, parts: [] }, UNSIGNED),
    carried("unsigned_with_key", "the metadata says unsigned, the index carries a key", INDEX.publicKey),
    carried("unsigned_with_signature", "the metadata says unsigned, the index carries a signature", INDEX.metadataSignature),
    vector("unsigned_with_seal", "the metadata says unsigned, the index carries a seal", { unsigned: true, sealed: (block) => block.fill(1, INDEX.seal.offset, INDEX.seal.offset + 64) }, FIELD),
    vector("unsigned_with_flag", "the metadata says unsigned, the index is flagged signed", { unsigned: true, index: (block) => block.writeUInt32LE(block.readUInt32LE(INDEX.flags.offset) | 2, INDEX.flags.offset) }, FIELD),
    vector("unsigned_with_capability", "the metadata says unsigned, the capability says signed", { unsigned: true, index: (block) => block.writeBigUInt64LE(block.readBigUInt64LE(INDEX.capabilities.offset) | 0x80n, INDEX.capabilities.offset) }, FIELD),
    vector("unsigned_with_cosigner", "nobody can sign beside nobody", { unsigned: true, cosigners: ["first"] }, FIELD),
    vector("unsigned_metadata_changed", "a digest guards the metadata of an unsigned package too", { unsigned: true, file: (bytes, { metadata }) => { bytes[metadata[0] + 100] = (bytes[metadata[0] + 100] ?? 0) ^ 1; return bytes; } }, { error: "metadata-checksum-wrong" }),
    vector("unsigned_slot_changed", "and a digest its slots", { unsigned: true, file: (bytes, { slots }) => { const start = slots[2]?.[0] ?? 0; bytes[start] = (bytes[start] ?? 0) ^ 1; return bytes; } }, { error: "slot-digest-wrong" }),
    vector("signed_metadata_unsigned", "signed through and through, but the metadata says unsigned", { metadata: (document) => { const verification = at(document, "verification"); verification["signed"] = false; at(document, "verification", "integrity_seal")["required"] = false; } }, FIELD),
  ];
}

function cosigned(): PackageVector[] {
  const five = ["first", "second", "third", "fourth", "fifth"];
  const WRONG: Verdict = { error: "cosigner-wrong" };
  const area = INDEX.cosigners;
  return [
    vector("cosigner_one", "one co-signer", { cosigners: five.slice(0, 1) }, INTACT),
    vector("cosigner_five", "five co-signers", { cosigners: five }, INTACT),
    vector("cosigner_twice", "the same co-signer twice", { cosigners: ["first", "first"] }, INTACT),
    vector("cosigner_wrong", "a bit of a co-signature", { cosigners: five.slice(0, 2), sealed: (block) => { const at = area.offset + SIZE_COSIGNER + 40; block[at] = (block[at] ?? 0) ^ 1; } }, WRONG),
    vector("cosigner_key_other", "a co-signature under another key", { cosigners: ["first"], sealed: (block) => block.set(keyOf("other").publicKey, area.offset) }, WRONG),
    vector("cosigner_signature_zero", "a co-signer's key without a signature", { cosigners: ["first"], sealed: (block) => block.fill(0, area.offset + 32, area.offset + SIZE_COSIGNER) }, WRONG),
    vector("cosigner_key_zero", "a co-signature without a key", { cosigners: ["first"], sealed: (block) => block.fill(0, area.offset, area.offset + 32) }, WRONG),
    vector("cosigner_seal_reused", "the seal in place of a co-signature: its prefix is another", { cosigners: ["test"], sealed: (block) => block.copy(block, area.offset + 32, INDEX.seal.offset, INDEX.seal.offset + 64) }, WRONG),
    vector("cosigner_gap", "an empty record between two", { cosigners: five.slice(0, 3), sealed: (block) => block.fill(0, area.offset + SIZE_COSIGNER, area.offset + 2 * SIZE_COSIGNER) }, FIELD),
    vector("cosigner_first_empty", "an empty record in front", { cosigners: five.slice(0, 2), sealed: (block) => block.fill(0, area.offset, area.offset + SIZE_COSIGNER) }, FIELD),
    vector("cosigner_rest_not_zero", "a bit after the fifth record", { cosigners: five, sealed: (block) => { block[area.offset + area.size - 1] = 1; } }, FIELD),
    vector("cosigner_rest_without_any", "a bit at the end of an empty area", { sealed: (block) => { block[area.offset + area.size - 1] = 1; } }, FIELD),
  ];
}

export function signatureVectors(): PackageVector[] {
  return [...signed(), ...unsigned(), ...cosigned()];
}
