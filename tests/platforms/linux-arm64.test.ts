/** Packages for Linux on 64-bit ARM, packed here and run by qemu-user, with both launchers. */
import { copyFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pack, workFolder } from "../packaging/packing.js";
import { helperPath, isLeftOut, LAUNCHERS, QEMU, qemu, titled, whyNotRun, witness } from "./foreign.js";

describe.each(LAUNCHERS)("%s for linux_arm64", (launcher) => {
  const reason = whyNotRun(launcher, "linux_arm64");
  const folder = workFolder();
  const package_ = join(folder.path, "app.psp");
  const environment = { FLAVOR_CACHE: join(folder.path, "cache"), PATH: dirname(QEMU ?? "/") };

  describe.skipIf(isLeftOut(reason))(titled("under qemu", reason), () => {
    beforeAll(() => {
      if (reason !== undefined) throw new Error(reason);
      copyFileSync(witness("linux_arm64"), join(folder.path, "witness"));
      // The kernel here does not execute what the launcher asks it to, an ARM program, so it is asked for qemu itself.
      const manifest = { package: { name: "witness", version: "1.0" }, execution: { argv: [`host:${basename(QEMU ?? "")}`, "{workenv}/bin/witness"] }, slots: [{ id: "program", source: "witness", target: "bin/witness", permissions: "0755" }] };
      writeFileSync(join(folder.path, "flavor.json"), JSON.stringify(manifest));
      pack(join(folder.path, "flavor.json"), package_, ["--target", "linux_arm64", "--launcher-bin", launcher]);
    });
    afterAll(() => {
      folder.remove();
    });

    it.each(["exec", "spawn"])("finds itself and starts its program, in mode %s", (mode) => {
      const started = (args: readonly string[]) => qemu([package_, ...args], { ...environment, FLAVOR_EXEC_MODE: mode });
      expect(started(["args", "a b", "é"])).toEqual({ status: 0, stdout: "a b\né\n", stderr: "" });
      expect(started(["env", "FLAVOR_PLATFORM", "FLAVOR_ARCH", "FLAVOR_ORIGINAL_COMMAND"]).stdout).toBe(`linux_arm64\narm64\n${package_}\n`);
      expect(started(["exit", "255"]).status).toBe(255);
    });

    it("starts a second time from what the first made", () => {
      const stamp = () => statSync(qemu([package_, "env", "FLAVOR_WORKENV"], environment).stdout.trim()).ctimeMs;
      expect(stamp()).toBe(stamp());
    });

    it("refuses a damaged package", () => {
      const bytes = readFileSync(package_);
      const at = bytes.length - 9000;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      const damaged = join(folder.path, "damaged.psp");
      writeFileSync(damaged, bytes, { mode: 0o755 });
      const run = qemu([damaged, "args"], { FLAVOR_CACHE: join(folder.path, "other") });
      expect([run.status, run.stdout]).toEqual([103, ""]);
      expect(run.stderr).toContain("[slot-digest-wrong]");
    });

    it("says its version without a package", () => {
      const version = qemu([helperPath(launcher, "linux_arm64"), "version"], { FLAVOR_LAUNCHER_CLI: "1" });
      expect(version).toMatchObject({ status: 0, stdout: expect.stringMatching(new RegExp(`^${launcher} \\S+ linux_arm64\n$`)) as string });
    });
  });
});
