/** Every manifest through every builder with every launcher: one file, bit for bit; where a builder compresses, one content. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256, toHex } from "../../src/format/checksum.js";
import { packageRoot } from "../../src/helpers/root.js";
import { Reader, type ReaderAnswer } from "../readers/process.js";
import { same, type Fault } from "./expect.js";
import { BUILDERS, LAUNCHERS, missing, missingImplementation, READERS, type Launcher } from "./implementations.js";
import type { Matrix } from "./matrix.js";
import { build, type BuildOptions } from "./pair.js";

const FOLDER = join(packageRoot(), "conformance", "manifests");
const SECTION = "one byte stream: SHA-256 by manifest and launcher";
/** Compressors differ between builders; everything else must not. */
const COMPRESSING: readonly string[] = ["compressed"];

interface Case extends BuildOptions {
  readonly name: string;
}

function cases(): Case[] {
  const manifests = readdirSync(FOLDER).sort().map((name): Case => ({ name, folder: join(FOLDER, name), manifest: readdirSync(join(FOLDER, name)).find((file) => /^flavor\.(json|toml)$/.test(file)) ?? "" }));
  const files = manifests.find(({ name }) => name === "tree");
  if (files === undefined) return manifests;
  return [
    ...manifests,
    { ...files, name: "tree, SOURCE_DATE_EPOCH", env: { SOURCE_DATE_EPOCH: "1700000000" } },
    { ...files, name: "tree, --unsigned", options: ["--unsigned"] },
    { ...files, name: "tree, --strip", options: ["--strip"] },
  ];
}

async function ask(reader: Reader, question: Readonly<Record<string, unknown>>): Promise<unknown> {
  const answer: ReaderAnswer = await reader.ask(question);
  if (!("ok" in answer)) throw new Error(`${JSON.stringify(question).slice(0, 100)}: ${JSON.stringify(answer)}`);
  return answer.ok;
}

type Document = Readonly<Record<string, unknown>> & { readonly slots: readonly Readonly<Record<string, unknown>>[] };

/** Metadata without what follows from the compressed bytes, and the content of every slot. */
async function contentOf(reader: Reader, path: string): Promise<unknown> {
  const document = JSON.parse(Buffer.from(String(await ask(reader, { op: "metadata", path })), "hex").toString()) as Document;
  const slots = await Promise.all(document.slots.map(async ({ size: _size, checksum: _checksum, frames, ...rest }, slot) => ({ ...rest, framed: frames !== undefined, content: await ask(reader, { op: "content", path, slot }) })));
  return { ...document, slots };
}

/** @returns what of the packages differs from the first. */
async function compare(reader: Reader, { name }: Case, paths: readonly string[]): Promise<Fault> {
  if (COMPRESSING.includes(name)) {
    const [first, ...others] = await Promise.all(paths.map((path) => contentOf(reader, path)));
    return others.map((other) => same(other, first)).find((fault) => fault !== undefined);
  }
  const digests = paths.map((path) => toHex(sha256(readFileSync(path))));
  return new Set(digests).size === 1 ? undefined : digests.map((digest) => digest.slice(0, 16)).join(", ");
}

async function runCase(item: Case, launcher: Launcher, work: string, reader: Reader, matrix: Matrix): Promise<void> {
  const row = `${item.name} x ${launcher.name}`;
  const built: { readonly builder: string; readonly path: string }[] = [];
  for (const builder of BUILDERS) {
    const path = join(work, `${row}-${builder.name}`.replace(/[^a-z0-9]+/gi, "-"));
    const reason = missingImplementation(builder) ?? missing(launcher.path);
    if (reason !== undefined) {
      matrix.skip(SECTION, row, builder.name, reason);
      continue;
    }
    try {
      await build(builder, launcher, path, item);
      built.push({ builder: builder.name, path });
    } catch (cause) {
      matrix.add(SECTION, row, builder.name, cause instanceof Error ? cause.message : String(cause));
    }
  }
  const [first] = built;
  if (first === undefined) return;
  for (const { builder, path } of built) {
    const fault = await compare(reader, item, [first.path, path]);
    matrix.add(SECTION, row, builder, fault === undefined ? undefined : `differs from ${first.builder}: ${fault}`);
  }
  if (!COMPRESSING.includes(item.name)) matrix.note(SECTION, row, toHex(sha256(readFileSync(first.path))));
  for (const { path } of built) rmSync(path);
}

export async function runSameBytes(matrix: Matrix): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "conformance-bytes-"));
  const [typescript] = READERS;
  if (typescript === undefined) return;
  const reader = new Reader(typescript, 60_000);
  try {
    await Promise.all(
      LAUNCHERS.map(async (launcher) => {
        for (const item of cases()) await runCase(item, launcher, work, reader, matrix);
      }),
    );
  } finally {
    await reader.close();
    rmSync(work, { recursive: true, force: true });
  }
}
