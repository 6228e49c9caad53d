import { execFileSync } from "node:child_process";
import { readFile, writeFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readWheelZip } from "../../../src/builder/wheel.js";
import { SIZE_TRAILER } from "../../../src/format/constants.gen.js";
import { findSlot } from "../../../src/reader/content.js";
import { extractSlot } from "../../../src/reader/extract.js";
import { openPackage } from "../../../src/reader/open.js";
import { verifyPackage } from "../../../src/reader/verify.js";
import { tinyPackage } from "../tiny-package.js";

const MTIME = new Date("1980-01-01T00:00:00");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "wheel-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the wheel slot", () => {
  // Sizes of content that lead to every padding before the central directory.
  it.each(Array.from({ length: 16 }, (_, extra) => extra))("makes the file a zip as well, and gives the plain zip back (content + %d bytes)", async (extra) => {
    const plain = zipSync({ "pkg/a.txt": [strToU8("a".repeat(50 + extra)), { level: 0, mtime: MTIME }], "pkg/zeros": [new Uint8Array(3), { level: 0, mtime: MTIME }] });
    const zip = join(folder, `plain-${extra}.zip`);
    await writeFile(zip, plain);
    const built = await tinyPackage({
      slots: [{ id: "wheel", target: "tiny-1.0-py3-none-any.whl", operations: "raw", purpose: "wheel", lifecycle: "lazy", blob: { file: zip, size: plain.length, originalSize: plain.length, sha256: "", mode: 0o644 } }],
    });
    try {
      await verifyPackage(built.path);
      const bytes = await readFile(built.path);
      const pkg = await openPackage(built.path);
      const position = findSlot(pkg, "wheel");
      const slot = pkg.descriptors[position];
      expect((slot?.offsetBytes ?? 0) + (slot?.sizeBytes ?? 0)).toBe(bytes.length - SIZE_TRAILER);
      const target = join(folder, `out-${extra}.whl`);
      await extractSlot(pkg, position, target, { force: false, signal: new AbortController().signal });
      await pkg.close();
      expect(Buffer.compare(await readFile(target), plain)).toBe(0);
      const script = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(','.join(z.namelist()), len(z.comment))";
      expect(execFileSync("python3", ["-c", script, built.path], { encoding: "utf8" }).trim()).toBe(`pkg/a.txt,pkg/zeros ${SIZE_TRAILER}`);
    } finally {
      await built.remove();
    }
  });

  it("refuses a zip with a comment", async () => {
    const zip = join(folder, "comment.zip");
    await writeFile(zip, Buffer.concat([zipSync({ a: strToU8("a") }), strToU8("comment")]));
    await expect(readWheelZip(zip)).rejects.toThrow(expect.objectContaining({ code: "build-failed" }));
  });
});
