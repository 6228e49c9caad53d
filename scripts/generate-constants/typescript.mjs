/** Constants for the TypeScript implementation. */
export const output = "src/format/constants.gen.ts";

const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
const upper = (name) => name.toUpperCase();
const hex = (text) => `Uint8Array.from([${text.match(/../g).map((byte) => `0x${byte}`).join(", ")}])`;
const quoted = (value) => JSON.stringify(value);

function fieldTable(name, fields) {
  const rows = fields.map((f) => `  ${camel(f.name)}: { offset: ${f.offset}, size: ${f.size} },`);
  return `export const ${name} = {\n${rows.join("\n")}\n} as const;\n`;
}

function record(name, entries, render = quoted) {
  const rows = Object.entries(entries).map(([key, value]) => `  ${/^[A-Za-z_]\w*$/.test(key) ? key : quoted(key)}: ${render(value)},`);
  return `export const ${name} = {\n${rows.join("\n")}\n} as const;\n`;
}

/** @param tables - the parsed spec/tables.json. @returns the file's text. */
export function render(tables) {
  const out = ["// Generated from spec/tables.json by scripts/generate-constants. Do not edit.\n"];
  for (const [name, value] of Object.entries(tables.sizes)) out.push(`export const SIZE_${upper(name)} = ${value};`);
  for (const [name, value] of Object.entries(tables.limits)) out.push(`export const LIMIT_${upper(name)} = ${value};`);
  out.push("");
  out.push(`export const MAGIC_BOX = ${hex(tables.magic.box)};`);
  out.push(`export const MAGIC_WAND = ${hex(tables.magic.wand)};`);
  for (const name of ["seal_prefix", "cosign_prefix", "launcher_marker", "builder_marker", "stamp_file"]) {
    out.push(`export const ${upper(name)} = ${quoted(tables.magic[name])};`);
  }
  out.push("");
  out.push(`export const FORMAT_VERSION = ${tables.index.format_version_value};`);
  out.push(`export const PROTOCOL_VERSION = ${tables.index.protocol_version_value};`);
  out.push(`export const SLOT_PRIORITY = ${tables.slot.priority_value};\n`);
  out.push(fieldTable("INDEX", tables.index.fields));
  const zero = tables.index.fields.filter((f) => f.type === "zero").map((f) => quoted(camel(f.name)));
  out.push(`/** Index fields that must be zero. */\nexport const INDEX_ZERO_FIELDS = [${zero.join(", ")}] as const;\n`);
  out.push(record("INDEX_FLAGS", tables.index.flags, (bit) => `1 << ${bit}`));
  out.push(`export const INDEX_FLAGS_WRITTEN = ${tables.index.flags_written.map((n) => `(1 << ${tables.index.flags[n]})`).join(" | ")};\n`);
  out.push(record("INDEX_CAPABILITIES", tables.index.capabilities, (bit) => `1n << ${bit}n`));
  out.push(`export const INDEX_CAPABILITIES_WRITTEN = ${tables.index.capabilities_written.map((n) => `(1n << ${tables.index.capabilities[n]}n)`).join(" | ")};\n`);
  out.push(fieldTable("SLOT", tables.slot.fields));
  out.push(record("PURPOSE_CODES", tables.slot.purposes));
  out.push(record("LIFECYCLE_CODES", tables.slot.lifecycles));
  out.push(record("LIFECYCLE_SPELLINGS", tables.slot.lifecycle_spellings));
  out.push(record("PLATFORM_CODES", tables.slot.platforms));
  out.push(record("OPERATION_CODES", tables.operations.registry, (code) => `0x${code}`));
  out.push(`export const OPERATIONS_IMPLEMENTED = [${Object.keys(tables.operations.implemented).map(quoted).join(", ")}] as const;\n`);
  out.push(record("OPERATION_SPELLINGS", tables.operations.spellings, (names) => `[${names.map(quoted).join(", ")}]`));
  out.push(`/** From weakest to strictest. */\nexport const VALIDATION_LEVELS = [${tables.validation_levels.map(quoted).join(", ")}] as const;\n`);
  out.push(`/** Names that Windows keeps for devices, in lower case. */\nexport const DEVICE_NAMES = [${tables.device_names.map(quoted).join(", ")}] as const;\n`);
  out.push(record("EXIT_CODES", Object.fromEntries(Object.entries(tables.exit_codes).map(([k, v]) => [camel(k), v]))));
  const rows = tables.errors.map(
    (e) => `  ${quoted(e.code)}: { exit: ${tables.exit_codes[e.exit]}, verify: ${tables.exit_codes[e.verify]}, means: ${quoted(e.means)} },`,
  );
  out.push(`/** Every error: its exit code, the one \`verify\` uses, and its meaning. */\nexport const ERRORS = {\n${rows.join("\n")}\n} as const;\n`);
  return out.join("\n");
}
