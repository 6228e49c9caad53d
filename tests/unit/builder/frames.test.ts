import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compress } from "@cloudpss/zstd";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeBlob, type SlotBlob } from "../../../src/builder/blob.js";
import { openCompressor, SMALL_FRAME_BYTES } from "../../../src/builder/compressor.js";
import { silentProgress } from "../../../src/builder/progress.js";
import { encodeTarHeader, TAR_END, tarPadding } from "../../../src/format/tar.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "frames-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Two files; the second one has a name that needs a pax header: 512 for it, 512 for its record, 512 for the entry's own header. */
const LONG = `${"n".repeat(120)}.txt`;
const FIRST_SIZE = 700;
function tar(): Buffer {
  const file = (path: string, size: number) => [encodeTarHeader({ path, kind: "file", size, executable: false, linkTarget: "" }, 0, 0).bytes, Buffer.alloc(size, 0x61), tarPadding(size)];
  return Buffer.concat([...file("a.txt", FIRST_SIZE), ...file(LONG, 10), TAR_END]);
}
const SECOND_AT = 512 + 1024;

let made = 0;
async function take(stored: Uint8Array): Promise<SlotBlob> {
  made += 1;
  const source = join(folder, `${made}.tar.zst`);
  await writeFile(source, stored);
  const options = { mtimeSeconds: 0, compressor: openCompressor(undefined, () => 0), compression: { level: 3, framePlainBytes: SMALL_FRAME_BYTES }, signal: new AbortController().signal, step: silentProgress.step("") };
  return makeBlob(source, ["TAR", "ZSTD"], { file: join(folder, `${made}.blob`), ...options });
}

const cut = (...at: number[]) => {
  const plain = tar();
  const ends = [...at, plain.length];
  return ends.map((end, position) => Buffer.from(compress(plain.subarray(ends[position - 1] ?? 0, end))));
};

describe("a tar.zst blob that is taken as it comes", () => {
  it("gets a list that tells where the first header of each frame lies", async () => {
    const parts = cut(1024, SECOND_AT, SECOND_AT + 1536);
    const blob = await take(Buffer.concat(parts));
    expect(blob.frames?.map(({ offset, size, plain, first }) => ({ offset, size, plain, first }))).toEqual([
      { offset: 0, size: parts[0]?.length, plain: 1024, first: 0 },
      { offset: parts[0]?.length, size: parts[1]?.length, plain: 512, first: null },
      { offset: (parts[0]?.length ?? 0) + (parts[1]?.length ?? 0), size: parts[2]?.length, plain: 1536, first: 0 },
      { offset: (parts[0]?.length ?? 0) + (parts[1]?.length ?? 0) + (parts[2]?.length ?? 0), size: parts[3]?.length, plain: 1536, first: null },
    ]);
    expect(blob.originalSize).toBe(tar().length);
  });

  it.each([
    ["cuts a pax header from its entry", () => cut(SECOND_AT + 1024)],
    ["cuts a pax header from its record", () => cut(SECOND_AT + 512)],
    ["is cut off the blocks of the tar", () => cut(700)],
  ])("gets none when it %s", async (_, parts) => {
    expect(await take(Buffer.concat(parts()))).not.toHaveProperty("frames");
  });

  it("gets none when a frame has a checksum", async () => {
    // What `zstd --check` makes of an empty tar.
    const stored = Buffer.from("28b52ffd6400034d00001000000100fb2b8005cdac85f0", "hex");
    const blob = await take(stored);
    expect(blob).not.toHaveProperty("frames");
    expect(blob.originalSize).toBe(TAR_END.length);
  });
});
