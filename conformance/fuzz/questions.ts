/** Questions without files: texts, JSON, streams and signatures that lie at the edge of what is allowed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../src/format/checksum.js";
import { encodeStoredGzip } from "../../src/format/gzip.js";
import type { Json } from "../../src/format/json.js";
import { packageRoot } from "../../src/helpers/root.js";
import { fixture } from "../generate/fixture.js";
import { keyOf } from "../generate/package.js";
import { hex } from "../generate/vector.js";
import { skippableFrame, zstdFrame } from "../generate/zstd.js";
import type { Question } from "../readers/process.js";
import { archive } from "./archives.js";
import { scramble } from "./bytes.js";
import type { Random } from "./random.js";

type List = readonly [string, ...string[]];

const PIECES: List = ["a", "b", "A", "0", "9", ".", "..", "/", "//", "\\", " ", "\t", "\n", "\r", "'", '"', "$", "`", "{", "}", "{workenv}", "{workenv}/", "-", "_", "+", "=", "|", ",", ":", "*", "~", "\0", "\u0001", "\u007f", "\u00a0", "\u2028", "é", "😀", "\ufeff", "con", "nul", "com1", "lpt9", "tar", "gzip", "zst", "bz2", "xz", "tgz", "raw", "TAR", "lz4", ".pspf-package-id", "x".repeat(40), "y".repeat(130)];
const NUMBERS: List = ["0", "-0", "1", "-1", "01", "1.0", "1e3", "1E3", "9007199254740991", "9007199254740992", "-9007199254740991", "-9007199254740992", "18446744073709551616", "1e400", "0.1", "-", "+1", ".5", "1."];
const STRINGS: List = ['""', '"a"', '"é"', '"\\n"', '"\\u000a"', '"\\u0000"', '"\\u001f"', '"\\u001F"', '"\\u0041"', '"\\/"', '"/"', '"\\ud83d\\ude00"', '"\\ud83d"', '"😀"', '"\u007f"', '"\u0001"', '"\\x"', '"', '"\\"', '"\u2028"', "'a'"];

function text(random: Random, most = 8): string {
  return Array.from({ length: random.below(most) }, () => random.pick(PIECES)).join("");
}

function json(random: Random, depth = 0): string {
  const spaces = random.below(40) === 0 ? " " : "";
  switch (random.below(depth > 4 ? 3 : 6)) {
    case 0:
      return random.pick(NUMBERS.slice(0, random.below(2) === 0 ? 3 : NUMBERS.length) as unknown as List);
    case 1:
      return random.pick(STRINGS.slice(0, random.below(2) === 0 ? 6 : STRINGS.length) as unknown as List);
    case 2:
      return random.pick(["null", "true", "false", "nul", "NaN", "undefined"].slice(0, random.below(5) === 0 ? 6 : 3) as unknown as List);
    case 3:
      return `[${Array.from({ length: random.below(4) }, () => json(random, depth + 1)).join(`,${spaces}`)}]`;
    default: {
      const keys = Array.from({ length: random.below(4) }, () => random.pick(['"a"', '"b"', '"B"', '""', '"10"', '"9"', '"\\n"', '"__proto__"', '"a\\u0000"', '"é"', '"\\u0061"', '"~"'].slice(0, random.below(4) === 0 ? 12 : 10) as unknown as List));
      return `{${(random.below(4) === 0 ? keys : [...new Set(keys)].sort()).map((key) => `${key}:${spaces}${json(random, depth + 1)}`).join(",")}}`;
    }
  }
}

function value(random: Random, depth = 0): Json {
  switch (random.below(depth > 3 ? 4 : 6)) {
    case 0:
      return random.pick([0, -1, 1, 2 ** 53 - 1, -(2 ** 53 - 1), 1000000, 1.5, 2 ** 53, 1e21]);
    case 1:
      return text(random);
    case 2:
      return random.pick([null, true, false]);
    case 3:
      return Array.from({ length: random.below(4) }, () => value(random, depth + 1));
    default:
      return Object.fromEntries(Array.from({ length: random.below(4) }, () => [random.below(8) === 0 ? text(random, 3) : random.pick(["a", "b", "B", "10", "9", "", "\n", "~"]), value(random, depth + 1)]));
  }
}

function stream(random: Random): Question {
  const plain = fixture("text");
  const forms: readonly [[string, Uint8Array], ...[string, Uint8Array][]] = [
    ["GZIP", fixture("text.gz")],
    ["GZIP", encodeStoredGzip(plain)],
    ["BZIP2", fixture("text.bz2")],
    ["BZIP2", fixture("empty.bz2")],
    ["XZ", fixture("text.xz")],
    ["XZ", fixture("text-check-sha256.xz")],
    ["XZ", fixture("text-check-none.xz")],
    ["XZ", fixture("text-check-crc32.xz")],
    ["XZ", fixture("text-blocks.xz")],
    ["XZ", fixture("empty.xz")],
    ["ZSTD", fixture("text-check.zst")],
    ["ZSTD", zstdFrame(plain)],
    ["ZSTD", zstdFrame(plain, { windowLog: 20, contentSize: null })],
    ["ZSTD", Buffer.concat([zstdFrame(plain.subarray(0, 20)), skippableFrame(plain), zstdFrame(plain.subarray(20))])],
    ["ZSTD", fixture("archive.tar.zst")],
  ];
  const [operation, bytes] = random.pick(forms);
  const size = operation === "ZSTD" && bytes === forms.at(-1)?.[1] ? fixture("archive.tar").length : plain.length;
  return { op: "stream", operation, bytes: hex(random.below(20) === 0 ? bytes : scramble(random, bytes)), size: size + random.pick([0, 0, 0, 0, 0, 1, -1]) };
}

const EDGE_CASES = readFileSync(join(packageRoot(), "conformance", "ed25519-edge-cases.tsv"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.split("\t")) as [string[], ...string[][]];

/** Encodings of points of small order, canonical and not. */
const POINTS: List = ["00".repeat(32), `01${"00".repeat(31)}`, `ec${"ff".repeat(30)}7f`, `ed${"ff".repeat(30)}7f`, `ee${"ff".repeat(30)}7f`, `00${"00".repeat(30)}80`, `01${"00".repeat(30)}80`, "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "ff".repeat(32)];

function signature(random: Random): Question {
  const message = Buffer.from(text(random));
  const key = keyOf(text(random));
  const parts = [Buffer.from(key.publicKey), Buffer.from(key.sign(message))] as [Buffer, Buffer];
  const way = random.below(6);
  if (way === 0) {
    const [, edgeKey = "", edgeSignature = "", edgeMessage = ""] = random.pick(EDGE_CASES);
    const changed = Buffer.from(edgeSignature, "hex");
    if (random.below(2) === 0) changed[random.below(64)] = random.below(256);
    return { op: "ed25519", key: edgeKey, signature: changed.toString("hex"), message: hex(edgeMessage) };
  }
  if (way === 1) parts[0] = Buffer.from(random.pick(POINTS), "hex");
  if (way === 2) parts[1].set(Buffer.from(random.pick(POINTS), "hex"), 0);
  if (way === 3) parts[random.below(2) as 0 | 1] = scramble(random, parts[random.below(2) as 0 | 1]);
  if (way === 4) parts[1].set(Buffer.from(sha256(message)), 32);
  return { op: "ed25519", key: hex(parts[0]), signature: hex(parts[1]), message: hex(message) };
}

function tarEntries(random: Random): Question {
  const paths = new Set(Array.from({ length: random.below(5) }, () => text(random, 4).replace(/[\0\\]/g, "").replace(/^\/+|\/+$/g, "")).filter((path) => path !== ""));
  const entries = [...paths].map((path) => {
    const type = random.pick(["file", "directory", "link"]);
    return [path, type, random.pick(["0644", "0755"]), type === "file" ? hex(text(random)) : "", type === "link" ? text(random, 30).replaceAll("\0", "") : ""];
  });
  return { op: "encode_tar", entries, mtime: random.pick([0, 315532800, 1700000000]) };
}

const ASK: readonly [(random: Random) => Question, ...((random: Random) => Question)[]] = [
  (random) => ({ op: "archive", bytes: hex(archive(random)) }),
  (random) => ({ op: "archive", bytes: hex(archive(random)) }),
  stream,
  stream,
  (random) => ({ op: "json", bytes: hex(json(random)) }),
  (random) => ({ op: "json", bytes: hex(scramble(random, Buffer.from(json(random)))) }),
  (random) => ({ op: "gzip", bytes: hex(scramble(random, encodeStoredGzip(Buffer.from(text(random))))) }),
  (random) => ({ op: "operations", text: text(random, 5) }),
  (random) => ({ op: "operations_packed", packed: `0x${Array.from({ length: 1 + random.below(8) }, () => random.pick(["00", "01", "10", "13", "16", "1b", "1e", "ff", "0e", "c0"])).join("")}` }),
  (random) => ({ op: "split", text: `a ${text(random)}` }),
  (random) => ({ op: "quote", words: Array.from({ length: 1 + random.below(4) }, () => text(random)) }),
  (random) => ({ op: "target", text: text(random) }),
  (random) => ({ op: "workenv_name", name: text(random), version: text(random), package_id: "0123456789abcdef".repeat(4) }),
  signature,
  (random) => ({ op: "encode_json", value: value(random) }),
  (random) => ({ op: "encode_gzip", bytes: hex(text(random)) }),
  tarEntries,
];

export function question(random: Random): Question {
  return random.pick(ASK)(random);
}
