/** The product's version as a Go constant: it stands inside the helpers' markers, which are made by the compiler. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const output = "go/internal/format/version_gen.go";

const source = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "version.txt");

/** @returns the text of version_gen.go. */
export function render() {
  const version = readFileSync(source, "utf8").trim();
  return `// Code generated from version.txt by scripts/generate-constants. DO NOT EDIT.\n\npackage format\n\n// Version is the product's.\nconst Version = ${JSON.stringify(version)}\n`;
}
