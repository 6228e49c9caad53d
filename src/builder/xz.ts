/**
 * Encoding XZ: one stream of one block, preset 6, CRC-64, by liblzma itself.
 *
 * Source: spec/builder.md, "What a builder does".
 */
import type { Duplex } from "node:stream";
import { FlavorError } from "../format/error.js";

/** @returns a stream that turns plain bytes into XZ. @throws FlavorError `tool-missing` where the optional dependency has no native code. */
export async function xzEncoder(): Promise<Duplex> {
  const { default: lzma } = await import("lzma-native").catch((cause: unknown) => {
    throw new FlavorError("tool-missing", "XZ cannot be written: the optional dependency lzma-native is not installed, or not made for this machine", {
      cause,
      hint: "use zstd, or bring the XZ files ready-made",
    });
  });
  return lzma.createStream("easyEncoder", { preset: 6, check: lzma.CHECK_CRC64 });
}
