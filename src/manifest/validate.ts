/** A document against the schema; what does not fit becomes one error that names the key, what was expected and what was found. */
import { FlavorError } from "../format/error.js";
import type { ManifestInput } from "./input.js";
import { nearest, unknownKey } from "./nearest.js";
import type { SchemaError } from "./schema.js";
import { schemaErrors } from "./schema.js";

/**
 * @param document - parsed TOML or JSON.
 * @param where - the file's name, for messages.
 * @throws FlavorError `manifest-key-unknown` with the nearest key that exists, `manifest-invalid` for a value that does not fit.
 */
export function validateManifest(document: unknown, where: string): ManifestInput {
  const errors = schemaErrors(document);
  const unknownKey = errors.find((error) => error.keyword === "additionalProperties" && typeof error.params["additionalProperty"] === "string");
  const first = unknownKey ?? errors.find((error) => !["if", "oneOf"].includes(error.keyword)) ?? errors[0];
  if (first !== undefined) throw first === unknownKey ? unknownKeyError(first, where) : valueError(first, where);
  return document as ManifestInput;
}

function unknownKeyError(error: SchemaError, where: string): FlavorError {
  const properties = parentSchema(error)["properties"];
  const known: [string, unknown][] = typeof properties === "object" && properties !== null ? Object.entries(properties) : [];
  const usable = known.filter(([, schema]) => !isDeprecated(schema)).map(([name]) => name);
  const parent = keyPath(error.instancePath);
  return unknownKey(where, `${parent === "" ? "" : `${parent}.`}${String(error.params["additionalProperty"])}`, usable);
}

function valueError(error: SchemaError, where: string): FlavorError {
  const key = keyPath(error.instancePath);
  const subject = `${where}: ${key === "" ? "the document" : key}`;
  const details = { key, found: error.data };
  if (error.keyword === "required") {
    return new FlavorError("manifest-invalid", `${subject} lacks ${JSON.stringify(error.params["missingProperty"])}`, { details });
  }
  if (error.keyword === "discriminator") {
    const tag = String(error.params["tag"]);
    return new FlavorError("manifest-invalid", `${subject}.${tag}: expected execute, enumerate_and_execute, write_file or chmod, found ${shown(error.params["tagValue"])}`, { details });
  }
  if (error.keyword === "propertyNames" || error.propertyName !== undefined) {
    const name = error.propertyName ?? String(error.params["propertyName"]);
    return new FlavorError("manifest-invalid", `${subject} has the name ${JSON.stringify(name)}: expected ${expected(error)}`, { details });
  }
  const allowed: unknown = error.params["allowedValues"];
  const meant = Array.isArray(allowed) && typeof error.data === "string" ? nearest(error.data, allowed.map(String)) : undefined;
  return new FlavorError("manifest-invalid", `${subject}: expected ${expected(error)}, found ${shown(error.data)}`, {
    hint: meant === undefined ? undefined : `did you mean ${JSON.stringify(meant)}?`,
    details,
  });
}

function parentSchema(error: SchemaError): Readonly<Record<string, unknown>> {
  const schema: Readonly<Record<string, unknown>> | undefined = error.parentSchema;
  return schema ?? {};
}

function expected(error: SchemaError): string {
  const allowed: unknown = error.params["allowedValues"];
  if (Array.isArray(allowed)) return `one of ${allowed.map(String).join(", ")}`;
  const description: unknown = parentSchema(error)["description"];
  if (typeof description === "string") return description;
  const type: unknown = error.params["type"];
  if (typeof type === "string" || Array.isArray(type)) return withArticle([type].flat().join(" or "));
  return (error.message ?? "another value").replace(/^must /, "it to ");
}

/** A found value as a person would name it: its kind, and the value when it is short. */
function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty array" : "an array";
  if (value instanceof Date) return "a date";
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value);
  const kind = value === null ? "" : `the ${typeof value} `;
  return `${kind}${text.length > 60 ? `${text.slice(0, 57)}...` : text}`;
}

function withArticle(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function isDeprecated(schema: unknown): boolean {
  return typeof schema === "object" && schema !== null && "deprecated" in schema;
}

/** @param pointer - a JSON pointer such as `/slots/0/id`. @returns `slots[0].id`. */
function keyPath(pointer: string): string {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : path === "" ? part : `${path}.${part}`), "");
}
