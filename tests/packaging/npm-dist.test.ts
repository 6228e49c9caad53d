/** The npm tarballs as a user gets them: installed into an empty folder without scripts, Go or Rust, and then used. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostCacheRoot } from "../../src/workenv/cache-root.js";
import { CHECKOUT, run, workFolder, type Run } from "./packing.js";

const COMPILERS = ["go", "cargo", "rustc"];
const HOST_LAUNCHERS = join("@flavorpack", "launchers-linux-amd64", "helpers");
const folder = workFolder();
const tarballs = join(folder.path, "tarballs");
const project = join(folder.path, "project");
const installed = join(project, "node_modules");
const cache = join(folder.path, "cache");
let environment: NodeJS.ProcessEnv;

beforeAll(() => {
  makeTarballs(tarballs);
  environment = emptyHomeWithoutCompilers();
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "name": "user", "private": true, "type": "module" }');
  // All tarballs at once, as docs/guides/install.md has it: --save-optional leaves out the builders of other machines.
  const files = readdirSync(tarballs).map((name) => join(tarballs, name));
  execFileSync("npm", ["install", "--save-optional", "--ignore-scripts", "--prefer-offline", "--no-fund", "--no-audit", "--loglevel=error", ...files], { cwd: project, env: environment, stdio: ["ignore", "ignore", "inherit"] });
});
afterAll(() => {
  folder.remove();
});

function makeTarballs(out: string): void {
  execFileSync(process.execPath, [join(CHECKOUT, "scripts", "npm-dist.mjs"), "--out", out], { stdio: ["ignore", "ignore", "inherit"] });
}

/** What a user has who never compiled anything. The registries' clients stay set up as they are, and runtimes that were fetched once are not fetched again. */
function emptyHomeWithoutCompilers(): NodeJS.ProcessEnv {
  const home = join(folder.path, "home");
  mkdirSync(home);
  const setting = (name: string) => execFileSync("npm", ["config", "get", name], { encoding: "utf8" }).trim();
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((entry) => !COMPILERS.some((name) => existsSync(join(entry, name))));
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("FLAVOR_"));
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    PATH: path.join(delimiter),
    FLAVOR_CACHE: hostCacheRoot(process.env),
    npm_config_userconfig: setting("userconfig"),
    npm_config_cache: setting("cache"),
  };
}

function flavor(args: readonly string[], more: Readonly<Record<string, string>> = {}): Run {
  const done = spawnSync(join(installed, ".bin", "flavor"), [...args], { cwd: project, env: { ...environment, ...more }, encoding: "utf8", maxBuffer: 1 << 28 });
  return { status: done.status, stdout: done.stdout, stderr: done.stderr };
}

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

describe("the tarballs", () => {
  it("are the same bytes when they are made again by somebody with another umask", () => {
    const again = join(folder.path, "again");
    const before = process.umask(0o077);
    try {
      makeTarballs(again);
    } finally {
      process.umask(before);
    }
    expect(readdirSync(again)).toEqual(readdirSync(tarballs));
    for (const name of readdirSync(tarballs)) expect(sha256(join(again, name)), name).toBe(sha256(join(tarballs, name)));
  });

  it("hold what is needed, helpers and the command line as executables, and no scripts", () => {
    for (const name of readdirSync(tarballs)) {
      const lines = execFileSync("tar", ["-tvzf", join(tarballs, name)], { encoding: "utf8" }).trim().split("\n");
      for (const line of lines) {
        const [mode, path] = [line.slice(0, 10), /package\/(.*)$/.exec(line)?.[1] ?? ""];
        expect(path).toMatch(/^(package\.json|README\.md|LICENSE|CHANGELOG\.md|version\.txt|THIRD-PARTY\.txt|dist\/js\/.*\.(js|d\.ts)|spec\/.*|helpers\/(SHA256SUMS|flavor-(rs|go)-[^/]*))$/);
        expect(mode, path).toBe(/^helpers\/flavor-|\/cli\/main\.js$/.test(path) ? "-rwxr-xr-x" : "-rw-r--r--");
      }
      const document = JSON.parse(execFileSync("tar", ["-xOzf", join(tarballs, name), "package/package.json"], { encoding: "utf8" })) as Readonly<Record<string, unknown>>;
      expect(document).not.toHaveProperty("scripts");
      expect("os" in document && "cpu" in document, name).toBe(name.includes("-builders-"));
    }
  });
});

describe("installed from the tarballs", () => {
  it("has no compiler at hand", () => {
    for (const name of COMPILERS) expect(spawnSync("sh", ["-c", `command -v ${name}`], { env: environment }).status, name).not.toBe(0);
  });

  it("tells its version", () => {
    expect(flavor(["--version"])).toMatchObject({ status: 0, stdout: `flavor ${readFileSync("version.txt", "utf8").trim()}\n` });
  });

  it("finds the helpers of this release, which are those that were built, and they run", () => {
    const listed = JSON.parse(flavor(["helpers", "list", "--json"]).stdout) as { readonly helpers: readonly { readonly name: string; readonly platform: string; readonly path: string }[] };
    const bundled = listed.helpers.filter((helper) => helper.path.startsWith(join(installed, "@flavorpack")));
    const here = bundled.filter((helper) => helper.platform === "linux_amd64").map((helper) => helper.name);
    expect(here.sort()).toEqual(["flavor-go-builder", "flavor-go-launcher", "flavor-rs-builder", "flavor-rs-launcher"]);
    for (const helper of bundled) expect(sha256(helper.path), helper.path).toBe(sha256(join(CHECKOUT, "dist", "bin", helper.path.slice(helper.path.lastIndexOf("/") + 1))));
    const tested = flavor(["helpers", "test"]);
    expect(tested.status, tested.stdout + tested.stderr).toBe(0);
  });

  describe.each([
    { builder: "rust", name: "flavor-rs-builder" },
    { builder: "go", name: "flavor-go-builder" },
    { builder: "ts", name: "built-in" },
  ])("flavor pack --builder $builder", ({ builder, name }) => {
    it.each([
      { example: "shell-tool", args: ["list"] },
      { example: "python-cli", args: ["greet", "World"] },
      { example: "node-ts-cli", args: ["greet", "World"] },
    ])("packs examples/$example, which runs and verifies", ({ example, args }) => {
      const program = join(project, `${example}-${builder}`);
      const done = flavor(["pack", join(CHECKOUT, "examples", example), "--builder", builder, "-o", program, "--json"]);
      expect(done.status, done.stderr).toBe(0);
      expect(JSON.parse(done.stdout)).toMatchObject({ sha256: sha256(program), builder: { name }, launcher: { path: join(installed, HOST_LAUNCHERS, "flavor-rs-launcher-linux_amd64") } });
      const result = run(program, args, { cache });
      expect(result).toMatchObject({ status: 0, stderr: "" });
      expect(result.stdout).toMatch(/world|earth/i);
      expect(flavor(["verify", program]).status).toBe(0);
    });
  });

  it("packs for every platform whose launchers were built", () => {
    const platforms = readdirSync(tarballs).flatMap((name) => /-launchers-(\w+)-(\w+)-\d/.exec(name)?.slice(1).join("_") ?? []);
    expect(platforms).toContain("linux_amd64");
    for (const platform of platforms) {
      const program = join(project, `shell-tool-${platform}`);
      const packed = flavor(["pack", join(CHECKOUT, "examples", "shell-tool"), "--target", platform, "-o", program]);
      expect(packed.status, packed.stderr).toBe(0);
      expect(flavor(["verify", program]).status).toBe(0);
    }
  });

  it("packs, opens and verifies from a program that imports it", () => {
    writeFileSync(join(project, "hello.sh"), "#!/bin/sh\necho hello\n", { mode: 0o755 });
    writeFileSync(join(project, "flavor.json"), JSON.stringify({ package: { name: "hello", version: "1" }, execution: { argv: ["/bin/sh", "{workenv}/hello.sh"] }, slots: [{ id: "script", source: "hello.sh", target: "hello.sh" }] }));
    writeFileSync(
      join(project, "main.ts"),
      `import { openPackage, pack, silentProgress, verify, type PackRequest, type VerifyResult } from "flavorpack";
const request: PackRequest = { source: "flavor.json", cwd: process.cwd(), output: "hello.psp", verify: true, force: true, dryRun: false, strip: false, builder: "auto", compression: "default", options: {}, offline: false, environment: process.env, progress: silentProgress, signal: new AbortController().signal };
const packed = await pack(request);
const result: VerifyResult = await verify("hello.psp");
const pkg = await openPackage("hello.psp");
console.log(JSON.stringify({ kind: packed.kind, id: result.packageId === (packed.kind === "packed" ? packed.packageId : ""), name: pkg.metadata.package.name }));
await pkg.close();
`,
    );
    execFileSync(process.execPath, [join(CHECKOUT, "node_modules", "typescript", "bin", "tsc"), "--module", "nodenext", "--target", "es2022", "--strict", "--types", "node", "--typeRoots", join(CHECKOUT, "node_modules", "@types"), "main.ts"], { cwd: project, stdio: "inherit" });
    const output = execFileSync(process.execPath, ["main.js"], { cwd: project, encoding: "utf8", env: environment });
    expect(JSON.parse(output)).toEqual({ kind: "packed", id: true, name: "hello" });
    expect(run(join(project, "hello.psp"), [], { cache })).toMatchObject({ status: 0, stdout: "hello\n", stderr: "" });
  });

  it("says which package to install when it is not there", () => {
    const [name, away] = ["", ".away"].map((suffix) => join(installed, "@flavorpack", `launchers-linux-amd64${suffix}`)) as [string, string];
    renameSync(name, away);
    try {
      // This machine's own cache may hold launchers.
      const refused = flavor(["pack", join(CHECKOUT, "examples", "shell-tool"), "-o", join(project, "refused.psp"), "--builder", "ts"], { FLAVOR_CACHE: cache });
      expect(refused.status).toBe(110);
      expect(refused.stderr).toMatch(/no launcher for linux_amd64: searched .*\[helper-missing\]\nhint: run npm install @flavorpack\/launchers-linux-amd64@/);
    } finally {
      renameSync(away, name);
    }
  });

  it("refuses a launcher that is not the one of this release, whatever its own package says", () => {
    const helpers = join(installed, HOST_LAUNCHERS);
    const launcher = join(helpers, "flavor-rs-launcher-linux_amd64");
    const original = readFileSync(launcher);
    const sums = readFileSync(join(helpers, "SHA256SUMS"), "utf8");
    try {
      writeFileSync(launcher, Buffer.concat([original, Buffer.from("\n")]));
      writeFileSync(join(helpers, "SHA256SUMS"), `${sha256(launcher)}  flavor-rs-launcher-linux_amd64\n`);
      const refused = flavor(["pack", join(CHECKOUT, "examples", "shell-tool"), "-o", join(project, "refused.psp")]);
      expect(refused.status).toBe(110);
      expect(refused.stderr).toContain("[helper-digest-wrong]");
      expect(existsSync(join(project, "refused.psp"))).toBe(false);
    } finally {
      writeFileSync(launcher, original);
      writeFileSync(join(helpers, "SHA256SUMS"), sums);
    }
  });
});
