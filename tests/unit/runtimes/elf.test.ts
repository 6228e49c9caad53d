import fc from "fast-check";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { compareVersions, higherFloor, readElfNeeds, scanElfFloor } from "../../../src/runtimes/elf.js";

const folder = mkdtempSync(join(tmpdir(), "flavor-elf-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A dynamic ELF file of one segment: header, two program headers, dynamic section, one `Verneed` with two `Vernaux`, strings. */
function elfFile(libraries: readonly string[], versions: readonly string[], interpreter = "/lib64/ld-linux-x86-64.so.2"): Buffer {
  const strings = ["", ...libraries, ...versions, "$ORIGIN/../lib", "libown.so.1"];
  const at = new Map<string, number>();
  let table = "";
  for (const text of strings) {
    at.set(text, table.length);
    table += `${text}\0`;
  }
  const offsetOf = (text: string) => BigInt(at.get(text) ?? 0);
  const dynamicAt = 64 + 3 * 56;
  const tags: [number, bigint][] = [...libraries.map((name): [number, bigint] => [1, offsetOf(name)]), [14, offsetOf("libown.so.1")], [29, offsetOf("$ORIGIN/../lib")]];
  const dynamicSize = (tags.length + 5) * 16;
  const versionsAt = dynamicAt + dynamicSize;
  const stringsAt = versionsAt + 16 + versions.length * 16;
  const interpreterAt = stringsAt + table.length;
  tags.push([5, BigInt(stringsAt)], [10, BigInt(table.length)], [0x6ffffffe, BigInt(versionsAt)], [0x6fffffff, versions.length === 0 ? 0n : 1n], [0, 0n]);
  const file = Buffer.alloc(interpreterAt + interpreter.length + 1);
  file.write("\x7fELF\x02\x01\x01", 0, "latin1");
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(3, 56);
  const header = (index: number, type: number, offset: number, size: number) => {
    const place = 64 + index * 56;
    file.writeUInt32LE(type, place);
    file.writeBigUInt64LE(BigInt(offset), place + 8);
    file.writeBigUInt64LE(BigInt(offset), place + 16);
    file.writeBigUInt64LE(BigInt(size), place + 32);
  };
  header(0, 1, 0, file.length);
  header(1, 2, dynamicAt, dynamicSize);
  header(2, 3, interpreterAt, interpreter.length + 1);
  tags.forEach(([tag, value], index) => {
    file.writeBigUInt64LE(BigInt(tag), dynamicAt + index * 16);
    file.writeBigUInt64LE(value, dynamicAt + index * 16 + 8);
  });
  file.writeUInt16LE(versions.length, versionsAt + 2);
  file.writeUInt32LE(16, versionsAt + 8);
  versions.forEach((version, index) => {
    const place = versionsAt + 16 + index * 16;
    file.writeUInt32LE(Number(offsetOf(version)), place + 8);
    file.writeUInt32LE(index + 1 === versions.length ? 0 : 16, place + 12);
  });
  file.write(table, stringsAt, "latin1");
  file.write(interpreter, interpreterAt, "latin1");
  return file;
}

function put(name: string, bytes: Buffer | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe("readElfNeeds", () => {
  it("reads libraries, soname, search path, loader and symbol versions", async () => {
    const path = put("whole", elfFile(["libz.so.1", "libc.so.6"], ["GLIBC_2.2.5", "GLIBC_2.34"]));
    expect(await readElfNeeds(path)).toEqual({ libraries: ["libz.so.1", "libc.so.6"], soname: "libown.so.1", searchPath: "$ORIGIN/../lib", interpreter: "/lib64/ld-linux-x86-64.so.2", symbolVersions: ["GLIBC_2.2.5", "GLIBC_2.34"] });
  });

  it.runIf(process.platform === "linux")("reads the Node that runs this test", async () => {
    const needs = await readElfNeeds(process.execPath);
    expect(needs?.interpreter).toMatch(/^\/lib.*\/ld-/);
  });

  it.each([
    ["an empty file", ""],
    ["a script", "#!/bin/sh\nexit 0\n"],
    ["four bytes of magic", "\x7fELF"],
  ])("says nothing about %s", async (name, text) => {
    expect(await readElfNeeds(put(name.replace(/ /g, "-"), text))).toBeUndefined();
  });

  it("gives up on a 32-bit file", async () => {
    const bytes = elfFile([], []);
    bytes[4] = 1;
    expect(await readElfNeeds(put("thirty-two", bytes))).toBeUndefined();
  });

  it("ends on any damage, in bounded time and memory", async () => {
    const whole = elfFile(["libc.so.6"], ["GLIBC_2.2.5", "GLIBC_2.34"]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 12 }), fc.nat(whole.length), async (changes, length) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        await readElfNeeds(put("damaged", bytes.subarray(0, length)));
      }),
      { numRuns: 300 },
    );
  });
});

describe("scanElfFloor", () => {
  const place = (name: string, files: Readonly<Record<string, Buffer | string>>) => {
    const root = join(folder, name);
    mkdirSync(join(root, "deep"), { recursive: true });
    for (const [file, bytes] of Object.entries(files)) writeFileSync(join(root, file), bytes);
    return root;
  };

  it("finds the file that needs the newest C library, comparing numbers and not text", async () => {
    const root = place("floors", { "a.so": elfFile(["libc.so.6"], ["GLIBC_2.9"]), "deep/b.so": elfFile(["libc.so.6"], ["GLIBC_2.34", "GLIBC_PRIVATE"]), "c.so": elfFile(["libc.so.6"], ["GLIBC_2.17"]), "text.py": "x" });
    expect(await scanElfFloor(root)).toEqual({ libc: "glibc", version: "2.34", file: "deep/b.so" });
  });

  it("follows no link", async () => {
    const outside = put("outside.so", elfFile(["libc.so.6"], ["GLIBC_2.99"]));
    const root = place("links", { "a.so": elfFile(["libc.so.6"], ["GLIBC_2.17"]) });
    symlinkSync(outside, join(root, "b.so"));
    expect((await scanElfFloor(root))?.version).toBe("2.17");
  });

  it("knows musl, and knows when nothing is needed", async () => {
    expect(await scanElfFloor(place("musl", { tool: elfFile(["libc.musl-x86_64.so.1"], [], "/lib/ld-musl-x86_64.so.1") }))).toEqual({ libc: "musl", version: undefined, file: "tool" });
    expect(await scanElfFloor(place("none", { "readme": "text", "data.bin": Buffer.alloc(100) }))).toBeUndefined();
  });

  it.runIf(process.platform === "linux")("agrees with itself about a copy of Node", async () => {
    const root = place("node", {});
    copyFileSync(process.execPath, join(root, "node"));
    expect((await scanElfFloor(root))?.file).toBe("node");
    expect(readFileSync(join(root, "node")).length).toBeGreaterThan(0);
  });
});

describe("higherFloor", () => {
  it("takes the higher version, glibc before musl, whatever is there", () => {
    const low = { libc: "glibc", version: "2.9", file: "a" } as const;
    const high = { libc: "glibc", version: "2.17", file: "b" } as const;
    const musl = { libc: "musl", version: undefined, file: "c" } as const;
    expect(higherFloor(low, high)).toBe(high);
    expect(higherFloor(high, low)).toBe(high);
    expect(higherFloor(undefined, low)).toBe(low);
    expect(higherFloor(musl, low)).toBe(low);
    expect(higherFloor(undefined, undefined)).toBeUndefined();
    expect(compareVersions("2.9", "2.34")).toBeLessThan(0);
  });
});
