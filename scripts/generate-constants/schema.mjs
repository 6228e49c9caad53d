/** The manifest's schema, where the Go compiler can embed it: it takes files from its own module only. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const output = "go/internal/manifest/schema_gen.json";

const source = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "spec", "schema", "manifest.schema.json");

/** @returns the text of schema_gen.json. */
export function render() {
  return readFileSync(source, "utf8");
}
