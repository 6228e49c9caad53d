import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { flavor, homeOf, makeFolder, put, ROOT, shellProject } from "./cli-runner.js";

const MAIN = join(ROOT, "dist", "js", "cli", "main.js");

const COMMANDS = [
  ["pack"],
  ["run"],
  ["verify"],
  ["inspect"],
  ["extract"],
  ["keygen"],
  ["completion"],
  ["helpers", "list"],
  ["helpers", "info"],
  ["helpers", "build"],
  ["helpers", "test"],
  ["helpers", "clean"],
  ["cache", "list"],
  ["cache", "info"],
  ["cache", "path"],
  ["cache", "clean"],
  ["cache", "remove"],
  ["cache", "fsck"],
];

describe("flavor", () => {
  it.each(COMMANDS)("%s %s has help with examples and --json", async (...command) => {
    const run = await flavor([...command.filter((word) => typeof word === "string"), "--help"], { cwd: makeFolder() });
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(run.stdout).toContain("Examples:\n  $ ");
    expect(run.stdout).toContain("--json");
  });

  it("says its version, which version.txt holds", async () => {
    const run = await flavor(["--version"], { cwd: makeFolder() });
    expect(run).toEqual({ status: 0, stdout: `flavor ${readFileSync(join(ROOT, "version.txt"), "utf8").trim()}\n`, stderr: "" });
  });

  it.each([
    [["pakc"], /unknown command 'pakc' \[usage\]\nhint: did you mean pack\?/],
    [["cache", "lst"], /unknown command 'lst' \[usage\]\nhint: did you mean list\?/],
    [["verify", "--jsn", "x"], /unknown option '--jsn' \[usage\]\nhint: did you mean --json\?/],
    [["verify"], /missing required argument 'file' \[usage\]\nhint: flavor verify --help/],
    [["verify", "a", "b"], /too many arguments.*\[usage\]/],
    [["pack", "--compression", "most"], /Allowed choices are fast, default, best, gzip \[usage\]/],
    [["cache", "clean", "--older-than", "soon"], /"soon" is not a number of days \[usage\]/],
    [["extract", "x.psp"], /needs a slot.*\[usage\]/],
    [["completion", "tcsh"], /Allowed choices are bash, zsh, fish \[usage\]/],
  ] as [string[], RegExp][])("refuses %j with exit status 2", async (args, says) => {
    const run = await flavor(args, { cwd: makeFolder() });
    expect(run.stderr).toMatch(says);
    expect(run).toMatchObject({ status: 2, stdout: "" });
  });

  it("without a command prints help on stderr and ends with 2", async () => {
    const run = await flavor([], { cwd: makeFolder() });
    expect(run).toMatchObject({ status: 2, stdout: "" });
    expect(run.stderr).toContain("Usage: flavor");
  });

  it("gives errors as one JSON document with --json, the line on stderr all the same", async () => {
    const run = await flavor(["pack", "--json"], { cwd: makeFolder() });
    expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: "manifest-missing", message: expect.any(String) as string, hint: expect.any(String) as string } });
    expect(run.stderr).toMatch(/^flavor: error: /);
    expect(run.status).toBe(109);
  });

  it("is quiet when its reader goes away", () => {
    const output = execFileSync("bash", ["-c", `set -o pipefail; "$1" "$2" completion fish 2>&1 | head -c 1; exit \${PIPESTATUS[0]}`, "bash", process.execPath, MAIN], { encoding: "utf8" });
    expect(output).toBe("#");
  });

  it.each(["bash", "zsh", "fish"])("completes in %s: the script parses and knows commands and options", async (shell) => {
    const run = await flavor(["completion", shell], { cwd: makeFolder() });
    expect(run.stdout).toMatch(/fsck/);
    expect(run.stdout).toMatch(/key-seed/);
    if (shell !== "bash") return;
    const script = 'source "$1"; complete_words() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _flavor; echo "${COMPREPLY[*]}"; }; complete_words flavor ca; complete_words flavor cache re; complete_words flavor pack --compression be; complete_words flavor pack --key';
    const file = join(mkdtempSync(join(tmpdir(), "flavor-completion-")), "flavor.bash");
    writeFileSync(file, run.stdout);
    expect(execFileSync("bash", ["-c", script, "bash", file], { encoding: "utf8" })).toBe("cache\nremove\nbest\n--key-seed\n");
  });
});

describe("docs/reference", () => {
  it("is what the parser and the tables say", () => {
    execFileSync(process.execPath, [join(ROOT, "scripts", "generate-docs.mjs"), "--check"], { stdio: "pipe" });
  });

  it("has every variable of ours that the CLI reads", () => {
    const page = readFileSync(join(ROOT, "docs", "reference", "environment.md"), "utf8");
    const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    const read = sources.flatMap((name) => [...readFileSync(join(ROOT, "src", name), "utf8").matchAll(/(?:environment|env|absolute)[[(]"((?:FLAVOR_\w+)|NO_COLOR|FORCE_COLOR|SOURCE_DATE_EPOCH)"[\])]/g)].map((match) => match[1] ?? ""));
    expect(read).toContain("FLAVOR_CACHE");
    for (const name of new Set(read)) expect(page).toContain(`\`${name}\``);
  });
});

describe("flavor helpers", () => {
  it("finds the launcher of this checkout, reads its marker and starts it", async () => {
    const cwd = makeFolder();
    const list = JSON.parse((await flavor(["helpers", "list", "--json"], { cwd })).stdout) as { readonly helpers: readonly { readonly name: string; readonly version: string }[] };
    expect(list.helpers.find((helper) => helper.name === "flavor-rs-launcher")).toMatchObject({ role: "launcher", language: "rust", version: readFileSync(join(ROOT, "version.txt"), "utf8").trim() });
    expect(JSON.parse((await flavor(["helpers", "info", "flavor-rs-launcher", "--json"], { cwd })).stdout)).toMatchObject({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    expect(await flavor(["helpers", "test", "--lang", "rust"], { cwd })).toMatchObject({ status: 0, stdout: expect.stringContaining("ok") as string });
  });

  it("ends with 110 for a helper that is not there", async () => {
    expect((await flavor(["helpers", "info", "flavor-xx-launcher"], { cwd: makeFolder() })).status).toBe(110);
  });
});

describe("flavor run and flavor cache", () => {
  it("runs the program with its arguments, input and exit status, and shows what was extracted", async () => {
    const cwd = makeFolder();
    shellProject(cwd, { script: '#!/bin/sh\nfor word in "$@"; do printf "<%s>" "$word"; done\nexit 7\n' });
    const words = ["a b", "", "--help", "two\nlines", "it's"];
    const run = await flavor(["run", "-q", ".", "--", ...words], { cwd });
    expect(run).toEqual({ status: 7, stdout: words.map((word) => `<${word}>`).join(""), stderr: "" });

    const list = JSON.parse((await flavor(["cache", "list", "--json"], { cwd })).stdout) as { readonly workenvs: readonly { readonly name: string; readonly path: string }[] };
    const [entry] = list.workenvs;
    expect(list.workenvs).toMatchObject([{ package: "hello", version: "1.0", ready: true }]);
    const name = entry?.name ?? "";
    expect((await flavor(["cache", "list"], { cwd })).stdout).toContain(name);
    expect(JSON.parse((await flavor(["cache", "info", name, "--json"], { cwd })).stdout)).toMatchObject({ name, processes: [] });
    expect(await flavor(["cache", "fsck"], { cwd })).toMatchObject({ status: 0 });

    expect((await flavor(["cache", "remove", "../../x"], { cwd })).status).toBe(106);
    expect((await flavor(["cache", "clean"], { cwd })).status).toBe(2);
    expect(JSON.parse((await flavor(["cache", "clean", "--dry-run", "--json"], { cwd })).stdout)).toMatchObject({ dryRun: true, removed: [{ name }] });
    expect((await flavor(["cache", "clean", "--older-than", "1", "--yes"], { cwd })).stdout).toMatch(/^freed 0 B/);

    const kinds = (JSON.parse((await flavor(["cache", "info", "--json"], { cwd })).stdout) as { readonly builds: readonly { readonly kind: string; readonly size: number }[] }).builds;
    expect(kinds.map(({ kind }) => kind)).toEqual(["frames", "run", "staging"]);
    expect((await flavor(["cache", "info"], { cwd })).stdout).toMatch(/^workenvs +[\d.]+ k?B +1 unpacked package\nframes +[\d.]+ k?B +compressed frames\nrun +[\d.]+ MB/m);
    expect((await flavor(["cache", "clean", "--builds", "--older-than", "1", "--yes"], { cwd })).status).toBe(2);
    expect((await flavor(["cache", "clean", "--builds", "--yes"], { cwd })).stdout).toMatch(/^removed frames .*\nremoved run .*\nremoved staging .*\nfreed /);
    expect(JSON.parse((await flavor(["cache", "info", "--json"], { cwd })).stdout)).toMatchObject({ workenvs: 1, builds: [] });

    expect((await flavor(["cache", "remove", name], { cwd })).status).toBe(0);
    expect((await flavor(["cache", "remove", name], { cwd })).status).toBe(106);
  });

  it("computes the workenv that the launcher uses", async () => {
    const cwd = makeFolder();
    shellProject(cwd, { script: '#!/bin/sh\nprintf %s "$FLAVOR_WORKENV"\n' });
    await flavor(["pack", "-q", "-o", "app.psp"], { cwd });
    const used = execFileSync(join(cwd, "app.psp"), { env: { HOME: homeOf(cwd) }, encoding: "utf8" });
    expect((await flavor(["cache", "path", "app.psp"], { cwd })).stdout).toBe(`${used}\n`);
    for (const environment of [{ FLAVOR_CACHE: join(cwd, "c1") }, { XDG_CACHE_HOME: join(cwd, "c2") }, { FLAVOR_CACHE: "relative" }, { HOME: "", FLAVOR_CACHE: join(cwd, "c3") }, { XDG_CACHE_HOME: "x", FLAVOR_CACHE: "" }]) {
      const root = execFileSync(join(cwd, "app.psp"), { env: { HOME: homeOf(cwd), ...environment }, encoding: "utf8" });
      expect((await flavor(["cache", "path", "app.psp"], { cwd, environment })).stdout).toBe(`${root}\n`);
    }
  });

  it("finds damage with fsck and repairs it", async () => {
    const cwd = makeFolder();
    const folder = join(homeOf(cwd), ".cache", "flavor", "workenv", "hello-1.0-0000000000000000");
    mkdirSync(folder, { recursive: true });
    put(join(folder, ".pspf-package-id"), "torn");
    expect(await flavor(["cache", "fsck"], { cwd })).toMatchObject({ status: 1, stdout: expect.stringContaining("stamp") as string });
    expect((await flavor(["cache", "fsck", "--repair"], { cwd })).status).toBe(0);
    expect((await flavor(["cache", "list"], { cwd })).stdout).toBe("the cache holds no workenvs\n");
  });

  it("passes a signal on to the program and ends as it does", async () => {
    const cwd = makeFolder();
    shellProject(cwd, { script: '#!/bin/sh\ntrap "echo stopped; exit 9" TERM\necho ready\nwhile :; do sleep 0.05; done\n' });
    const run = await flavor(["run", "-q"], {
      cwd,
      onStart: (child) => child.stdout?.once("data", () => child.kill("SIGTERM")),
    });
    expect(run).toMatchObject({ status: 9, stdout: "ready\nstopped\n" });
  });

  it("ends with 104 when the program of the package is missing", async () => {
    const cwd = makeFolder();
    shellProject(cwd);
    put(join(cwd, "flavor.toml"), readFileSync(join(cwd, "flavor.toml"), "utf8").replace('"/bin/sh", "{workenv}/bin/hello"', '"/no/such/program"'));
    const run = await flavor(["run", "-q"], { cwd });
    expect(run.status).toBe(104);
    expect(run.stderr).toContain("[program-missing]");
  });

  it("shows bars on a terminal and cleans up after them", async () => {
    const cwd = makeFolder();
    shellProject(cwd);
    truncateSync(put(join(cwd, "files", "large"), ""), 4e8);
    const output = await new Promise<string>((resolve, reject) => {
      const child = spawn("script", ["-qec", `${process.execPath} ${MAIN} pack -o app.psp`, "/dev/null"], { cwd, env: { PATH: process.env["PATH"] ?? "", HOME: homeOf(cwd), TERM: "xterm" }, stdio: ["pipe", "pipe", "inherit"] });
      let text = "";
      child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
      child.on("error", reject);
      child.on("close", () => resolve(text));
    });
    expect(output).toMatch(/compress files \[[#-]+\] +\d+ %/);
    // After the last erased live line nothing but whole lines follows.
    expect(output.slice(output.lastIndexOf("\x1b[2K"))).toMatch(/signer/);
  });
});
