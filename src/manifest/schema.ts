/** The manifest's JSON Schema, compiled when first needed; it is the same file that documents the manifest for editors. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { ErrorObject, ValidateFunction } from "ajv";

/** An error of the schema validator, with the schema that the value did not fit. */
export type SchemaError = ErrorObject<string, Record<string, unknown>>;

let compiled: ValidateFunction | undefined;

/** @returns what the schema has against a document; nothing when it fits. */
export function schemaErrors(document: unknown): readonly SchemaError[] {
  compiled ??= compile("manifest.schema.json");
  return compiled(document) ? [] : (compiled.errors ?? []);
}

/** @param name - a file of spec/schema/. */
export function compile(name: string): ValidateFunction {
  const schema: unknown = JSON.parse(readFileSync(join(specFolder(), "schema", name), "utf8"));
  if (typeof schema !== "object" || schema === null) throw new TypeError(`${name} is not a schema`);
  return new Ajv2020({ allErrors: true, verbose: true, discriminator: true, strict: false }).compile(schema);
}

/** The spec folder lies at the package's root, above `src/` in a checkout and above `dist/js/` when built. */
function specFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return /[\\/]dist[\\/]js[\\/]manifest$/.test(here) ? join(here, "..", "..", "..", "spec") : join(here, "..", "..", "spec");
}
