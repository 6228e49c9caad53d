import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { ManifestInput } from "../../../src/manifest/input.js";
import { resolveManifest } from "../../../src/manifest/resolve.js";

let base = "";
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), "flavor-resolve-"));
  mkdirSync(join(base, "app", "bin"), { recursive: true });
  writeFileSync(join(base, "app", "bin", "hello"), "#!/bin/sh\n");
  chmodSync(join(base, "app", "bin", "hello"), 0o755);
  writeFileSync(join(base, "data.bin"), "data");
  writeFileSync(join(base, "ready.tar.gz"), "not looked into");
});

const info = { name: "hello", version: "1" };
const app = { id: "app", source: "app" };
const resolve = (input: Partial<ManifestInput>, entry?: string) => resolveManifest({ package: info, execution: { argv: ["hello"] }, slots: [app], ...input }, { base, where: "flavor.toml", entry });

describe("resolveManifest", () => {
  it("fills in every default", async () => {
    const { manifest, warnings } = await resolve({ slots: [app, { id: "data", source: "data.bin" }] });
    expect(warnings).toEqual([]);
    expect(manifest).toEqual({
      package: { ...info, sequence: 0 },
      execution: { argv: ["hello"], env: {}, primarySlot: 0 },
      slots: [
        { id: "app", source: join(base, "app"), target: ".", operations: ["TAR", "ZSTD"], purpose: "data", lifecycle: "runtime" },
        { id: "data", source: join(base, "data.bin"), target: "data.bin", operations: [], purpose: "data", lifecycle: "runtime" },
      ],
    });
  });

  it("takes operations, permissions, lifecycle and target in all their spellings", async () => {
    const { manifest } = await resolve({ slots: [{ ...app, target: "{workenv}/", operations: "tar|gzip", lifecycle: "cached" }, { id: "d", source: "{workenv}/data.bin", target: "etc/d", operations: "none", permissions: "600", platform: "any" }] });
    expect(manifest.slots[0]).toMatchObject({ target: ".", operations: ["TAR", "GZIP"], lifecycle: "cache" });
    expect(manifest.slots[1]).toEqual({ id: "d", source: join(base, "data.bin"), target: "etc/d", operations: [], purpose: "data", lifecycle: "runtime", permissions: 0o600 });
  });

  it("splits a command, appends args and lets env win over environment", async () => {
    const { manifest } = await resolve({ execution: { command: "{workenv}/bin/hello 'a b'", args: ["c"], environment: { A: "1", B: "1" }, env: { B: "2" } } });
    expect(manifest.execution).toMatchObject({ argv: ["{workenv}/bin/hello", "a b", "c"], env: { A: "1", B: "2" } });
  });

  it("settles setup commands, modes and directories", async () => {
    const { manifest } = await resolve({
      setup_commands: ["echo 'a b'", { type: "write_file", path: "{workenv}/etc/x", content: "{not} checked" }, { type: "chmod", path: "bin/*" }, { type: "enumerate_and_execute", command: "cat", enumerate: { path: "{workenv}/d", pattern: "*.txt" } }],
      workenv: { directories: [{ path: "{workenv}/tmp" }, { path: "var", mode: "755" }], env: { TMPDIR: "{workenv}/tmp" } },
    });
    expect(manifest.setupCommands).toEqual([
      { type: "execute", argv: ["echo", "a b"] },
      { type: "write_file", path: "{workenv}/etc/x", content: "{not} checked", mode: "0644" },
      { type: "chmod", path: "bin/*", mode: "0755" },
      { type: "enumerate_and_execute", argv: ["cat"], enumerate: { path: "{workenv}/d", pattern: "*.txt" } },
    ]);
    expect(manifest.workenv).toEqual({ directories: [{ path: "{workenv}/tmp", mode: "0700" }, { path: "var", mode: "0755" }], env: { TMPDIR: "{workenv}/tmp" } });
  });

  it("warns once about keys without effect", async () => {
    const { warnings } = await resolve({ name: "x", format: "y" } as Partial<ManifestInput>);
    expect(warnings).toEqual(["flavor.toml: name, format at the top of the manifest have no effect"]);
  });

  it("takes the default entry from --entry, then from the manifest", async () => {
    const entries = { one: { argv: ["{workenv}/bin/hello", "1"] }, two: { command: "{workenv}/bin/hello 2" } };
    expect((await resolve({ execution: { entries } })).manifest.execution).toMatchObject({ entry: "one", argv: ["{workenv}/bin/hello", "1"] });
    expect((await resolve({ execution: { entries } }, "two")).manifest.execution).toMatchObject({ entry: "two", argv: ["{workenv}/bin/hello", "2"] });
    const numbered = { ...entries, 3: { command: "{workenv}/bin/hello 3" } };
    await expect(resolve({ execution: { entries: numbered } })).rejects.toMatchObject({ code: "manifest-invalid", hint: "name the default entry in execution.entry" });
    expect((await resolve({ execution: { entries: numbered, entry: "one" } })).manifest.execution.entry).toBe("one");
    await expect(resolve({ execution: { entries } }, "three")).rejects.toMatchObject({ code: "entry-missing", hint: "the entries are one, two" });
  });

  it("looks a program up in the package, and on the host only when asked", async () => {
    await expect(resolve({ execution: { argv: ["jq"] } })).rejects.toMatchObject({ code: "entry-missing" });
    await expect(resolve({ execution: { argv: ["{workenv}/bin/helo"] } })).rejects.toMatchObject({ code: "entry-missing" });
    expect((await resolve({ execution: { argv: ["host:jq"] } })).manifest.execution.argv).toEqual(["host:jq"]);
    const { manifest, warnings } = await resolve({ execution: { command: "jq ." } });
    expect(manifest.execution.argv).toEqual(["host:jq", "."]);
    expect(warnings).toHaveLength(1);
  });

  it("does not judge what an archive or a setup command may bring", async () => {
    const archive = { id: "ready", source: "ready.tar.gz", operations: "tar.gz", target: "." };
    expect((await resolve({ slots: [archive], execution: { argv: ["jq"] } })).manifest.execution.argv).toEqual(["jq"]);
    expect((await resolve({ setup_commands: ["true"], execution: { argv: ["jq"] } })).manifest.execution.argv).toEqual(["jq"]);
  });

  it.each([
    [{ slots: [app, app] }, "manifest-invalid"],
    [{ slots: [{ ...app, slot: 1 }] }, "manifest-invalid"],
    [{ slots: [{ id: "x", source: "nothing" }] }, "file-missing"],
    [{ slots: [{ ...app, target: "../x" }] }, "path-unsafe"],
    [{ slots: [{ ...app, target: "/etc" }] }, "path-unsafe"],
    [{ slots: [{ ...app, target: ".pspf-package-id" }] }, "path-unsafe"],
    [{ slots: [{ ...app, operations: "gzip" }] }, "manifest-invalid"],
    [{ slots: [{ ...app, operations: "tar.lzma9" }] }, "operation-unknown"],
    [{ slots: [{ ...app, operations: "tar|xz|lz4" }] }, "operation-unknown"],
    [{ slots: [{ id: "a", source: "data.bin", target: "x" }, { id: "b", source: "data.bin", target: "x" }] }, "entry-conflict"],
    [{ slots: [{ id: "a", source: "data.bin", target: "." }] }, "manifest-invalid"],
    [{ slots: [{ ...app, purpose: "wheel" }] }, "manifest-invalid"],
    [{ execution: {} }, "entry-missing"],
    [{ execution: { argv: ["hello"], command: "hello" } }, "manifest-invalid"],
    [{ execution: { argv: ["hello", "{workenb}"] } }, "placeholder-unknown"],
    [{ execution: { argv: ["hello", "{slot:1}"] } }, "placeholder-unknown"],
    [{ execution: { argv: ["hello"], env: { A: "{hom}" } } }, "placeholder-unknown"],
    [{ execution: { argv: ["host:a/b"] } }, "manifest-invalid"],
    [{ workenv: { name: "pinned" } }, "manifest-invalid"],
    [{ workenv: { directories: [{ path: "{workenv}/../x" }] } }, "path-unsafe"],
    [{ setup_commands: [{ type: "write_file", path: "/etc/passwd", content: "" }] }, "path-unsafe"],
  ] as [Partial<ManifestInput>, string][])("refuses what cannot work (%#)", async (input, code) => {
    await expect(resolve(input)).rejects.toMatchObject({ code });
  });

  it("leaves braces that are no placeholders alone", async () => {
    const argv = ["hello", "{}", "{ x }", "{slot:0}", "{A}", "{workenv}/x"];
    expect((await resolve({ execution: { argv } })).manifest.execution.argv).toEqual(argv);
  });
});
