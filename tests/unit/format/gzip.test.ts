import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adler32, crc32 } from "../../../src/format/checksum.js";
import { decodeStoredGzip, encodeStoredGzip, storedGzipSize } from "../../../src/format/gzip.js";

const malformed = expect.objectContaining({ code: "metadata-malformed" }) as Error;

describe("stored gzip", () => {
  it.each([0, 1, 65_534, 65_535, 65_536, 131_070, 200_000])("frames %d bytes so that any gunzip reads them", (size) => {
    const plain = Uint8Array.from({ length: size }, (_, at) => at * 7);
    const framed = encodeStoredGzip(plain);
    expect(framed.length).toBe(storedGzipSize(size));
    expect(Buffer.compare(gunzipSync(framed), plain)).toBe(0);
    expect(Buffer.compare(decodeStoredGzip(framed), plain)).toBe(0);
  });

  it("refuses every single-byte change", () => {
    const framed = encodeStoredGzip(new TextEncoder().encode('{"a":1}'));
    framed.forEach((byte, at) => {
      const changed = framed.slice();
      changed[at] = byte ^ 0x10;
      expect(() => decodeStoredGzip(changed), `byte ${at}`).toThrow(malformed);
    });
  });

  it("refuses truncation, a tail, a second member, and a deflated one", () => {
    const framed = encodeStoredGzip(new TextEncoder().encode("hello"));
    for (let length = 0; length < framed.length; length += 1) expect(() => decodeStoredGzip(framed.subarray(0, length))).toThrow(malformed);
    expect(() => decodeStoredGzip(Buffer.concat([framed, Uint8Array.of(0)]))).toThrow(malformed);
    expect(() => decodeStoredGzip(Buffer.concat([framed, framed]))).toThrow(malformed);
    expect(() => decodeStoredGzip(gzipSync("hello"))).toThrow(malformed);
  });

  it("never takes other bytes for a member", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(() => decodeStoredGzip(bytes)).toThrow(malformed);
    }));
  });
});

describe("checksums", () => {
  it("agree with published values", () => {
    const bytes = new TextEncoder().encode("Wikipedia");
    expect(adler32(bytes)).toBe(0x11e60398);
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
    expect(adler32(new Uint8Array(100_000).fill(0xff))).toBe(0x149a302c);
  });
});
