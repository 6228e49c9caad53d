/** Mutants of a small package: bits flipped with and without the checksum made right, and members of each stage changed and signed again. */
import { INDEX, SIZE_INDEX_BLOCK, SIZE_SLOT_DESCRIPTOR } from "../../src/format/constants.gen.js";
import type { Json } from "../../src/format/json.js";
import { gzipSync } from "node:zlib";
import { demoParts, fixChecksum, makePackage, regionsOf, type JsonObject, type Part, type Stages } from "./damage.js";
import type { Random } from "../../conformance/fuzz/random.js";

export interface Mutant {
  readonly what: string;
  readonly bytes: Buffer;
}

type Make = (random: Random, base: Buffer, launcher: Uint8Array) => Mutant;

const VALUES: readonly [Json, ...Json[]] = [null, true, false, 0, 1, -1, 512, 2 ** 40, 2 ** 53 - 1, "", "x", ".", "../x", "/x", "a/../b", "a\\b", "0644", "0o755", "9999", "raw", "tar.zst", "tar|zstd", "1.0.0", "2.0.0", "strict", "none", "lazy", "linux", "package", "{workenv}", "{workenv}/x", "é", "\u001b[2J", `sha256:${"0".repeat(64)}`, "0".repeat(64), [], {}, ["x"], { a: 1 }, [null], "x".repeat(300)];
const SPELLINGS: readonly [[RegExp, string], ...[RegExp, string][]] = [
  [/:/, ": "], [/,/, ", "], [/$/, " "], [/^/, "\ufeff"], [/"sequence":0/, '"sequence":0,"sequence":0'], [/"sequence":0/, '"sequence":0.0'], [/"sequence":0/, '"sequence":-0'], [/"sequence":0/, '"sequence":1e0'], [/"sequence":0/, '"sequence":9007199254740992'],
  [/"demo"/, '"d\\u0065mo"'], [/"demo"/, '"de\\/mo"'], [/"demo"/, '"\\ud800"'], [/"demo"/, '"de\u007fmo"'], [/"demo"/, '"de\tmo"'], [/"demo"/, '"\\u001B"'], [/\{/, '{"é":1,'], [/\{/, '{"__proto__":{"slots":[]},'], [/\{/, '{"":1,'], [/\{"b/, '{"a":[[[[[]]]]],"b'], [/\{"b/, `{"a":${"[".repeat(70)}${"]".repeat(70)},"b`],
  [/\{"b/, `{"a":${"[".repeat(63)}${"]".repeat(63)},"b`], [/\{"b/, `{"a":${"[".repeat(64)}${"]".repeat(64)},"b`], [/"scope":"package"/, '"scope":"galaxy"'], [/,"scope":"package"/, ""], [/"scope":"package"/, '"scope":null'], [/"signed":true/, '"signed":false'], [/"required":true/, '"required":false'], [/"slots":\[/, '"slots":[{},'], [/\}$/, ""], [/\}$/, "}}"],
];

function paths(value: Json, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== "object" || value === null) return [path];
  const below = Array.isArray(value) ? value.map((item: Json, at) => paths(item, [...path, at])) : Object.entries(value).map(([key, item]) => paths(item, [...path, key]));
  return [...(path.length === 0 ? [] : [path]), ...below.flat()];
}

function changeMember(random: Random, document: JsonObject): string {
  const all = paths(document) as [(string | number)[], ...(string | number)[][]];
  const path = random.pick(all);
  let parent: Record<string | number, Json> = document;
  for (const key of path.slice(0, -1)) parent = parent[key] as Record<string | number, Json>;
  const last = path.at(-1) ?? "";
  const old = parent[last];
  const way = random.below(5);
  if (way === 0) {
    if (Array.isArray(parent)) (parent as Json[]).splice(Number(last), 1);
    else Reflect.deleteProperty(parent, last);
    return `without ${path.join(".")}`;
  }
  if (way === 1) {
    if (Array.isArray(parent)) (parent as Json[]).push(structuredClone(old ?? null));
    else parent[`${String(last)}x`] = old ?? null;
    return `twice ${path.join(".")}`;
  }
  if (way === 2 && typeof old === "number") {
    parent[last] = old + random.pick([1, -1, 8, 512]);
    return `near ${path.join(".")}`;
  }
  const value = random.pick(VALUES);
  parent[last] = value;
  return `${path.join(".")} = ${JSON.stringify(value).slice(0, 40)}`;
}

function flip(random: Random, file: Buffer, [from, to]: readonly [number, number]): string {
  const at = from + random.below(Math.max(1, to - from));
  file[at] = (file[at] ?? 0) ^ (1 << random.below(8));
  return `bit flip at ${at}`;
}

const FIELDS = Object.entries(INDEX) as [[string, { readonly offset: number; readonly size: number }], ...[string, { readonly offset: number; readonly size: number }][]];

function changeField(random: Random, block: Buffer): string {
  const [name, { offset, size }] = random.pick(FIELDS);
  const way = random.below(4);
  if (way === 0) block.fill(0, offset, offset + size);
  else if (way === 1) block.fill(0xff, offset, offset + size);
  else if (way === 2) block[offset] = (block[offset] ?? 0) + random.pick([1, 255, 8, 64]);
  else block[offset + random.below(size)] = random.below(256);
  return `index ${name} (${way})`;
}

const parts = (random: Random): readonly Part[] => {
  const all = demoParts();
  if (random.below(4) > 0) return all;
  return all.slice(0, random.below(4));
};

function stage(random: Random, launcher: Uint8Array, what: (note: (text: string) => void) => Omit<Stages, "parts" | "launcher">): Mutant {
  const notes: string[] = [];
  const unsigned = random.below(5) === 0;
  const stages = what((text) => notes.push(text));
  const bytes = makePackage({ launcher, parts: parts(random), unsigned, ...stages });
  return { what: `${unsigned ? "unsigned, " : ""}${notes.join(", ")}`, bytes };
}

const WAYS: readonly [Make, ...Make[]] = [
  // Bits of the file as it is. The launcher must still start, so only unused bytes of its header are touched.
  (random, base) => {
    const bytes = Buffer.from(base);
    const { launcher, slots } = regionsOf(bytes);
    const what = random.below(12) === 0 ? flip(random, bytes, [9, 16]) : random.below(3) === 0 ? flip(random, bytes, [slots[1], bytes.length]) : flip(random, bytes, [launcher, bytes.length]);
    return { what, bytes };
  },
  (random, base) => {
    const bytes = Buffer.from(base);
    const { metadata, table, slots } = regionsOf(bytes);
    return { what: flip(random, bytes, random.pick([metadata, table, slots])), bytes };
  },
  (random, base) => {
    const bytes = Buffer.from(base);
    const { block } = regionsOf(bytes);
    const what = flip(random, bytes, [block, block + random.pick([64, 256, 1400, SIZE_INDEX_BLOCK])]);
    return { what: `${what}, checksum fixed`, bytes: fixChecksum(bytes) };
  },
  (random, base) => {
    const { launcher } = regionsOf(base);
    const size = random.below(3) === 0 ? base.length - 1 - random.below(40) : launcher + random.below(base.length - launcher);
    return { what: `cut to ${size}`, bytes: Buffer.from(base.subarray(0, size)) };
  },
  (random, base) => ({ what: "appended", bytes: Buffer.concat([base, Buffer.alloc(1 + random.below(8300), random.pick([0, 0xf0]))]) }),
  // Stages, signed again.
  (random, _, launcher) => stage(random, launcher, (note) => ({ metadata: (document) => note(changeMember(random, document)) })),
  (random, _, launcher) => stage(random, launcher, (note) => ({ metadata: (document) => note(changeMember(random, document)) })),
  (random, _, launcher) =>
    stage(random, launcher, (note) => ({
      metadata: (document) => {
        note(changeMember(random, document));
        note(changeMember(random, document));
      },
    })),
  (random, _, launcher) =>
    stage(random, launcher, (note) => ({
      json: (json) => {
        const [from, to] = random.pick(SPELLINGS);
        note(`spelling ${String(from)} ${to.slice(0, 30)}`);
        return Buffer.from(Buffer.from(json).toString().replace(from, () => to));
      },
    })),
  (random, _, launcher) =>
    stage(random, launcher, (note) => ({
      json: (json) => {
        const bytes = Buffer.from(json);
        note(`json ${flip(random, bytes, [0, bytes.length])}`);
        return bytes;
      },
    })),
  (random, _, launcher) =>
    stage(random, launcher, (note) => {
      const unannounced = random.below(2) === 0;
      note(`deflated${unannounced ? ", unannounced" : ""}`);
      return {
        framing: (json) => gzipSync(json),
        metadata: (document) => {
          if (unannounced) document["verification"] = { signed: true };
          if (random.below(3) > 0) note(changeMember(random, document));
        },
      };
    }),
  (random, _, launcher) =>
    stage(random, launcher, (note) => ({
      table: (table) => {
        if (table.length === 0) return;
        const way = random.below(3);
        const slot = random.below(table.length / SIZE_SLOT_DESCRIPTOR) * SIZE_SLOT_DESCRIPTOR;
        const at = slot + random.below(SIZE_SLOT_DESCRIPTOR);
        if (way === 0) table[at] = random.below(256);
        else if (way === 1) table[at] = (table[at] ?? 0) ^ (1 << random.below(8));
        else {
          const field = random.pick([16, 24, 32, 40]);
          table.writeBigUInt64LE(random.pick([0n, 1n, 2n ** 53n, 2n ** 64n - 1n, table.readBigUInt64LE(slot + field) + 8n, 0x1b01n, 0x011bn, 0x1b0001n, 0x1b1b1b1b1b1b1b01n]), slot + field);
        }
        note(`descriptor byte ${at} (${way})`);
      },
    })),
  (random, _, launcher) => stage(random, launcher, (note) => ({ index: (block) => note(changeField(random, block)) })),
  (random, _, launcher) => stage(random, launcher, (note) => ({ sealed: (block) => note(`sealed, ${changeField(random, block)}`) })),
  (random, _, launcher) =>
    stage(random, launcher, (note) => ({
      metadata: (document) => note(changeMember(random, document)),
      index: (block) => note(changeField(random, block)),
    })),
];

/** @param base - a good package. @returns a mutant, the same for the same state of `random`. */
export function mutate(random: Random, base: Buffer, launcher: Uint8Array): Mutant {
  return random.pick(WAYS)(random, base, launcher);
}
