/** The part of lzma-native that ./xz.ts uses. The types that are published for it give checks other types than they have. */
declare module "lzma-native" {
  import type { Duplex } from "node:stream";

  const lzma: {
    readonly CHECK_CRC64: number;
    createStream(coder: "easyEncoder", options: { readonly preset: number; readonly check: number }): Duplex;
  };
  export default lzma;
}
