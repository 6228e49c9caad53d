/** Questions about the pieces of the format: canonical JSON, the metadata's gzip, streams, operation chains, command lines, targets, names. */
import type { ErrorCode } from "../../src/format/error.js";
import { sha256, toHex } from "../../src/format/checksum.js";
import { encodeStoredGzip } from "../../src/format/gzip.js";
import type { Json } from "../../src/format/json.js";
import { fixture } from "./fixture.js";
import { hex, type QuestionVector } from "./vector.js";
import { skippableFrame, zstdFrame } from "./zstd.js";

function ask(clause: string, name: string, description: string, question: QuestionVector["question"], expect: QuestionVector["expect"]): QuestionVector {
  return { name, description, clause, question, expect };
}

function json(): QuestionVector[] {
  const CLAUSE = "metadata.md#Canonical JSON";
  const good = (name: string, description: string, text: string) => ask(CLAUSE, `json_${name}`, description, { op: "json", bytes: hex(text) }, { ok: hex(text) });
  const bad = (name: string, description: string, text: string | Uint8Array) => ask(CLAUSE, `json_${name}`, description, { op: "json", bytes: hex(text) }, { error: "metadata-malformed" });
  const encode = (name: string, description: string, value: Json, text: string) => ask(CLAUSE, `encode_json_${name}`, description, { op: "encode_json", value }, { ok: hex(text) });
  return [
    good("empty_object", "an object of nothing", "{}"),
    good("empty_list", "a list of nothing", "[]"),
    good("scalar", "a number alone", "0"),
    good("literals", "null, true and false", "[null,true,false]"),
    good("largest", "the largest integers", "[9007199254740991,-9007199254740991]"),
    good("escapes", "every escape that there is", '"\\b\\t\\n\\f\\r\\"\\\\\\u0000\\u001f"'),
    good("not_escaped", "what is not escaped: slash, DEL, line separators, emoji", '"/\u007f\u2028\u2029é😀\ufffe"'),
    good("empty_key", "an empty key", '{"":1}'),
    good("keys_sorted", "keys sorted by byte, upper case first", '{"B":1,"a":2,"a1":3,"b":4,"~":5}'),
    good("key_escaped", "a control character in a key", '{"\\n":1,"a":2}'),
    good("proto_key", "__proto__ is a key like any other", '{"__proto__":{"x":1},"constructor":2}'),
    good("integer_like_keys", "keys that look like numbers are sorted as text", '{"1":1,"10":2,"2":3}'),
    good("depth_64", "64 lists in each other", `${"[".repeat(64)}${"]".repeat(64)}`),
    bad("depth_65", "65 lists in each other", `${"[".repeat(65)}${"]".repeat(65)}`),
    bad("depth_100000", "100,000 lists in each other: no stack runs out", `${"[".repeat(100_000)}${"]".repeat(100_000)}`),
    bad("nothing", "no bytes", ""),
    bad("space_after", "a newline at the end", "{}\n"),
    bad("space_before", "a space in front", " {}"),
    bad("space_inside", "a space in a list", "[1, 2]"),
    bad("bom", "a byte order mark", "\ufeff{}"),
    bad("two_documents", "two documents", "{}{}"),
    bad("trailing_comma", "a comma too many", "[1,]"),
    bad("unsorted", "keys out of order", '{"b":1,"a":2}'),
    bad("integer_like_unsorted", "keys sorted as numbers", '{"1":1,"2":3,"10":2}'),
    bad("duplicate", "a key twice", '{"a":1,"a":1}'),
    bad("duplicate_escaped", "a key twice, once escaped", '{"a":1,"\\u0061":1}'),
    bad("duplicate_proto", "__proto__ twice", '{"__proto__":1,"__proto__":1}'),
    bad("single_quotes", "quotes of JavaScript", "{'a':1}"),
    bad("bare_key", "a key without quotes", "{a:1}"),
    bad("comment", "a comment", "{}/**/"),
    bad("nan", "NaN", "NaN"),
    bad("float", "a fraction", "1.5"),
    bad("float_zero", "1.0 is no integer here", "1.0"),
    bad("exponent", "1e3", "1e3"),
    bad("negative_zero", "-0", "-0"),
    bad("leading_zero", "01", "01"),
    bad("plus", "+1", "+1"),
    bad("two_to_53", "2^53", "9007199254740992"),
    bad("minus_two_to_53", "-2^53", "-9007199254740992"),
    bad("huge", "a number of a thousand digits", "1".repeat(1000)),
    bad("escaped_slash", "an escaped slash", '"\\/"'),
    bad("escaped_letter", "an escaped letter", '"\\u0041"'),
    bad("escaped_upper", "hex digits in upper case", '"\\u001F"'),
    bad("escaped_newline_long", "\\u000a where \\n is shorter", '"\\u000a"'),
    bad("escaped_accent", "an escape above U+001F", '"\\u00e9"'),
    bad("raw_newline", "a newline in a text", '"\n"'),
    bad("lone_surrogate", "an escaped half of a pair", '"\\ud83d"'),
    bad("surrogate_pair", "an escaped pair", '"\\ud83d\\ude00"'),
    bad("surrogate_bytes", "a surrogate in UTF-8", Buffer.from("22eda08022", "hex")),
    bad("overlong", "an overlong form in UTF-8", Buffer.from("22c08022", "hex")),
    bad("latin1", "a byte of Latin-1", Buffer.from("22e922", "hex")),
    bad("key_not_ascii", "a key with an accent", '{"é":1}'),
    bad("cut", "a text without its end", '"abc'),
    encode("sorted", "keys come out sorted", { b: 1, a: [true, null, "x"], "10": 2, "2": 3, B: {} }, '{"10":2,"2":3,"B":{},"a":[true,null,"x"],"b":1}'),
    encode("escapes", "what must be escaped, and nothing else", '\b\t\n\f\r"\\/\u0000\u001f\u007f\u2028<>&é😀', '"\\b\\t\\n\\f\\r\\"\\\\/\\u0000\\u001f\u007f\u2028<>&é😀"'),
    encode("integers", "integers in their shortest form", [0, -1, 9007199254740991, -9007199254740991, 1000000], "[0,-1,9007199254740991,-9007199254740991,1000000]"),
  ];
}

function gzip(): QuestionVector[] {
  const CLAUSE = "metadata.md#Framing";
  const sizes = [0, 1, 65_535, 65_536, 131_070];
  const good = sizes.map((size) => {
    const plain = Buffer.alloc(size, "metadata ");
    return ask(CLAUSE, `gzip_of_${size}`, `${size} bytes in blocks of 65,535`, { op: "gzip", bytes: hex(encodeStoredGzip(plain)) }, { ok: hex(plain) });
  });
  const encode = [0, 3, 65_536].map((size) => {
    const plain = Buffer.alloc(size, "metadata ");
    return ask(CLAUSE, `encode_gzip_of_${size}`, `${size} bytes framed`, { op: "encode_gzip", bytes: hex(plain) }, { ok: hex(encodeStoredGzip(plain)) });
  });
  const bad = (name: string, description: string, bytes: Uint8Array) => ask(CLAUSE, `gzip_${name}`, description, { op: "gzip", bytes: hex(bytes) }, { error: "metadata-malformed" });
  const framed = encodeStoredGzip(Buffer.from("text"));
  const patched = (offset: number, value: number, from = framed) => {
    const copy = Buffer.from(from);
    copy[offset] = value;
    return copy;
  };
  return [
    ...good,
    ...encode,
    bad("compressed", "a deflated block, as any gzip writes it", fixture("text.gz")),
    bad("method", "another method than deflate", patched(2, 7)),
    bad("flags", "a flag in the header", patched(3, 1)),
    bad("os", "OS 3", patched(9, 3)),
    bad("block_type", "a block of the reserved type", patched(10, 7)),
    bad("header_bits", "bits in the filling of the block's header", patched(10, 0x81)),
    bad("not_last", "the only block is not the last", patched(10, 0)),
    bad("complement", "a length that does not fit its complement", patched(13, 0)),
    bad("crc", "a CRC-32 that does not fit", patched(framed.length - 8, 0)),
    bad("size", "a length that does not fit", patched(framed.length - 4, 5)),
    bad("cut", "the last byte is missing", framed.subarray(0, -1)),
    bad("longer", "a byte more", Buffer.concat([framed, Buffer.alloc(1)])),
    bad("two_members", "two members", Buffer.concat([framed, framed])),
    bad("nothing", "no bytes", new Uint8Array()),
    bad("header_alone", "a header and nothing else", framed.subarray(0, 10)),
    bad("empty_last_block", "a full block and an empty one", emptyLast()),
  ];
}

/** 65,535 bytes in one full block, and an empty one behind it. */
function emptyLast(): Uint8Array {
  const framed = Buffer.from(encodeStoredGzip(Buffer.alloc(65_535)));
  framed[10] = 0;
  return Buffer.concat([framed.subarray(0, -8), Buffer.from("010000ffff", "hex"), framed.subarray(-8)]);
}

function streams(): QuestionVector[] {
  const CLAUSE = "operations.md#Streams";
  const TEXT = fixture("text");
  const good = (name: string, operation: string, description: string, bytes: Uint8Array, plain = TEXT) => ask(CLAUSE, `stream_${name}`, description, { op: "stream", operation, bytes: hex(bytes), size: plain.length }, { ok: toHex(sha256(plain)) });
  const bad = (name: string, operation: string, description: string, bytes: Uint8Array, size = TEXT.length) => ask(CLAUSE, `stream_${name}`, description, { op: "stream", operation, bytes: hex(bytes), size }, { error: "archive-malformed" });
  const EMPTY = new Uint8Array();
  const damage = (bytes: Uint8Array, fromEnd: number) => {
    const copy = Buffer.from(bytes);
    copy[copy.length - fromEnd] = (copy[copy.length - fromEnd] ?? 0) ^ 1;
    return copy;
  };
  const forms: [string, string, Uint8Array][] = [
    ["gzip", "GZIP", fixture("text.gz")],
    ["bzip2", "BZIP2", fixture("text.bz2")],
    ["xz", "XZ", fixture("text.xz")],
    ["zstd", "ZSTD", fixture("text-check.zst")],
  ];
  const common = forms.flatMap(([name, operation, bytes]) => [
    good(name, operation, `text as ${name} writes it`, bytes),
    bad(`${name}_no_bytes`, operation, "an empty file in place of a stream", EMPTY, 0),
    bad(`${name}_cut`, operation, "the last byte is missing", bytes.subarray(0, -1)),
    bad(`${name}_half`, operation, "the second half is missing", bytes.subarray(0, Math.floor(bytes.length / 2))),
    bad(`${name}_trailing_zero`, operation, "a zero byte after the stream", Buffer.concat([bytes, Buffer.alloc(1)])),
    bad(`${name}_trailing_text`, operation, "text after the stream", Buffer.concat([bytes, Buffer.from("more")])),
    bad(`${name}_longer_than_said`, operation, "more comes out than the size says", bytes, TEXT.length - 1),
    bad(`${name}_shorter_than_said`, operation, "less comes out than the size says", bytes, TEXT.length + 1),
    bad(`${name}_of_text`, operation, "bytes that are no stream at all", TEXT),
    bad(`${name}_header_alone`, operation, "the magic and nothing else", bytes.subarray(0, 6)),
  ]);
  const twice = forms.slice(0, 3).map(([name, operation, bytes]) => bad(`${name}_second_member`, operation, "a second member", Buffer.concat([bytes, bytes]), 2 * TEXT.length));
  return [
    ...common,
    ...twice,
    good("zstd_two_frames", "ZSTD", "several frames are one stream", Buffer.concat([zstdFrame(TEXT), zstdFrame(TEXT)]), Buffer.concat([TEXT, TEXT])),
    good("zstd_without_size", "ZSTD", "a frame that declares no size", zstdFrame(TEXT, { contentSize: null, windowLog: 20 })),
    good("zstd_empty_frame", "ZSTD", "a frame of nothing", zstdFrame(EMPTY), EMPTY),
    bad("zstd_skippable_first", "ZSTD", "a skippable frame in front", Buffer.concat([skippableFrame(TEXT), zstdFrame(TEXT)])),
    bad("zstd_skippable_last", "ZSTD", "a skippable frame at the end", Buffer.concat([zstdFrame(TEXT), skippableFrame(TEXT)])),
    bad("zstd_window_128_mib", "ZSTD", "zstd --long=27", fixture("text-long.zst")),
    good("zstd_window_32_mib", "ZSTD", "a window of 32 MiB is the largest", zstdFrame(TEXT, { windowLog: 25, contentSize: null })),
    bad("zstd_window_64_mib", "ZSTD", "a window of 64 MiB", zstdFrame(TEXT, { windowLog: 26, contentSize: null })),
    bad("zstd_dictionary", "ZSTD", "a dictionary that is not there", zstdFrame(TEXT, { dictionaryId: 9 })),
    bad("zstd_check_wrong", "ZSTD", "a check that does not fit", damage(fixture("text-check.zst"), 1)),
    bad("zstd_size_other", "ZSTD", "a header that declares another size", zstdFrame(TEXT, { contentSize: BigInt(TEXT.length + 1) })),
    bad("zstd_size_other_empty_block", "ZSTD", "a declared size of 8 and one empty block: libzstd lets it pass", Buffer.from("28b52ffda008000000010000", "hex"), 0),
    bad("zstd_size_shared", "ZSTD", "two frames of other sizes than they declare, with the right sum", Buffer.concat([frameOfSize(4, 8), frameOfSize(12, 8)]), 16),
    bad("zstd_size_largest", "ZSTD", "the size that means none within libzstd", zstdFrame(TEXT, { windowLog: 20, contentSize: 2n ** 64n - 1n })),
    bad("gzip_crc_wrong", "GZIP", "a CRC-32 that does not fit", damage(fixture("text.gz"), 8)),
    bad("gzip_size_wrong", "GZIP", "a length that does not fit", damage(fixture("text.gz"), 4)),
    good("gzip_stored", "GZIP", "stored blocks", encodeStoredGzip(TEXT)),
    good("gzip_with_name", "GZIP", "a file name in the header", Buffer.concat([Buffer.from("1f8b0808000000000003", "hex"), Buffer.from("text\0"), fixture("text.gz").subarray(10)])),
    bad("bzip2_crc_wrong", "BZIP2", "a check that does not fit", damage(fixture("text.bz2"), 2)),
    good("bzip2_empty", "BZIP2", "bzip2 of nothing", fixture("empty.bz2"), EMPTY),
    good("xz_empty", "XZ", "xz of nothing", fixture("empty.xz"), EMPTY),
    good("xz_blocks", "XZ", "several blocks in one stream", fixture("text-blocks.xz")),
    good("xz_check_none", "XZ", "no check", fixture("text-check-none.xz")),
    good("xz_check_crc32", "XZ", "a CRC-32", fixture("text-check-crc32.xz")),
    good("xz_check_sha256", "XZ", "a SHA-256", fixture("text-check-sha256.xz")),
    bad("xz_check_sha256_wrong", "XZ", "a SHA-256 that does not fit", damage(fixture("text-check-sha256.xz"), 36)),
    bad("xz_check_crc64_wrong", "XZ", "a CRC-64 that does not fit", damage(fixture("text.xz"), 24)),
    bad("xz_footer_wrong", "XZ", "a footer that does not fit", damage(fixture("text.xz"), 12)),
    good("xz_dictionary_32_mib", "XZ", "a dictionary of 32 MiB is the largest", fixture("text-dictionary-32-mib.xz")),
    bad("xz_dictionary_48_mib", "XZ", "a dictionary of 48 MiB", fixture("text-dictionary-48-mib.xz")),
    bad("xz_dictionary_1_gib", "XZ", "a dictionary of 1 GiB: refused before memory is taken", fixture("text-dictionary-1-gib.xz")),
    bad("xz_filter_x86", "XZ", "another filter in front of LZMA2", fixture("text-filter-x86.xz")),
    bad("xz_filter_delta", "XZ", "a delta filter in front of LZMA2", fixture("text-filter-delta.xz")),
    bad("xz_lzma_alone", "XZ", "the form that came before", fixture("text.lzma")),
  ];
}

function operations(): QuestionVector[] {
  const CLAUSE = "operations.md#Operations";
  const good = (text: string, packed: string, canonical: string, name = text.replace(/[^a-z0-9]/gi, "_").toLowerCase()) => ask(CLAUSE, `operations_${name}`, `${JSON.stringify(text)} is ${canonical}`, { op: "operations", text }, { ok: { packed, canonical } });
  const bad = (name: string, text: string, error: ErrorCode) => ask(CLAUSE, `operations_${name}`, `${JSON.stringify(text)} is refused`, { op: "operations", text }, { error });
  const packed = (value: string, expect: QuestionVector["expect"]) => ask(CLAUSE, `operations_packed_${value.slice(2)}`, `a descriptor's ${value}`, { op: "operations_packed", packed: value }, expect);
  return [
    good("", "0x0", "raw", "empty"),
    good("raw", "0x0", "raw"),
    good("none", "0x0", "raw"),
    good("tar", "0x1", "tar"),
    good("gzip", "0x10", "gzip"),
    good("gz", "0x10", "gzip"),
    good("bzip2", "0x13", "bzip2"),
    good("bz2", "0x13", "bzip2"),
    good("xz", "0x16", "xz"),
    good("zstd", "0x1b", "zstd"),
    good("zst", "0x1b", "zstd"),
    good("tgz", "0x1001", "tar.gz"),
    good("tar.gz", "0x1001", "tar.gz"),
    good("tbz2", "0x1301", "tar.bz2"),
    good("txz", "0x1601", "tar.xz"),
    good("tzst", "0x1b01", "tar.zst"),
    good("tar.zst", "0x1b01", "tar.zst"),
    good("tar|gzip", "0x1001", "tar.gz", "pipe"),
    good("tar,gzip", "0x1001", "tar.gz", "comma"),
    good("TAR | Zstd", "0x1b01", "tar.zst", "upper_case_and_spaces"),
    good("gzip|xz", "0x1610", "gzip|xz", "two_compressors"),
    good("tgz|zstd", "0x1b1001", "tar|gzip|zstd", "three"),
    good("tar|gzip|gzip|gzip|gzip|gzip|gzip|gzip", "0x1010101010101001", "tar|gzip|gzip|gzip|gzip|gzip|gzip|gzip", "eight"),
    bad("nine", "tar|gzip|gzip|gzip|gzip|gzip|gzip|gzip|gzip", "operation-unsupported"),
    bad("unknown", "lz5", "operation-unknown"),
    bad("proto", "__proto__", "operation-unknown"),
    bad("number", "0x10", "operation-unknown"),
    bad("byte_order_mark", "\ufeff", "operation-unknown"),
    bad("no_break_space", "tar\u00a0", "operation-unknown"),
    bad("tar_second", "gzip|tar", "operation-unsupported"),
    bad("tar_twice", "tar|tar", "operation-unsupported"),
    packed("0x0", { ok: "raw" }),
    packed("0x1", { ok: "tar" }),
    packed("0x1001", { ok: "tar.gz" }),
    packed("0x1301", { ok: "tar.bz2" }),
    packed("0x1601", { ok: "tar.xz" }),
    packed("0x1b01", { ok: "tar.zst" }),
    packed("0x1b1001", { ok: "tar|gzip|zstd" }),
    packed("0x1010101010101010", { ok: "gzip|gzip|gzip|gzip|gzip|gzip|gzip|gzip" }),
    packed("0x1b00", { error: "slot-field-invalid" }),
    packed("0x100001", { error: "slot-field-invalid" }),
    packed("0x110", { error: "operation-unsupported" }),
    packed("0x2", { error: "operation-unsupported" }),
    packed("0x1e01", { error: "operation-unsupported" }),
    packed("0xff", { error: "operation-unsupported" }),
    packed("0x0e", { error: "operation-unknown" }),
    packed("0xfe01", { error: "operation-unknown" }),
    packed("0x1e0e", { error: "operation-unknown" }),
    packed("0xe1e", { error: "operation-unsupported" }),
    packed("0xc00e00", { error: "slot-field-invalid" }),
    packed("0xffffffffffffffff", { error: "operation-unsupported" }),
  ];
}

/** A frame that declares a size, with that many bytes or not, and an empty last block. */
function frameOfSize(declared: number, size: number): Uint8Array {
  const frame = zstdFrame(Buffer.alloc(size), { contentSize: BigInt(declared) });
  const lastBlock = frame.length - size - 3;
  frame[lastBlock] = (frame[lastBlock] ?? 0) & ~1;
  return Buffer.concat([frame, Buffer.from("010000", "hex")]);
}

function commands(): QuestionVector[] {
  const CLAUSE = "launch.md#Command";
  const split = (name: string, text: string, words: string[]) => ask(CLAUSE, `split_${name}`, `${JSON.stringify(text)} is ${words.length} word${words.length === 1 ? "" : "s"}`, { op: "split", text }, { ok: words });
  const open = (name: string, text: string) => ask(CLAUSE, `split_${name}`, `${JSON.stringify(text)} is not closed`, { op: "split", text }, { error: "metadata-malformed" });
  const quote = (name: string, words: string[], text: string) => ask("metadata.md#Document", `quote_${name}`, `quoted for a POSIX shell: ${text.slice(0, 60)}`, { op: "quote", words }, { ok: text });
  return [
    split("words", "a  b\tc\nd", ["a", "b", "c", "d"]),
    split("nothing", "", []),
    split("blanks_alone", " \t\r\n ", []),
    split("blanks_around", "  a b  ", ["a", "b"]),
    split("single_quotes", "'a b' 'c\\d\"$e'", ["a b", 'c\\d"$e']),
    split("double_quotes", '"a b" "c\\"d\\\\e\\$f\\`g"', ["a b", 'c"d\\e$f`g']),
    split("backslash_in_double_quotes", '"a\\nb\\\'c"', ["a\\nb\\'c"]),
    split("backslash", "a\\ b \\'c \\\\d", ["a b", "'c", "\\d"]),
    split("empty_words", "a '' \"\" b", ["a", "", "", "b"]),
    split("joined", "a'b'\"c\"d", ["abcd"]),
    split("nothing_expanded", "$HOME ~ * {a,b} #x `y`", ["$HOME", "~", "*", "{a,b}", "#x", "`y`"]),
    split("placeholders", "{workenv}/bin/a --x={version}", ["{workenv}/bin/a", "--x={version}"]),
    split("unicode", "é '😀 ü'", ["é", "😀 ü"]),
    split("other_blanks", "a\u00a0b\u2003c\vd", ["a\u00a0b\u2003c\vd"]),
    open("single_open", "a 'b"),
    open("double_open", 'a "b'),
    open("double_open_escaped", '"a\\"'),
    open("backslash_at_end", "a\\"),
    quote("plain", ["/bin/sh", "{workenv}/a", "--x=1,2"], "/bin/sh {workenv}/a --x=1,2"),
    quote("spaces", ["a b", ""], "'a b' ''"),
    quote("quotes", ["it's", 'a"b'], "'it'\\''s' 'a\"b'"),
    quote("specials", ["$a", "*", "a\\b", "~", "é", "a\nb"], "'$a' '*' 'a\\b' '~' 'é' 'a\nb'"),
  ];
}

function targets(): QuestionVector[] {
  const CLAUSE = "operations.md#Canonical tar";
  const good = (name: string, text: string, target: string) => ask(CLAUSE, `target_${name}`, `${JSON.stringify(text)} is ${JSON.stringify(target)}`, { op: "target", text }, { ok: target });
  const bad = (name: string, text: string) => ask(CLAUSE, `target_${name}`, `${JSON.stringify(text.slice(0, 40))} is refused`, { op: "target", text }, { error: "path-unsafe" });
  return [
    good("path", "a/b", "a/b"),
    good("dot", ".", "."),
    good("empty", "", "."),
    good("workenv", "{workenv}", "."),
    good("in_workenv", "{workenv}/a", "a"),
    good("workenv_slash", "{workenv}/", "."),
    good("trailing_slash", "a/", "a"),
    good("leading_dot", "./a", "a"),
    good("workenv_later", "a/{workenv}", "a/{workenv}"),
    bad("climbs", "../a"),
    bad("climbs_in_workenv", "{workenv}/../a"),
    bad("absolute", "/a"),
    bad("absolute_in_workenv", "{workenv}//a"),
    bad("dot_dot_inside", "a/../b"),
    bad("backslash", "a\\b"),
    bad("nul", "a\0b"),
    bad("stamp", ".pspf-package-id"),
    bad("above_4096", "a".repeat(4097)),
    bad("above_128", Array.from({ length: 129 }, () => "a").join("/")),
  ];
}

function names(): QuestionVector[] {
  const CLAUSE = "launch.md#Workenv";
  const ID = "0123456789abcdef".repeat(4);
  const name = (label: string, text: string, version: string, expected: string) => ask(CLAUSE, `workenv_name_${label}`, `${JSON.stringify(text)} ${JSON.stringify(version)}`, { op: "workenv_name", name: text, version, package_id: ID }, { ok: `${expected}-0123456789abcdef` });
  return [
    name("plain", "tool", "1.0", "tool-1.0"),
    name("upper", "My Tool", "1.0+Build", "my-tool-1.0-build"),
    name("unicode", "Ünï", "1", "--n---1"),
    name("leading_dots", "..hidden", "...1", "hidden-1"),
    name("empty", "", "", "_-_"),
    name("dots_alone", "...", ".", "_-_"),
    name("cut", "a".repeat(50), "1".repeat(41), `${"a".repeat(40)}-${"1".repeat(40)}`),
    name("cut_after_dots", `..${"a".repeat(50)}`, "1", `${"a".repeat(40)}-1`),
    name("slashes", "a/b\\c", "1:2", "a-b-c-1-2"),
    name("device", "con", "NUL", "_con-_nul"),
    name("device_with_suffix", "Aux.txt", "com1.2.3", "_aux.txt-_com1.2.3"),
    name("no_device", "console", "com10", "console-com10"),
    name("device_lpt", "lpt9", "lpt0", "_lpt9-lpt0"),
  ];
}

export function questionVectors(): QuestionVector[] {
  return [...json(), ...gzip(), ...streams(), ...operations(), ...commands(), ...targets(), ...names()];
}
