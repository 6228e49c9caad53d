/** Every vector, and the public Ed25519 vectors, through every reader. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { packageRoot } from "../../src/helpers/root.js";
import { Reader, type Implementation, type Question, type ReaderAnswer } from "../readers/process.js";
import { missingImplementation } from "./implementations.js";
import type { Matrix } from "./matrix.js";

const FOLDER = join(packageRoot(), "conformance");
const ANSWER_LIMIT_MS = 20_000;
const KIB_A_MIB = 1024;
/** Resident memory of a native reader, whatever a package declares (spec/operations.md, "Streams"). */
const NATIVE_LIMIT_MIB = 64;
/** The same for TypeScript, above what Node itself takes before the first question. */
const TYPESCRIPT_LIMIT_MIB = 96;

interface Asked {
  readonly row: string;
  readonly name: string;
  readonly question: Question;
  readonly expected: unknown;
}

interface PackageEntry {
  readonly expect: { readonly verify: unknown; readonly content?: Readonly<Record<string, unknown>> };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

function packageQuestions(): Asked[] {
  const index = readJson(join(FOLDER, "vectors", "packages.json")) as Readonly<Record<string, PackageEntry>>;
  return Object.entries(index).flatMap(([name, { expect }]) => {
    const path = join(FOLDER, "vectors", "packages", `${name}.psp`);
    const row = name.startsWith("bomb_") ? "bombs" : name.startsWith("upstream_") ? "packages of earlier builders" : "packages";
    const contents = Object.entries(expect.content ?? {}).map(([slot, expected]): Asked => {
      const isError = typeof expected === "object" && expected !== null && "error" in expected;
      return { row, name: `${name} slot ${slot}`, question: { op: "content", path, slot: Number(slot) }, expected: isError ? expected : { ok: expected } };
    });
    return [{ row, name, question: { op: "verify", path }, expected: expect.verify }, ...contents];
  });
}

function plainQuestions(): Asked[] {
  const folder = join(FOLDER, "vectors", "questions");
  return readdirSync(folder).map((file) => {
    const { question, expect } = readJson(join(folder, file)) as { readonly question: Question; readonly expect: unknown };
    return { row: `questions: ${String(question["op"])}`, name: file.replace(/\.json$/, ""), question, expected: expect };
  });
}

/** A table of signatures; its messages are in hex or plain text. */
function signatureQuestions(row: string, file: string, encoding: "hex" | "utf8"): Asked[] {
  return readFileSync(join(FOLDER, file), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [number = "", key = "", signature = "", message = "", verdict = ""] = line.split("\t");
      return { row, name: `${file} ${number}`, question: { op: "ed25519", key, signature, message: Buffer.from(message, encoding).toString("hex") }, expected: verdict === "valid" ? { ok: true } : { error: "metadata-signature-wrong" } };
    });
}

function difference(answer: ReaderAnswer, expected: unknown): string | undefined {
  if (isDeepStrictEqual(answer, expected)) return undefined;
  return `expected ${JSON.stringify(expected).slice(0, 300)}, found ${JSON.stringify(answer).slice(0, 300)}`;
}

async function askAll(reader: Reader, asked: readonly Asked[], matrix: Matrix, section: string): Promise<void> {
  for (const { row, name, question, expected } of asked) {
    const fault = difference(await reader.ask(question), expected);
    matrix.add(section, row, reader.name, fault === undefined ? undefined : `${name}: ${fault}`);
  }
}

/** Memory is measured in a process that is asked nothing but what might make it take too much. */
async function measureBombs(implementation: Implementation, bombs: readonly Asked[], matrix: Matrix, section: string): Promise<void> {
  const idle = new Reader(implementation, ANSWER_LIMIT_MS);
  await idle.ask({ op: "target", text: "a" });
  await idle.close();
  const reader = new Reader(implementation, ANSWER_LIMIT_MS);
  await askAll(reader, bombs, matrix, section);
  await reader.close();
  const isTypescript = implementation.name === "ts";
  const limitMib = isTypescript ? idle.peakKib / KIB_A_MIB + TYPESCRIPT_LIMIT_MIB : NATIVE_LIMIT_MIB;
  const peakMib = reader.peakKib / KIB_A_MIB;
  const row = `bombs: peak memory (${isTypescript ? `idle + ${TYPESCRIPT_LIMIT_MIB}` : NATIVE_LIMIT_MIB} MiB)`;
  matrix.add(section, row, reader.name, peakMib < limitMib ? undefined : `${peakMib.toFixed(1)} MiB resident, the limit is ${limitMib.toFixed(1)}`);
}

/** @param readers - those that answer are asked; of the others the matrix says what is missing. */
export async function runVectors(readers: readonly Implementation[], matrix: Matrix): Promise<void> {
  const section = "vectors";
  const asked = [...packageQuestions(), ...plainQuestions(), ...signatureQuestions("ed25519: CCTV", "ed25519-edge-cases.tsv", "utf8"), ...signatureQuestions("ed25519: Wycheproof", "ed25519-wycheproof.tsv", "hex")];
  const isBomb = ({ row, name }: Asked) => row === "bombs" || /_2_46|_100000|_2_60/.test(name);
  await Promise.all(
    readers.map(async (implementation) => {
      const reason = missingImplementation(implementation);
      if (reason !== undefined) {
        matrix.skip(section, "all", implementation.name, reason);
        return;
      }
      const reader = new Reader(implementation, ANSWER_LIMIT_MS);
      await askAll(reader, asked.filter((item) => !isBomb(item)), matrix, section);
      await reader.close();
      await measureBombs(implementation, asked.filter(isBomb), matrix, section);
    }),
  );
}
