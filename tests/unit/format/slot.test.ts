import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkFixedSlotFields, decodeSlot, encodeSlot, lifecycleCode, nameHash, platformCode, purposeCode, slotNumber } from "../../../src/format/slot.js";

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const size = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const byte = fc.integer({ min: 0, max: 255 });

describe("slot descriptor", () => {
  it("comes back as it was written", () => {
    const anySlot = fc.record({
      id: u64,
      nameHash: u64,
      offsetBytes: size,
      sizeBytes: size,
      originalSizeBytes: size,
      operations: u64,
      checksum: u64,
      purpose: byte,
      lifecycle: byte,
      platform: byte,
      permissions: fc.integer({ min: 0, max: 0xffff }),
    });
    fc.assert(
      fc.property(anySlot, (slot) => {
        const bytes = encodeSlot(slot);
        checkFixedSlotFields(bytes, 0);
        expect(decodeSlot(bytes, 0)).toEqual(slot);
      }),
    );
  });

  it("hashes names as every implementation does", () => {
    expect(nameHash("app")).toBe(0x4b4747aedcce72a1n);
    expect(nameHash("one")).toBe(0x80bb4035adc39276n);
  });

  it("numbers slots so that no descriptor looks like JSON or gzip", () => {
    for (const position of [0, 123, 379, 35615]) expect(encodeSlot({ ...decodeSlot(new Uint8Array(64), 0), id: slotNumber(position) })[0]).toBe(0);
  });

  it("refuses a descriptor one byte short, and an unknown lifecycle or platform", () => {
    const invalid = expect.objectContaining({ code: "slot-field-invalid" }) as Error;
    expect(() => decodeSlot(new Uint8Array(63), 0)).toThrow(invalid);
    expect(() => lifecycleCode("sometimes")).toThrow(invalid);
    expect(() => lifecycleCode("toString")).toThrow(invalid);
    expect(() => platformCode("plan9")).toThrow(invalid);
    expect(purposeCode("anything")).toBe(0);
    expect(platformCode(undefined)).toBe(0);
  });
});
