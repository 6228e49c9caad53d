import { copyFileSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { INDEX } from "../../src/format/constants.gen.js";
import { encodeIndexChecksum } from "./index-checksum.js";
import { flavor, makeFolder, put, shellProject } from "./cli-runner.js";

interface Inspected {
  readonly packageId: string;
  readonly signer: { readonly keyId: string | null; readonly lifetime: string };
  readonly command: readonly string[];
  readonly launcher: { readonly tool: string; readonly size: number };
  readonly slots: readonly { readonly id: string; readonly sha256: string; readonly size: number }[];
}

let work = "";
let about: Inspected;

beforeAll(async () => {
  work = makeFolder();
  shellProject(work, { more: '[[slots]]\nid = "notes"\nsource = "notes.txt"\n' });
  put(join(work, "notes.txt"), "some notes\n");
  const packed = await flavor(["pack", "-o", "app.psp", "--key-seed", "env", "--json"], { cwd: work, environment: { FLAVOR_KEY_SEED: "test" } });
  expect(packed.status, packed.stderr).toBe(0);
  expect(JSON.parse(packed.stdout)).toMatchObject({ kind: "packed", path: join(work, "app.psp"), name: "hello", version: "1.0", entries: ["hello"], keyLifetime: "publisher" });
  about = JSON.parse((await flavor(["inspect", "app.psp", "--json"], { cwd: work })).stdout) as Inspected;
});

/** A copy of the package with some bytes changed. */
function changed(name: string, change: (bytes: Buffer) => void): string {
  const bytes = readFileSync(join(work, "app.psp"));
  change(bytes);
  writeFileSync(join(work, name), bytes);
  return name;
}

describe("flavor pack", () => {
  it("writes an executable file that ends in box and wand, and nothing else", () => {
    expect(statSync(join(work, "app.psp")).mode & 0o777).toBe(0o755);
    expect(readFileSync(join(work, "app.psp")).subarray(-8).toString("hex")).toBe("f09f93a6f09faa84");
    expect(readdirSync(work).sort()).toEqual(["app.psp", "files", "flavor.toml", "notes.txt"]);
  });

  it("gives the same bytes in another folder", async () => {
    const other = makeFolder();
    shellProject(other, { more: '[[slots]]\nid = "notes"\nsource = "notes.txt"\n' });
    put(join(other, "notes.txt"), "some notes\n");
    await flavor(["pack", "-o", "app.psp", "--key-seed", "test", "-q"], { cwd: other });
    expect(readFileSync(join(other, "app.psp")).equals(readFileSync(join(work, "app.psp")))).toBe(true);
  });

  it("ends with path, size, time, digest and signer; quiet says nothing; pipes get no colours", async () => {
    const run = await flavor(["pack", "-o", "loud.psp"], { cwd: work });
    expect(run.stdout).toMatch(/^loud\.psp {2}[\d.]+ [kM]B {2}[\d.]+ s\n {2}sha256 +[0-9a-f]{64}\n {2}id +[0-9a-f]{64}\n {2}signer +SHA256:[\w+/]{43} {2}\(a key made for this build alone\)\n/);
    expect(run.stdout + run.stderr).not.toContain("\x1b");
    const quiet = await flavor(["pack", "-o", "loud.psp", "--force", "--quiet"], { cwd: work });
    expect([quiet.stdout, quiet.stderr, quiet.status]).toEqual(["", "", 0]);
    const colored = await flavor(["pack", "-o", "loud.psp", "--force"], { cwd: work, environment: { FORCE_COLOR: "1" } });
    expect(colored.stdout).toContain("\x1b");
    expect((await flavor(["pack", "-o", "loud.psp", "--force"], { cwd: work, environment: { FORCE_COLOR: "1", NO_COLOR: "1" } })).stdout).not.toContain("\x1b");
  });

  it("prints the plan and writes nothing with --dry-run", async () => {
    const before = readdirSync(work);
    const run = await flavor(["pack", "-o", "dry.psp", "--dry-run", "--json"], { cwd: work });
    expect(JSON.parse(run.stdout)).toMatchObject({ kind: "plan", output: join(work, "dry.psp"), plan: { kind: "generic", slots: [{ id: "files" }, { id: "notes" }] } });
    expect(readdirSync(work)).toEqual(before);
  });

  it("warns when nobody signs", async () => {
    const run = await flavor(["pack", "-o", "unsigned.psp", "--unsigned"], { cwd: work });
    expect(run.stderr).toMatch(/^flavor: warning: .*unsigned/);
    const verified = await flavor(["verify", "unsigned.psp"], { cwd: work });
    expect([verified.status, verified.stdout]).toEqual([0, expect.stringContaining("unsigned")]);
    expect((await flavor(["verify", "unsigned.psp", "--key", about.signer.keyId ?? ""], { cwd: work })).status).toBe(12);
  });
});

describe("flavor inspect", () => {
  it("shows signer, command, launcher and slots", async () => {
    expect(about).toMatchObject({ signer: { lifetime: "publisher", signed: true, sealed: true }, command: ["/bin/sh", "{workenv}/bin/hello"], slots: [{ id: "files", operations: "tar.zst" }, { id: "notes", operations: "raw", size: 11 }] });
    const text = (await flavor(["inspect", "app.psp"], { cwd: work })).stdout;
    for (const shown of [about.packageId, about.signer.keyId ?? "", "/bin/sh {workenv}/bin/hello", "notes.txt", ...about.slots.map((slot) => slot.sha256)]) expect(text).toContain(shown);
  });

  it("refuses what is no package, and a package with a broken seal", async () => {
    expect(await flavor(["inspect", "notes.txt"], { cwd: work })).toMatchObject({ status: 102, stdout: "" });
    const broken = changed("broken-seal.psp", (bytes) => flipInIndex(bytes, INDEX.seal.offset));
    expect((await flavor(["inspect", broken], { cwd: work })).status).toBe(107);
  });
});

describe("flavor verify", () => {
  it("says intact, and whose", async () => {
    const run = await flavor(["verify", "app.psp"], { cwd: work });
    expect([run.status, run.stdout]).toEqual([0, expect.stringContaining(about.signer.keyId ?? "?")]);
    expect((await flavor(["verify", "app.psp", "--key", about.signer.keyId ?? ""], { cwd: work })).status).toBe(0);
  });

  const verdicts: Record<string, readonly [number, (bytes: Buffer) => void, string]> = {
    "not a package": [10, (bytes) => bytes.fill(0, bytes.length - 4), "not-a-package"],
    "a changed index": [10, (bytes) => bytes.writeUInt8(1, bytes.length - 8196 + INDEX.padding.offset), "index-checksum-wrong"],
    "a broken seal": [11, (bytes) => flipInIndex(bytes, INDEX.seal.offset), "seal-wrong"],
    "a changed slot": [13, (bytes) => flip(bytes, bytes.indexOf("some notes")), "slot-digest-wrong"],
    "a changed launcher": [13, (bytes) => flip(bytes, 4096), "launcher-digest-wrong"],
    "a stripped signature": [18, (bytes) => clearInIndex(bytes, INDEX.publicKey.offset, 32, INDEX.metadataSignature.offset, 64, INDEX.seal.offset, 64), "seal-missing"],
  };
  it.each(Object.entries(verdicts))("ends with the status of %s", async (what, [status, change, code]) => {
    const run = await flavor(["verify", changed(`${what}.psp`, change), "--json"], { cwd: work });
    expect(JSON.parse(run.stdout)).toMatchObject({ error: { code } });
    expect(run.stderr).toContain(`[${code}]`);
    expect(run.status).toBe(status);
  });

  it("ends with 14 for another signer than asked for, and 106 without a file", async () => {
    await flavor(["keygen", "--out-dir", "other"], { cwd: work });
    const run = await flavor(["verify", "app.psp", "--key", "other/flavor-public.key"], { cwd: work });
    expect(run).toMatchObject({ status: 14, stdout: "" });
    expect(run.stderr).toContain(about.signer.keyId);
    expect((await flavor(["verify", "nothing.psp"], { cwd: work })).status).toBe(106);
  });
});

describe("flavor extract", () => {
  it("extracts by position and by id, to a folder and to a file", async () => {
    expect((await flavor(["extract", "app.psp", "0", "out"], { cwd: work })).status).toBe(0);
    expect(statSync(join(work, "out", "bin", "hello")).mode & 0o777).toBe(0o755);
    expect((await flavor(["extract", "app.psp", "notes", "copy.txt"], { cwd: work })).status).toBe(0);
    expect(readFileSync(join(work, "copy.txt"), "utf8")).toBe("some notes\n");
    expect((await flavor(["extract", "app.psp", "notes", "copy.txt"], { cwd: work })).status).toBe(106);
    expect((await flavor(["extract", "app.psp", "notes", "copy.txt", "--force"], { cwd: work })).status).toBe(0);
  });

  it("extracts everything", async () => {
    const run = await flavor(["extract", "app.psp", "--all", "everything", "--json"], { cwd: work });
    expect(JSON.parse(run.stdout)).toMatchObject({ written: [{ id: "files" }, { id: "notes" }] });
    expect(readFileSync(join(work, "everything", "notes", "notes.txt"), "utf8")).toBe("some notes\n");
    expect(existsSync(join(work, "everything", "files", "bin", "hello"))).toBe(true);
  });

  it("refuses a slot that is not there, and one that was changed, and leaves nothing of it", async () => {
    expect((await flavor(["extract", "app.psp", "7", "x"], { cwd: work })).status).toBe(2);
    expect((await flavor(["extract", "app.psp", "notes"], { cwd: work })).status).toBe(2);
    const broken = changed("broken-slot.psp", (bytes) => flip(bytes, bytes.indexOf("some notes")));
    expect((await flavor(["extract", broken, "notes", "never.txt"], { cwd: work })).status).toBe(103);
    expect(existsSync(join(work, "never.txt"))).toBe(false);
  });
});

describe("flavor keygen", () => {
  it("makes a pair that signs, and never overwrites one", async () => {
    const made = JSON.parse((await flavor(["keygen", "--out-dir", "keys", "--json"], { cwd: work })).stdout) as { readonly keyId: string; readonly privateKey: string };
    expect(statSync(made.privateKey).mode & 0o777).toBe(0o600);
    const key = readFileSync(made.privateKey);
    expect((await flavor(["keygen", "--out-dir", "keys"], { cwd: work })).status).toBe(106);
    expect(readFileSync(made.privateKey).equals(key)).toBe(true);
    const packed = await flavor(["pack", "-o", "mine.psp", "--private-key", "keys/flavor-private.key", "--json"], { cwd: work });
    expect(JSON.parse(packed.stdout)).toMatchObject({ keyId: made.keyId });
    copyFileSync(join(work, "mine.psp"), join(work, "renamed"));
    expect((await flavor(["verify", "renamed", "--key", "keys/flavor-public.key"], { cwd: work })).status).toBe(0);
  });
});

function flip(bytes: Buffer, at: number): void {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
}

/** Change both copies of the index, and make their checksum right again. */
function inBothCopies(bytes: Buffer, change: (index: Buffer) => void): void {
  const trailer = bytes.length - 8196;
  const copy = Number(bytes.readBigUInt64LE(trailer + INDEX.launcherSize.offset));
  for (const start of [copy, trailer]) {
    const index = bytes.subarray(start, start + 8192);
    change(index);
    encodeIndexChecksum(index);
  }
}

function flipInIndex(bytes: Buffer, offset: number): void {
  inBothCopies(bytes, (index) => flip(index, offset));
}

function clearInIndex(bytes: Buffer, ...ranges: number[]): void {
  inBothCopies(bytes, (index) => {
    for (let at = 0; at + 1 < ranges.length; at += 2) index.fill(0, ranges[at], (ranges[at] ?? 0) + (ranges[at + 1] ?? 0));
  });
}
