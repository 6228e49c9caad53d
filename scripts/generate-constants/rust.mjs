/** Rust constants from spec/tables.json. */

export const output = "rust/format/src/constants_gen.rs";

const shout = (name) => name.replace(/[^A-Za-z0-9]+/g, "_").toUpperCase();
const camel = (name) => name.split("-").map((word) => word[0].toUpperCase() + word.slice(1)).join("");
const text = (value) => JSON.stringify(value);
const bytes = (hex) => `[${hex.match(/../g).map((pair) => `0x${pair}`).join(", ")}]`;
const byteString = (value) => `b"${value.replace(/\u0000/g, "\\0")}"`;
const hex32 = (value) => `0x${value.toString(16).padStart(8, "0").replace(/(....)(....)/, "$1_$2")}`;
/** An index field called `requirements` and a map called so never meet: fields stand in modules of their own. */
const lines = (rows, indent = "    ") => rows.map((row) => indent + row).join("\n");
const module = (doc, name, rows) => `/// ${doc}\npub mod ${name} {\n${lines(rows)}\n}\n`;
const constant = (name, type, value) => `pub const ${shout(name)}: ${type} = ${value};`;
const table = (name, type, rows) => [`pub const ${name}: &[${type}] = &[`, ...rows.map((row) => `    ${row},`), "];"];

const fieldRanges = (fields) => fields.filter(({ type }) => type !== "zero")
  .map(({ name, offset, size }) => constant(name, "Range<usize>", `${offset}..${offset + size}`));
const zeroFields = (fields) => table("ZERO_FIELDS", "(&str, Range<usize>)", fields.filter(({ type }) => type === "zero")
  .map(({ name, offset, size }) => `(${text(name)}, ${offset}..${offset + size})`));
const bits = (map, written, type) => [
  ...written.map((name) => constant(name, type, `1 << ${map[name]}`)),
  `/// Every bit that may be set.`,
  constant("written", type, written.map(shout).join(" | ")),
];
const codes = (name, map) => table(name, "(&str, u8)", Object.entries(map).map(([key, code]) => `(${text(key)}, ${code})`));

/** @param tables - spec/tables.json, parsed. @returns the text of constants_gen.rs. */
export function render(tables) {
  const { sizes, limits, magic, index, slot, operations, errors } = tables;
  const exits = tables.exit_codes;
  const magicRows = Object.entries(magic).map(([name, value]) =>
    name === "box" || name === "wand" ? constant(name, "[u8; 4]", bytes(value))
      : name === "stamp_file" ? constant(name, "&str", text(value))
        : constant(name, "&[u8]", byteString(value)));
  const registry = Object.entries(operations.registry);
  const code = (name) => `0x${operations.registry[name]}`;
  const match = (doc, fn, type, value) => [
    `    /// ${doc}`, `    pub const fn ${fn}(self) -> ${type} {`, "        match self {",
    ...errors.map((error) => `            Self::${camel(error.code)} => ${value(error)},`), "        }", "    }",
  ];
  return [
    "//! Generated from spec/tables.json by scripts/generate-constants. Do not edit.\n",
    module("Sizes in bytes.", "sizes", Object.entries(sizes).map(([name, value]) => constant(name, "usize", value))),
    module("What a reader refuses to exceed.", "limits", Object.entries(limits).map(([name, value]) => constant(name, "usize", value))),
    module("Byte sequences with a fixed value.", "magic", magicRows),
    module("Index block: where each field lies.", "index", [
      "use std::ops::Range;",
      constant("format_version_value", "u32", hex32(index.format_version_value)),
      constant("protocol_version_value", "u32", index.protocol_version_value),
      ...fieldRanges(index.fields), ...zeroFields(index.fields),
    ]),
    module("Bits of the index field `flags`.", "flags", bits(index.flags, index.flags_written, "u32")),
    module("Bits of the index field `capabilities`.", "capabilities", bits(index.capabilities, index.capabilities_written, "u64")),
    module("Slot descriptor: where each field lies, and its codes.", "slot", [
      "use std::ops::Range;", ...fieldRanges(slot.fields), ...zeroFields(slot.fields),
      constant("priority_value", "u8", slot.priority_value),
      ...codes("PURPOSES", slot.purposes), ...codes("LIFECYCLES", slot.lifecycles),
      ...table("LIFECYCLE_SPELLINGS", "(&str, &str)", Object.entries(slot.lifecycle_spellings).map(([from, to]) => `(${text(from)}, ${text(to)})`)),
      ...codes("PLATFORMS", slot.platforms),
    ]),
    module("Operation codes, names and spellings.", "operations", [
      ...Object.keys(operations.implemented).map((name) => constant(name, "u8", code(name))),
      ...table("REGISTRY", "(u8, &str)", registry.map(([name, value]) => `(0x${value}, ${text(name)})`)),
      ...table("SPELLINGS", "(&str, &[u8])", Object.entries(operations.spellings).map(([name, chain]) => `(${text(name)}, &[${chain.map(code).join(", ")}])`)),
    ]),
    module("Exit codes.", "exit", Object.entries(exits).map(([name, value]) => constant(name, "u8", value))),
    "/// Names that Windows keeps for devices, in lower case.",
    ...table("DEVICE_NAMES", "&str", tables.device_names.map(text)), "",
    "/// Validation levels, weakest first.",
    `pub const VALIDATION_LEVELS: [&str; ${tables.validation_levels.length}] = [${tables.validation_levels.map(text).join(", ")}];\n`,
    "/// What can be wrong. Exit status follows from the code, never from the words of a message.",
    "#[derive(Clone, Copy, Debug, PartialEq, Eq)]", "#[non_exhaustive]", "pub enum ErrorCode {",
    ...errors.flatMap(({ code: name, means }) => [`    /// ${means[0].toUpperCase()}${means.slice(1)}.`, `    ${camel(name)},`]),
    "}\n", "impl ErrorCode {",
    ...match("The code as it is printed.", "as_str", "&'static str", (error) => text(error.code)), "",
    ...match("Exit status of a launcher or builder that stops because of it.", "exit", "u8", (error) => exits[error.exit]), "",
    ...match("Exit status of `verify` that stops because of it.", "verify_exit", "u8", (error) => exits[error.verify]),
    "}", "",
  ].join("\n");
}
