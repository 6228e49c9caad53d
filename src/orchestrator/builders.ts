/** Which builder a pack uses. */
import { FlavorError } from "../format/error.js";
import { findBuilder } from "../helpers/find.js";
import { builtInBuilder } from "./built-in.js";
import { nativeBuilder } from "./native.js";
import type { Builder } from "./recipe.js";
import type { PackRequest } from "./request.js";

/** `auto` takes FLAVOR_BUILDER_BIN if it is set, else the Rust one, else the Go one, else the one that is always there. */
export const BUILDER_CHOICES = ["auto", "ts", "rust", "go"] as const;
export type BuilderChoice = (typeof BUILDER_CHOICES)[number];

/**
 * @param cacheDir - the cache root.
 * @throws FlavorError `helper-missing` for one that was asked for and is not there; `helper-digest-wrong`.
 */
export async function chooseBuilder({ builder, environment, cwd }: PackRequest, cacheDir: string): Promise<Builder> {
  const find = { environment, cacheDir, cwd };
  switch (builder) {
    case "ts":
      return builtInBuilder();
    case "rust":
    case "go":
      return nativeBuilder(await findBuilder({ ...find, language: builder }));
    case "auto":
      try {
        return nativeBuilder(await findBuilder(find));
      } catch (error) {
        const named = (environment["FLAVOR_BUILDER_BIN"] ?? "") !== "";
        if (!named && error instanceof FlavorError && error.code === "helper-missing") return builtInBuilder();
        throw error;
      }
  }
}
