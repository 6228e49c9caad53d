import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { flavor, leftBehind, makeFolder, put, ROOT, shellProject, type CliOptions } from "./cli-runner.js";

interface WrongInput {
  readonly prepare: (work: string) => void;
  readonly args?: readonly string[];
  readonly options?: Partial<CliOptions>;
  readonly status: number;
  readonly says: RegExp;
}

const cases: Record<string, WrongInput> = {
  "no manifest": { prepare: () => undefined, status: 109, says: /has no manifest.*\[manifest-missing\]\nhint: / },
  "two manifests": {
    prepare: (work) => {
      put(join(work, "pyproject.toml"), "");
      put(join(work, "package.json"), "{}");
    },
    status: 109,
    says: /both pyproject\.toml and package\.json.*\[manifest-ambiguous\]\nhint: .*flavor pack/,
  },
  "a folder that does not exist": { prepare: () => undefined, args: ["nothing"], status: 106, says: /\[file-missing\]/ },
  "an unknown key": { prepare: (work) => shellProject(work, { more: 'lifecyle = "runtime"\n' }), status: 109, says: /slots\[0\]\.lifecyle.*\[manifest-key-unknown\]\nhint: did you mean lifecycle\?/ },
  "a wrong value": { prepare: (work) => shellProject(work, { more: "permissions = 755\n" }), status: 109, says: /slots\[0\]\.permissions: expected an octal mode.*found the number 755 \[manifest-invalid\]/ },
  "TOML that does not parse": { prepare: (work) => put(join(work, "flavor.toml"), "[package\n"), status: 109, says: /flavor\.toml:1:\d+: not TOML.*\[manifest-invalid\]/ },
  "a missing entry point": {
    prepare: (work) => {
      shellProject(work);
      put(join(work, "flavor.toml"), readFileSync(join(work, "flavor.toml"), "utf8").replace('"/bin/sh", "{workenv}/bin/hello"', '"{workenv}/bin/helo"'));
    },
    status: 109,
    says: /bin\/helo is not in the package.*\[entry-missing\]/,
  },
  "an entry that the manifest does not have": { prepare: shellProject, args: [".", "--entry", "other"], status: 109, says: /no entry "other".*\[entry-missing\]/ },
  "an unknown placeholder": { prepare: (work) => shellProject(work, { more: '[workenv]\nenv = { A = "{workenb}" }\n' }), status: 109, says: /\{workenb\} is not a placeholder \[placeholder-unknown\]\nhint: did you mean \{workenv\}\?/ },
  "a missing source": { prepare: (work) => shellProject(work, { more: '[[slots]]\nid = "more"\nsource = "more"\n' }), status: 106, says: /"more"\)\.source: .*does not exist \[file-missing\]/ },
  "a target that climbs": { prepare: (work) => shellProject(work, { more: 'target = "../x"\n' }), status: 103, says: /slots\[0\].*\[path-unsafe\]/ },
  "a link out of the tree": {
    prepare: (work) => {
      shellProject(work);
      symlinkSync("../../secret", join(work, "files", "link"));
    },
    status: 103,
    says: /\[link-unsafe\]/,
  },
  "an unknown operation": { prepare: (work) => shellProject(work, { more: 'operations = "tar.rar5"\n' }), status: 102, says: /\[operation-unknown\]/ },
  "an archive of what is compressed": { prepare: (work) => shellProject(work, { more: 'operations = "gzip|tar"\n' }), status: 102, says: /TAR \(0x01\).*\[operation-unsupported\]/ },
  "an existing output": {
    prepare: (work) => {
      shellProject(work);
      put(join(work, "app.psp"), "mine");
    },
    args: [".", "-o", "app.psp"],
    status: 106,
    says: /app\.psp exists already \[output-exists\]\nhint: .*--force/,
  },
  "an output folder that is missing": { prepare: shellProject, args: [".", "-o", "no/such/app.psp"], status: 106, says: /\[output-unwritable\]/ },
  "an output folder that is a file": { prepare: shellProject, args: [".", "-o", "flavor.toml/app.psp"], status: 106, says: /\[output-unwritable\]/ },
  "a launcher for another platform": { prepare: shellProject, args: [".", "--launcher-bin", join(ROOT, "dist", "bin", "flavor-rs-launcher-linux_amd64"), "--target", "darwin_arm64"], status: 110, says: /is for linux_amd64, expected darwin_arm64 \[helper-missing\]\nhint: give a launcher for the target/ },
  "a launcher that does not exist": { prepare: shellProject, args: [".", "--launcher-bin", "nothing"], status: 106, says: /launcher .*nothing.*\[file-missing\]/ },
  "an unknown platform": { prepare: shellProject, args: [".", "--target", "linux_x64"], status: 2, says: /unknown platform "linux_x64".*\[usage\]/ },
  "a key file that is none": { prepare: shellProject, args: [".", "--private-key", "flavor.toml"], status: 107, says: /\[key-invalid\]/ },
  "a key file that is missing": { prepare: shellProject, args: [".", "--private-key", "no.pem"], status: 106, says: /\[file-missing\]/ },
  "a Python that is not where the user stands": { prepare: (work) => put(join(work, "app", "pyproject.toml"), '[project]\nname = "app"\nversion = "1"\n[project.scripts]\napp = "app:main"\n'), args: ["app", "--python", "./no/python"], status: 110, says: /work\/no\/python is no CPython.*\[runtime-missing\]/ },
  "two kinds of key": { prepare: shellProject, args: [".", "--key-seed", "x", "--unsigned"], status: 2, says: /--key-seed and --unsigned exclude each other \[usage\]/ },
  "--key-seed env without the variable": { prepare: shellProject, args: [".", "--key-seed", "env"], status: 107, says: /FLAVOR_KEY_SEED is not set \[key-invalid\]/ },
  "an unknown option": { prepare: shellProject, args: ["--outputt", "x"], status: 2, says: /unknown option '--outputt' \[usage\]\nhint: did you mean --output\?/ },
  "words after --": { prepare: shellProject, args: [".", "--", "x"], status: 2, says: /\[usage\]/ },
};

describe("flavor pack refuses", () => {
  it.each(Object.entries(cases))("%s, with one line, its exit status and nothing left behind", async (_, wrong) => {
    const work = makeFolder();
    wrong.prepare(work);
    const before = readdirSync(work);
    const run = await flavor(["pack", ...(wrong.args ?? [])], { cwd: work, ...wrong.options });
    const lines = run.stderr.split("\n").filter((line) => line.startsWith("flavor: error: "));
    expect(lines).toHaveLength(1);
    expect(run.stderr).toMatch(wrong.says);
    expect(run.status).toBe(wrong.status);
    expect(run.stdout).toBe("");
    expect(leftBehind(work, before)).toEqual([]);
  });

  it("an existing output stays as it was", async () => {
    const work = makeFolder();
    shellProject(work);
    put(join(work, "hello.psp"), "mine");
    expect((await flavor(["pack"], { cwd: work })).status).toBe(106);
    expect(readFileSync(join(work, "hello.psp"), "utf8")).toBe("mine");
    expect((await flavor(["pack", "--force"], { cwd: work })).status).toBe(0);
    expect(readFileSync(join(work, "hello.psp")).subarray(-8).toString("hex")).toBe("f09f93a6f09faa84");
  });

  it("a file that cannot be read", async () => {
    const work = makeFolder();
    shellProject(work);
    put(join(work, "files", "secret"), "x", 0o000);
    const before = readdirSync(work);
    // Root reads everything: then the CLI runs as somebody else.
    const run = await flavor(["pack", "."], { cwd: work, ...(process.geteuid?.() === 0 ? { uid: 65534 } : {}) });
    expect(run.stderr).toMatch(/secret.*\[file-unreadable\]/);
    expect(run.status).toBe(106);
    expect(leftBehind(work, before)).toEqual([]);
  });

  it.runIf(canMount())("a full disk", () => {
    const work = makeFolder();
    shellProject(work);
    const script = `mount -t tmpfs -o size=64k none "$1" && cd "$2" && "$3" "$4" pack . -o "$1/app.psp"; status=$?; ls -A "$1"; exit $status`;
    const disk = join(work, "disk");
    mkdirSync(disk);
    const main = join(import.meta.dirname, "..", "..", "dist", "js", "cli", "main.js");
    let output = "";
    let status = 0;
    try {
      execFileSync("unshare", ["-rm", "sh", "-c", script, "sh", disk, work, process.execPath, main], { env: { PATH: process.env["PATH"] ?? "", HOME: join(work, "home") }, stdio: "pipe" });
    } catch (error) {
      const failed = error as { status: number; stdout: Buffer; stderr: Buffer };
      status = failed.status;
      output = `${failed.stdout.toString()}${failed.stderr.toString()}`;
    }
    expect(output).toMatch(/^flavor: error: .*\[disk-full\]/);
    expect(status).toBe(106);
  });

  it("Ctrl-C: ends with 130, leaves nothing", async () => {
    const work = makeFolder();
    shellProject(work);
    truncateSync(put(join(work, "files", "large"), ""), 6e9);
    const before = readdirSync(work);
    const run = await flavor(["pack", "."], { cwd: work, onStart: (child) => setTimeout(() => child.kill("SIGINT"), 1200) });
    expect(run.stderr).toMatch(/\[interrupted\]/);
    expect(run.status).toBe(130);
    expect(leftBehind(work, before)).toEqual([]);
  });
});

function canMount(): boolean {
  try {
    execFileSync("unshare", ["-rm", "sh", "-c", "mount -t tmpfs -o size=64k none /mnt"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
