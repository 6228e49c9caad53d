import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeManifest } from "../../../src/manifest/encode.js";
import { resolveManifest } from "../../../src/manifest/resolve.js";
import { validateManifest } from "../../../src/manifest/validate.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "encode-"));
  await mkdir(join(folder, "scripts"));
  await writeFile(join(folder, "scripts", "report.sh"), "#!/bin/sh\n", { mode: 0o755 });
  await writeFile(join(folder, "report.whl"), "zip");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const resolved = (document: unknown) => resolveManifest(validateManifest(document, "test"), { base: folder, where: "test" });

const FULL = {
  package: { name: "report", version: "2.1", description: "tells", sequence: 7 },
  execution: { entries: { report: { argv: ["{workenv}/report.sh"] }, admin: { command: "{workenv}/report.sh --admin 'a b'" } }, entry: "report", env: { A: "1" }, environment: { B: "{workenv}/x" } },
  slots: [
    { id: "scripts", source: "scripts", operations: "tar|gzip" },
    { id: "one", source: "scripts/report.sh", target: "bin/one", permissions: "0700", platform: "linux", lifecycle: "cached", purpose: "tool" },
    { id: "wheel", source: "report.whl", purpose: "wheel" },
  ],
  runtime: { env: { unset: ["LD_*"], pass: ["LD_X"], map: { OLD: "NEW" }, set: { TZ: "UTC" } } },
  workenv: { directories: [{ path: "{workenv}/tmp" }], env: { TMPDIR: "{workenv}/tmp" } },
  setup_commands: ["/bin/true now", { type: "write_file", path: "{workenv}/etc/x", content: "{odd} text" }, { type: "chmod", path: "{workenv}/*.sh" }, { type: "enumerate_and_execute", command: "/bin/ls", enumerate: { path: "{workenv}", pattern: "*.sh" } }],
  cache_validation: { check_file: "x", expected_content: "y" },
  requirements: { libc: "glibc", libc_version: "2.35" },
  verification: { minimum_level: "standard" },
};

describe("encodeManifest", () => {
  it("gives a document that resolves to the same manifest", async () => {
    const { manifest } = await resolved(FULL);
    const again = await resolved(JSON.parse(JSON.stringify(encodeManifest(manifest))));
    expect(again).toEqual({ manifest, warnings: [] });
    expect(manifest.requirements).toEqual({ libc: "glibc", libcVersion: "2.35" });
  });

  it("does so for the least manifest", async () => {
    const { manifest } = await resolved({ package: { name: "date", version: "1" }, execution: { argv: ["host:date"] } });
    expect((await resolved(JSON.parse(JSON.stringify(encodeManifest(manifest))))).manifest).toEqual(manifest);
  });
});

describe("a slot of purpose wheel", () => {
  const withSlots = (...slots: readonly object[]) => ({ package: { name: "report", version: "1" }, execution: { argv: ["host:date"] }, slots });
  const WHEEL = { id: "w", source: "report.whl", purpose: "wheel" };

  it("is raw, lazy and named as its source", async () => {
    expect((await resolved(withSlots(WHEEL))).manifest.slots).toMatchObject([{ id: "w", operations: [], lifecycle: "lazy", target: "report.whl" }]);
  });

  it.each([
    ["before another slot", [WHEEL, { id: "s", source: "scripts" }], "last slot"],
    ["compressed", [{ ...WHEEL, operations: "zstd" }], "stored raw"],
    ["with another lifecycle", [{ ...WHEEL, lifecycle: "runtime" }], "lazy"],
  ])("is refused %s", async (_, slots, words) => {
    await expect(resolved(withSlots(...slots))).rejects.toMatchObject({ code: "manifest-invalid", message: expect.stringContaining(words) as string });
  });
});
