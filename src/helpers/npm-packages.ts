/**
 * The npm packages that carry helpers, installed beside `flavorpack`: builders for this machine alone, launchers for every target.
 *
 * `make dist` makes them from npm/table.json; docs/guides/install.md shows what is in each.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Platform } from "../format/platform.js";
import { ARCHITECTURES, OPERATING_SYSTEMS } from "../format/platform.js";

export interface HelperPackage {
  readonly kind: "launchers" | "builders";
  readonly platform: Platform;
}

const ALL: readonly HelperPackage[] = (["builders", "launchers"] as const).flatMap((kind) => OPERATING_SYSTEMS.flatMap((os) => ARCHITECTURES.map((arch) => ({ kind, platform: { os, arch } }))));

/** @returns the name in the registry: `@flavorpack/launchers-linux-amd64`. */
export function npmName({ kind, platform }: HelperPackage): string {
  return `@flavorpack/${kind}-${platform.os}-${platform.arch}`;
}

/**
 * @param root - where `flavorpack` is installed.
 * @returns the folders of helpers of those packages that Node finds from there; none in a checkout.
 */
export function npmHelperFolders(root: string, wanted: readonly HelperPackage[] = ALL): string[] {
  const { resolve } = createRequire(join(root, "package.json"));
  return wanted.flatMap((one) => {
    try {
      return [join(dirname(resolve(`${npmName(one)}/package.json`)), "helpers")];
    } catch {
      // Not installed: builders of other machines never are.
      return [];
    }
  });
}
