/**
 * Writes the constants of every implementation from spec/tables.json, and the copy of the manifest's schema that Go embeds.
 *
 *   node scripts/generate-constants/main.mjs          write
 *   node scripts/generate-constants/main.mjs --check  exit 1 if a file is not what the tables say
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as go from "./go.mjs";
import * as rust from "./rust.mjs";
import * as schema from "./schema.mjs";
import * as typescript from "./typescript.mjs";
import * as version from "./version.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const tables = JSON.parse(readFileSync(join(root, "spec", "tables.json"), "utf8"));
const check = process.argv.includes("--check");
let stale = 0;
for (const language of [typescript, rust, go, schema, version]) {
  const path = join(root, language.output);
  const wanted = language.render(tables);
  if (existsSync(path) && readFileSync(path, "utf8") === wanted) continue;
  if (check) {
    process.stderr.write(`${language.output} is not what spec/ says; run: npm run generate\n`);
    stale += 1;
  } else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, wanted);
    process.stderr.write(`wrote ${language.output}\n`);
  }
}
process.exitCode = stale === 0 ? 0 : 1;
