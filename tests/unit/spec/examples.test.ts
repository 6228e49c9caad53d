import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodeJson, type Json } from "../../../src/format/json.js";
import { decodeMetadata } from "../../../src/format/metadata.js";
import { parseJson, parseToml } from "../../../src/manifest/parse.js";
import { compile } from "../../../src/manifest/schema.js";
import { validateManifest } from "../../../src/manifest/validate.js";

const SPEC = join(import.meta.dirname, "..", "..", "..", "spec");

interface Example {
  readonly file: string;
  readonly language: string;
  readonly kind: string;
  readonly text: string;
  readonly line: number;
}

/** Fenced blocks whose info string has a second word: ```toml manifest. */
const examples: Example[] = readdirSync(SPEC)
  .filter((name) => name.endsWith(".md"))
  .flatMap((file) => {
    const markdown = readFileSync(join(SPEC, file), "utf8");
    return [...markdown.matchAll(/^```(\w+) (\w+)\n([\s\S]*?)^```$/gm)].map((match) => ({
      file,
      language: match[1] ?? "",
      kind: match[2] ?? "",
      text: match[3] ?? "",
      line: markdown.slice(0, match.index).split("\n").length,
    }));
  });

describe("examples in spec/", () => {
  it("are there, of both kinds", () => {
    expect(new Set(examples.map((example) => example.kind))).toEqual(new Set(["manifest", "metadata"]));
  });

  it.each(examples.filter((example) => example.kind === "manifest"))("$file:$line is a manifest", ({ language, text, file }) => {
    const document = language === "toml" ? parseToml(text, file) : parseJson(text, file);
    expect(() => validateManifest(document, file)).not.toThrow();
  });

  it.each(examples.filter((example) => example.kind === "metadata"))("$file:$line is canonical metadata", ({ text }) => {
    const document = JSON.parse(text) as Json;
    const validate = compile("metadata.schema.json");
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    expect(new TextDecoder().decode(encodeJson(document))).toBe(text.trim());
    expect(decodeMetadata(document).sealed).toBe(true);
  });
});

describe("spec/tables.json", () => {
  const tables = JSON.parse(readFileSync(join(SPEC, "tables.json"), "utf8")) as { lifecycles?: unknown; slot: { lifecycles: Record<string, number> }; validation_levels: string[] };

  it("agrees with the schemas about lifecycles and levels", () => {
    const schema = (name: string) => JSON.parse(readFileSync(join(SPEC, "schema", name), "utf8")) as { properties: { slots: { items: { properties: { lifecycle: { enum: string[] } } } }; verification: { properties: { minimum_level: { enum: string[] } } } } };
    for (const name of ["manifest.schema.json", "metadata.schema.json"]) {
      const { slots, verification } = schema(name).properties;
      const lifecycles = slots.items.properties.lifecycle.enum.filter((lifecycle) => !["cached", "temporary"].includes(lifecycle));
      expect(lifecycles.sort()).toEqual(Object.keys(tables.slot.lifecycles).sort());
      expect(verification.properties.minimum_level.enum).toEqual(tables.validation_levels);
    }
  });
});
