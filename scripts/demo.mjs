/**
 * The demo: packs the Python and the Node/TypeScript example, then runs both with an empty environment and an empty PATH, with arguments that shells like to
 * change and exit statuses that programs like to lose. What differs from what went in is an error.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = join(root, "build", "demo");
const WORDS = ["two words", "", "it's", 'say "hi"', "two\nlines", "--help", "$HOME", "ünï"];
const STATUSES = [0, 1, 3, 127, 255];
let wrong = 0;

function say(text) {
  process.stdout.write(`${text}\n`);
}

function check(ok, what) {
  if (!ok) wrong += 1;
  say(`  ${ok ? "ok    " : "WRONG "} ${what}`);
}

/** As `env -i PATH= FILE ARGS`: nothing of this machine but its kernel. */
function run(file, args, more = {}) {
  return spawnSync(file, args, { env: { PATH: "", ...more }, encoding: "utf8", cwd: "/" });
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
// A cache of its own, so that the first start is a first start; removed with the rest.
const cache = { FLAVOR_CACHE: join(out, "cache") };

for (const name of ["python-cli", "node-ts-cli"]) {
  const file = join(out, name);
  say(`\n$ ./flavor pack examples/${name} -o ${relative(root, file)}`);
  const packed = spawnSync(process.execPath, [join(root, "dist", "js", "cli", "main.js"), "pack", join(root, "examples", name), "-o", file], { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (packed.status !== 0) {
    check(false, `packing ended with exit status ${packed.status}`);
    continue;
  }
  say(`\n$ env -i PATH= ${relative(root, file)} greet world`);
  const first = run(file, ["greet", "world"], cache);
  process.stdout.write(first.stdout + first.stderr);
  check(first.status === 0 && /world/i.test(first.stdout), "runs without anything of this machine");
  const echoed = run(file, ["args", ...WORDS], cache);
  let arrived;
  try {
    arrived = JSON.parse(echoed.stdout);
  } catch {
    arrived = undefined;
  }
  check(JSON.stringify(arrived) === JSON.stringify(WORDS), `arguments arrive unchanged: ${JSON.stringify(WORDS)}`);
  const statuses = STATUSES.map((status) => run(file, ["exit", String(status)], cache).status);
  check(JSON.stringify(statuses) === JSON.stringify(STATUSES), `exit statuses arrive unchanged: ${statuses.join(", ")}`);
  const homeless = run(file, ["exit", "3"]);
  check(homeless.status === 3, "runs without any variable at all, HOME included");
  say(`  size   ${(statSync(file).size / 1e6).toFixed(1)} MB`);
}
say(wrong === 0 ? "\nBoth files are complete programs: copy them to any Linux machine of this architecture." : `\n${wrong} of the checks failed.`);
process.exitCode = wrong === 0 ? 0 : 1;
