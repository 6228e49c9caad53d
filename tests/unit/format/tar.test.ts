import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePax, decodeTarHeader, encodeTarHeader, TAR_END, tarPadding, type TarEntry } from "../../../src/format/tar.js";
import { readArchive, type ArchiveEvent } from "../../../src/reader/archive.js";

const thrown = (code: string) => expect.objectContaining({ code }) as Error;
const MTIME = 315532800;

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function read(bytes: Uint8Array, chunkSize = 1000): Promise<ArchiveEvent[]> {
  const events: ArchiveEvent[] = [];
  for await (const event of readArchive(chunked(bytes, chunkSize))) events.push(event);
  return events;
}

function archive(entries: readonly { readonly entry: TarEntry; readonly content?: Uint8Array }[]): Uint8Array {
  let pax = 0;
  const parts: Uint8Array[] = [];
  for (const { entry, content = new Uint8Array(0) } of entries) {
    const header = encodeTarHeader(entry, MTIME, pax);
    if (header.pax) pax += 1;
    parts.push(header.bytes, content, tarPadding(content.length));
  }
  return Buffer.concat([...parts, TAR_END]);
}

const file = (path: string, size = 0): TarEntry => ({ path, kind: "file", size, executable: false, linkTarget: "" });

/** A header whose field at `offset` is changed, with its checksum made right again. */
function patched(entry: TarEntry, offset: number, text: string): Uint8Array {
  const bytes = encodeTarHeader(entry, MTIME, 0).bytes.slice(0, 512);
  bytes.set(new TextEncoder().encode(text), offset);
  bytes.fill(0x20, 148, 156);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return Buffer.concat([bytes, TAR_END]);
}

const component = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 40 })
  .filter((s) => s.isWellFormed() && !/[/\\\0]/.test(s) && s !== "." && s !== ".." && s !== ".pspf-package-id");

describe("canonical tar", () => {
  it("gives back every entry, short names and long, ASCII and not, in chunks of any size", async () => {
    const path = fc.array(component, { minLength: 1, maxLength: 8 }).map((parts) => parts.join("/"));
    await fc.assert(
      fc.asyncProperty(path, fc.uint8Array({ maxLength: 1500 }), fc.boolean(), fc.integer({ min: 1, max: 2000 }), async (name, content, executable, chunkSize) => {
        const events = await read(archive([{ entry: { ...file(name, content.length), executable }, content }]), chunkSize);
        expect(events[0]).toEqual({ kind: "entry", mtimeSeconds: MTIME, entry: { path: name, kind: "file", size: content.length, executable, linkTarget: "" } });
        const data = Buffer.concat(events.flatMap((event) => (event.kind === "data" ? [event.bytes] : [])));
        expect(Buffer.compare(data, content)).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it("writes a name of 100 ASCII bytes without, and one of 101 with a pax header", () => {
    expect(encodeTarHeader(file("a".repeat(100)), MTIME, 0)).toMatchObject({ pax: false });
    const long = encodeTarHeader(file("a".repeat(101)), MTIME, 4);
    expect(long.pax).toBe(true);
    expect(long.bytes.length).toBe(3 * 512);
    expect(Buffer.from(long.bytes.subarray(0, 5)).toString()).toBe("pax/5");
    expect(Buffer.from(long.bytes.subarray(512, 1024)).toString()).toContain(`111 path=${"a".repeat(101)}\n`);
  });

  it("writes sizes of 8 GiB and more through pax", () => {
    const header = encodeTarHeader(file("big", 8 ** 11), MTIME, 0);
    expect(header.pax).toBe(true);
    expect(decodePax(header.bytes.subarray(512, 512 + 19))).toEqual({ size: 8 ** 11 });
  });

  it.each([
    ["a hard link", patched(file("a"), 156, "1"), "entry-refused"],
    ["a device", patched(file("a"), 156, "3"), "entry-refused"],
    ["a fifo", patched(file("a"), 156, "6"), "entry-refused"],
    ["a sparse file", patched(file("a"), 156, "S"), "entry-refused"],
    ["a global pax header", patched(file("a"), 156, "g"), "entry-refused"],
    ["a setuid file", patched(file("a"), 100, "0004755"), "entry-refused"],
    ["a sticky directory", patched({ ...file("a"), kind: "directory" }, 100, "0001755"), "entry-refused"],
    ["a base-256 size", patched(file("a"), 124, "\u0080"), "archive-malformed"],
    ["another magic", patched(file("a"), 257, "nutar"), "archive-malformed"],
    ["a name that climbs", patched(file("a"), 0, "../x"), "path-unsafe"],
    ["an absolute name", patched(file("a"), 0, "/x"), "path-unsafe"],
    ["a link that leaves", patched({ ...file("a"), kind: "link", linkTarget: "b" }, 157, "../b"), "link-unsafe"],
    ["one path twice", archive([{ entry: file("a") }, { entry: file("a") }]), "entry-conflict"],
    ["a file below a file", archive([{ entry: file("a") }, { entry: file("a/b") }]), "entry-conflict"],
    ["a file below a link", archive([{ entry: { ...file("a"), kind: "link", linkTarget: "b" } }, { entry: file("a/b") }]), "entry-conflict"],
    ["no end", archive([{ entry: file("a") }]).subarray(0, 512), "archive-malformed"],
    ["data after the end", Buffer.concat([archive([]), Buffer.alloc(512, 1)]), "archive-malformed"],
    ["a file that is cut off", encodeTarHeader(file("a", 10), MTIME, 0).bytes, "archive-malformed"],
  ])("refuses %s", async (_, bytes, code) => {
    await expect(read(bytes)).rejects.toThrow(thrown(code));
  });

  it("refuses a header whose checksum does not fit", () => {
    const bytes = encodeTarHeader(file("a"), MTIME, 0).bytes.slice();
    bytes[0] = 0x62;
    expect(() => decodeTarHeader(bytes, {})).toThrow(thrown("archive-malformed"));
  });

  it.each(["5 a=b\n", "6 a=b", "12 path=a\n", "06 a=b\n", "11 path=a/b\n11 path=a/b\n", "13 GNU.sparse=1\n"])("refuses the pax header %j", (text) => {
    expect(() => decodePax(new TextEncoder().encode(text))).toThrow(thrown("archive-malformed"));
  });
});
