/**
 * Runs test categories and says how many passed, over all of them.
 *
 *   node scripts/run-tests.mjs CATEGORY... [--failed N] [--passed N]
 *
 * A category is a folder of tests/ (a vitest project), or `rust` for `cargo test`. One without tests is told as "0 tests". --passed and
 * --failed add what was counted before. The last line is `N passed, N failed`; the exit status is 1 if anything failed.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const results = join(root, "build", "test-results");
const { values, positionals } = parseArgs({ allowPositionals: true, options: { passed: { type: "string", default: "0" }, failed: { type: "string", default: "0" } } });

function hasTests(category) {
  const folder = join(root, "tests", category);
  return existsSync(folder) && readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith(".test.ts"));
}

function runVitest(category) {
  if (!hasTests(category)) return { passed: 0, failed: 0, skipped: 0 };
  const report = join(results, `${category}.json`);
  rmSync(report, { force: true });
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const run = spawnSync(process.execPath, [vitest, "run", "--project", category, "--reporter=dot", "--reporter=json", `--outputFile.json=${report}`], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: "1" },
  });
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const counts = JSON.parse(readFileSync(report, "utf8"));
  // A file that does not load, or an error outside of a test, fails the run without a failed test.
  const failed = counts.numFailedTests > 0 ? counts.numFailedTests : run.status === 0 ? 0 : 1;
  return { passed: counts.numPassedTests, failed, skipped: counts.numPendingTests + counts.numTodoTests };
}

function runCargo() {
  const run = spawnSync("sh", [join(root, "build.sh"), "cargo", "test", "--locked", "--quiet", "--no-fail-fast"], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 28 });
  const output = run.stdout ?? "";
  process.stdout.write(output);
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, ignored] of output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm)) {
    counts.passed += Number(passed);
    counts.failed += Number(failed);
    counts.skipped += Number(ignored);
  }
  if (run.status !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

mkdirSync(results, { recursive: true });
const total = { passed: Number(values.passed), failed: Number(values.failed) };
const lines = [];
for (const category of positionals) {
  const startedMs = Date.now();
  const counts = category === "rust" ? runCargo() : runVitest(category);
  total.passed += counts.passed;
  total.failed += counts.failed;
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
  const tests = counts.passed + counts.failed + counts.skipped === 0 ? "0 tests: none are written yet" : `${counts.passed} passed, ${counts.failed} failed${skipped}, ${((Date.now() - startedMs) / 1000).toFixed(0)} s`;
  lines.push(`${category.padEnd(16)} ${tests}`);
}
process.stdout.write(`\n${lines.join("\n")}\n${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
