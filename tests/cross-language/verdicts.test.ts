/** TypeScript and Rust must say the same of every file: the same verdict, and the same exit code. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoParts, makePackage, readLauncher } from "../security/damage.js";
import { mutate } from "../security/mutants.js";
import { seededRandom } from "../../conformance/fuzz/random.js";
import { verifyStatus } from "../verify-status.js";

const MUTANTS = 300;
const SEED = 2025;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "verdicts-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function rustVerdict(path: string): number | null {
  return spawnSync(path, ["verify"], { env: { FLAVOR_LAUNCHER_CLI: "1" } }).status;
}

describe("verify in TypeScript and in Rust", () => {
  it(`agrees on ${MUTANTS} mutants of a package`, { timeout: 120_000 }, async () => {
    const launcher = readLauncher();
    const base = makePackage({ launcher, parts: demoParts() });
    const path = join(folder, "mutant.psp");
    const random = seededRandom(SEED);
    const disagreements: string[] = [];
    const counts = new Map<number, number>();
    for (let number = 0; number < MUTANTS; number += 1) {
      const { what, bytes } = mutate(random, base, launcher);
      writeFileSync(path, bytes, { mode: 0o755 });
      const [typescript, rust] = [await verifyStatus(path), rustVerdict(path)];
      counts.set(typescript, (counts.get(typescript) ?? 0) + 1);
      if (typescript !== rust) disagreements.push(`#${number} ${what}: TypeScript ${typescript}, Rust ${String(rust)}`);
    }
    process.stdout.write(`${MUTANTS} mutants, ${MUTANTS - disagreements.length} agreed; by exit code: ${[...counts].map(([code, count]) => `${code}: ${count}`).join(", ")}\n`);
    expect(disagreements).toEqual([]);
    expect(counts.size).toBeGreaterThan(3);
  });
});
