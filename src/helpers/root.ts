/** Where this package is installed: its folder holds version.txt, spec/ and, in a checkout, build.sh. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FlavorError } from "../format/error.js";

/**
 * @param from - a file inside the package.
 * @returns the package's root folder.
 * @throws FlavorError `internal` if nothing above the file looks like it.
 */
export function packageRoot(from: string = fileURLToPath(import.meta.url)): string {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "version.txt")) && existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder)) throw new FlavorError("internal", `no package root above ${from}`);
  }
}

/** @param root - the package's root. @returns the only place where the version is written. */
export function packageVersion(root: string): string {
  return readFileSync(join(root, "version.txt"), "utf8").trim();
}

/** @returns whether the root is a checkout, with sources to build helpers from. */
export function isCheckout(root: string): boolean {
  return existsSync(join(root, "build.sh")) && existsSync(join(root, "rust", "Cargo.toml"));
}
