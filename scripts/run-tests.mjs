/**
 * Runs test categories and says how many passed, over all of them.
 *
 *   node scripts/run-tests.mjs CATEGORY[+CATEGORY]... [--failed N] [--passed N]
 *
 * A category is a folder of tests/ (a vitest project), `rust` for `cargo test`, `go` for `go test`, or `conformance` for `make validate-pspf`.
 * One without tests counts as one failure: a name that is written wrong passes nothing. Categories joined by + run side by side, and each one's output follows in one piece. --passed and
 * --failed add what was counted before. The last line is `N passed, N failed`; the exit status is 1 if anything failed.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const results = join(root, "build", "test-results");
const { values, positionals } = parseArgs({ allowPositionals: true, options: { passed: { type: "string", default: "0" }, failed: { type: "string", default: "0" } } });
const colour = process.stdout.isTTY ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" };

/**
 * Runs a command.
 *
 * @param show - gets stdout, unless `showStdout` is false, and stderr as they come.
 * @returns exit status (127 if it cannot be started) and all of stdout.
 */
function execute(command, args, show, { cwd = root, env = {}, showStdout = true } = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const stdout = [];
    child.stdout.on("data", (chunk) => {
      stdout.push(chunk);
      if (showStdout) show(chunk);
    });
    child.stderr.on("data", show);
    child.on("error", (error) => {
      show(Buffer.from(`${command}: ${error.message}\n`));
      done({ status: 127, stdout: "" });
    });
    child.on("close", (status) => done({ status: status ?? 1, stdout: Buffer.concat(stdout).toString("utf8") }));
  });
}

/** A run that failed without a failed test (a file that does not load, a program that does not compile) counts as one. */
function counted(status, { passed, failed, skipped = 0 }) {
  return { passed, failed: status !== 0 && failed === 0 ? 1 : failed, skipped };
}

async function runVitest(category, show) {
  const folder = join(root, "tests", category);
  if (!existsSync(folder) || !readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith(".test.ts"))) {
    show(Buffer.from(`tests/${category} holds no tests\n`));
    return counted(1, { passed: 0, failed: 0 });
  }
  const report = join(results, `${category}.json`);
  rmSync(report, { force: true });
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const { status } = await execute(process.execPath, [vitest, "run", "--project", category, "--reporter=dot", "--reporter=json", `--outputFile.json=${report}`], show, { env: colour });
  if (!existsSync(report)) return counted(1, { passed: 0, failed: 0 });
  const counts = JSON.parse(readFileSync(report, "utf8"));
  return counted(status, { passed: counts.numPassedTests, failed: counts.numFailedTests, skipped: counts.numPendingTests + counts.numTodoTests });
}

async function runCargo(show) {
  const { status, stdout } = await execute("sh", [join(root, "build.sh"), "cargo", "test", "--locked", "--quiet", "--no-fail-fast"], show);
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, ignored] of stdout.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm)) {
    sum.passed += Number(passed);
    sum.failed += Number(failed);
    sum.skipped += Number(ignored);
  }
  return counted(status, sum);
}

/** `go test -json` tells each test's end; what is shown is what it would print without -json, and the output of tests that failed. */
async function runGo(show) {
  const { status, stdout } = await execute("go", ["test", "-json", "./..."], show, { cwd: join(root, "go"), env: { CGO_ENABLED: "0" }, showStdout: false });
  const events = stdout.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  const ended = (action) => events.filter((event) => event.Action === action && event.Test !== undefined);
  const failures = new Set(ended("fail").map((event) => `${event.Package} ${event.Test}`));
  for (const event of events) {
    if (event.Output !== undefined && (event.Test === undefined || failures.has(`${event.Package} ${event.Test}`))) show(Buffer.from(event.Output));
  }
  return counted(status, { passed: ended("pass").length, failed: failures.size, skipped: ended("skip").length });
}

async function runConformance(show) {
  const { status, stdout } = await execute("make", ["--silent", "validate-pspf"], show);
  const [, passed = "0", failed = "0"] = [...stdout.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1) ?? [];
  return counted(status, { passed: Number(passed), failed: Number(failed) });
}

const RUNNERS = { rust: runCargo, go: runGo, conformance: runConformance };

/** Runs one category. @returns its line of the summary, and its counts. */
async function runCategory(category, alone) {
  const startedMs = Date.now();
  const kept = [];
  const show = (chunk) => (alone ? process.stdout.write(chunk) : kept.push(chunk));
  const counts = await (RUNNERS[category] ?? ((more) => runVitest(category, more)))(show);
  process.stdout.write(Buffer.concat(kept));
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(0);
  return { counts, line: `${category.padEnd(16)} ${counts.passed} passed, ${counts.failed} failed${skipped}, ${seconds} s` };
}

mkdirSync(results, { recursive: true });
const total = { passed: Number(values.passed), failed: Number(values.failed) };
const lines = [];
for (const group of positionals) {
  const categories = group.split("+");
  for (const { counts, line } of await Promise.all(categories.map((category) => runCategory(category, categories.length === 1)))) {
    total.passed += counts.passed;
    total.failed += counts.failed;
    lines.push(line);
  }
}
process.stdout.write(`\n${lines.join("\n")}\n${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
