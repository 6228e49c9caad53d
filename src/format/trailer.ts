/**
 * The trailer: the last 8200 bytes of a package, box marker, index block, wand marker.
 *
 * Source: spec/pspf-2025.md, "Regions".
 */
import { equalBytes } from "./checksum.js";
import { MAGIC_BOX, MAGIC_WAND, SIZE_INDEX_BLOCK, SIZE_TRAILER } from "./constants.gen.js";
import { FlavorError } from "./error.js";

/** @param indexBlock - 8192 bytes. @returns 8200 bytes. */
export function encodeTrailer(indexBlock: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(SIZE_TRAILER);
  bytes.set(MAGIC_BOX, 0);
  bytes.set(indexBlock, MAGIC_BOX.length);
  bytes.set(MAGIC_WAND, MAGIC_BOX.length + SIZE_INDEX_BLOCK);
  return bytes;
}

/**
 * @param bytes - the last 8200 bytes of a file, or fewer if it has no more.
 * @returns the index block, 8192 bytes.
 * @throws FlavorError `not-a-package`.
 */
export function decodeTrailer(bytes: Uint8Array): Uint8Array {
  if (bytes.length !== SIZE_TRAILER) {
    throw new FlavorError("not-a-package", `not a package: ${bytes.length} bytes are fewer than a trailer has`);
  }
  if (!equalBytes(bytes.subarray(0, 4), MAGIC_BOX) || !equalBytes(bytes.subarray(SIZE_TRAILER - 4), MAGIC_WAND)) {
    throw new FlavorError("not-a-package", "not a package: the file does not end in a PSPF trailer", {
      hint: "if it should be one, it was cut off or something was appended to it: fetch it again",
    });
  }
  return bytes.slice(4, 4 + SIZE_INDEX_BLOCK);
}
