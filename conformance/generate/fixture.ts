/**
 * Files that compressors of other makers wrote, kept as they are: what they write depends on their version.
 *
 * `text` and `archive.tar` (one file, `hello.txt`, that holds `text`) are what the others decode to; a name says how each was made: `text-check-sha256.xz` by
 * `xz --check=sha256`, `text-blocks.xz` by `xz --block-size=20`, `text-long.zst` by `zstd --long=27`, `zeros-128-mib.gz` by `gzip -9`. `text.lzma` is the form that
 * xz had before.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../src/helpers/root.js";

const FOLDER = join(packageRoot(), "conformance", "generate", "fixtures");

/** @param name - of a file in `fixtures/`. */
export function fixture(name: string): Uint8Array {
  return Uint8Array.from(readFileSync(join(FOLDER, name)));
}
