import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stage, writeProject, type Staged } from "./node-support.js";

let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "node-program-"));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

/** Everything that breaks in other packers, in one TypeScript program of ES modules. */
const MODULE_PROJECT = {
  "package.json": { name: "every-thing", version: "1.2.3", type: "module", bin: { "every-thing": "src/cli.ts", second: "src/second.ts" }, imports: { "#inner": "./src/inner.ts" }, dependencies: { yargs: "17.7.2", "is-odd": "3.0.1" } },
  "tsconfig.json": '{\n  // comments are allowed here\n  "compilerOptions": { "module": "NodeNext", "paths": { "@/*": ["./src/*"], }, },\n}\n',
  "data/words.txt": "hello from a data file\n",
  "src/cli.ts": `#!/usr/bin/env -S node --no-warnings
import { fork, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import yargs from "yargs";
import isOdd from "is-odd";
import { Colour } from "./colour.js";
import { deep } from "./deep/nested";
import { aliased } from "@/aliased";
import inner from "#inner";
import settings from "./settings.json" with { type: "json" };

const later: string = await Promise.resolve("awaited at the top");
const dynamic = await import("./dynamic.ts");
const named = "node:os";
const command: string = process.argv[2] ?? "one";
const computed = [(await import(\`./commands/\${command}.ts\`)).default, (await import("./commands/" + command + ".js")).default].join(", ");
const builtIn = (await import(named)) as { platform(): string };
const fromWorker = await new Promise((resolve, reject) => {
  new Worker(new URL("./worker.ts", import.meta.url), { workerData: 20 }).on("message", resolve).on("error", reject);
});
const fromFork = await new Promise((resolve, reject) => {
  fork(new URL("./child.ts", import.meta.url), ["forked"]).on("message", resolve).on("error", reject);
});
const argv = await yargs(["--word", "x"]).option("word", { type: "string" }).parse();
console.log(JSON.stringify({
  later, computed, dynamic: dynamic.value, platform: builtIn.platform(), fromWorker, fromFork, argv: argv.word, odd: isOdd(3), colour: Colour[Colour.Red], deep, aliased, inner,
  settings: settings.name, data: readFileSync(new URL("../data/words.txt", import.meta.url), "utf8"), own: import.meta.url.endsWith("/src/cli.js"),
  child: spawnSync(process.execPath, ["-p", "1+1"], { encoding: "utf8" }).stdout, flags: process.execArgv.includes("--no-warnings"),
}));
`,
  "src/second.ts": `import { whereAmI } from "./deep/nested.js";\nconsole.log("second", process.argv.slice(2).join("|"), whereAmI);\n`,
  "src/colour.ts": "export enum Colour { Red = 1, Green }\n",
  "src/deep/nested.ts": `import { readFileSync } from "node:fs";\nexport const deep = readFileSync(new URL("../../data/words.txt", import.meta.url), "utf8").length;\nexport const whereAmI = import.meta.url.split("/").slice(-3).join("/");\n`,
  "src/aliased.ts": 'export const aliased = "by tsconfig paths";\n',
  "src/inner.ts": 'export default "by imports";\n',
  "src/commands/one.ts": 'import { Colour } from "../colour.js";\nexport default "command " + String(Colour.Red);\n',
  "src/dynamic.ts": 'export const value = "loaded later";\n',
  "src/settings.json": { name: "from JSON" },
  "src/worker.ts": `import { parentPort, workerData } from "node:worker_threads";\nimport isOdd from "is-odd";\nconst n: number = workerData as number;\nparentPort?.postMessage(n + (isOdd(n) ? 1 : 2));\n`,
  "src/child.ts": `process.send?.(process.argv[2] + " " + (process.execPath === process.argv0 ? "" : "child"));\nprocess.disconnect();\n`,
};

describe.each([{ bundle: false }, { bundle: true }])("a TypeScript program of ES modules, bundle: $bundle", ({ bundle }) => {
  let staged: Staged;
  beforeAll(async () => {
    const folder = await writeProject(join(parent, `module-${String(bundle)}`), MODULE_PROJECT);
    staged = await stage(folder, parent, { bundle });
  });

  it("has top-level await, dynamic import, workers, fork, import.meta.url, JSON, enum, paths and imports", async () => {
    const { status, stdout, stderr } = await staged.run();
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      later: "awaited at the top", computed: "command 1, command 1", dynamic: "loaded later", platform: process.platform, fromWorker: 22, fromFork: expect.stringContaining("forked") as string, argv: "x", odd: true, colour: "Red", deep: 23,
      aliased: "by tsconfig paths", inner: "by imports", settings: "from JSON", data: "hello from a data file\n", own: true, child: "2\n", flags: true,
    });
  });

  it("starts its other entry by name, where every file knows its own place", async () => {
    const { stdout } = await staged.run(["a", ""], { entry: "second" });
    expect(stdout).toBe("second a| src/deep/nested.js\n");
  });

  it("finds node for children that are started by that name", async () => {
    const { stdout } = await staged.run([], { environment: { PATH: join(staged.workenv, "bin") } });
    expect(stdout).not.toBe("");
  });
});

describe.each([{ bundle: false }, { bundle: true }])("a TypeScript program of CommonJS, bundle: $bundle", ({ bundle }) => {
  it("has __dirname, require, require.main, import.meta.url, and a dependency's own files", async () => {
    const folder = await writeProject(join(parent, `common-${String(bundle)}`), {
      "package.json": { name: "common", version: "1.0.0", bin: "./src/main.ts", dependencies: { "is-odd": "3.0.1" } },
      "src/main.ts": `import { join } from "path";\nimport { readFileSync } from "fs";\nimport isOdd = require("is-odd");\nimport { place } from "./lib/place";\nconst { version } = require("../package.json");\nif (require.main === module) console.log(JSON.stringify([version, isOdd(4), place, readFileSync(join(__dirname, "..", "note.txt"), "utf8"), import.meta.url.endsWith("src/main.js")]));\n`,
      "src/lib/place.ts": `import { basename } from "path";\nexport const place = basename(__dirname);\n`,
      "note.txt": "note",
    });
    const staged = await stage(folder, parent, { bundle });
    const { stdout, stderr } = await staged.run();
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual(["1.0.0", false, "lib", "note", true]);
  });
});

describe.each([{ bundle: false }, { bundle: true }])("a JavaScript program without an extension, bundle: $bundle", ({ bundle }) => {
  it("runs, with dependencies that look at their own place", async () => {
    const folder = await writeProject(join(parent, `plain-${String(bundle)}`), {
      "package.json": { name: "plain", version: "1.0.0", bin: { plain: "bin/plain" }, dependencies: { "is-odd": "3.0.1", yargs: "17.7.2" } },
      "bin/plain": '#!/usr/bin/env node\nconst { join } = require("path");\nif (require.main === module) console.log(require("is-odd")(5), require("../lib/where"), require("yargs")(["--x=1"]).parse().x, require(join(__dirname, "..", "package.json")).name);\n',
      "lib/where.js": 'module.exports = require("path").basename(__dirname);\n',
    });
    const { stdout, stderr } = await (await stage(folder, parent, { bundle })).run();
    expect({ stdout, stderr }).toEqual({ stdout: "true lib 1 plain\n", stderr: "" });
  });
});

describe("traces of errors", () => {
  it("name the line of the TypeScript source", async () => {
    const folder = await writeProject(join(parent, "trace"), {
      "package.json": { name: "trace", version: "1.0.0", type: "module", bin: "cli.ts" },
      "cli.ts": 'interface Nothing { a: string }\n\ninterface More extends Nothing { b: string }\n\nexport function fail(more: More): never {\n  throw new Error("on line six: " + more.b);\n}\nfail({ a: "", b: "x" });\n',
    });
    const { stderr, status } = await (await stage(folder, parent)).run();
    expect(status).toBe(1);
    expect(stderr).toMatch(/cli\.ts:6:\d+/u);
  });
});

describe("local packages", () => {
  it("are copied into the tree: a file: dependency and one of its own", async () => {
    await writeProject(join(parent, "local", "lib"), { "package.json": { name: "lib", version: "1.0.0", main: "index.js", dependencies: { "is-odd": "3.0.1" } }, "index.js": 'module.exports = "lib says " + require("is-odd")(3);\n' });
    const folder = await writeProject(join(parent, "local", "app"), { "package.json": { name: "app", version: "1.0.0", bin: "cli.js", dependencies: { lib: "file:../lib" } }, "cli.js": 'console.log(require("lib"));\n' });
    const staged = await stage(folder, parent);
    await rm(join(parent, "local"), { recursive: true });
    expect((await staged.run()).stdout).toBe("lib says true\n");
  });
});

describe("what is packed", () => {
  it("follows files, include and exclude, and gives resources a slot", async () => {
    const folder = await writeProject(join(parent, "picked"), {
      "package.json": { name: "picked", version: "1.0.0", bin: "cli.js", files: ["cli.js", "lib"], flavor: { include: ["extra/*.txt"], exclude: ["lib/secret.js"], resources: ["assets"], env: { MODE: "packed" } } },
      "cli.js": 'const { readdirSync } = require("fs"); const { join } = require("path"); console.log(JSON.stringify([readdirSync(__dirname).sort(), readdirSync(join(__dirname, "lib")), readdirSync(join(__dirname, "extra")), readdirSync(join(__dirname, "assets"))]));\n',
      "lib/open.js": "", "lib/secret.js": "", "extra/a.txt": "a", "extra/b.bin": "b", "assets/big.bin": "x", "other.js": "", ".env": "SECRET=1",
    });
    const staged = await stage(folder, parent);
    expect(JSON.parse((await staged.run()).stdout)).toEqual([["assets", "cli.js", "extra", "lib", "package.json"], ["open.js"], ["a.txt"], ["big.bin"]]);
    expect(staged.manifest.slots.map((slot) => slot.id)).toEqual(["runtime", "application", "resources"]);
    expect(staged.manifest.execution.env).toEqual({ MODE: "packed" });
  });

  it("leaves out secrets, reports, packages and caches of a project without files", async () => {
    const folder = await writeProject(join(parent, "bare"), {
      "package.json": { private: true, main: "app" },
      "app.js": 'console.log("started by main");\n',
      ".env": "SECRET=1", ".env.local": "SECRET=2", "coverage/index.html": "", "old.psp": "package", ".github/x.yml": "", "node_modules/.cache/x": "", "sub/node_modules/y/index.js": "",
    });
    await mkdir(join(folder, ".git"));
    const staged = await stage(folder, parent);
    expect((await staged.run()).stdout).toBe("started by main\n");
    expect(staged.manifest.package).toMatchObject({ name: "bare", version: "0.0.0" });
    expect((await readdir(join(staged.workenv, "app"))).sort()).toEqual(["app.js", "package.json"]);
  });
});
