import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { findEntry, listEntries } from "../../../src/workenv/entry.js";
import { checkEntry, repair } from "../../../src/workenv/fsck.js";
import { isLocked, processesUsing } from "../../../src/workenv/in-use.js";
import { workenvName } from "../../../src/workenv/name.js";
import { leftovers, planClean, removeEntry } from "../../../src/workenv/remove.js";

const ID = "0123456789abcdef".repeat(4);
let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "flavor-cache-"));
});

/** A workenv as a launcher leaves it. */
function publish(name = "hello", id = ID, bytes = 100): string {
  const folder = workenvName(name, "1.0", id);
  const tree = join(root, "workenv", folder);
  const records = join(root, "workenv", `.${folder}.pspf`);
  mkdirSync(tree, { recursive: true, mode: 0o700 });
  mkdirSync(join(records, "instance", "extract"), { recursive: true, mode: 0o700 });
  mkdirSync(join(records, "package"), { mode: 0o700 });
  writeFileSync(join(tree, "content"), Buffer.alloc(bytes));
  writeFileSync(join(tree, ".pspf-package-id"), `${id}\n`);
  writeFileSync(join(records, "instance", "extract", "lock"), "1\n");
  writeFileSync(join(records, "instance", "extract", "complete"), "1\n");
  writeFileSync(join(records, "instance", "package.checksum"), id);
  writeFileSync(join(records, "instance", "index.json"), JSON.stringify({ package_id: id }));
  writeFileSync(join(records, "package", "psp.json"), JSON.stringify({ package: { name, version: "1.0" } }));
  return folder;
}

describe("workenvName", () => {
  it.each([
    ["hello", "1.0", `hello-1.0-${ID.slice(0, 16)}`],
    ["Hello World/Ü", "1.0+x", `hello-world----1.0-x-${ID.slice(0, 16)}`],
    ["..hidden", "", `hidden-_-${ID.slice(0, 16)}`],
    ["x".repeat(60), "1", `${"x".repeat(40)}-1-${ID.slice(0, 16)}`],
    ["con.txt", "nul", `_con.txt-_nul-${ID.slice(0, 16)}`],
  ])("names %s %s", (name, version, expected) => {
    expect(workenvName(name, version, ID)).toBe(expected);
  });
});

describe("listEntries", () => {
  it("finds none where there is no cache", async () => {
    expect(await listEntries(join(root, "nothing"))).toEqual([]);
  });

  it("tells name, version, id and size, and what is not ready", async () => {
    const name = publish();
    mkdirSync(join(root, "workenv", ".gone-1-00.pspf"), { recursive: true });
    const [gone, entry] = await listEntries(root);
    expect(entry).toMatchObject({ name, packageName: "hello", version: "1.0", packageId: ID, hasTree: true });
    expect(entry?.sizeBytes).toBeGreaterThan(165);
    expect(gone).toMatchObject({ name: "gone-1-00", hasTree: false, packageId: undefined });
  });

  it.each(["../workenv", "..", "", "/", "hello"])("knows no workenv %j", async (name) => {
    publish();
    await expect(findEntry(root, name)).rejects.toMatchObject({ code: "file-missing" });
  });
});

describe("removeEntry", () => {
  it("removes tree and records, and nothing else", async () => {
    const name = publish();
    const other = publish("other");
    await removeEntry(await findEntry(root, name));
    expect((await listEntries(root)).map((entry) => entry.name)).toEqual([other]);
    expect(existsSync(join(root, "workenv", `.${name}.pspf`))).toBe(false);
  });

  it.runIf(process.platform === "linux")("refuses while a process runs from it, and clean keeps it", async () => {
    const name = publish();
    const tree = join(root, "workenv", name);
    const child = spawn("sleep", ["30"], { cwd: tree, stdio: "ignore" });
    try {
      await expect.poll(async () => (await processesUsing([tree])).get(tree)).toEqual([child.pid]);
      await expect(removeEntry(await findEntry(root, name))).rejects.toMatchObject({ code: "io-error", message: expect.stringContaining(String(child.pid)) as string });
      const plan = await planClean(await listEntries(root), {}, Date.now());
      expect(plan.remove).toEqual([]);
      expect(plan.busy.map((entry) => entry.name)).toEqual([name]);
    } finally {
      child.kill();
    }
  });

  it.runIf(process.platform === "linux" && hasFlock())("refuses while it is being extracted", async () => {
    const name = publish();
    const lock = join(root, "workenv", `.${name}.pspf`, "instance", "extract", "lock");
    const child = spawn("flock", [lock, "sleep", "30"], { stdio: "ignore", detached: true });
    try {
      await expect.poll(() => isLocked(lock)).toBe(true);
      await expect(removeEntry(await findEntry(root, name))).rejects.toMatchObject({ code: "io-error" });
    } finally {
      if (child.pid !== undefined) process.kill(-child.pid);
    }
  });
});

describe("planClean", () => {
  it("goes by age", async () => {
    const old = publish("old");
    publish("young");
    const stamp = join(root, "workenv", old, ".pspf-package-id");
    utimesSync(stamp, 1, 1);
    utimesSync(join(root, "workenv", `.${old}.pspf`), 1, 1);
    const plan = await planClean(await listEntries(root), { maxAgeMs: 86_400_000 }, Date.now());
    expect(plan.remove.map((entry) => entry.name)).toEqual([old]);
  });

  it("goes by size, the least recently used first", async () => {
    const old = publish("old", ID, 5000);
    publish("young", ID, 5000);
    utimesSync(join(root, "workenv", old, ".pspf-package-id"), 1, 1);
    utimesSync(join(root, "workenv", `.${old}.pspf`), 1, 1);
    const plan = await planClean(await listEntries(root), { maxBytes: 8000 }, Date.now());
    expect(plan.remove.map((entry) => entry.name)).toEqual([old]);
    expect((await planClean(await listEntries(root), { maxBytes: 100_000 }, Date.now())).remove).toEqual([]);
  });
});

describe("fsck", () => {
  const check = async () => {
    const entries = await listEntries(root);
    const findings = (await Promise.all(entries.map((entry) => checkEntry(entry, process.geteuid?.())))).flat();
    return { entries, findings };
  };

  it("has nothing against what a launcher leaves", async () => {
    publish();
    expect((await check()).findings).toEqual([]);
  });

  it.each([
    [".pspf-package-id", "torn", /stamp is missing or torn/],
    [".pspf-package-id", `${"f".repeat(64)}\n`, /stamp names package/],
  ])("finds a bad stamp, and repair takes the tree away (%#)", async (file, content, what) => {
    const name = publish();
    writeFileSync(join(root, "workenv", name, file), content);
    const { entries, findings } = await check();
    expect(findings[0]?.what).toMatch(what);
    await repair(findings, entries);
    expect(await listEntries(root)).toEqual([]);
  });

  it("finds records that disagree", async () => {
    const name = publish();
    const records = join(root, "workenv", `.${name}.pspf`);
    writeFileSync(join(records, "instance", "package.checksum"), "f".repeat(64));
    writeFileSync(join(records, "instance", "index.json"), "{");
    writeFileSync(join(records, "package", "psp.json"), JSON.stringify({ package: { name: "other", version: "1.0" } }));
    expect((await check()).findings.map((finding) => finding.what)).toEqual(["package.checksum names another package than the stamp", "index.json is missing or torn", "psp.json describes other 1.0, the folder another package"]);
  });

  it("finds and removes temporary trees whose maker is gone", async () => {
    const name = publish();
    const left = join(root, "workenv", `.${name}.pspf`, "tmp", "4242");
    mkdirSync(join(left, "tree"), { recursive: true });
    writeFileSync(join(left, "lock"), "");
    const { entries, findings } = await check();
    expect(findings).toEqual([{ name, what: "a temporary tree whose maker is gone", repair: "path", path: left }]);
    await repair(findings, entries);
    expect(existsSync(left)).toBe(false);
    expect((await Promise.all(entries.map(leftovers))).flat()).toEqual([]);
    expect((await check()).findings).toEqual([]);
  });
});

function hasFlock(): boolean {
  try {
    execFileSync("flock", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
