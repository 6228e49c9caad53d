/** Memory while packing and verifying 2 GB stays below 200 MB: measured on the real CLI, in a process of its own. */
import { execFileSync, spawn } from "node:child_process";
import { mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { randomFillSync } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";

const CLI = resolve("dist/js/cli/main.js");
const LIMIT_KB = 200 * 1024;
const GIB = 1024 ** 3;
let folder: string;

/** Runs the CLI and watches its peak resident set, the kernel's own figure. */
function peakKb(args: readonly string[], cache: string): Promise<{ readonly status: number | null; readonly peakKb: number }> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [CLI, ...args], { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, FLAVOR_CACHE: cache } });
    let peak = 0;
    const timer = setInterval(() => {
      readFile(`/proc/${child.pid}/status`, "utf8").then(
        (text) => {
          peak = Math.max(peak, Number(/VmHWM:\s+(\d+) kB/.exec(text)?.[1] ?? "0"));
        },
        () => undefined,
      );
    }, 20);
    child.on("close", (status) => {
      clearInterval(timer);
      done({ status, peakKb: peak });
    });
  });
}

beforeAll(async () => {
  execFileSync("./flavor", ["--version"], { stdio: "ignore" });
  folder = await mkdtemp(join(tmpdir(), "memory-"));
  await mkdir(join(folder, "tree"));
  const chunk = randomFillSync(Buffer.alloc(1 << 20));
  for (const name of ["one", "two"]) {
    const file = await open(join(folder, "tree", name), "w");
    for (let written = 0; written < GIB; written += chunk.length) {
      chunk.writeUInt32LE(written / chunk.length + (name === "one" ? 0 : 1 << 20), 0);
      await file.writeFile(chunk);
    }
    await file.close();
  }
  await writeFile(join(folder, "tree", "run.sh"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  await writeFile(
    join(folder, "flavor.toml"),
    '[package]\nname = "big"\nversion = "1"\n[execution]\nargv = ["/bin/sh", "{workenv}/run.sh"]\n[[slots]]\nid = "tree"\nsource = "tree"\ntarget = "."\n',
  );
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

it("packs and verifies 2 GB below 200 MB of memory", { timeout: 600_000 }, async () => {
  const output = join(folder, "big.psp");
  const packed = await peakKb(["pack", folder, "-o", output, "--no-verify", "--quiet"], join(folder, "cache"));
  expect(packed.status).toBe(0);
  expect((await stat(output)).size).toBeGreaterThan(0);
  expect(packed.peakKb).toBeGreaterThan(10_000);
  expect(packed.peakKb).toBeLessThan(LIMIT_KB);
  const verified = await peakKb(["verify", output], join(folder, "cache"));
  expect(verified.status).toBe(0);
  expect(verified.peakKb).toBeLessThan(LIMIT_KB);
});
