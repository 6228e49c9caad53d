/**
 * Makes the npm tarballs: `flavorpack`, and a package of builders and one of launchers for each platform of npm/table.json.
 *
 *   node scripts/npm-dist.mjs [--out FOLDER] [--complete]
 *
 * The helpers are those in dist/bin, and must carry the version of version.txt. What was not built is named, and left out of the dependencies of
 * `flavorpack`; with --complete, as for a release, it is an error. The result, in dist/npm unless --out says otherwise, depends on the sources and
 * helpers alone: `npm pack` writes no dates, owners or umask, and the staged files have fixed modes.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { thirdPartyNotices } from "./third-party.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { readHelper } = await import("../dist/js/helpers/helper.js");
const { platforms, kinds } = readJson("npm/table.json");
const source = readJson("package.json");
const version = readFileSync(join(root, "version.txt"), "utf8").trim();
const { values } = parseArgs({ options: { out: { type: "string", default: join(root, "dist", "npm") }, complete: { type: "boolean", default: false } } });
const out = resolve(values.out);
/** Of the `files` of package.json, those that are not taken from the checkout as they are. */
const MADE_HERE = ["dist/js", "helpers", "README.md"];

function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}

function writeJson(path, document) {
  writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`);
}

/** The files of one kind for one platform that dist/bin holds; one of another version or platform is an error, because it would be shipped. */
async function builtHelpers(kind, platform) {
  const suffix = `-${platform}${platform.startsWith("windows") ? ".exe" : ""}`;
  const files = kinds[kind].helpers.map((name) => join(root, "dist", "bin", name + suffix)).filter(existsSync);
  for (const file of files) {
    const { marker } = (await readHelper(file)) ?? {};
    if (marker?.version !== version || marker.platform !== platform) {
      throw new Error(`${file}: expected a helper of version ${version} for ${platform}, found ${marker === undefined ? "no marker" : `${marker.version} for ${marker.platform}`}; build it again`);
    }
  }
  return files;
}

/** Lines as `sha256sum` writes them, sorted by file name (spec/builder.md, "Pins"). */
function digests(files) {
  return [...files]
    .sort((one, other) => (basename(one) < basename(other) ? -1 : 1))
    .map((file) => `${createHash("sha256").update(readFileSync(file)).digest("hex")}  ${basename(file)}\n`)
    .join("");
}

/** Stages and packs one package of helpers. */
function packHelpers({ kind, platform, files, name }) {
  const folder = join(staging, kind, platform);
  const helpers = join(folder, "helpers");
  mkdirSync(helpers, { recursive: true });
  for (const file of files) copyFileSync(file, join(helpers, basename(file)));
  writeFileSync(join(helpers, "SHA256SUMS"), digests(files));
  copyFileSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  writeFileSync(join(folder, "THIRD-PARTY.txt"), notices);
  const words = { platform, helpers: files.map((file) => `\`${basename(file)}\``).join(" and ") };
  writeFileSync(join(folder, "README.md"), readFileSync(join(root, "npm", kind, "README.md"), "utf8").replace(/\{(\w+)\}/g, (_, word) => words[word]));
  const { os, cpu } = platforms[platform];
  const gate = kinds[kind].gated ? { os: [os], cpu: [cpu] } : {};
  writeJson(join(folder, "package.json"), { name, version, description: `FlavorPack's native ${kind} for ${platform}`, license: source.license, ...gate, files: ["helpers", "THIRD-PARTY.txt"] });
  npmPack(folder);
}

/** Stages and packs `flavorpack` itself, compiled anew, so that nothing is shipped whose source is gone. */
function packMain(helpers) {
  const folder = join(staging, "flavorpack");
  mkdirSync(join(folder, "helpers"), { recursive: true });
  for (const name of source.files.filter((name) => !MADE_HERE.includes(name))) cpSync(join(root, name), join(folder, name), { recursive: true });
  execFileSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", join(root, "tsconfig.build.json"), "--outDir", join(folder, "dist", "js")], { stdio: "inherit" });
  copyFileSync(join(root, "npm", "flavorpack", "README.md"), join(folder, "README.md"));
  writeFileSync(join(folder, "helpers", "SHA256SUMS"), digests(helpers.flatMap(({ files }) => files)));
  const exactly = (gated) => Object.fromEntries(helpers.filter(({ kind }) => kinds[kind].gated === gated).map(({ name }) => [name, version]));
  const { private: _private, scripts: _scripts, devDependencies: _devDependencies, ...published } = source;
  writeJson(join(folder, "package.json"), {
    ...published,
    version,
    dependencies: { ...source.dependencies, ...exactly(false) },
    optionalDependencies: { ...source.optionalDependencies, ...exactly(true) },
  });
  npmPack(folder);
}

/** Modes do not come from whoever packs: executables are 0755, everything else is 0644. */
function npmPack(folder) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const executable = entry.isDirectory() || /^flavor-(rs|go)-/.test(entry.name) || path.endsWith(join("cli", "main.js"));
    chmodSync(path, executable ? 0o755 : 0o644);
  }
  const [{ filename }] = JSON.parse(execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--loglevel=error", "--pack-destination", out], { cwd: folder, encoding: "utf8" }));
  process.stdout.write(`${String(Math.ceil(statSync(join(out, filename)).size / 1024)).padStart(7)} KiB  ${filename}\n`);
}

/** Every package of helpers that can be made, in the order of the table, and the names of helpers that dist/bin does not hold. */
async function plan() {
  const packages = [];
  const missing = [];
  for (const platform of Object.keys(platforms)) {
    for (const kind of Object.keys(kinds)) {
      const files = await builtHelpers(kind, platform);
      missing.push(...kinds[kind].helpers.map((name) => `${name}-${platform}`).filter((name) => !files.some((file) => basename(file, ".exe") === name)));
      if (files.length > 0) packages.push({ kind, platform, files, name: `@flavorpack/${kind}-${platform.replace("_", "-")}` });
    }
  }
  return { packages, missing };
}

const { packages, missing } = await plan();
if (missing.length > 0) {
  process.stderr.write(`${values.complete ? "missing" : "left out"}, because dist/bin does not hold them: ${missing.join(", ")}\n`);
  if (values.complete) process.exit(1);
}
const others = existsSync(out) ? readdirSync(out).filter((name) => !name.endsWith(".tgz")) : [];
if (others.length > 0) {
  process.stderr.write(`${out} holds more than tarballs (${others[0]}); it would be emptied, so name a folder of its own\n`);
  process.exit(1);
}
const notices = thirdPartyNotices(root);
const staging = mkdtempSync(join(tmpdir(), "flavor-npm-"));
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
try {
  for (const one of packages) packHelpers(one);
  packMain(packages);
} finally {
  rmSync(staging, { recursive: true, force: true });
}
