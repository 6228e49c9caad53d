/** Go constants from spec/tables.json, as gofmt lays them out. */

export const output = "go/internal/format/constants_gen.go";

const camel = (name) => name.split(/[^A-Za-z0-9]+/).filter((word) => word !== "").map((word) => word[0].toUpperCase() + word.slice(1)).join("");
/** Operation names are shouted in the tables: `TAR` is `Tar` in a Go name. */
const calm = (name) => camel(name.toLowerCase());
const text = (value) => JSON.stringify(value);
/** A Go string literal of any bytes. */
const bytes = (value) => `"${[...Buffer.from(value)].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`)).join("")}"`;
const constants = (doc, rows) => `// ${doc}\n\n${rows.join("\n")}\n`;
const constant = (name, type, value) => `const ${name}${type === "" ? "" : ` ${type}`} = ${value}`;
const table = (doc, name, type, rows) => `// ${doc}\nvar ${name} = [...]${type}{\n${rows.map((row) => `\t${row},`).join("\n")}\n}\n`;

/** A function that looks a key up, so that no table has to be made when a program starts. */
function lookup(doc, name, parameter, result, zero, cases) {
  const rows = cases.flatMap(([keys, value]) => [`\tcase ${keys.join(", ")}:`, `\t\treturn ${value}, true`]);
  return [`// ${doc}`, `func ${name}(${parameter}) (${result}, bool) {`, `\tswitch ${parameter.split(" ")[0]} {`, ...rows, "\t}", `\treturn ${zero}, false`, "}\n"].join("\n");
}

/** Cases that give one value stand together. */
function byValue(map, render) {
  const groups = new Map();
  for (const [key, value] of Object.entries(map)) groups.set(render(value), [...(groups.get(render(value)) ?? []), text(key)]);
  return [...groups].map(([value, keys]) => [keys, value]);
}

const fields = (kind, list) => list.flatMap(({ name, offset, size }) => [constant(`${kind}${camel(name)}At`, "", offset), constant(`${kind}${camel(name)}Size`, "", size)]);
const bits = (kind, map, written, type) => [
  ...written.map((name) => constant(`${kind}${camel(name)}`, type, `1 << ${map[name]}`)),
  constant(kind === "Flag" ? "FlagsWritten" : "CapabilitiesWritten", type, written.map((name) => kind + camel(name)).join(" | ")),
];

/** @param tables - spec/tables.json, parsed. @returns the text of constants_gen.go. */
export function render(tables) {
  const { sizes, limits, magic, index, slot, operations, errors } = tables;
  const exits = tables.exit_codes;
  const implemented = Object.keys(operations.implemented);
  const code = (name) => `0x${operations.registry[name]}`;
  const exit = (doc, name, member) => {
    const statuses = [...new Set(errors.map((error) => exits[error[member]]))];
    const codes = (status) => errors.filter((error) => exits[error[member]] === status).map((error) => `Code${camel(error.code)}`);
    const rows = statuses.flatMap((status) => [`\tcase ${codes(status).join(", ")}:`, `\t\treturn ${status}`]);
    return [`// ${doc}`, `func (code ErrorCode) ${name}() int {`, "\tswitch code {", ...rows, "\t}", "\treturn ExitPanic", "}\n"].join("\n");
  };
  return [
    "// Code generated from spec/tables.json by scripts/generate-constants. DO NOT EDIT.\n",
    "package format\n",
    constants("Sizes in bytes.", Object.entries(sizes).map(([name, value]) => constant(`Size${camel(name)}`, "", value))),
    constants("What a reader refuses to exceed.", Object.entries(limits).map(([name, value]) => constant(`Limit${camel(name)}`, "", value))),
    constants("Byte sequences with a fixed value.", Object.entries(magic).map(([name, value]) =>
      constant(`Magic${camel(name)}`, "", bytes(name === "box" || name === "wand" ? Buffer.from(value, "hex") : value)))),
    constants("Index block: where each field lies, and what the fixed ones hold.", [
      constant("IndexFormatVersionValue", "uint32", `0x${index.format_version_value.toString(16)}`),
      constant("IndexProtocolVersionValue", "uint32", index.protocol_version_value),
      ...fields("index", index.fields),
    ]),
    table("Index fields that must be zero.", "indexZeroFields", "zeroField",
      index.fields.filter(({ type }) => type === "zero").map(({ name, offset, size }) => `{${text(name)}, ${offset}, ${size}}`)),
    constants("Bits of the index field flags.", bits("Flag", index.flags, index.flags_written, "uint32")),
    constants("Bits of the index field capabilities.", bits("Capability", index.capabilities, index.capabilities_written, "uint64")),
    constants("Slot descriptor: where each field lies, and what the fixed one holds.", [constant("SlotPriorityValue", "uint8", slot.priority_value), ...fields("slot", slot.fields)]),
    lookup("PurposeCode gives the descriptor's byte for a purpose.", "PurposeCode", "name string", "uint8", "0", byValue(slot.purposes, String)),
    lookup("LifecycleCode gives the descriptor's byte for a lifecycle, by its canonical name.", "LifecycleCode", "name string", "uint8", "0", byValue(slot.lifecycles, String)),
    lookup("LifecycleSpelling gives the canonical name behind another spelling of a lifecycle.", "LifecycleSpelling", "name string", "string", '""', byValue(slot.lifecycle_spellings, text)),
    lookup("PlatformCode gives the descriptor's byte for the operating system of a slot.", "PlatformCode", "name string", "uint8", "0", byValue(slot.platforms, String)),
    table("LifecycleNames are the canonical names, for messages.", "LifecycleNames", "string", Object.keys(slot.lifecycles).map(text)),
    constants("Operations that are implemented.", implemented.map((name) => constant(`Operation${calm(name)}`, "Operation", code(name)))),
    lookup("operationName gives the registered name of a code.", "operationName", "code uint8", "string", '""',
      Object.entries(operations.registry).map(([name, value]) => [[`0x${value}`], text(name)])),
    lookup("operationSpelling gives the operations behind one word of a manifest.", "operationSpelling", "word string", "Chain", "nil",
      byValue(operations.spellings, (chain) => `Chain{${chain.map((name) => `Operation${calm(name)}`).join(", ")}}`)),
    table("OperationSpellings are the words that manifests may use, for messages.", "OperationSpellings", "string", Object.keys(operations.spellings).filter((name) => name !== "").map(text)),
    constants("Exit codes.", Object.entries(exits).map(([name, value]) => constant(`Exit${camel(name)}`, "", value))),
    table("deviceNames are those that Windows keeps for devices, in lower case.", "deviceNames", "string", tables.device_names.map(text)),
    table("ValidationLevels, weakest first.", "ValidationLevels", "string", tables.validation_levels.map(text)),
    "// ErrorCode tells what is wrong. Exit status follows from the code, never from the words of a message.\ntype ErrorCode string\n",
    errors.flatMap(({ code: name, means }) => [`// Code${camel(name)}: ${means}.`, constant(`Code${camel(name)}`, "ErrorCode", text(name)), ""]).join("\n"),
    exit("Exit is the status of a launcher or builder that stops because of the code.", "Exit", "exit"),
    exit("VerifyExit is the status of a verification that stops because of the code.", "VerifyExit", "verify"),
  ].join("\n");
}
