import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { INDEX, INDEX_CAPABILITIES, INDEX_FLAGS, INDEX_ZERO_FIELDS } from "../../../src/format/constants.gen.js";
import { checkFixedFields, checkIndexChecksum, decodeIndexBlock, encodeIndexBlock, type IndexBlock } from "../../../src/format/index-block.js";

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const size = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const cosigner = fc.record({ publicKey: bytesOf(32), signature: bytesOf(64) }).filter(({ publicKey }) => publicKey.some((byte) => byte !== 0));
const anyIndex: fc.Arbitrary<IndexBlock> = fc.record({
  packageSize: size,
  launcherSize: size,
  metadataOffset: size,
  metadataSize: size,
  slotTableOffset: size,
  slotTableSize: size,
  slotCount: fc.integer({ min: 0, max: 0xffffffff }),
  flags: fc.constantFrom(0, INDEX_FLAGS.signed, INDEX_FLAGS.signed | INDEX_FLAGS.compressed),
  publicKey: bytesOf(32),
  metadataChecksum: bytesOf(32),
  metadataSignature: bytesOf(64),
  seal: bytesOf(64),
  buildTimestamp: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  capabilities: fc.constantFrom(0n, INDEX_CAPABILITIES.signed),
  cosigners: fc.array(cosigner, { maxLength: 5 }),
});

describe("index block", () => {
  it("comes back as it was written, with its checksum right and its fields in place", () => {
    fc.assert(
      fc.property(anyIndex, (index) => {
        const bytes = encodeIndexBlock(index);
        expect(bytes.length).toBe(8192);
        checkIndexChecksum(bytes);
        checkFixedFields(bytes, index);
        expect(decodeIndexBlock(bytes)).toEqual(index);
      }),
      { numRuns: 50 },
    );
  });

  it.each([...INDEX_ZERO_FIELDS, "pageSize", "boxMarker", "flags", "capabilities", "compatibility", "protocolVersion"] as const)("refuses another value in %s", (name) => {
    const index = fc.sample(anyIndex, 1)[0];
    if (index === undefined) throw new Error("no sample");
    const bytes = encodeIndexBlock({ ...index, cosigners: [] });
    bytes[INDEX[name].offset + INDEX[name].size - 1] = 0x80;
    expect(() => {
      checkFixedFields(bytes, decodeIndexBlock(bytes));
    }).toThrow(expect.objectContaining({ code: expect.stringMatching(/^(index-field-invalid|version-unsupported)$/) as string }));
  });

  it("refuses a stored checksum of 0 and an offset above 2^53 - 1", () => {
    const zero = new Uint8Array(8192);
    expect(() => {
      checkIndexChecksum(zero);
    }).toThrow(expect.objectContaining({ code: "index-checksum-wrong" }));
    const index = fc.sample(anyIndex, 1)[0];
    if (index === undefined) throw new Error("no sample");
    const bytes = encodeIndexBlock(index);
    bytes[INDEX.metadataOffset.offset + 7] = 1;
    expect(() => decodeIndexBlock(bytes)).toThrow(expect.objectContaining({ code: "region-out-of-range" }));
  });
});
