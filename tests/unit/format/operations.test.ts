import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OPERATIONS_IMPLEMENTED } from "../../../src/format/constants.gen.js";
import { formatOperations, packOperations, parseOperations, unpackOperations, type OperationName } from "../../../src/format/operations.js";

const compressing = OPERATIONS_IMPLEMENTED.filter((name) => name !== "TAR");

describe("operations", () => {
  it("packs the first operation into the least significant byte", () => {
    expect(packOperations(["TAR", "GZIP"])).toBe(0x1001n);
    expect(packOperations(["TAR", "ZSTD"])).toBe(0x1b01n);
    expect(packOperations([])).toBe(0n);
  });

  it("gives back every chain of up to eight, from its number and from its spelling", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.constantFrom(...compressing), { maxLength: 7 }), (archive, rest) => {
        const chain: readonly OperationName[] = archive ? ["TAR", ...rest] : rest;
        expect(unpackOperations(packOperations(chain))).toEqual(chain);
        expect(parseOperations(formatOperations(chain))).toEqual(chain);
      }),
    );
  });

  it("refuses a ninth operation", () => {
    expect(() => packOperations(Array<OperationName>(9).fill("GZIP"))).toThrow(expect.objectContaining({ code: "operation-unsupported" }));
  });

  it.each([
    ["tgz", ["TAR", "GZIP"]],
    ["tar.gz", ["TAR", "GZIP"]],
    ["tar|gzip", ["TAR", "GZIP"]],
    ["tar, gzip", ["TAR", "GZIP"]],
    ["TAR.ZST", ["TAR", "ZSTD"]],
    ["", []],
    ["none", []],
    ["raw", []],
  ])("reads %j", (text, chain) => {
    expect(parseOperations(text)).toEqual(chain);
  });

  it("names an unknown code by number, and an operation that is not implemented by name and number", () => {
    expect(() => unpackOperations(0x2fn)).toThrow(expect.objectContaining({ code: "operation-unknown", message: expect.stringContaining("0x2f") as string }));
    expect(() => unpackOperations(0x1e01n)).toThrow(expect.objectContaining({ code: "operation-unsupported", message: expect.stringContaining("LZ4 (0x1e)") as string }));
    expect(() => parseOperations("zip")).toThrow(expect.objectContaining({ code: "operation-unknown" }));
  });

  it("refuses a chain that goes on after its end, and tar in second place", () => {
    expect(() => unpackOperations(0x100001n)).toThrow(expect.objectContaining({ code: "slot-field-invalid" }));
    expect(() => parseOperations("gzip|tar")).toThrow(expect.objectContaining({ code: "operation-unsupported" }));
  });

  it("spells chains canonically", () => {
    expect([[], ["TAR"], ["TAR", "ZSTD"], ["GZIP", "ZSTD"]].map((chain) => formatOperations(chain as OperationName[]))).toEqual(["raw", "tar", "tar.zst", "gzip|zstd"]);
  });
});
