/**
 * Differential fuzzing: all readers are asked the same, and must say the same.
 *
 *   node dist/conformance/conformance/fuzz/main.js [--minutes N] [--cases N] [--seed N] [--only packages|questions] [--readers ts,rust,go]
 *
 * Case n of a seed is always the same. What the readers do not agree on, what crashes one or takes too long is written to conformance/fuzz/findings/, with
 * seed and number; what was learned from goes to conformance/fuzz/corpus/, which every run asks first. Exit status 1 when anything was found.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { packageRoot } from "../../src/helpers/root.js";
import { Reader, type Question, type ReaderAnswer } from "../readers/process.js";
import { missingImplementation, READERS } from "../run/implementations.js";
import { scrambledPackage, stagedPackage } from "./packages.js";
import { question } from "./questions.js";
import { seededRandom, type Random } from "./random.js";

const FOLDER = join(packageRoot(), "conformance", "fuzz");
const ANSWER_LIMIT_MS = 20_000;
const BATCH = 32;
const MOST_FINDINGS = 50;

const { values } = parseArgs({ options: { minutes: { type: "string", default: "1" }, cases: { type: "string", default: "0" }, seed: { type: "string", default: "1" }, only: { type: "string" }, readers: { type: "string", default: READERS.map(({ name }) => name).join(",") } } });
const seed = Number(values.seed);
const endMs = Date.now() + Number(values.minutes) * 60_000;
const mostCases = Number(values.cases) || Infinity;

interface Case {
  readonly label: string;
  readonly questions: readonly Question[];
  /** A package that the questions are about. */
  readonly path?: string;
}

/** Whether a package verifies. What its slots hold is asked when all say that it does. */
function aboutPackage(label: string, path: string): Case {
  return { label, path, questions: [{ op: "verify", path }] };
}

function contentsOf({ label, path }: Case): Case {
  return { label, ...(path === undefined ? {} : { path }), questions: [0, 1, 2, 3].map((slot) => ({ op: "content", path, slot })) };
}

function caseOf(number: number, work: string): Case {
  const random: Random = seededRandom(seed * 1_000_003 + number);
  const kind = values.only ?? random.pick(["packages", "questions"]);
  const label = `seed ${seed} case ${number}`;
  if (kind === "questions") return { label, questions: Array.from({ length: 8 }, () => question(random)) };
  const path = join(work, `${number % (2 * BATCH)}.psp`);
  writeFileSync(path, random.below(3) === 0 ? scrambledPackage(random) : stagedPackage(random));
  return aboutPackage(label, path);
}

function corpus(): Case[] {
  const folder = join(FOLDER, "corpus");
  return readdirSync(folder).map((name) => {
    const path = join(folder, name);
    return name.endsWith(".psp") ? aboutPackage(`corpus ${name}`, path) : { label: `corpus ${name}`, questions: [JSON.parse(readFileSync(path, "utf8")) as Question] };
  });
}

const implementations = READERS.filter(({ name }) => values.readers.split(",").includes(name));
const missing = implementations.map(missingImplementation).filter((reason) => reason !== undefined);
if (missing.length > 0) {
  process.stderr.write(`fuzz: ${missing.join("\n")}\n`);
  process.exit(1);
}
const readers = implementations.map((implementation) => new Reader(implementation, ANSWER_LIMIT_MS));
const counts = new Map<string, number>();
let asked = 0;
let findings = 0;
let libraryDifferences = 0;

/**
 * Compressed data that no encoder writes: incomplete Huffman codes, bits left over. The decompressors are other people's libraries, and not equally strict about it.
 * What comes out must be the same wherever something does; a slot's bytes are covered by the signed digest all the same.
 */
function isLibraryDifference({ op, operation }: Question, answers: readonly ReaderAnswer[]): boolean {
  const taken = answers.filter((answer) => "ok" in answer);
  const refused = answers.filter((answer) => "error" in answer && answer.error === "archive-malformed");
  const decodes = op === "content" || (op === "stream" && operation !== "GZIP");
  return decodes && taken.length + refused.length === answers.length && taken.every((answer) => isDeepStrictEqual(answer, taken[0]));
}

function report(item: Case, asking: Question, answers: readonly ReaderAnswer[]): void {
  findings += 1;
  if (findings > MOST_FINDINGS) return;
  const said = Object.fromEntries(readers.map(({ name }, at) => [name, answers[at]]));
  mkdirSync(join(FOLDER, "findings"), { recursive: true });
  const base = join(FOLDER, "findings", `${item.label.replaceAll(" ", "-")}-${findings}`);
  if (item.path !== undefined) copyFileSync(item.path, `${base}.psp`);
  writeFileSync(`${base}.json`, `${JSON.stringify({ found: item.label, question: asking, answers: said }, null, 1)}\n`);
  process.stdout.write(`${item.label}: ${JSON.stringify(asking).slice(0, 160)}: ${JSON.stringify(said).slice(0, 300)}\n`);
}

async function ask(cases: readonly Case[]): Promise<void> {
  const intact: Case[] = [];
  const pending = cases.flatMap((item) => item.questions.map((asking) => ({ item, asking, answers: Promise.all(readers.map((reader) => reader.ask(asking))) })));
  for (const { item, asking, answers } of pending) {
    const given = await answers;
    const [first] = given;
    asked += 1;
    const outcome = first === undefined || "crash" in first ? "crash" : "error" in first ? first.error : "ok";
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    const differ = given.some((answer) => "crash" in answer || !isDeepStrictEqual(answer, first));
    if (differ && isLibraryDifference(asking, given)) libraryDifferences += 1;
    else if (differ) report(item, asking, given);
    else if (asking["op"] === "verify" && outcome === "ok") intact.push(contentsOf(item));
  }
  if (intact.length > 0) await ask(intact);
}

const work = mkdtempSync(join(tmpdir(), "flavor-fuzz-"));
await ask(corpus());
let number = 0;
while (Date.now() < endMs && number < mostCases) {
  const batch = Array.from({ length: Math.min(BATCH, mostCases - number) }, (_, at) => caseOf(number + at, work));
  number += batch.length;
  await ask(batch);
}
const cpuSeconds = readers.map(({ name, cpuSeconds: seconds }) => `${name} ${seconds.toFixed(0)}`);
const total = readers.reduce((sum, { cpuSeconds: seconds }) => sum + seconds, process.cpuUsage().user / 1e6);
await Promise.all(readers.map((reader) => reader.close()));
rmSync(work, { recursive: true, force: true });
process.stdout.write(`${[...counts].sort((left, right) => right[1] - left[1]).map(([code, count]) => `${code} ${count}`).join(", ")}\n`);
process.stdout.write(`seed ${seed}: ${number} cases, ${asked} questions, ${findings} disagreements or crashes, ${libraryDifferences} damaged streams that one library takes and another does not; CPU ${total.toFixed(0)} s (${cpuSeconds.join(", ")})\n`);
process.exitCode = findings > 0 ? 1 : 0;
