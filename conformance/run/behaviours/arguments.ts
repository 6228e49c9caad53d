/** What the program gets as its arguments, and which program it is. Source: spec/launch.md, "Entries" and "Command". */
import { join } from "node:path";
import { readdirSync } from "node:fs";
import { first, matches, prints, refuses, same, type Fault } from "../expect.js";
import type { Behaviour, Pair } from "../pair.js";
import { run } from "../program.js";

/** The words come back as they went in, between NULs. */
function carries(row: string, words: readonly string[]): Behaviour {
  return {
    row: `arguments: ${row}`,
    check: async (pair) => {
      const outcome = await pair.probe(["args", ...words]);
      return first(same(outcome.stderr, ""), same(outcome.stdout, words.map((word) => `${word}\0`).join("")));
    },
  };
}

/** Bytes that are no UTF-8 go through a shell: Node has no way to pass them. */
async function invalidUtf8(pair: Pair): Promise<Fault> {
  const file = await pair.package("probe");
  const outcome = await run("/bin/sh", { args: ["-c", 'exec "$0" args "$(printf "a\\377b\\200")" "$(printf "\\300\\257")"', file], env: { PATH: "/usr/bin:/bin", HOME: pair.home, FLAVOR_CACHE: pair.cache } });
  return same(outcome.bytes.toString("hex"), Buffer.from("61ff628000c0af00", "hex").toString("hex"));
}

export function workenvOf(cache: string, name: string): string {
  const root = join(cache, "workenv");
  return join(root, readdirSync(root).find((entry) => entry.startsWith(`${name}-`)) ?? "");
}

function called(row: string, name: string, check: (outcome: Awaited<ReturnType<Pair["start"]>>, pair: Pair) => Fault, args: readonly string[] = []): Behaviour {
  return { row: `entries: ${row}`, check: async (pair) => check(await pair.start(await pair.called(name), { args }), pair) };
}

/** Started by its path, called by another name. */
function named(row: string, argv0: string, expected: string): Behaviour {
  return { row: `entries: ${row}`, check: async (pair) => prints(await pair.probe(["fixed"], { argv0 }), expected.replace("WORKENV", workenvOf(pair.cache, "probe"))) };
}

export const ARGUMENTS: readonly Behaviour[] = [
  carries("none", []),
  carries("one", ["word"]),
  carries("empty", ["", "a", ""]),
  carries("spaces", ["two words", " ", "\t", "a\nb"]),
  carries("quotes and shell characters", ["'", '"', "\\", "$HOME", "`id`", "*", "~", "a;b", "a|b", ">x", "!!", "#", "%PATH%", "^"]),
  carries("options", ["--help", "--version", "-h", "--", "-", "--json", "verify"]),
  carries("placeholders are the package's", ["{workenv}", "{home}", "{unknown}"]),
  carries("Unicode", ["é", "日本語", "😀", "e\u0301", "\u202e", "\ufeff"]),
  carries("100 kB", ["x".repeat(100_000)]),
  carries("2000 words", Array.from({ length: 2000 }, (_, at) => `word-${at}`)),
  { row: "arguments: invalid UTF-8", check: invalidUtf8 },
  called("name of an entry", "probe-here", (outcome, pair) => prints(outcome, `here ${join(workenvOf(pair.cache, "probe"), "bin", "here")} more\n`), ["more"]),
  called("name with .psp", "probe-here.psp", (outcome, pair) => prints(outcome, `here ${join(workenvOf(pair.cache, "probe"), "bin", "here")} \n`)),
  called("name with .exe", "probe-here.exe", (outcome, pair) => prints(outcome, `here ${join(workenvOf(pair.cache, "probe"), "bin", "here")} \n`)),
  called("name of none", "something-else", (outcome) => prints(outcome, "probe \n")),
  called("bare word: bin/ of the package", "probe-bare", (outcome, pair) => prints(outcome, `here ${join(workenvOf(pair.cache, "probe"), "bin", "here")} fixed more\n`), ["more"]),
  called("relative path", "probe-relative", (outcome, pair) => prints(outcome, `tool ${join(workenvOf(pair.cache, "probe"), "tools", "tool")}\n`)),
  called("host: by PATH", "probe-host", (outcome) => prints(outcome, "from the host more\n"), ["more"]),
  called("host: not on PATH", "probe-absent", (outcome) => refuses(outcome, 104, "program-missing")),
  called("command line, split and filled", "probe-line", (outcome, pair) => prints(outcome, `a b c d e f ${workenvOf(pair.cache, "probe")}\n`)),
  called("not executable", "probe-not-executable", (outcome) => refuses(outcome, 104, "exec-failed")),
  called("placeholders", "probe-places", (outcome, pair) => {
    const workenv = workenvOf(pair.cache, "probe");
    return first(same(outcome.stderr, ""), matches(outcome.stdout, new RegExp(`^${workenv} probe 1\\.0 ${workenv}/etc/note\\.txt linux_(amd64|arm64) ${pair.home} \\{Upper\\} \\{a b\\} \\{\\}\\n$`)));
  }),
  named("argv[0] alone", "probe-bare", "here WORKENV/bin/here fixed fixed\n"),
  named("argv[0] with folders", "/some/where/probe-bare.psp", "here WORKENV/bin/here fixed fixed\n"),
  named("argv[0] empty", "", "probe fixed\n"),
  { row: "entries: host: skips relative PATH entries", check: async (pair) => refuses(await pair.start(await pair.called("probe-host"), { env: { PATH: "bin:.:" } }), 104, "program-missing") },
  { row: "command: working directory is the caller's", check: async (pair) => prints(await pair.probe(["folder"], { cwd: pair.home }), `${pair.home}\n`) },
];
