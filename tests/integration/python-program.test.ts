/** What a packed Python program sees and does: examples/python-cli and a program that probes its surroundings. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { scanElfFloor } from "../../src/runtimes/elf.js";
import { run, runEntry, stageTree, temporaryFolder, writeProject, type Tree } from "./python-support.js";

const EXAMPLE = resolve("examples/python-cli");

describe("examples/python-cli", () => {
  let tree: Tree;
  beforeAll(async () => {
    tree = await stageTree(EXAMPLE);
  });

  it("passes arguments on exactly", async () => {
    const words = ["a b", "q'\"", "new\nline", "", "--", "-x", "é", "$HOME", "*"];
    expect(JSON.parse((await runEntry(tree, ["args", ...words])).stdout)).toEqual(words);
  });

  it.each([0, 1, 3, 127, 255])("ends with the program's status %i", async (status) => {
    expect((await runEntry(tree, ["exit", status.toString()])).status).toBe(status);
  });

  it("names itself by its entry, and starts isolated with nothing of the host on its path", async () => {
    expect((await runEntry(tree, ["--help"])).stdout).toContain("Usage: python-cli [OPTIONS]");
    const facts = JSON.parse((await runEntry(tree, [], { entry: "python-cli-info" })).stdout) as { executable: string; path: string[]; isolated: boolean; version: string; argv0: string };
    expect(facts).toMatchObject({ isolated: true, version: "1.2.3", argv0: join(tree.workenv, "bin/python-cli-info") });
    expect(facts.executable).toMatch(new RegExp(`^${tree.workenv}/bin/python3\\.\\d+$`, "u"));
    expect(facts.path.every((folder) => folder.startsWith(`${tree.workenv}/`))).toBe(true);
  });

  it("ignores a hostile PYTHONPATH and a hostile working directory", async () => {
    const hostile = temporaryFolder();
    writeFileSync(join(hostile, "json.py"), "raise SystemExit('hostile')\n");
    writeFileSync(join(hostile, "sitecustomize.py"), "raise SystemExit('hostile')\n");
    const result = await runEntry(tree, ["args", "fine"], { env: { PYTHONPATH: hostile, PYTHONHOME: hostile, PYTHONSTARTUP: join(hostile, "json.py") }, cwd: hostile });
    expect(result).toEqual({ status: 0, stdout: '["fine"]\n', stderr: "" });
  });

  it("can be started by the commands in bin/, which children find on PATH", async () => {
    expect((await run([join(tree.workenv, "bin/python-cli"), "greet", "you"], { env: {}, cwd: "/" })).stdout).toBe("Hello, you!\n");
    expect((await run(["./python-cli", "greet", "you"], { env: {}, cwd: join(tree.workenv, "bin") })).stdout).toBe("Hello, you!\n");
  });

  it("has two entries, the first script being the default", () => {
    expect(tree.staged.manifest.execution.entry).toBe("python-cli");
    expect(Object.keys(tree.staged.manifest.execution.entries ?? {})).toEqual(["python-cli", "python-cli-info"]);
  });

  it("packs no record of this machine", async () => {
    const folder = temporaryFolder();
    cpSync(tree.workenv, folder, { recursive: true, verbatimSymlinks: true });
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
    expect(names.filter((name) => /(?:direct_url\.json|RECORD|INSTALLER|REQUESTED)$/.test(name))).toEqual([]);
    const staging = tree.staged.manifest.slots.map(({ source }) => source);
    const found = await run(["grep", "-rlF", ...staging.flatMap((path) => ["-e", path]), "-e", process.cwd(), folder], { env: { PATH: "/bin:/usr/bin" }, cwd: "/" });
    expect(found.stdout).toBe("");
  });

  it("leaves the project's folder as it was", () => {
    expect(readdirSync(EXAMPLE).filter((name) => /^(?:build|dist|uv\.lock|.*egg-info)$/.test(name))).toEqual([]);
  });

  it("needs no more of glibc than its parts say", async () => {
    const runtime = tree.staged.manifest.slots.find(({ id }) => id === "runtime");
    expect((await scanElfFloor(runtime?.source ?? ""))?.libc).toBe("glibc");
  });

  it("gives equal bytes in another folder, in another time zone", async () => {
    const copy = join(temporaryFolder(), "another place");
    cpSync(EXAMPLE, copy, { recursive: true });
    const again = await stageTree(copy, {}, { environment: { ...process.env, TZ: "Pacific/Auckland", LANG: "de_DE.UTF-8" } });
    const difference = await run(["diff", "-r", "--no-dereference", tree.workenv, again.workenv], { env: { PATH: "/bin:/usr/bin" }, cwd: "/" });
    expect(difference.stdout).toBe("");
  });

  it("packs without a network what was packed before", async () => {
    const offline = await stageTree(EXAMPLE, {}, { offline: true });
    expect((await runEntry(offline, ["greet", "offline"])).stdout).toBe("Hello, offline!\n");
  });
});

const PROBE = `
import json, sys

def main():
    command, *rest = sys.argv[1:]
    sys.exit(globals()[command](*rest))

def child():
    import subprocess
    print(subprocess.run([sys.executable, "-m", "probe.sub", "x y"], capture_output=True, text=True, check=True).stdout.strip())

def square(number):
    return number * number

def spawn():
    import multiprocessing
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        print(pool.map(square, [1, 2, 3]))

def facts():
    import importlib.metadata, importlib.resources, inspect, os, zoneinfo
    import ctypes, sqlite3, bz2, lzma, zlib, curses, uuid, ssl, hashlib
    print(json.dumps({
        "version": importlib.metadata.version("probe"),
        "dependency": importlib.metadata.version("trustme"),
        "points": [p.value for p in importlib.metadata.entry_points(group="probe.plugins")],
        "data": importlib.resources.files("probe").joinpath("data.txt").read_text(),
        "source": inspect.getsource(square),
        "os": os.path.exists(os.__file__),
        "builtins": [repr(exit)[:8], repr(quit)[:8], callable(help)],
        "resources": sorted(os.listdir(os.environ["FLAVOR_RESOURCES"])),
        "extra": os.path.exists(os.path.join(os.path.dirname(os.path.dirname(__file__)), "extra.cfg")),
        "greeting": os.environ.get("GREETING"),
        "unset": sys.dont_write_bytecode,
    }))

def fail():
    raise ValueError("on purpose")

def unbuffered():
    sys.stdout.write("first")
    import os
    os._exit(0)

def warned():
    import warnings
    warnings.warn("old", DeprecationWarning)

def authorities():
    import ssl
    print(ssl.get_default_verify_paths().cafile)

def serve(folder):
    """An HTTPS server on the loopback, asked by a child that is told of the authority by SSL_CERT_FILE alone."""
    import http.server, os, ssl, subprocess, threading, trustme
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder + "/ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args): pass
        def do_GET(self):
            self.send_response(200); self.send_header("Content-Length", "2"); self.end_headers(); self.wfile.write(b"ok")
    server = http.server.HTTPServer(("localhost", 0), Quiet)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    code = "import urllib.request; print(urllib.request.urlopen('https://localhost:%d').read().decode())" % server.server_port
    for environment in ({"SSL_CERT_FILE": folder + "/ca.pem"}, {}):
        result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
        print(result.stdout.strip() or ("refused" if "CERTIFICATE_VERIFY_FAILED" in result.stderr else result.stderr))
`;

const PROBE_PROJECT = {
  "pyproject.toml": `
[project]
name = "probe"
dynamic = ["version"]
requires-python = ">=3.11"
dependencies = ["trustme"]
[project.scripts]
probe = "probe:main"
[project.entry-points."probe.plugins"]
one = "probe:square"
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"
[tool.setuptools]
packages = ["probe"]
[tool.setuptools.package-data]
probe = ["*.txt"]
[tool.setuptools.dynamic]
version = {attr = "probe.version.VERSION"}
[tool.flavor]
resources = ["assets/**/*.bin"]
include = ["extra.cfg"]
exclude = ["probe/unwanted.py"]
env = { GREETING = "hello" }
[tool.flavor.entries]
probe-sub = "-m probe.sub"
[tool.flavor.runtime.env]
unset = ["SECRET_*"]
pass = ["VIRTUAL_ENV"]
`,
  "probe/__init__.py": PROBE,
  "probe/version.py": 'VERSION = "4.5.6"\n',
  "probe/sub.py": 'import sys, json\nif __name__ == "__main__":\n    print(json.dumps(sys.argv[1:]), sys.flags.isolated, sys.argv[0].rpartition("/")[2])\n',
  "probe/unwanted.py": "raise RuntimeError\n",
  "probe/data.txt": "data",
  "extra.cfg": "x = 1\n",
  "assets/deep/one.bin": "1",
};

describe("a program that probes its surroundings", () => {
  let tree: Tree;
  let project: string;
  beforeAll(async () => {
    project = writeProject(PROBE_PROJECT);
    tree = await stageTree(project);
  });

  it("takes a dynamic version from the project's own build backend, without writing into its folder", () => {
    expect(tree.staged.manifest.package.version).toBe("4.5.6");
    expect(readdirSync(project).sort()).toEqual(["assets", "extra.cfg", "probe", "pyproject.toml"]);
  });

  it("finds its metadata, data, sources, builtins, resources, native modules", async () => {
    const result = await runEntry(tree, ["facts"]);
    expect(result.stderr).toBe("");
    expect(JSON.parse(result.stdout)).toMatchObject({ version: "4.5.6", points: ["probe:square"], data: "data", source: "def square(number):\n    return number * number\n", os: true, builtins: ["Use exit", "Use quit", true], resources: ["assets"], extra: true, greeting: "hello" });
    expect(existsSync(join(tree.workenv, "app/probe/unwanted.py"))).toBe(false);
  });

  it("starts itself again by sys.executable -m, and with multiprocessing's spawn", async () => {
    expect((await runEntry(tree, ["child"])).stdout).toBe('["x y"] 1 sub.py\n');
    expect(await runEntry(tree, ["spawn"])).toEqual({ status: 0, stdout: "[1, 4, 9]\n", stderr: "" });
  });

  it("runs an entry that is a module, under the entry's name", async () => {
    expect((await runEntry(tree, ["z"], { entry: "probe-sub" })).stdout).toBe('["z"] 1 probe-sub\n');
  });

  it("shows source lines in tracebacks", async () => {
    const result = await runEntry(tree, ["fail"]);
    expect(result.status).toBe(1);
    expect(result.stderr).toContain('    raise ValueError("on purpose")\n');
    expect(result.stderr).toContain(`File "${tree.workenv}/app/probe/__init__.py"`);
  });

  it("honours the variables that only say how to run", async () => {
    expect((await runEntry(tree, ["unbuffered"])).stdout).toBe("");
    expect((await runEntry(tree, ["unbuffered"], { env: { PYTHONUNBUFFERED: "1" } })).stdout).toBe("first");
    expect((await runEntry(tree, ["warned"])).stderr).toBe("");
    expect((await runEntry(tree, ["warned"], { env: { PYTHONWARNINGS: "always" } })).stderr).toContain("DeprecationWarning: old");
    expect(JSON.parse((await runEntry(tree, ["facts"], { env: { PYTHONDONTWRITEBYTECODE: "1" } })).stdout)).toMatchObject({ unset: true });
  });

  it("verifies TLS with the authority named by SSL_CERT_FILE, and with the system's by default", async () => {
    expect((await runEntry(tree, ["serve", temporaryFolder()])).stdout).toBe("ok\nrefused\n");
    const found = (await runEntry(tree, ["authorities"])).stdout.trim();
    const system = ["/etc/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem"].filter((path) => existsSync(path));
    if (system.length > 0) expect(system).toContain(found);
    else expect(found).toBe("None");
  });

  it("says in the manifest what of the environment is taken away", () => {
    const env = tree.staged.manifest.runtimeEnv;
    expect(env?.unset).toContain("PYTHONPATH");
    expect(env?.unset?.at(-1)).toBe("SECRET_*");
    expect(env?.pass).toEqual(["VIRTUAL_ENV"]);
  });
});

describe("a folder of modules without a build system", () => {
  it("is packed as it is, with what -m names as its entry", async () => {
    const folder = writeProject({ "pyproject.toml": '[project]\nname = "plain"\nversion = "0.1"\ndependencies = ["click"]\n[tool.flavor]\nentry = "-m tool"\n', "tool.py": "import click, sys\nprint('tool', sys.argv[1:], click.__name__)\n", ".env": "SECRET=1", ".git/HEAD": "ref: x", "deep/data.txt": "1" });
    const tree = await stageTree(folder);
    expect((await runEntry(tree, ["1"])).stdout).toBe("tool ['1'] click\n");
    expect(tree.staged.manifest.execution.entry).toBe("plain");
    expect(readdirSync(join(tree.workenv, "app")).sort()).toEqual(["__pycache__", "_flavor_boot.py", "_flavor_entry.py", "deep", "tool.py"]);
  });
});

describe("a project without dependencies", () => {
  it("has no slot for them", async () => {
    const folder = writeProject({ "pyproject.toml": '[project]\nname = "lone"\nversion = "0.1"\n[tool.flavor]\nentry = "lone:main"\n', "src/lone.py": "def main():\n    print('alone')\n    return 7\n" });
    const tree = await stageTree(folder);
    expect(tree.staged.manifest.slots.map(({ id }) => id)).toEqual(["runtime", "application"]);
    expect(await runEntry(tree, [])).toEqual({ status: 7, stdout: "alone\n", stderr: "" });
    mkdirSync(join(tree.workenv, "empty"));
    expect(readFileSync(join(tree.workenv, "bin/lone"), "utf8")).toMatch(/^#!\/bin\/sh\nexec /);
  });
});

describe("an entry whose module is not there", () => {
  it.each([
    ["src/lone.py", "lone.cli:main", "lone.cli"],
    ["src/lone/__init__.py", "-m lone", "lone"],
  ])("is found when packing: %s and %s", async (file, entry, module) => {
    const folder = writeProject({ "pyproject.toml": `[project]\nname = "lone"\nversion = "0.1"\n[tool.flavor]\nentry = "${entry}"\n`, [file]: "" });
    await expect(stageTree(folder)).rejects.toMatchObject({ code: "entry-missing", message: expect.stringContaining(`a module ${module}: looked for`) as string });
  });

  it("may be in the standard library", async () => {
    const folder = writeProject({ "pyproject.toml": '[project]\nname = "lone"\nversion = "0.1"\n[tool.flavor]\nentry = "-m json.tool"\n', "src/other.py": "" });
    expect((await runEntry(await stageTree(folder), ["--help"])).status).toBe(0);
  });
});
