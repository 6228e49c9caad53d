/** `flavor pack --builder`: the same bytes from all builders, and what happens when one fails, is killed or is not there. */
import { createHash } from "node:crypto";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hostPlatform, platformName } from "../../src/format/platform.js";
import { flavor, leftBehind, makeFolder, put, ROOT, shellProject } from "./cli-runner.js";

const HOST = platformName(hostPlatform(process.platform, process.arch));
const NATIVE = ["rust", "go"] as const;

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** A stand-in for a builder: a shell script, which FLAVOR_BUILDER_BIN names. $out is what --output said. */
function scriptedBuilder(work: string, script: string): string {
  const preamble = 'out=\nwhile [ $# -gt 0 ]; do case $1 in --output) out=$2; shift;; --manifest) manifest=$2; shift;; esac; shift; done\n';
  return put(join(work, "..", "builder.sh"), `#!/bin/sh\n${preamble}${script}\n`, 0o755);
}

/** Everything that a manifest can say, with blobs of every kind. */
function richProject(work: string): void {
  mkdirSync(join(work, "tree", "empty"), { recursive: true });
  put(join(work, "tree", "bin", "hello"), '#!/bin/sh\necho "hello $*"\n', 0o755);
  put(join(work, "tree", `${"long".repeat(40)}.txt`), "a name for a pax header");
  put(join(work, "tree", "ünïcode.txt"), "name");
  symlinkSync("bin/hello", join(work, "tree", "link"));
  put(join(work, "nothing"), "");
  put(join(work, "notes.txt"), "notes\n".repeat(1000));
  execFileSync("python3", ["-c", "import tarfile\nfor form in ['gz', 'bz2', 'xz']:\n  with tarfile.open(f'ready.tar.{form}', f'w:{form}', format=tarfile.PAX_FORMAT) as tar: tar.add('tree/bin', 'bin')"], { cwd: work });
  const slots = [
    { id: "tree", source: "tree" },
    { id: "plain", source: "tree", operations: "tar", target: "plain" },
    { id: "gz", source: "ready.tar.gz", operations: "tgz", target: "gz" },
    { id: "bz2", source: "ready.tar.bz2", operations: "tar.bz2", target: "bz2" },
    { id: "xz", source: "ready.tar.xz", operations: "tar.xz", target: "xz" },
    { id: "nothing", source: "nothing", target: "share/nothing", permissions: "0600" },
    { id: "notes", source: "notes.txt", operations: "gzip|bzip2|xz|zstd", lifecycle: "lazy", purpose: "media", platform: "linux" },
  ];
  const manifest = {
    package: { name: "rich", version: "2.1", description: 'says "hëllo"\u2028', sequence: 7 },
    execution: { entries: { hello: { argv: ["{workenv}/bin/hello", ""] }, "hello-again": { command: "{workenv}/bin/hello 'a b' again" } }, env: { A: "{workenv}", Z: "" }, environment: { B: "$x" } },
    slots,
    runtime: { env: { unset: ["LD_*"], pass: ["LD_LIBRARY_PATH"], map: { OLD: "NEW" }, set: { TZ: "UTC" } } },
    workenv: { directories: [{ path: "{workenv}/tmp" }], env: { TMPDIR: "{workenv}/tmp" } },
    setup_commands: ["/bin/true 'a b'", { type: "write_file", path: "{workenv}/etc/x", content: "{odd}\n" }, { type: "chmod", path: "{workenv}/bin/*" }],
    cache_validation: { check_file: "x", expected_content: "y" },
    requirements: { libc: "glibc", libc_version: "2.17" },
    verification: { minimum_level: "standard" },
  };
  put(join(work, "flavor.json"), JSON.stringify(manifest));
}

describe.each(NATIVE)("the %s builder", (builder) => {
  it.each([
    ["a seed", ["--key-seed", "test"]],
    ["--strip", ["--key-seed", "test", "--strip"]],
    ["no signature", ["--unsigned"]],
    ["gzip", ["--key-seed", "test", "--compression", "gzip"]],
  ])("writes the bytes of the built-in one, with %s", async (_, options) => {
    const work = makeFolder();
    richProject(work);
    const environment = { SOURCE_DATE_EPOCH: "1700000000" };
    for (const name of ["ts", builder]) {
      const run = await flavor(["pack", ".", "-o", `${name}.psp`, "--builder", name, "--json", ...options], { cwd: work, environment });
      expect(run.status, run.stderr).toBe(0);
      expect(JSON.parse(run.stdout)).toMatchObject({ sha256: sha256(join(work, `${name}.psp`)), size: readFileSync(join(work, `${name}.psp`)).length, builder: { name: name === "ts" ? "built-in" : `flavor-${builder === "rust" ? "rs" : "go"}-builder` } });
    }
    expect(sha256(join(work, `${builder}.psp`))).toBe(sha256(join(work, "ts.psp")));
  });

  it.each(["ts", "rust", "go"])("refuses a SOURCE_DATE_EPOCH that an archive cannot hold, with %s", async (name) => {
    const work = makeFolder();
    shellProject(work);
    const run = await flavor(["pack", ".", "-o", "late.psp", "--builder", name], { cwd: work, environment: { SOURCE_DATE_EPOCH: String(8 ** 11) } });
    expect(run.status, run.stderr).toBe(2);
    expect(existsSync(join(work, "late.psp"))).toBe(false);
  });

  it.each(["ts", "rust", "go"])("never replaces a key, a source or a pipe, with %s", async (name) => {
    const work = makeFolder();
    shellProject(work);
    expect((await flavor(["keygen"], { cwd: work })).status).toBe(0);
    execFileSync("mkfifo", ["pipe"], { cwd: work });
    const before = readFileSync(join(work, "keys", "flavor-private.key"));
    for (const output of ["keys/flavor-private.key", "flavor.toml", "pipe"]) {
      const run = await flavor(["pack", "flavor.toml", "-o", output, "--force", "--private-key", "keys/flavor-private.key", "--builder", name], { cwd: work });
      expect([run.status, run.stderr], output).toEqual([106, expect.stringContaining("[output-exists]")]);
      if (name === "ts") continue;
      const native = join(ROOT, "dist", "bin", `flavor-${name === "rust" ? "rs" : "go"}-builder-${HOST}`);
      const direct = spawnSync(native, ["-m", "flavor.toml", "-o", output, "--force", "--private-key", "keys/flavor-private.key"], { cwd: work, encoding: "utf8" });
      expect([direct.status, direct.stderr], output).toEqual([106, expect.stringContaining("[output-exists]")]);
    }
    expect(readFileSync(join(work, "keys", "flavor-private.key"))).toEqual(before);
  });

  it("signs with a key file, and with a fresh key when none is given", async () => {
    const work = makeFolder();
    shellProject(work);
    expect((await flavor(["keygen"], { cwd: work })).status).toBe(0);
    for (const [options, lifetime] of [
      [["--private-key", "keys/flavor-private.key"], "publisher"],
      [[], "build"],
    ] as const) {
      const run = await flavor(["pack", ".", "-o", "out.psp", "--force", "--builder", builder, "--json", ...options], { cwd: work });
      expect(run.status, run.stderr).toBe(0);
      const { keyId, keyLifetime } = JSON.parse(run.stdout) as { keyId: string; keyLifetime: string };
      expect(keyLifetime).toBe(lifetime);
      expect((await flavor(["verify", "out.psp", "--key", keyId], { cwd: work })).status).toBe(0);
      expect(execFileSync(join(work, "out.psp"), ["you"], { encoding: "utf8", env: { HOME: work } })).toBe("hello you\n");
    }
  });
});

describe("--builder auto", () => {
  it("takes the Rust builder and says so", async () => {
    const work = makeFolder();
    shellProject(work);
    const run = await flavor(["pack", "."], { cwd: work });
    expect(run.stdout).toMatch(/builder {2}flavor-rs-builder \d/);
    const plan = await flavor(["pack", ".", "--dry-run", "--force"], { cwd: work });
    expect(plan.stdout).toMatch(/builder {2}\/.*flavor-rs-builder/);
  });

  it("takes the built-in one where there is no other", async () => {
    const work = makeFolder();
    shellProject(work);
    const run = await installedElsewhere(work)(["pack", "."]);
    expect(run.stdout).toMatch(/builder {2}built-in \d/);
  });
});

/** The CLI in a folder of its own, with a launcher and nothing else. */
function installedElsewhere(work: string) {
  const root = join(work, "..", "installed");
  for (const name of ["dist/js", "spec", "package.json", "version.txt"]) cpSync(join(ROOT, name), join(root, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  const launcher = `flavor-rs-launcher-${HOST}`;
  mkdirSync(join(root, "helpers"));
  cpSync(join(ROOT, "dist", "bin", launcher), join(root, "helpers", launcher));
  return (args: readonly string[]) => flavor(args, { cwd: work, main: join(root, "dist", "js", "cli", "main.js") });
}

describe("a builder that was asked for", () => {
  it("and is not there is 110, with every place searched and the way out", async () => {
    const work = makeFolder();
    shellProject(work);
    const run = await installedElsewhere(work)(["pack", ".", "--builder", "go"]);
    expect(run.status).toBe(110);
    expect(run.stderr).toMatch(/no builder for .*: searched .*helpers\/flavor-go-builder-.*dist\/bin\/.*\[helper-missing\]\nhint: /);
    expect(existsSync(join(work, "hello.psp"))).toBe(false);
  });

  it("is told what to build by a manifest that needs nothing else, and gets the seed through the environment", async () => {
    const work = makeFolder();
    shellProject(work);
    const bin = scriptedBuilder(work, 'cp "$manifest" "$KEEP/manifest.json"; echo "$FLAVOR_KEY_SEED" >"$KEEP/seed"; echo \'{"error":{"code":"disk-full","message":"no room","hint":"make some"}}\'; exit 106');
    const run = await flavor(["pack", ".", "--key-seed", "secret text"], { cwd: work, environment: { FLAVOR_BUILDER_BIN: bin, KEEP: work } });
    expect(run).toMatchObject({ status: 106, stdout: "" });
    expect(run.stderr).toContain("no room [disk-full]\nhint: make some\n");
    expect(readFileSync(join(work, "seed"), "utf8")).toBe("secret text\n");
    const manifest = JSON.parse(readFileSync(join(work, "manifest.json"), "utf8")) as { slots: { source: string }[] };
    expect(manifest).toMatchObject({ package: { name: "hello" }, execution: { argv: ["/bin/sh", "{workenv}/bin/hello"] }, slots: [{ id: "files", target: ".", operations: "tar.zst" }] });
    expect(manifest.slots[0]?.source).toMatch(/^\//);
  });

  it.each([
    ["says nothing", "exit 3", 108, /exit status 3: without a word \[build-failed\]/],
    ["says what is no answer", "echo oops; echo 'went wrong' >&2; exit 0", 108, /exit status 0: went wrong \[build-failed\]/],
    ["gives a code that nobody knows", `echo '{"error":{"code":"odd","message":"odd things"}}'; exit 99`, 108, /odd things \[build-failed\]/],
    ["writes what does not verify", `echo junk >"$out"; echo '{"size":5,"sha256":"x","package_id":"x","launcher":{"stripped":0},"slots":[]}'`, 102, /\[not-a-package\]/],
  ])("and %s leaves nothing", async (_, script, status, says) => {
    const work = makeFolder();
    shellProject(work);
    const before = readdirSync(work);
    const run = await flavor(["pack", "."], { cwd: work, environment: { FLAVOR_BUILDER_BIN: scriptedBuilder(work, script) } });
    expect(run.stderr).toMatch(says);
    expect(run.status).toBe(status);
    expect(leftBehind(work, before)).toEqual([]);
  });

  it("is stopped with flavor, and leaves nothing", async () => {
    const work = makeFolder();
    shellProject(work);
    writeFileSync(join(work, "hello.psp"), "as it was");
    const before = readdirSync(work);
    const bin = scriptedBuilder(work, 'echo half >"$out"; kill -TERM $PPID; exec sleep 60');
    const run = await flavor(["pack", ".", "--force"], { cwd: work, environment: { FLAVOR_BUILDER_BIN: bin } });
    expect(run.stderr).toMatch(/\[interrupted\]/);
    expect(run.status).toBe(130);
    expect(leftBehind(work, before)).toEqual([]);
    expect(readFileSync(join(work, "hello.psp"), "utf8")).toBe("as it was");
  });
});
