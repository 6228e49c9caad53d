/** What lies in the cache after a start: slots by lifecycle, targets and modes, setup commands, and what a second start makes of a damaged tree. */
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { first, matches, prints, refuses, same, type Fault } from "../expect.js";
import type { Behaviour, Pair } from "../pair.js";
import { workenvOf } from "./arguments.js";

const LOG = "[line][two words]\n[command]\n[each][a.txt]\n[each][b.txt]\n";

async function prepared(pair: Pair): Promise<string> {
  await pair.start(await pair.package("prepared"));
  return workenvOf(pair.cache, "prepared");
}

function there(row: string, check: (workenv: string, pair: Pair) => Fault): Behaviour {
  return { row: `workenv: ${row}`, check: async (pair) => check(await prepared(pair), pair) };
}

function modeOf(path: string): string {
  return (lstatSync(path).mode & 0o7777).toString(8).padStart(4, "0");
}

/** A package started from a cache of its own, changed by `damage` after the first start. */
function repaired(row: string, damage: (workenv: string) => void, check: (workenv: string) => Fault = () => undefined): Behaviour {
  return {
    row: `workenv: ${row}`,
    check: async (pair) => {
      const file = await pair.package("plain");
      const env = { FLAVOR_CACHE: pair.freshCache() };
      const fresh = prints(await pair.start(file, { env }), "ran\n");
      const workenv = workenvOf(env.FLAVOR_CACHE, "plain");
      damage(workenv);
      return first(fresh, prints(await pair.start(file, { env }), "ran\n"), check(workenv));
    },
  };
}

function refusedCache(row: string, prepare: (cache: string) => void, exit: number, code: string): Behaviour {
  return {
    row: `cache: ${row}`,
    check: async (pair) => {
      const cache = pair.freshCache();
      prepare(cache);
      return refuses(await pair.start(await pair.package("plain"), { env: { FLAVOR_CACHE: cache } }), exit, code);
    },
  };
}

async function failsAndRetries(pair: Pair): Promise<Fault> {
  const file = await pair.package("prepared");
  const cache = pair.freshCache();
  const failed = await pair.start(file, { env: { FLAVOR_CACHE: cache, FAIL: "1" } });
  const left = existsSync(join(cache, "workenv")) ? readdirSync(join(cache, "workenv")).filter((name) => !name.startsWith(".")) : [];
  const again = await pair.start(file, { env: { FLAVOR_CACHE: cache, FAIL: "1" } });
  return first(
    same({ status: failed.status, stdout: failed.stdout }, { status: 104, stdout: "" }),
    matches(failed.stderr, /\[setup-failed\]/),
    matches(failed.stderr, /told to fail/),
    same(left, []),
    same(again.status, 104),
    prints(await pair.start(file, { env: { FLAVOR_CACHE: cache } }), LOG),
  );
}

async function aside(pair: Pair): Promise<Fault> {
  const workenv = await prepared(pair);
  const instance = join(pair.cache, "workenv", `.${workenv.slice(workenv.lastIndexOf("/") + 1)}.pspf`);
  const stamp = readFileSync(join(workenv, ".pspf-package-id"), "utf8");
  const index = JSON.parse(readFileSync(join(instance, "instance", "index.json"), "utf8")) as Readonly<Record<string, unknown>>;
  const keys = ["build_timestamp", "capabilities", "flags", "format_version", "index_checksum", "launcher_size", "metadata_checksum", "metadata_offset", "metadata_size", "package_id", "package_size", "page_size", "slot_count", "slot_table_offset", "slot_table_size"];
  return first(
    matches(stamp, /^[0-9a-f]{64}\n$/),
    same(readFileSync(join(instance, "instance", "package.checksum"), "utf8").trim(), stamp.trim()),
    same(existsSync(join(instance, "instance", "extract", "complete")), true),
    same(Object.keys(index), keys),
    same(index["package_id"], stamp.trim()),
    same(modeOf(join(instance, "package", "psp.json")), "0444"),
    same((JSON.parse(readFileSync(join(instance, "package", "psp.json"), "utf8")) as { readonly format: string }).format, "PSPF/2025"),
    same(existsSync(join(instance, "tmp")) ? readdirSync(join(instance, "tmp")) : [], []),
    matches(workenv, new RegExp(`/prepared-1\\.0-${stamp.slice(0, 16)}$`)),
  );
}

export const WORKENV: readonly Behaviour[] = [
  { row: "setup commands: each kind, once, in order", check: async (pair) => first(prints(await pair.start(await pair.package("prepared")), LOG), prints(await pair.start(await pair.package("prepared")), LOG)) },
  { row: "setup commands: a failure leaves nothing, and is tried again", check: failsAndRetries },
  there("write_file: filled with the final place, mode as asked", (workenv) => first(same(readFileSync(join(workenv, "etc", "app.conf"), "utf8"), `place = ${workenv}\nname = prepared {other}\n`), same(modeOf(join(workenv, "etc", "app.conf")), "0600"))),
  there("chmod: by a glob", (workenv) => first(same(modeOf(join(workenv, "parts", "a.txt")), "0755"), same(modeOf(join(workenv, "parts", "c.md")), "0644"))),
  there("directories: made, never writable by others", (workenv) => first(same(modeOf(join(workenv, "made")), "0700"), same(modeOf(join(workenv, "made", "deeper")), "0755"))),
  there("permissions: of single files", (workenv) => first(same(modeOf(join(workenv, "tools", "executable")), "0755"), same(modeOf(join(workenv, "data", "private.txt")), "0600"), same(modeOf(join(workenv, "data", "gzipped.txt")), "0644"))),
  there("permissions: in archives", (workenv) => first(same(modeOf(join(workenv, "bin", "show")), "0755"), same(modeOf(join(workenv, "note.sh")), "0644"))),
  ...["gzipped", "zstd", "bzip2", "xz"].map((name) => there(`operations: a file, ${name}`, (workenv) => same(readFileSync(join(workenv, "data", `${name}.txt`), "utf8"), "text\n"))),
  ...["bz2", "xz", "tar"].map((name) => there(`operations: an archive, ${name}, into its target`, (workenv) => same(readFileSync(join(workenv, "in", name, "inside.txt"), "utf8"), "in a folder\n"))),
  there("lifecycle init: gone after setup", (workenv) => same(existsSync(join(workenv, "initial.txt")), false)),
  there("lifecycle volatile: gone, and its folder", (workenv) => same(existsSync(join(workenv, "gone")), false)),
  there("lifecycle lazy and dev: not extracted", (workenv) => same([existsSync(join(workenv, "lazy.txt")), existsSync(join(workenv, "dev.txt"))], [false, false])),
  there("lifecycle platform: this system's alone", (workenv) => same([existsSync(join(workenv, "linux.txt")), existsSync(join(workenv, "windows.txt"))], [true, false])),
  there("lifecycle eager", (workenv) => same(existsSync(join(workenv, "eager.txt")), true)),
  { row: "workenv: stamp, index.json, psp.json, complete, package.checksum", check: aside },
  repaired("stamp torn: extracted again", (workenv) => { writeFileSync(join(workenv, ".pspf-package-id"), "0123"); rmSync(join(workenv, "data")); }, (workenv) => same(existsSync(join(workenv, "data")), true)),
  repaired("stamp gone: extracted again", (workenv) => { rmSync(join(workenv, ".pspf-package-id")); }),
  repaired("tree gone: extracted again", (workenv) => { rmSync(workenv, { recursive: true }); }),
  repaired("program gone: extracted again, once", (workenv) => { rmSync(join(workenv, "bin"), { recursive: true }); }, (workenv) => same(readdirSync(join(workenv, "bin")), ["run"])),
  repaired("everything beside the tree gone: nothing happens", (workenv) => { rmSync(workenv.replace(/\/([^/]+)$/, "/.$1.pspf"), { recursive: true }); }),
  refusedCache("root is a link", (cache) => { mkdirSync(`${cache}-real`); symlinkSync(`${cache}-real`, cache); }, 106, "cache-untrusted"),
  refusedCache("root is writable by others", (cache) => { mkdirSync(cache); chmodSync(cache, 0o777); }, 106, "cache-untrusted"),
  refusedCache("workenv is writable by others", (cache) => { mkdirSync(join(cache, "workenv"), { recursive: true }); chmodSync(join(cache, "workenv"), 0o777); }, 106, "cache-untrusted"),
  refusedCache("root is a file", (cache) => { writeFileSync(cache, ""); }, 106, "io-error"),
  { row: "cache: XDG_CACHE_HOME, then HOME; relative values count as unset", check: cacheRoots },
];

async function cacheRoots(pair: Pair): Promise<Fault> {
  const file = await pair.package("plain");
  const xdg = join(pair.folder, "xdg");
  const faults = [
    prints(await pair.start(file, { env: { FLAVOR_CACHE: "", XDG_CACHE_HOME: xdg } }), "ran\n"),
    same(existsSync(join(xdg, "flavor", "workenv")), true),
    prints(await pair.start(file, { env: { FLAVOR_CACHE: "relative", XDG_CACHE_HOME: "also/relative" } }), "ran\n"),
    same(existsSync(join(pair.home, ".cache", "flavor", "workenv")), true),
    same(existsSync(join(pair.folder, "relative")), false),
  ];
  return first(...faults);
}
