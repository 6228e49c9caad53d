import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { compress } from "@cloudpss/zstd";
import { describe, expect, it } from "vitest";
import { checkIntermediate, decodeOperations } from "../../../src/reader/content.js";
import type { OperationName } from "../../../src/format/operations.js";

type Codec = "GZIP" | "BZIP2" | "XZ" | "ZSTD";

/** @param args - `MODULE.compress` of Python and its keywords, as source. */
function python(expression: string, input: Uint8Array): Buffer {
  const script = `import sys, bz2, lzma, gzip; data = sys.stdin.buffer.read(); sys.stdout.buffer.write(${expression})`;
  return execFileSync("python3", ["-c", script], { input, maxBuffer: 1 << 28 });
}

const ENCODE: Record<Codec, (plain: Uint8Array) => Buffer> = {
  GZIP: (plain) => gzipSync(plain),
  BZIP2: (plain) => python("bz2.compress(data)", plain),
  XZ: (plain) => python("lzma.compress(data)", plain),
  ZSTD: (plain) => Buffer.from(compress(plain)),
};
const CODECS = Object.keys(ENCODE) as Codec[];

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function decode(bytes: Uint8Array, chain: readonly OperationName[], chunkSize = 1 << 20): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of decodeOperations(chunked(bytes, chunkSize), chain, "blob")) parts.push(part);
  return Buffer.concat(parts);
}

const malformed = (words: string) => expect.objectContaining({ code: "archive-malformed", message: expect.stringContaining(words) as string }) as Error;

const CONTENTS: Record<string, Buffer> = {
  nothing: Buffer.alloc(0),
  "one byte": Buffer.from("a"),
  text: Buffer.from("the quick brown fox jumps over the lazy dog\n".repeat(5000)),
  "a long run": Buffer.alloc(1_500_000, 0x61),
  "runs of every length": Buffer.concat(Array.from({ length: 600 }, (_, length) => Buffer.alloc(length, length % 7))),
  noise: randomBytes(950_000),
};

describe.each(CODECS)("a %s stream", (codec) => {
  it.each(Object.keys(CONTENTS))("gives back %s, whatever pieces it comes in", async (name) => {
    const plain = CONTENTS[name] ?? Buffer.alloc(0);
    const stored = ENCODE[codec](plain);
    expect((await decode(stored, [codec])).equals(plain)).toBe(true);
    expect((await decode(stored, [codec], 777)).equals(plain)).toBe(true);
  });

  it("is refused when it is empty, cut off, or not one", async () => {
    const stored = ENCODE[codec](CONTENTS["text"] ?? Buffer.alloc(0));
    await expect(decode(Buffer.alloc(0), [codec])).rejects.toThrow(malformed(codec));
    for (const size of [1, 10, stored.length >> 1, stored.length - 1]) await expect(decode(stored.subarray(0, size), [codec])).rejects.toThrow(malformed(codec));
    await expect(decode(Buffer.from("no stream of any kind at all"), [codec])).rejects.toThrow(malformed(codec));
  });

  it("is refused when something follows it", async () => {
    const stored = ENCODE[codec](Buffer.from("content"));
    await expect(decode(Buffer.concat([stored, Buffer.alloc(1)]), [codec])).rejects.toThrow(malformed(codec));
    await expect(decode(Buffer.concat([stored, Buffer.from("trailing")]), [codec], 5)).rejects.toThrow(malformed(codec));
  });
});

describe.each(["GZIP", "BZIP2", "XZ"] as const)("a %s stream", (codec) => {
  it("is refused when a second member follows", async () => {
    const stored = ENCODE[codec](Buffer.from("content"));
    await expect(decode(Buffer.concat([stored, stored]), [codec])).rejects.toThrow(malformed("something follows its end"));
  });

  it("never gives another content when one of its bytes is changed", async () => {
    const plain = Buffer.from("some content, with a check");
    const stored = ENCODE[codec](plain);
    let refused = 0;
    for (const [at] of stored.entries()) {
      const changed = Buffer.from(stored);
      changed[at] = (changed[at] ?? 0) ^ 0x40;
      const outcome = await decode(changed, [codec]).catch((error: unknown) => error);
      // Times, padding and codes that are not used say nothing.
      if (Buffer.isBuffer(outcome)) expect(outcome.equals(plain), `byte ${at}`).toBe(true);
      else expect(outcome).toMatchObject({ code: "archive-malformed" });
      refused += Buffer.isBuffer(outcome) ? 0 : 1;
    }
    expect(refused).toBeGreaterThan(stored.length / 2);
  });
});

describe("an XZ stream", () => {
  it.each(["lzma.CHECK_NONE", "lzma.CHECK_CRC32", "lzma.CHECK_CRC64", "lzma.CHECK_SHA256"])("is read with %s", async (check) => {
    const plain = CONTENTS["text"] ?? Buffer.alloc(0);
    expect((await decode(python(`lzma.compress(data, check=${check})`, plain), ["XZ"])).equals(plain)).toBe(true);
  });

  it.each(["'lc': 0, 'lp': 2, 'pb': 0", "'lc': 4, 'lp': 0, 'pb': 4", "'dict_size': 4096", "'dict_size': 32 << 20"])("is read with %s", async (filter) => {
    const plain = Buffer.concat([CONTENTS["text"] ?? Buffer.alloc(0), randomBytes(100_000), CONTENTS["text"] ?? Buffer.alloc(0)]);
    expect((await decode(python(`lzma.compress(data, filters=[{'id': lzma.FILTER_LZMA2, ${filter}}])`, plain), ["XZ"])).equals(plain)).toBe(true);
  });

  it("is refused with a dictionary above 32 MiB, before it is decoded", async () => {
    const stored = python("lzma.compress(data, preset=9)", Buffer.from("small"));
    await expect(decode(stored, ["XZ"])).rejects.toThrow(malformed("dictionary of 67108864 bytes"));
  });

  it("is refused with other filters than LZMA2", async () => {
    const stored = python("lzma.compress(data, filters=[{'id': lzma.FILTER_X86}, {'id': lzma.FILTER_LZMA2}])", Buffer.from("small"));
    await expect(decode(stored, ["XZ"])).rejects.toThrow(malformed("other filters"));
  });
});

describe("a GZIP stream", () => {
  it("is read with a name in its header", async () => {
    const named = Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0x08, 0, 0, 0, 0, 0, 3]), Buffer.from("name\0"), gzipSync("content").subarray(10)]);
    expect((await decode(named, ["GZIP"])).toString()).toBe("content");
  });
});

describe("a ZSTD stream", () => {
  it("may have several frames", async () => {
    const stored = Buffer.concat([compress(Buffer.from("one ")), compress(Buffer.from("two"))]);
    expect((await decode(stored, ["ZSTD"])).toString()).toBe("one two");
  });

  it("is refused with a skippable frame", async () => {
    const skippable = Buffer.from("502a4d180400000061626364", "hex");
    await expect(decode(Buffer.concat([compress(Buffer.from("one")), skippable]), ["ZSTD"])).rejects.toThrow(malformed("skippable"));
  });

  it.each([
    ["a window", "28b52ffd0080"],
    ["a content in one segment", "28b52ffda000000004"],
  ])("is refused with %s above 32 MiB", async (_, header) => {
    await expect(decode(Buffer.concat([Buffer.from(header, "hex"), Buffer.alloc(20)]), ["ZSTD"])).rejects.toThrow(malformed("more than 33554432"));
  });
});

describe("a chain", () => {
  it("is undone from the last operation to the first", async () => {
    const plain = Buffer.from("nested ".repeat(100));
    const stored = ENCODE.ZSTD(ENCODE.XZ(ENCODE.BZIP2(ENCODE.GZIP(plain))));
    expect((await decode(stored, ["GZIP", "BZIP2", "XZ", "ZSTD"])).equals(plain)).toBe(true);
  });

  it("tells how large what lies between its ends is, so that it can be refused", async () => {
    const padded = Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0x10, 0, 0, 0, 0, 0, 3]), Buffer.alloc(1_100_000, 0x61), Buffer.from([0]), gzipSync("content").subarray(10)]);
    const onIntermediate = (size: number) => checkIntermediate(size, 7, "blob");
    const read = async () => {
      for await (const part of decodeOperations(chunked(ENCODE.ZSTD(padded), 1 << 20), ["GZIP", "ZSTD"], "blob", { onIntermediate })) void part;
    };
    await expect(read()).rejects.toThrow(malformed("an intermediate result"));
  });
});
