/** Vectors of spec/operations.md, "Canonical tar" and its entry rules: archives as questions, and what the encoder must write. */
import type { ErrorCode } from "../../src/format/error.js";
import type { Json } from "../../src/format/json.js";
import { fixture } from "./fixture.js";
import { fileEntry, folderEntry, linkEntry } from "./parts.js";
import { filled, paxRecord, tar, tarExtension, tarFile, tarFolder, tarHeader, tarLink } from "./tar.js";
import { hex, type QuestionVector } from "./vector.js";

const CLAUSE = "operations.md#Canonical tar";

function question(name: string, description: string, bytes: Uint8Array, expect: QuestionVector["expect"]): QuestionVector {
  return { name: `archive_${name}`, description, clause: CLAUSE, question: { op: "archive", bytes: hex(bytes) }, expect };
}

const accepted = (name: string, description: string, entries: Json, ...pieces: Uint8Array[]) => question(name, description, tar(...pieces), { ok: entries });
const refused = (name: string, code: ErrorCode, description: string, ...pieces: Uint8Array[]) => question(name, description, tar(...pieces), { error: code });
/** Without the two zero blocks, or with something else than these. */
const whole = (name: string, code: ErrorCode, description: string, bytes: Uint8Array) => question(name, description, bytes, { error: code });

const LONG = `${"d".repeat(80)}/${"f".repeat(80)}`;
const DEEP = Array.from({ length: 128 }, () => "d").join("/");

function goodOnes(): QuestionVector[] {
  return [
    accepted("empty", "an archive of nothing", []),
    accepted("file", "one file", [fileEntry("a", "text")], tarFile("a", "text")),
    accepted("empty_file", "a file of nothing", [fileEntry("a", "")], tarFile("a", "")),
    accepted("file_of_512", "a file that fills its block", [fileEntry("a", "x".repeat(512))], tarFile("a", "x".repeat(512))),
    accepted("tree", "a folder, a file in it, a link", [folderEntry("d"), fileEntry("d/a", "text", "0755"), linkEntry("l", "d/a")], tarFolder("d/"), tarFile("d/a", "text", { mode: 0o755 }), tarLink("l", "d/a")),
    accepted("folder_without_slash", "a folder is one by its type", [folderEntry("d")], tarFolder("d")),
    accepted("folder_after_its_file", "a folder may come after what it holds", [fileEntry("d/a", "x"), folderEntry("d")], tarFile("d/a", "x"), tarFolder("d/")),
    accepted("implied_folder", "folders need no entry", [fileEntry("a/b/c", "x")], tarFile("a/b/c", "x")),
    accepted("unsorted", "readers take any order", [fileEntry("b", ""), fileEntry("a", "")], tarFile("b", ""), tarFile("a", "")),
    accepted("leading_dot_slash", "one leading ./ is removed", [fileEntry("a", "")], tarFile("./a", "")),
    accepted("root", "the root itself is passed over", [fileEntry("a", "")], tarFolder("./"), tarFile("a", "")),
    accepted("root_as_dot", "the root as .", [], tarFolder(".")),
    accepted("modes", "modes are reduced by the owner's executable bit", [fileEntry("a", "", "0755"), fileEntry("b", "", "0644"), fileEntry("c", "", "0755")], tarFile("a", "", { mode: 0o777 }), tarFile("b", "", { mode: 0o666 }), tarFile("c", "", { mode: 0o100 })),
    accepted("type_nul", "type NUL is a file", [fileEntry("a", "x")], tarFile("a", "x", { type: "\0" })),
    accepted("gnu_magic", "the magic of GNU tar", [fileEntry("a", "x")], tarFile("a", "x", { magic: "ustar  \0" })),
    accepted("prefix", "the prefix field", [fileEntry("p/q/a", "x")], tarFile("a", "x", { prefix: "p/q" })),
    accepted("name_of_100", "a name that fills its field", [fileEntry("n".repeat(100), "")], tarFile("n".repeat(100), "")),
    accepted("octal_with_spaces", "numbers with blanks around", [fileEntry("a", "x")], tarFile("a", "x", { sizeField: "         1 \0" })),
    accepted("unicode", "a name in UTF-8", [fileEntry("Ünï/😀", "")], tarFile("Ünï/😀", "")),
    accepted("pax_path", "a long path of pax", [fileEntry(LONG, "x")], tarExtension("x", paxRecord("path", LONG)), tarFile("short", "x")),
    accepted("pax_link", "a long link target of pax", [linkEntry("l", LONG)], tarExtension("x", paxRecord("linkpath", LONG)), tarLink("l", "short")),
    accepted("pax_size", "a size of pax", [fileEntry("a", "four")], tarExtension("x", paxRecord("size", "4")), tarFile("a", "four", { sizeField: "00000000000" })),
    accepted("pax_times", "times and owners of pax are passed over", [fileEntry("a", "")], tarExtension("x", ["mtime", "atime", "ctime", "uid", "gid", "uname", "gname"].map((key) => paxRecord(key, "1.5")).join("")), tarFile("a", "")),
    accepted("pax_for_one_entry", "a pax header is for the next entry alone", [fileEntry("long", ""), fileEntry("a", "")], tarExtension("x", paxRecord("path", "long")), tarFile("x", ""), tarFile("a", "")),
    accepted("pax_ignored_twice", "a record that is passed over may stand twice", [fileEntry("a", "")], tarExtension("x", paxRecord("uname", "b") + paxRecord("uname", "c")), tarFile("a", "")),
    accepted("pax_ignored_not_utf8", "nor need it be UTF-8", [fileEntry("a", "")], tarExtension("x", Buffer.from("11 uname=\xff\n", "latin1")), tarFile("a", "")),
    accepted("gnu_long_name", "a long name of GNU tar", [fileEntry(LONG, "x")], tarExtension("L", `${LONG}\0`), tarFile("short", "x")),
    accepted("gnu_long_link", "a long link target of GNU tar", [linkEntry("l", LONG)], tarExtension("K", `${LONG}\0`), tarLink("l", "short")),
    accepted("gnu_name_and_link", "both for one entry", [linkEntry(LONG, `../${LONG}`)], tarExtension("K", `../${LONG}\0`), tarExtension("L", `${LONG}\0`), tarLink("s", "s")),
    accepted("many_zero_blocks", "more zero blocks at the end", [fileEntry("a", "")], tarFile("a", ""), Buffer.alloc(8192)),
    accepted("deepest_path", "128 components", [fileEntry(DEEP, "")], tarExtension("x", paxRecord("path", DEEP)), tarFile("a", "")),
    accepted("longest_path", "4096 bytes", [fileEntry(pathOf(4096), "")], tarExtension("x", paxRecord("path", pathOf(4096))), tarFile("a", "")),
    accepted("link_beside", "a link to its neighbour", [linkEntry("a/l", "../b")], tarLink("a/l", "../b")),
    accepted("link_to_root", "a link to the root of the tree", [linkEntry("a/l", "..")], tarLink("a/l", "..")),
    accepted("link_dangling", "the target need not exist", [linkEntry("l", "nowhere/at/all")], tarLink("l", "nowhere/at/all")),
    accepted("link_with_dots", "dots on the way", [linkEntry("l", "./a/./b")], tarLink("l", "./a/./b")),
    accepted("dots_in_names", "names may hold dots", [fileEntry("..a", ""), fileEntry("b..", ""), fileEntry("...", "")], tarFile("..a", ""), tarFile("b..", ""), tarFile("...", "")),
    accepted("newline_in_name", "any byte but NUL, slash and backslash", [fileEntry("a\nb\u007f", "")], tarFile("a\nb\u007f", "")),
    accepted("stamp_below", "the stamp's name further down", [fileEntry("a/.pspf-package-id", "")], tarFile("a/.pspf-package-id", "")),
  ];
}

/** A path of so many bytes in components of at most 100. */
function pathOf(size: number): string {
  return Array.from({ length: size }, (_, at) => (at % 101 === 100 ? "/" : "p")).join("");
}

function hostilePaths(): QuestionVector[] {
  const path = (name: string, description: string, value: string | Uint8Array) => refused(`path_${name}`, "path-unsafe", description, tarFile(value, "x"));
  const pax = (name: string, description: string, value: string) => refused(`path_${name}`, "path-unsafe", description, tarExtension("x", paxRecord("path", value)), tarFile("a", "x"));
  return [
    path("climbs", "../a", "../a"),
    path("climbs_inside", "a/../../b", "a/../../b"),
    path("dot_dot_inside", "a/../b, though it stays inside", "a/../b"),
    path("dot_dot_alone", "..", ".."),
    path("dot_inside", "a/./b", "a/./b"),
    path("two_leading_dots", "././a", "././a"),
    path("absolute", "/etc/passwd", "/etc/passwd"),
    path("absolute_after_dot", ".//a", ".//a"),
    path("empty_component", "a//b", "a//b"),
    path("empty", "no name at all", ""),
    path("slash", "/", "/"),
    path("file_with_slash", "a file whose name ends in a slash", "a/"),
    path("file_at_root", "a file with the path of the root", "."),
    path("backslash", "a\\b", "a\\b"),
    path("not_utf8", "a byte that is no UTF-8", Buffer.from("61ff62", "hex")),
    path("overlong_utf8", "a slash in an overlong form", Buffer.from("61c0af62", "hex")),
    path("surrogate_utf8", "a surrogate in UTF-8", Buffer.from("61eda08062", "hex")),
    path("stamp", "the workenv's own name", ".pspf-package-id"),
    path("below_stamp", "below the workenv's own name", ".pspf-package-id/a"),
    pax("nul", "a NUL in a pax path", "a\0b"),
    pax("above_4096", "4097 bytes", pathOf(4097)),
    pax("above_128", "129 components", `${DEEP}/d`),
    pax("pax_climbs", "../a by pax", "../a"),
    pax("pax_empty", "an empty path by pax", ""),
    refused("path_prefix_climbs", "path-unsafe", "../a by the prefix field", tarFile("a", "", { prefix: ".." })),
    refused("path_gnu_climbs", "path-unsafe", "../a by a long name of GNU", tarExtension("L", "../a\0"), tarFile("a", "")),
    refused("path_folder_climbs", "path-unsafe", "a folder that climbs", tarFolder("../d/")),
    refused("path_link_climbs", "path-unsafe", "a link whose own path climbs", tarLink("../l", "a")),
  ];
}

function hostileLinks(): QuestionVector[] {
  const link = (name: string, description: string, path: string, target: string) => refused(`link_${name}`, "link-unsafe", description, tarLink(path, target));
  return [
    link("absolute", "a link to /etc/passwd", "l", "/etc/passwd"),
    link("climbs", "a link to ..", "l", ".."),
    link("climbs_far", "a link that climbs further than it lies deep", "a/b/l", "../../../c"),
    link("climbs_after_name", "a name first, then ..: the name may be a link itself", "l", "a/../b"),
    link("empty", "a link to nothing", "l", ""),
    link("backslash", "a link with a backslash", "l", "a\\b"),
    refused("link_not_utf8", "link-unsafe", "a target that is not UTF-8", tarExtension("K", Buffer.from("61ff00", "hex")), tarLink("l", "a")),
    refused("link_nul", "link-unsafe", "a NUL in a pax target", tarExtension("x", paxRecord("linkpath", "a\0b")), tarLink("l", "a")),
    refused("link_above_4096", "link-unsafe", "a target of 4097 bytes", tarExtension("x", paxRecord("linkpath", pathOf(4097))), tarLink("l", "a")),
    refused("below_link", "entry-conflict", "a file below a link", tarLink("l", "d"), tarFile("l/a", "x")),
    refused("link_over_file", "entry-conflict", "a link in place of a file", tarFile("a", "x"), tarLink("a", "b")),
    refused("link_over_implied", "entry-conflict", "a link in place of a folder that a path implied", tarFile("d/a", "x"), tarLink("d", "b")),
  ];
}

function conflicts(): QuestionVector[] {
  return [
    refused("file_twice", "entry-conflict", "two files of one path", tarFile("a", "1"), tarFile("a", "2")),
    refused("file_twice_dot", "entry-conflict", "two spellings of one path", tarFile("a", "1"), tarFile("./a", "2")),
    refused("folder_twice", "entry-conflict", "two folders of one path", tarFolder("d/"), tarFolder("d")),
    refused("file_over_folder", "entry-conflict", "a file in place of a folder", tarFolder("d/"), tarFile("d", "x")),
    refused("folder_over_file", "entry-conflict", "a folder in place of a file", tarFile("d", "x"), tarFolder("d/")),
    refused("below_file", "entry-conflict", "a file below a file", tarFile("a", "x"), tarFile("a/b", "x")),
    refused("file_over_implied", "entry-conflict", "a file in place of a folder that a path implied", tarFile("d/a", "x"), tarFile("d", "x")),
  ];
}

function refusedKinds(): QuestionVector[] {
  const kind = (name: string, type: string, description: string) => refused(`kind_${name}`, "entry-refused", description, tarHeader("a", { type, link: "b" }));
  return [
    kind("hard_link", "1", "a hard link"),
    kind("character_device", "3", "a character device"),
    kind("block_device", "4", "a block device"),
    kind("fifo", "6", "a FIFO"),
    kind("contiguous", "7", "a contiguous file"),
    kind("pax_global", "g", "a global pax header"),
    kind("gnu_sparse", "S", "a sparse file of GNU tar"),
    kind("gnu_volume", "V", "a volume label of GNU tar"),
    kind("solaris_extended", "X", "an extended header of Solaris"),
    kind("unknown", "Z", "a type that nobody has"),
    refused("setuid", "entry-refused", "a setuid file", tarFile("a", "", { mode: 0o4755 })),
    refused("setgid", "entry-refused", "a setgid file", tarFile("a", "", { mode: 0o2755 })),
    refused("sticky", "entry-refused", "a sticky folder", tarFolder("d/", { mode: 0o1777 })),
  ];
}

function damaged(): QuestionVector[] {
  const bad = (name: string, description: string, ...pieces: Uint8Array[]) => refused(name, "archive-malformed", description, ...pieces);
  return [
    bad("checksum", "a header checksum that does not fit", tarFile("a", "", { checksumOff: 1 })),
    bad("no_magic", "a header without magic: the form before ustar", tarFile("a", "", { magic: "\0\0\0\0\0\0\0\0" })),
    bad("size_base256", "a size in base 256", tarHeader("a", { sizeField: Buffer.from("800000000000000000000000", "hex") })),
    bad("size_not_octal", "a size with a digit 8", tarHeader("a", { sizeField: "00000000008" })),
    bad("mode_not_octal", "a mode with a letter", tarHeader("a", { modeField: "00006x4" })),
    bad("mtime_base256", "a time in base 256", tarHeader("a", { mtimeField: "\x80\0\0\0\0\0\0\0\0\0\0\x01" })),
    bad("size_beyond_end", "a file larger than the archive", tarHeader("a", { sizeField: "77777777777" })),
    bad("folder_with_size", "a folder with content", tarHeader("d/", { type: "5", mode: 0o755, size: 5 }), filled(Buffer.from("12345"))),
    bad("link_with_size", "a link with content", tarHeader("l", { type: "2", mode: 0o755, link: "a", size: 5 }), filled(Buffer.from("12345"))),
    bad("filling", "bytes in the filling of the last block", tarHeader("a", { size: 1 }), Buffer.concat([Buffer.from("xy"), Buffer.alloc(510)])),
    bad("pax_global_record", "a pax record that this format does not have", tarExtension("x", paxRecord("comment", "x")), tarFile("a", "")),
    bad("pax_sparse", "sparse files of pax", tarExtension("x", paxRecord("GNU.sparse.major", "1")), tarFile("a", "")),
    bad("pax_xattr", "extended attributes", tarExtension("x", paxRecord("SCHILY.xattr.user.a", "x")), tarFile("a", "")),
    bad("pax_twice", "a pax key twice in one header", tarExtension("x", paxRecord("path", "a") + paxRecord("path", "b")), tarFile("a", "")),
    bad("pax_two_headers", "two pax headers that both name the entry", tarExtension("x", paxRecord("path", "a")), tarExtension("x", paxRecord("path", "b")), tarFile("a", "")),
    bad("pax_and_gnu", "pax and GNU that both name the entry", tarExtension("x", paxRecord("path", "a")), tarExtension("L", "b\0"), tarFile("a", "")),
    bad("pax_length_short", "a record length that is too small", tarExtension("x", "5 path=abc\n"), tarFile("a", "")),
    bad("pax_length_long", "a record length beyond the header", tarExtension("x", "99 path=abc\n"), tarFile("a", "")),
    bad("pax_length_zero", "a record length that begins with 0", tarExtension("x", "012 path=abc\n"), tarFile("a", "")),
    bad("pax_no_newline", "a record without its newline", tarExtension("x", "11 path=abcd"), tarFile("a", "")),
    bad("pax_no_key", "a record without a key", tarExtension("x", paxRecord("", "x")), tarFile("a", "")),
    bad("pax_no_equals", "a record without =", tarExtension("x", "7 abcd\n"), tarFile("a", "")),
    bad("pax_empty", "a pax header of nothing", tarExtension("x", ""), tarFile("a", "")),
    bad("pax_size_negative", "a size below zero", tarExtension("x", paxRecord("size", "-1")), tarFile("a", "")),
    bad("pax_size_huge", "a size that is no safe integer", tarExtension("x", paxRecord("size", "9007199254740992")), tarFile("a", "")),
    bad("pax_size_text", "a size that is no number", tarExtension("x", paxRecord("size", "1e3")), tarFile("a", "")),
    bad("pax_size_padded", "a size with a leading zero", tarExtension("x", paxRecord("size", "00")), tarFile("a", "")),
    bad("pax_length_padded", "a record length with a leading zero", tarExtension("x", "011 path=b\n"), tarFile("a", "")),
    bad("pax_ignored_without_entry", "a pax header that says nothing, at the end", tarExtension("x", paxRecord("mtime", "1"))),
    bad("pax_without_entry", "a pax header at the end", tarExtension("x", paxRecord("path", "a"))),
    bad("pax_above_64_kib", "a pax header of 65 KiB", tarExtension("x", paxRecord("uname", "u".repeat(65 * 1024))), tarFile("a", "")),
    bad("gnu_without_entry", "a long name at the end", tarExtension("L", "a\0")),
    bad("gnu_twice", "two long names for one entry", tarExtension("L", "a\0"), tarExtension("L", "b\0"), tarFile("c", "")),
    bad("after_end", "an entry after a zero block", tarFile("a", ""), Buffer.alloc(512), tarFile("b", "")),
    whole("no_bytes", "archive-malformed", "no bytes at all", new Uint8Array()),
    whole("no_end", "archive-malformed", "no zero blocks", tarFile("a", "x")),
    whole("one_zero_block", "archive-malformed", "one zero block", Buffer.concat([tarFile("a", "x"), Buffer.alloc(512)])),
    whole("end_cut", "archive-malformed", "an end of 1023 bytes", tar(tarFile("a", "x")).subarray(0, -1)),
    whole("end_odd", "archive-malformed", "an end of 1025 bytes", Buffer.concat([tar(tarFile("a", "x")), Buffer.alloc(1)])),
    whole("cut_in_header", "archive-malformed", "the end in the middle of a header", tarFile("a", "x").subarray(0, 200)),
    whole("cut_in_file", "archive-malformed", "the end in the middle of a file", tarFile("a", "x").subarray(0, 600)),
    whole("cut_in_pax", "archive-malformed", "the end in the middle of a pax header", tarExtension("x", paxRecord("path", "a")).subarray(0, 600)),
    whole("after_end_garbage", "archive-malformed", "bytes after the end", Buffer.concat([tar(tarFile("a", "x")), Buffer.alloc(512, 1)])),
  ];
}

function encoded(): QuestionVector[] {
  const encode = (name: string, description: string, mtime: number, bytes: Uint8Array, ...entries: Json[]): QuestionVector => ({ name: `encode_tar_${name}`, description, clause: CLAUSE, question: { op: "encode_tar", entries, mtime }, expect: { ok: hex(bytes) } });
  const DEFAULT = 315_532_800;
  /** As builders write them: 0644 or 0755, device fields of zeros. */
  const canonical = (header: Buffer): Buffer => {
    header.write("0000000", 329);
    header.write("0000000", 337);
    header.fill(" ", 148, 156);
    const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return header;
  };
  const long = "n".repeat(101);
  const pax = (body: string, number = 1) => {
    const bytes = Buffer.from(body);
    return Buffer.concat([canonical(tarHeader(`pax/${number}`, { type: "x", size: bytes.length })), filled(bytes)]);
  };
  return [
    encode("nothing", "two zero blocks", DEFAULT, tar()),
    encode("file", "the archive of the fixtures", DEFAULT, fixture("archive.tar"), ["hello.txt", "file", "0644", hex(fixture("text")), ""]),
    encode("sorted", "sorted by the bytes of the path, folders without their slash", DEFAULT, tar(canonical(tarFolder("a/")), canonical(tarHeader("a-b", {})), canonical(tarHeader("a/b", {})), canonical(tarHeader("b", {}))), ["b", "file", "0644", "", ""], ["a/b", "file", "0644", "", ""], ["a-b", "file", "0644", "", ""], ["a", "directory", "0755", "", ""]),
    encode("mtime", "SOURCE_DATE_EPOCH", 1_700_000_000, tar(canonical(tarHeader("a", { mtimeField: (1_700_000_000).toString(8).padStart(11, "0") }))), ["a", "file", "0644", "", ""]),
    encode("executable", "0755 for a file that its owner may execute", DEFAULT, tar(canonical(tarHeader("a", { mode: 0o755 }))), ["a", "file", "0744", "", ""]),
    encode("link", "a link has mode 0755", DEFAULT, tar(canonical(tarLink("l", "../b"))), ["l", "link", "0755", "", "../b"]),
    encode("name_of_100", "100 bytes fit", DEFAULT, tar(canonical(tarHeader("n".repeat(100), {}))), ["n".repeat(100), "file", "0644", "", ""]),
    encode("name_of_101", "101 bytes go into a pax header; the field holds the first 100", DEFAULT, tar(pax(paxRecord("path", long)), canonical(tarHeader(long, {}))), [long, "file", "0644", "", ""]),
    encode("folder_of_100", "a folder's slash counts", DEFAULT, tar(pax(paxRecord("path", `${"n".repeat(100)}/`)), canonical(tarFolder("n".repeat(100)))), ["n".repeat(100), "directory", "0755", "", ""]),
    encode("unicode", "a name that is not ASCII: pax, and _ for each byte in the field", DEFAULT, tar(pax(paxRecord("path", "é")), canonical(tarHeader("__", {}))), ["é", "file", "0644", "", ""]),
    encode("unicode_cut", "the field is cut at a character", DEFAULT, tar(pax(paxRecord("path", `${"n".repeat(99)}é`)), canonical(tarHeader("n".repeat(99), {}))), [`${"n".repeat(99)}é`, "file", "0644", "", ""]),
    encode("control", "a control character needs pax too", DEFAULT, tar(pax(paxRecord("path", "a\tb")), canonical(tarHeader("a_b", {}))), ["a\tb", "file", "0644", "", ""]),
    encode("path_and_link", "path before linkpath, and the second header is pax/2", DEFAULT, tar(pax(paxRecord("path", "é") + paxRecord("linkpath", "ü")), canonical(tarLink("__", "__")), pax(paxRecord("path", "ö"), 2), canonical(tarHeader("__", {}))), ["é", "link", "0755", "", "ü"], ["ö", "file", "0644", "", ""]),
    encode("pax_length_of_itself", "a record of 99 bytes would need 100: the length counts itself", DEFAULT, tar(pax(paxRecord("path", `é${"n".repeat(88)}`)), canonical(tarHeader(`__${"n".repeat(88)}`, {}))), [`é${"n".repeat(88)}`, "file", "0644", "", ""]),
  ];
}

export function archiveVectors(): QuestionVector[] {
  return [...goodOnes(), ...hostilePaths(), ...hostileLinks(), ...conflicts(), ...refusedKinds(), ...damaged(), ...encoded()];
}
