/** Vectors of spec/metadata.md: the document's members and types, its canonical form and its framing, inside a package that is signed as it stands. */
import { crc32 } from "../../src/format/checksum.js";
import { encodeStoredGzip } from "../../src/format/gzip.js";
import type { Json } from "../../src/format/json.js";
import { makePackage, type JsonObject, type Stages } from "./package.js";
import { at, FRAMED, parts, RAW } from "./parts.js";
import { INTACT, type PackageVector, type Verdict } from "./vector.js";

const DOCUMENT = "metadata.md#Document";
const FRAMING = "metadata.md#Framing";
const CANONICAL = "metadata.md#Canonical JSON";
const MALFORMED: Verdict = { error: "metadata-malformed" };
const VERSION: Verdict = { error: "version-unsupported" };

function vector(name: string, description: string, clause: string, stages: Partial<Stages>, verify: Verdict): PackageVector {
  return { name: `metadata_${name}`, description, clause, bytes: makePackage({ parts: parts(), ...stages }), verify };
}

function change(name: string, description: string, edit: (document: JsonObject) => void, verify: Verdict = MALFORMED): PackageVector {
  return vector(name, description, DOCUMENT, { metadata: edit }, verify);
}

function without(...path: string[]): PackageVector {
  return change(`without_${path.join("_")}`, `${path.join(".")} is missing`, (document) => {
    Reflect.deleteProperty(at(document, ...path.slice(0, -1)), path.at(-1) ?? "");
  });
}

function set(path: (string | number)[], value: Json, verify: Verdict = MALFORMED): PackageVector {
  const name = path.join("_").toLowerCase();
  const what = value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
  return change(`${name}_is_${what}`, `${path.join(".")} is ${JSON.stringify(value)}`, (document) => { at(document, ...path.slice(0, -1))[path.at(-1) ?? ""] = value; }, verify);
}

function named(name: string, path: (string | number)[], value: Json, verify: Verdict = MALFORMED): PackageVector {
  return change(name, `${path.join(".")} is ${JSON.stringify(value).slice(0, 80)}`, (document) => { at(document, ...path.slice(0, -1))[path.at(-1) ?? ""] = value; }, verify);
}

function members(): PackageVector[] {
  return [
    ...["format", "format_version", "package", "slots", "execution", "launcher"].map((key) => without(key)),
    without("package", "name"),
    without("package", "version"),
    without("launcher", "size"),
    without("launcher", "checksum"),
    change("without_argv_and_command", "execution names no program", (document) => { document["execution"] = { env: {}, environment: {}, primary_slot: 0 }; }),
    ...["id", "target", "size", "original_size", "checksum", "operations", "purpose", "lifecycle"].map((key) =>
      change(`slot_without_${key}`, `slots[2].${key} is missing`, (document) => { Reflect.deleteProperty(at(document, "slots", 2), key); }),
    ),
    named("format_other", ["format"], "PSPF/2024"),
    named("format_version_2", ["format_version"], "2.0.0", VERSION),
    named("min_format_version_later", ["compatibility", "min_format_version"], "1.1.0", VERSION),
    named("seal_scope_unknown", ["verification", "integrity_seal", "scope"], "galaxy", VERSION),
    change("version_before_missing_member", "two faults: the shape is told before what is missing in it", (document) => {
      at(document, "compatibility")["min_format_version"] = "1.1.0";
      Reflect.deleteProperty(at(document, "launcher"), "checksum");
    }, VERSION),
    named("workenv_name_reserved", ["workenv"], { name: "pinned" }, VERSION),
    set(["package", "name"], 1),
    set(["package", "version"], null),
    set(["package", "description"], null),
    set(["package", "sequence"], "1"),
    named("sequence_negative", ["package", "sequence"], -1),
    set(["execution", "argv"], "run"),
    named("argv_empty", ["execution", "argv"], []),
    named("argv_of_numbers", ["execution", "argv"], [1]),
    set(["execution", "command"], ["run"]),
    set(["execution", "env"], []),
    set(["execution", "environment"], null),
    named("env_value_number", ["execution", "env"], { A: 1 }),
    set(["execution", "primary_slot"], "0"),
    set(["execution", "entries"], []),
    named("entry_without_argv", ["execution", "entries"], { a: {} }),
    named("runtime_unset_text", ["runtime"], { env: { unset: "A" } }),
    named("runtime_map_list", ["runtime"], { env: { map: [] } }),
    named("workenv_directory_without_path", ["workenv"], { directories: [{ mode: "0700" }] }),
    named("workenv_directory_mode_decimal", ["workenv"], { directories: [{ path: "{workenv}/a", mode: "0799" }] }),
    named("setup_command_unknown", ["setup_commands"], [{ type: "download", path: "x" }]),
    named("setup_write_file_without_path", ["setup_commands"], [{ type: "write_file", content: "x" }]),
    named("setup_commands_object", ["setup_commands"], {}),
    named("minimum_level_unknown", ["verification", "minimum_level"], "paranoid"),
    named("key_lifetime_unknown", ["verification", "key_lifetime"], "forever"),
    named("signed_is_text", ["verification", "signed"], "true"),
    named("required_differs_from_signed", ["verification", "integrity_seal", "required"], false),
    named("slot_id_with_slash", ["slots", 2, "id"], "a/b"),
    named("slot_id_empty", ["slots", 2, "id"], ""),
    named("slot_ids_double", ["slots", 1, "id"], "app"),
    named("slot_permissions_three_digits", ["slots", 2, "permissions"], "644"),
    named("slot_permissions_prefix", ["slots", 2, "permissions"], "0o644"),
    named("slot_permissions_not_octal", ["slots", 2, "permissions"], "0889"),
    named("slot_checksum_without_prefix", ["slots", 2, "checksum"], "0".repeat(64)),
    named("slot_checksum_upper_case", ["slots", 2, "checksum"], `sha256:${"A".repeat(64)}`),
    named("slot_checksum_doubled_prefix", ["slots", 2, "checksum"], `sha256:sha256:${"0".repeat(64)}`),
    named("launcher_checksum_short", ["launcher", "checksum"], "sha256:00"),
  ];
}

/** What is asked of targets, ids and chains holds for signed metadata too. */
function unusable(): PackageVector[] {
  const UNSAFE: Verdict = { error: "path-unsafe" };
  const target = (name: string, value: string) =>
    ({ name: `target_${name}`, description: `the target of a slot is ${JSON.stringify(value)}`, clause: "operations.md#Canonical tar", bytes: makePackage({ parts: [{ ...RAW, target: value }] }), verify: UNSAFE }) satisfies PackageVector;
  return [
    target("climbs", "../out"),
    target("climbs_inside", "a/../../out"),
    target("absolute", "/tmp/out"),
    target("backslash", "a\\b"),
    target("stamp", ".pspf-package-id"),
    target("empty_component", "a//b"),
    target("file_at_root", "."),
    target("file_at_workenv", "{workenv}"),
    { name: "target_in_workenv", description: "a target may begin with {workenv}/", clause: DOCUMENT, bytes: makePackage({ parts: [{ ...RAW, target: "{workenv}/a/b" }] }), verify: INTACT },
  ];
}

function allowed(): PackageVector[] {
  return [
    change("unknown_members", "members that a later version may add are passed over", (document) => {
      document["zzz"] = { list: [1, { deep: null }], text: "é😀\u2028" };
      at(document, "package")["homepage"] = "https://example.org/";
      at(document, "slots", 0)["colour"] = ["red"];
      at(document, "execution")["shell"] = false;
      at(document, "verification")["signers"] = [];
    }, INTACT),
    change("without_optional", "what may be absent is absent", (document) => {
      Reflect.deleteProperty(document, "build");
      Reflect.deleteProperty(document, "compatibility");
      Reflect.deleteProperty(at(document, "package"), "sequence");
      Reflect.deleteProperty(at(document, "execution"), "command");
    }, INTACT),
    change("command_alone", "a command line in place of argv", (document) => { Reflect.deleteProperty(at(document, "execution"), "argv"); }, INTACT),
    change("everything", "every optional member at once", (document) => {
      at(document, "package")["description"] = "a text, with ümlauts and \u0001 control characters";
      at(document, "package")["sequence"] = 2 ** 53 - 1;
      at(document, "execution")["entries"] = { other: { argv: ["{workenv}/bin/other"] } };
      at(document, "execution")["entry"] = "other";
      document["runtime"] = { env: { unset: ["LD_*"], pass: ["LD_LIBRARY_PATH"], map: { A: "B" }, set: { C: "d" } } };
      document["workenv"] = { directories: [{ path: "{workenv}/tmp", mode: "0700" }, { path: "var" }], env: { TMPDIR: "{workenv}/tmp" } };
      document["setup_commands"] = ["echo one", { type: "execute", argv: ["true"] }, { type: "enumerate_and_execute", command: "true", enumerate: { path: "bin", pattern: "*" } }, { type: "write_file", path: "a", content: "b", mode: "0600" }, { type: "chmod", path: "a" }];
      document["cache_validation"] = { check_file: "{workenv}/a", expected_content: "b" };
      document["requirements"] = { libc: "glibc", libc_version: "2.17" };
      at(document, "verification")["minimum_level"] = "strict";
    }, INTACT),
  ];
}

/** One member of stored blocks, with something else than the canonical framing. */
function gzipOf(json: Uint8Array, options: { readonly header?: string; readonly firstBlock?: number; readonly emptyLast?: boolean; readonly crc?: number; readonly size?: number; readonly tail?: Uint8Array } = {}): Buffer {
  const first = options.firstBlock ?? json.length;
  const block = (bytes: Uint8Array, last: boolean) => {
    const head = Buffer.alloc(5);
    head.writeUInt8(last ? 1 : 0, 0);
    head.writeUInt16LE(bytes.length, 1);
    head.writeUInt16LE(bytes.length ^ 0xffff, 3);
    return Buffer.concat([head, bytes]);
  };
  const whole = options.emptyLast === true ? [block(json, false), block(new Uint8Array(), true)] : [block(json, true)];
  const blocks = first === json.length ? whole : [block(json.subarray(0, first), false), block(json.subarray(first), true)];
  const end = Buffer.alloc(8);
  end.writeUInt32LE((crc32(json) ^ (options.crc ?? 0)) >>> 0, 0);
  end.writeUInt32LE(json.length + (options.size ?? 0), 4);
  return Buffer.concat([Buffer.from(options.header ?? "1f8b08000000000000ff", "hex"), ...blocks, end, options.tail ?? new Uint8Array()]);
}

function framing(): PackageVector[] {
  const wrong = (name: string, description: string, framed: (json: Uint8Array) => Uint8Array) => vector(`gzip_${name}`, description, FRAMING, { framing: framed }, MALFORMED);
  return [
    wrong("fixed_block", "an empty block of fixed Huffman codes in front", (json) => {
      const stored = encodeStoredGzip(json);
      // BFINAL 0, BTYPE 01, seven zero bits that end the block; then the three header bits of the stored one, which take the rest of their byte.
      return Buffer.concat([stored.subarray(0, 10), Buffer.from("0204", "hex"), stored.subarray(11)]);
    }),
    wrong("os_unix", "OS 3 in the header", (json) => gzipOf(json, { header: "1f8b0800000000000003" })),
    wrong("mtime", "a time in the header", (json) => gzipOf(json, { header: "1f8b08000100000000ff" })),
    wrong("extra_flags", "XFL 2 in the header", (json) => gzipOf(json, { header: "1f8b08000000000002ff" })),
    wrong("name", "a file name in the header", (json) => gzipOf(json, { header: "1f8b08080000000000ff6100" })),
    wrong("short_block", "a block of 100 bytes that is not the last", (json) => gzipOf(json, { firstBlock: 100 })),
    wrong("empty_last_block", "an empty block at the end", (json) => gzipOf(json, { emptyLast: true })),
    wrong("crc_wrong", "a CRC-32 that does not fit", (json) => gzipOf(json, { crc: 1 })),
    wrong("size_wrong", "a length that does not fit", (json) => gzipOf(json, { size: 1 })),
    wrong("second_member", "two members", (json) => Buffer.concat([gzipOf(json), gzipOf(new Uint8Array())])),
    wrong("trailing_zero", "a byte after the member", (json) => gzipOf(json, { tail: Buffer.alloc(1) })),
    wrong("cut", "the last byte is missing", (json) => gzipOf(json).subarray(0, -1)),
    wrong("none", "JSON without any framing", (json) => json),
    wrong("empty", "no bytes at all", () => new Uint8Array()),
  ];
}

function canonical(): PackageVector[] {
  const edit = (name: string, description: string, from: string, to: string) =>
    vector(`json_${name}`, description, CANONICAL, { json: (bytes) => Buffer.from(Buffer.from(bytes).toString().replace(from, to)) }, MALFORMED);
  return [
    edit("duplicate_key", "a key twice in one object", '"sequence":0', '"sequence":0,"sequence":0'),
    edit("space", "a space after a colon", '"sequence":0', '"sequence": 0'),
    edit("unsorted", "keys out of order", '"name":"vector","sequence":0', '"sequence":0,"name":"vector"'),
    edit("float", "a number with a fraction", '"sequence":0', '"sequence":0.0'),
    edit("negative_zero", "-0", '"sequence":0', '"sequence":-0'),
    edit("above_2_53", "an integer that is not safe", '"sequence":0', '"sequence":9007199254740992'),
    edit("escaped_letter", "an escape that is not needed", '"vector"', '"v\\u0065ctor"'),
    edit("lone_surrogate", "half of a surrogate pair", '"vector"', '"\\ud800"'),
    edit("bom", "a byte order mark", "{", "\ufeff{"),
    vector("json_newline_at_end", "a newline after the document", CANONICAL, { json: (bytes) => Buffer.concat([bytes, Buffer.from("\n")]) }, MALFORMED),
    edit("key_not_ascii", "a key with an accent", '{"build"', '{"é":1,"build"'),
    vector("json_not_utf8", "a byte that is no UTF-8", CANONICAL, { json: (bytes) => Buffer.from(Buffer.from(bytes).toString("latin1").replace('"vector"', '"vect\xffr"'), "latin1") }, MALFORMED),
    vector("json_cut", "the last bracket is missing", CANONICAL, { json: (bytes) => bytes.subarray(0, -1) }, MALFORMED),
    vector("json_list", "a list in place of the document", CANONICAL, { json: () => Buffer.from("[]") }, MALFORMED),
    vector("json_depth_64", "nested 64 deep", CANONICAL, { metadata: (document) => { document["zzz"] = nested(63); } }, INTACT),
    vector("json_depth_65", "nested 65 deep", CANONICAL, { json: (bytes) => Buffer.from(Buffer.from(bytes).toString().replace(/\}$/, `,"zzz":${"[".repeat(64)}${"]".repeat(64)}}`)) }, MALFORMED),
  ];
}

function nested(depth: number): Json {
  return depth === 0 ? 0 : [nested(depth - 1)];
}

function sizes(): PackageVector[] {
  const LIMIT = 65_536;
  const pad = (size: number) => (document: JsonObject) => {
    document["zzz"] = "";
    document["zzz"] = "x".repeat(size - Buffer.byteLength(JSON.stringify(document)));
  };
  return [
    vector("of_64_kib", "a document of exactly 64 KiB", FRAMING, { parts: [RAW], metadata: pad(LIMIT) }, INTACT),
    vector("above_64_kib", "a document of 64 KiB and a byte, without frame lists", FRAMING, { parts: [RAW], metadata: pad(LIMIT + 1) }, MALFORMED),
    vector("above_64_kib_with_frames", "the frame lists do not count for the 64 KiB", FRAMING, { parts: [FRAMED], metadata: pad(LIMIT + 100) }, INTACT),
  ];
}

export function metadataVectors(): PackageVector[] {
  return [...members(), ...unusable(), ...allowed(), ...framing(), ...canonical(), ...sizes()];
}
