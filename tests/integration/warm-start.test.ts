/** What a warm start touches, as the kernel sees it: two ranges of the package and the stamp; no slot data, no file written, nothing below the working directory. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPackage } from "../../src/reader/open.js";
import { LAUNCHERS } from "../launchers.js";
import { pack, run, workFolder } from "../packaging/packing.js";

describe.each(LAUNCHERS)("a warm start of the $language launcher", ({ file }) => {
  const folder = workFolder();
  const cache = join(folder.path, "cache");
  const program = join(folder.path, "hello.psp");
  const hostile = join(folder.path, "hostile");
  let calls: string[];
  afterAll(() => {
    folder.remove();
  });

  beforeAll(() => {
    mkdirSync(join(folder.path, "tree"));
    mkdirSync(hostile);
    for (const name of [".env", "flavor.toml", "flavor.json", "package.json", "sh"]) writeFileSync(join(hostile, name), "exit 66", { mode: 0o755 });
    writeFileSync(join(folder.path, "tree", "hello.sh"), "#!/bin/sh\necho hello\n", { mode: 0o755 });
    writeFileSync(join(folder.path, "flavor.toml"), '[package]\nname = "hello"\nversion = "1"\n[execution]\nargv = ["/bin/sh", "{workenv}/hello.sh"]\n[[slots]]\nid = "tree"\nsource = "tree"\ntarget = "."\n');
    pack(folder.path, program, ["--launcher", file]);
    expect(run(program, [], { cache })).toMatchObject({ status: 0, stdout: "hello\n" });
    const log = join(folder.path, "strace");
    execFileSync("strace", ["-f", "-o", log, program], { cwd: hostile, env: { FLAVOR_CACHE: cache, PATH: "/usr/bin:/bin" }, stdio: "ignore" });
    const lines = readFileSync(log, "utf8").split("\n");
    const executed = lines.flatMap((line, at) => (line.includes("execve(") ? [at] : []));
    calls = lines.slice((executed[0] ?? 0) + 1, executed[1]);
  });

  it("writes, makes and removes nothing", () => {
    expect(calls.length).toBeGreaterThan(5);
    expect(calls.filter((line) => /\b(write|pwrite64|writev|mkdir|mkdirat|unlink|unlinkat|rename|renameat2?|symlink|chmod|fchmod|ftruncate)\(|\bopen(?:at)?\(.*O_(?:CREAT|WRONLY|RDWR)/.test(line))).toEqual([]);
  });

  it("reads the trailer and what lies before the first slot, and nothing else of the package", async () => {
    const pkg = await openPackage(program);
    const firstSlot = pkg.descriptors[0]?.offsetBytes ?? 0;
    const trailer = pkg.sizeBytes - 8200;
    await pkg.close();
    const ranges = calls.flatMap((line) => {
      const found = /pread64\(\d+, .*, (\d+), (\d+)\)\s+= \d+/.exec(line);
      return found === null ? [] : [{ size: Number(found[1]), offset: Number(found[2]) }];
    });
    expect(ranges.length).toBeGreaterThanOrEqual(2);
    for (const { offset, size } of ranges) expect(offset >= trailer || offset + size <= firstSlot).toBe(true);
  });

  it("opens itself and its stamp, by absolute paths, and nothing of the working directory", () => {
    const opened = calls.flatMap((line) => /\bopen(?:at)?\((?:AT_FDCWD, )?"([^"]*)"/.exec(line)?.[1] ?? []);
    expect(opened.length).toBeGreaterThanOrEqual(2);
    expect(opened.every((path) => path.startsWith("/"))).toBe(true);
    expect(opened.filter((path) => path.startsWith(hostile))).toEqual([]);
  });
});
