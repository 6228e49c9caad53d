/** Windows packages under Wine: what spec/launch.md says about Windows, with both launchers. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pack, workFolder } from "../packaging/packing.js";
import { helperPath, isLeftOut, LAUNCHERS, startUnderWine, startWine, titled, whyNotRun, windowsPath, wine, witness } from "./foreign.js";

const MANIFEST = {
  package: { name: "witness", version: "1.0" },
  execution: { argv: ["{workenv}/bin/witness.exe"], env: { Witness_Home: "{workenv}" }, entries: { batch: { argv: ["{workenv}/run.bat"] } } },
  runtime: { env: { unset: ["drop_*"] } },
  slots: [
    { id: "program", source: "witness.exe", target: "bin/witness.exe" },
    { id: "files", source: "files", target: "." },
  ],
};

const SETUP_COMMANDS = [
  { type: "write_file", path: "{workenv}/etc/place", content: "{workenv}" },
  { type: "execute", argv: ["{workenv}/bin/witness.exe", "linger", "{workenv}/etc/setup", "1"] },
  { type: "chmod", path: "{workenv}/etc/place", mode: "0600" },
];

const DEEP = join("d".repeat(120), "e".repeat(120), "deep.txt");

describe.each(LAUNCHERS)("%s for Windows", (launcher) => {
  const reason = whyNotRun(launcher, "windows_amd64");
  const folder = workFolder();
  const package_ = join(folder.path, "app 名.exe");
  const withSetup = join(folder.path, "setup.exe");
  const cache = join(folder.path, "cache é");
  const environment = { FLAVOR_CACHE: windowsPath(cache) };
  const start = (args: readonly string[], more: Readonly<Record<string, string>> = {}) => wine([package_, ...args], { ...environment, ...more });
  /** The 32 bits that a command ends with. */
  const statusOf = (program: string, args: string) => wine([witness("windows_amd64"), "status", `"${windowsPath(program)}" ${args}`], environment).stdout.trim();
  const workenvs = (root: string) => readdirSync(join(root, "workenv")).filter((name) => !name.startsWith("."));
  const treeOf = (root: string) => join(root, "workenv", workenvs(root)[0] ?? "");

  describe.skipIf(isLeftOut(reason))(titled("under Wine", reason), () => {
    beforeAll(() => {
      if (reason !== undefined) throw new Error(reason);
      startWine();
      copyFileSync(witness("windows_amd64"), join(folder.path, "witness.exe"));
      mkdirSync(join(folder.path, "files", "a", "b"), { recursive: true });
      writeFileSync(join(folder.path, "files", "a", "b", "名前.txt"), "content");
      writeFileSync(join(folder.path, "files", "run.bat"), "@echo %1\r\n");
      mkdirSync(join(folder.path, "files", dirname(DEEP)), { recursive: true });
      writeFileSync(join(folder.path, "files", DEEP), "deep");
      for (const [name, manifest, output] of [["flavor.json", MANIFEST, package_], ["setup.json", { ...MANIFEST, setup_commands: SETUP_COMMANDS }, withSetup]] as const) {
        writeFileSync(join(folder.path, name), JSON.stringify(manifest));
        pack(join(folder.path, name), output, ["--target", "windows_amd64", "--launcher-bin", launcher]);
      }
    });
    afterAll(() => {
      folder.remove();
    });

    it("passes arguments on unchanged", () => {
      const words = ["a b", 'c"d', "e\\f\\", 'g\\\\"h', "é名🦊", "", "*.txt", "%PATH%", "^&|", "--", "'x'"];
      expect(start(["args", ...words])).toEqual({ status: 0, stdout: words.map((word) => `${word}\n`).join(""), stderr: "" });
    });

    it("tells the program where it is, in backslashes, and keeps Unicode", () => {
      const names = ["FLAVOR_WORKENV", "FLAVOR_CACHE", "FLAVOR_COMMAND_NAME", "FLAVOR_ORIGINAL_COMMAND", "FLAVOR_PLATFORM"];
      const tree = windowsPath(treeOf(cache));
      expect(start(["env", ...names]).stdout.split("\n").slice(0, -1)).toEqual([tree, windowsPath(cache), "app 名", windowsPath(package_), "windows_amd64"]);
      expect(readFileSync(join(treeOf(cache), "a", "b", "名前.txt"), "utf8")).toBe("content");
    });

    it("runs setup commands", () => {
      const root = join(folder.path, "setup cache");
      expect(wine([withSetup, "args", "done"], { FLAVOR_CACHE: windowsPath(root) })).toEqual({ status: 0, stdout: "done\n", stderr: "" });
      expect(readFileSync(join(treeOf(root), "etc", "place"), "utf8")).toBe(windowsPath(treeOf(root)));
      expect(readFileSync(join(treeOf(root), "etc", "setup"), "utf8")).toBe(".");
    });

    it("compares names of variables without case, and puts bin/ first in PATH", () => {
      const { stdout } = start(["env", "WITNESS_HOME", "DROP_ME", "flavor_validation", "PATH"], { DROP_ME: "1", DROP_TOO: "1", FLAVOR_VALIDATION: "standard" });
      const [home, dropped, kept, path] = stdout.split("\n");
      expect([home, dropped, kept]).toEqual([windowsPath(treeOf(cache)), "-", "standard"]);
      expect(path?.startsWith(`${windowsPath(treeOf(cache))}\\bin;C:\\windows\\system32;`)).toBe(true);
    });

    it("passes all 32 bits of a status on", () => {
      for (const status of ["000000ff", "00000100", "c0000005"]) expect(statusOf(package_, `exit 0x${status}`), status).toBe(status);
    });

    it("leaves Ctrl-C to the program and waits for it", () => {
      expect(statusOf(package_, "interrupt")).toBe("00000007");
    });

    it("ends the program when it is ended itself", async () => {
      const file = join(folder.path, "beat");
      const running = startUnderWine([package_, "linger", windowsPath(file), "1000"], environment);
      while (!existsSync(file)) await sleep(50);
      running.kill("SIGKILL");
      await sleep(1000);
      const size = statSync(file).size;
      await sleep(500);
      expect(statSync(file).size).toBe(size);
    });

    it("starts a second time from what the first made", () => {
      const tree = treeOf(cache);
      const state = () => [tree, join(tree, "..", `.${basename(tree)}.pspf`, "instance", "index.json")].map((path) => [statSync(path).ino, statSync(path).ctimeMs]);
      const before = state();
      expect(start(["args", "warm"])).toEqual({ status: 0, stdout: "warm\n", stderr: "" });
      expect(state()).toEqual(before);
    });

    it("starts from a path longer than 260 characters, and unpacks to such paths", () => {
      const program = join(folder.path, ...Array.from({ length: 6 }, (_, at) => `${at}`.repeat(45)), "app.exe");
      mkdirSync(dirname(program), { recursive: true });
      copyFileSync(package_, program);
      // Only the program's own path is short enough for Wine 8, which starts none that is longer.
      const root = join(folder.path, "c".repeat(100));
      for (const run of ["cold", "warm"]) expect(wine([windowsPath(program), "args", run], { FLAVOR_CACHE: windowsPath(root) })).toEqual({ status: 0, stdout: `${run}\n`, stderr: "" });
      expect(readFileSync(join(treeOf(root), DEEP), "utf8")).toBe("deep");
    });

    it("refuses a damaged package, with the code of the damage", () => {
      const bytes = readFileSync(package_);
      for (const [at, status, code] of [[bytes.length - 100, 102, "index-checksum-wrong"], [bytes.length - 9000, 103, "slot-digest-wrong"]] as const) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ 1;
        const path = join(folder.path, `damaged-${code}.exe`);
        writeFileSync(path, damaged);
        const run = wine([path, "args"], { FLAVOR_CACHE: windowsPath(join(folder.path, code)) });
        expect([run.status, run.stdout]).toEqual([status, ""]);
        expect(run.stderr).toContain(`[${code}]`);
      }
    });

    it("lets eight first starts at once come to one tree", async () => {
      const shared = join(folder.path, "shared");
      const runs = Array.from({ length: 8 }, (_, at) => startUnderWine([package_, "exit", `${at}`], { FLAVOR_CACHE: windowsPath(shared) }));
      const statuses = await Promise.all(runs.map((run) => new Promise((done) => run.on("close", done))));
      expect(statuses).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(workenvs(shared)).toHaveLength(1);
      // An empty directory may stay for the next start to remove: the name of a file that another start has open goes when that closes it.
      const temporary = join(shared, "workenv", `.${workenvs(shared)[0] ?? ""}.pspf`, "tmp");
      expect(readdirSync(temporary).filter((name) => existsSync(join(temporary, name, "tree")))).toEqual([]);
    });

    it("repairs a tree whose program is gone", () => {
      const mended = { FLAVOR_CACHE: windowsPath(join(folder.path, "mended")) };
      start(["args"], mended);
      const tree = treeOf(join(folder.path, "mended"));
      writeFileSync(join(tree, "witness-of-age"), "");
      rmSync(join(tree, "bin", "witness.exe"));
      expect(start(["args", "again"], mended)).toMatchObject({ status: 0, stdout: "again\n" });
      expect(readdirSync(tree)).not.toContain("witness-of-age");
    });

    it("refuses batch files, whose arguments cannot be quoted", () => {
      const batch = join(folder.path, "batch.exe");
      copyFileSync(package_, batch);
      const run = wine([batch, '"&calc'], environment);
      expect([run.status, run.stdout]).toEqual([104, ""]);
      expect(run.stderr).toContain("[exec-failed]");
    });

    it("answers questions about itself, with and without a package", () => {
      const asked = { FLAVOR_LAUNCHER_CLI: "1" };
      expect(start(["verify"], asked)).toMatchObject({ status: 0, stderr: "" });
      expect(start(["cache"], asked).stdout).toContain(windowsPath(treeOf(cache)));
      const version = wine([helperPath(launcher, "windows_amd64"), "version", "--json"], asked);
      expect(JSON.parse(version.stdout)).toMatchObject({ name: launcher, platform: "windows_amd64" });
      expect(wine([helperPath(launcher, "windows_amd64")]).status).toBe(102);
    });

    it("has its cache in LOCALAPPDATA", () => {
      expect(JSON.parse(wine([package_, "cache", "--json"], { FLAVOR_LAUNCHER_CLI: "1" }).stdout)).toMatchObject({ root: expect.stringMatching(/^C:\\users\\[^\\]+\\AppData\\Local\\flavor$/) as string });
    });
  });
});
