/** Who signs a package. Keys are read in ../trust; the builder only asks for signatures. */
export interface Signer {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** `build` for a key that is forgotten after this build, `publisher` for one that outlives it. */
  readonly lifetime: "build" | "publisher";
  /** @returns the Ed25519 signature of the message, 64 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}
