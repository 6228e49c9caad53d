/**
 * Measures the two examples side by side with the bare programs. See README.md in this folder.
 *
 *   node bench/main.mjs [--runs N]
 */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { arch, cpus, platform, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const budgets = JSON.parse(readFileSync(join(root, "bench", "budgets.json"), "utf8"));
const runs = Number(process.argv[process.argv.indexOf("--runs") + 1]) || 20;
const work = mkdtempSync(join(tmpdir(), "flavor-bench-"));
const say = (text) => process.stderr.write(`${text}\n`);

const PROGRAMS = [
  { name: "python", source: "examples/python-cli", args: ["greet", "bench"], bare: bareVirtualEnvironment },
  { name: "node", source: "examples/node-ts-cli", args: ["greet", "bench"], bare: bareFolder },
];

function need(tool) {
  if (spawnSync(tool, ["--version"], { stdio: "ignore" }).status === 0) return;
  say(`installing ${tool}`);
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    spawnSync("apt-get", ["update", "-qq"], { stdio: "ignore" });
    spawnSync("apt-get", ["install", "-y", "-qq", tool], { stdio: "ignore" });
  }
  if (spawnSync(tool, ["--version"], { stdio: "ignore" }).status === 0) return;
  throw new Error(`${tool} is needed and not installed: install it with your system's package manager`);
}

/** Run hyperfine on one command. @returns median and spread in ms. */
function measure(label, argv, { count = runs, prepare, environment = {} } = {}) {
  const json = join(work, "hyperfine.json");
  const quoted = argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const args = ["-N", "--style", "none", "--output", "null", "--warmup", prepare === undefined ? "3" : "1", "--runs", String(count), "--export-json", json];
  if (prepare !== undefined) args.push("--prepare", prepare);
  const done = spawnSync("hyperfine", [...args, quoted], { env: { ...process.env, ...environment }, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${label}: hyperfine: ${done.stderr}`);
  const [result] = JSON.parse(readFileSync(json, "utf8")).results;
  const ms = (seconds) => Math.round(seconds * 1e5) / 100;
  say(`  ${label}: ${ms(result.median)} ms`);
  return { median_ms: ms(result.median), min_ms: ms(result.min), max_ms: ms(result.max), cpu_ms: ms(result.user + result.system), runs: count };
}

/** A directory that is new for every run: `current` is moved on by the prepare command. */
function freshDirectory(name) {
  const base = join(work, name);
  mkdirSync(base);
  const script = join(base, "next.sh");
  writeFileSync(script, `#!/bin/sh\nset -e\nd=$(mktemp -d '${base}/XXXXXXXX')\nmkdir "$d/x"\nln -sfn "$d" '${base}/current'\n`);
  chmodSync(script, 0o755);
  execFileSync(script);
  return { prepare: script, path: join(base, "current", "x") };
}

/** The stored blob of each archive slot, as a file, with the place it is unpacked to. */
async function slotFiles(packagePath, folder) {
  const { openPackage } = await import(join(root, "dist", "js", "index.js"));
  const pkg = await openPackage(packagePath);
  const files = [];
  for (const [position, slot] of pkg.metadata.slots.entries()) {
    if (slot.operations !== "tar.zst") continue;
    const { offsetBytes, sizeBytes } = pkg.descriptors[position];
    const bytes = Buffer.alloc(sizeBytes);
    const file = await open(packagePath);
    await file.read(bytes, 0, sizeBytes, offsetBytes);
    await file.close();
    const path = join(folder, `${slot.id}.tar.zst`);
    writeFileSync(path, bytes);
    files.push({ path, target: slot.target });
  }
  await pkg.close();
  return files;
}

/** The same program without a package: a virtual environment made by the packed interpreter, the project installed into it. */
function bareVirtualEnvironment(program, workenv) {
  const venv = join(work, "venv");
  const cache = execFileSync(join(root, "flavor"), ["cache", "path"], { encoding: "utf8" }).trim();
  const uv = join(cache, "tools", "uv", "uv");
  const tool = existsSync(uv) ? uv : "uv";
  const copy = join(work, "bare-python");
  cpSync(join(workenv, "runtime"), copy, { recursive: true, verbatimSymlinks: true });
  const python = execFileSync("sh", ["-c", "ls -d \"$1\"/bin/python3.*[0-9]", "sh", copy], { encoding: "utf8" }).trim().split("\n")[0];
  execFileSync(tool, ["venv", "--quiet", "--python", python, venv], { stdio: "inherit" });
  execFileSync(tool, ["pip", "install", "--quiet", "--compile-bytecode", "--python", join(venv, "bin", "python"), join(root, program.source)], { stdio: "inherit" });
  return [join(venv, "bin", "python-cli"), ...program.args];
}

/** The same program without a package: its files elsewhere, the same node. */
function bareFolder(program, workenv, argv) {
  const copy = join(work, "bare-node");
  cpSync(workenv, copy, { recursive: true, verbatimSymlinks: true });
  return [...argv.map((word) => word.replaceAll("{workenv}", copy)), ...program.args];
}

async function bench(program) {
  say(`${program.name}: packing ${program.source}`);
  const file = join(work, `${program.name}.psp`);
  const pack = () => {
    const started = performance.now();
    const output = execFileSync(join(root, "flavor"), ["pack", join(root, program.source), "-o", file, "--force", "--json", "--key-seed", `bench ${program.name} with a seed that nobody needs to guess`], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return { result: JSON.parse(output), ms: Math.round(performance.now() - started) };
  };
  const firstPack = pack();
  const secondPack = pack();
  const cache = join(work, `${program.name}-cache`);
  mkdirSync(cache);
  const environment = { FLAVOR_CACHE: cache };
  execFileSync(file, program.args, { env: { ...process.env, ...environment } });
  const info = JSON.parse(execFileSync(file, ["cache", "--json"], { env: { ...process.env, ...environment, FLAVOR_LAUNCHER_CLI: "1" }, encoding: "utf8" }));
  const metadata = JSON.parse(execFileSync(file, ["metadata"], { env: { ...process.env, FLAVOR_LAUNCHER_CLI: "1" }, encoding: "utf8" }));
  const workenv = info.workenv;
  const argv = metadata.execution.argv;
  const files = await slotFiles(file, work);

  const rows = {};
  rows.bare = measure("bare", program.bare(program, workenv, argv));
  rows.direct = measure("direct", [...argv.map((word) => word.replaceAll("{workenv}", workenv)), ...program.args], { environment: { PATH: `${workenv}/bin:${process.env.PATH}` } });
  rows.warm = measure("warm", [file, ...program.args], { environment });
  const fresh = freshDirectory(`${program.name}-first`);
  rows.first = measure("first", [file, ...program.args], { count: Math.ceil(runs / 2), prepare: fresh.prepare, environment: { FLAVOR_CACHE: fresh.path } });
  const untarred = freshDirectory(`${program.name}-untar`);
  const script = join(work, `${program.name}-untar.sh`);
  writeFileSync(script, `#!/bin/sh\nset -e\n${files.map(({ path, target }) => `mkdir -p '${untarred.path}/${target}'; zstd -dc '${path}' | tar x -C '${untarred.path}/${target}'`).join("\n")}\n`);
  chmodSync(script, 0o755);
  rows.untar = measure("untar", [script], { count: Math.ceil(runs / 2), prepare: untarred.prepare });

  const size = statSync(file).size;
  const ratio = (value) => Math.round(value * 1000) / 1000;
  const figures = {
    size_bytes: size,
    first_start_over_untar_and_bare: ratio(rows.first.median_ms / (rows.untar.median_ms + rows.bare.median_ms)),
  };
  const ratios = { warm_over_bare: ratio(rows.warm.median_ms / rows.bare.median_ms), warm_over_direct: ratio(rows.warm.median_ms / rows.direct.median_ms), first_over_bare: ratio(rows.first.median_ms / rows.bare.median_ms) };
  return { program: program.name, size_bytes: size, pack_ms: firstPack.ms, pack_again_ms: secondPack.ms, slots: firstPack.result.slots, rows, ratios, figures };
}

/** What the launcher itself costs at a warm start: a package that executes a program which does nothing, against that program. */
function benchLauncher() {
  say("launcher: packing a program that does nothing");
  const folder = join(work, "nothing");
  mkdirSync(folder);
  const program = ["/bin/true", "/usr/bin/true"].find((path) => existsSync(path));
  if (program === undefined) throw new Error("neither /bin/true nor /usr/bin/true exists");
  writeFileSync(join(folder, "flavor.json"), JSON.stringify({ package: { name: "nothing", version: "1" }, execution: { argv: [program] }, slots: [] }));
  const file = join(work, "nothing.psp");
  execFileSync(join(root, "flavor"), ["pack", folder, "-o", file, "--quiet"], { stdio: ["ignore", "ignore", "inherit"] });
  const environment = { FLAVOR_CACHE: join(work, "nothing-cache") };
  const count = runs * 10;
  const rows = { direct: measure("direct", [program], { count }), warm: measure("warm", [file], { count, environment }) };
  const added = Math.round((rows.warm.median_ms - rows.direct.median_ms) * 1000) / 1000;
  return { program: "launcher", size_bytes: statSync(file).size, rows, ratios: {}, figures: { added_ms: added } };
}

function table(results) {
  const lines = [];
  for (const { program, rows, ratios, figures, size_bytes: size, pack_ms: packMs, pack_again_ms: again } of results) {
    lines.push("", `## ${program}`, "", "| row | median ms | min | max |", "|---|---:|---:|---:|");
    for (const [name, row] of Object.entries(rows)) lines.push(`| ${name} | ${row.median_ms} | ${row.min_ms} | ${row.max_ms} |`);
    if (packMs !== undefined) lines.push("", `size ${(size / 1e6).toFixed(2)} MB; pack ${(packMs / 1000).toFixed(1)} s, again ${(again / 1000).toFixed(1)} s`);
    if (packMs !== undefined) lines.push(`warm/bare ${ratios.warm_over_bare}, warm/direct ${ratios.warm_over_direct}, first/bare ${ratios.first_over_bare}`);
    for (const [name, value] of Object.entries(figures)) {
      const budget = budgets[program][name];
      lines.push(`${value <= budget ? "within" : "ABOVE "} budget: ${name} ${value} (at most ${budget})`);
    }
  }
  return lines.join("\n");
}

try {
  for (const tool of ["hyperfine", "zstd"]) need(tool);
  const results = [];
  for (const program of PROGRAMS) results.push(await bench(program));
  results.push(benchLauncher());
  const folder = join(root, "bench", "results");
  mkdirSync(folder, { recursive: true });
  const report = { machine: { platform: platform(), arch: arch(), cores: cpus().length, node: process.version }, runs, results };
  writeFileSync(join(folder, "latest.json"), `${JSON.stringify(report, null, 2)}\n`);
  process.stdout.write(`${table(results)}\n`);
  const above = results.filter(({ program, figures }) => Object.entries(figures).some(([name, value]) => value > budgets[program][name]));
  process.exitCode = above.length === 0 ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
