/**
 * Encoding XZ: one stream of one block, CRC-64, by liblzma itself.
 *
 * Source: spec/builder.md, "What a builder does".
 */
import type { Duplex } from "node:stream";
import { FlavorError } from "../format/error.js";

/** Preset 6 has a dictionary of 8 MiB; the one below with another has 4 MiB, which fits any chain. */
const PRESET = 6;
const PRESET_DICTIONARY_BYTES = 8 * 1024 * 1024;
const SMALL_PRESET = 4;

/** @param windowLimit - the largest dictionary that readers take, in bytes. @returns a stream that turns plain bytes into XZ. @throws FlavorError `tool-missing` where the optional dependency has no native code. */
export async function xzEncoder(windowLimit: number): Promise<Duplex> {
  const { default: lzma } = await import("lzma-native").catch((cause: unknown) => {
    throw new FlavorError("tool-missing", "XZ cannot be written: the optional dependency lzma-native is not installed, or not made for this machine", {
      cause,
      hint: "use zstd, or bring the XZ files ready-made",
    });
  });
  return lzma.createStream("easyEncoder", { preset: windowLimit < PRESET_DICTIONARY_BYTES ? SMALL_PRESET : PRESET, check: lzma.CHECK_CRC64 });
}
