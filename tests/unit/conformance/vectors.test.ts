/** The vectors are what the generator writes, there are enough of them, and together they provoke every code that a file can. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { allQuestions, packageVectors, vectorFiles } from "../../../conformance/generate/all.js";
import type { PackageVector, QuestionVector } from "../../../conformance/generate/vector.js";
import { ERRORS } from "../../../src/format/constants.gen.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const FOLDER = join(ROOT, "conformance", "vectors");

/** Where a code comes from when not from a file alone. */
const NOT_FROM_A_FILE: Readonly<Record<string, readonly string[]>> = {
  "levels and identity options, which verify without options does not have": ["unsigned", "seal-not-announced", "key-differs", "signer-unknown", "key-revoked", "signature-expired", "rollback"],
  "starting a program": ["extraction-failed", "setup-failed", "program-missing", "exec-failed", "platform-unfit", "elevated", "arguments-invalid", "cache-untrusted", "level-unknown"],
  "the command line and the file system": ["usage", "file-missing", "file-unreadable", "output-exists", "output-unwritable", "disk-full", "io-error", "interrupted", "internal"],
  "building": ["build-failed", "dependency-unresolvable", "wheel-missing", "verification-failed", "key-invalid", "manifest-missing", "manifest-ambiguous", "manifest-invalid", "manifest-key-unknown", "entry-missing", "placeholder-unknown", "lock-unreadable", "helper-missing", "helper-digest-wrong", "tool-missing", "runtime-missing"],
};

let packages: PackageVector[] = [];
let questions: QuestionVector[] = [];

beforeAll(async () => {
  packages = await packageVectors();
  questions = allQuestions();
});

function failsSomewhere({ verify, content = {} }: PackageVector): boolean {
  return "error" in verify || Object.values(content).some((slot) => "error" in slot);
}

describe("conformance vectors", () => {
  it("are what the generator writes", async () => {
    const files = await vectorFiles();
    const present = readdirSync(FOLDER, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(FOLDER.length + 1));
    expect(present.sort()).toEqual([...files.keys()].sort());
    for (const [path, content] of files) expect(Buffer.compare(readFileSync(join(FOLDER, path)), content), path).toBe(0);
  });

  it("are at least 200, and at least half of them must fail", () => {
    const failing = packages.filter(failsSomewhere).length + questions.filter(({ expect: answer }) => "error" in answer).length;
    expect(packages.length).toBeGreaterThanOrEqual(200);
    expect(failing).toBeGreaterThanOrEqual((packages.length + questions.length) / 2);
  });

  it("provoke every code that a file can provoke", () => {
    const provoked = new Set<string>();
    for (const { verify, content = {} } of packages) {
      for (const answer of [verify, ...Object.values(content)]) if ("error" in answer) provoked.add(answer.error);
    }
    for (const { expect: answer } of questions) if ("error" in answer) provoked.add(answer.error);
    const elsewhere = Object.values(NOT_FROM_A_FILE).flat();
    expect([...provoked].filter((code) => elsewhere.includes(code))).toEqual([]);
    expect(Object.keys(ERRORS).filter((code) => !elsewhere.includes(code) && !provoked.has(code))).toEqual([]);
  });

  it("name a section of the specification", () => {
    const missing = [...packages, ...questions].filter(({ clause }) => {
      const [file = "", heading = ""] = clause.split("#");
      const path = join(ROOT, "spec", file);
      return !existsSync(path) || !readFileSync(path, "utf8").split("\n").some((line) => /^#+ /.test(line) && line.replace(/^#+ /, "") === heading);
    });
    expect(missing.map(({ name, clause }) => `${name}: ${clause}`)).toEqual([]);
  });

  it("cover every field of the index block that must be zero", () => {
    expect(packages.filter(({ name }) => /^index_.*_not_zero$/.test(name)).length).toBeGreaterThanOrEqual(20);
  });
});
