/**
 * Packages for macOS, packed here. What is looked at is structure: that packing leaves the launcher's ad-hoc signature as valid as the linker made it. What needs
 * a Mac is not run elsewhere, and said to be so.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPackage } from "../../src/reader/open.js";
import { pack, workFolder } from "../packaging/packing.js";
import { helperPath, isLeftOut, LAUNCHERS, titled } from "./foreign.js";
import { FLAG_AD_HOC, readCodeSignature } from "./mach-o.js";

const cases = LAUNCHERS.flatMap((launcher) => (["darwin_arm64", "darwin_amd64"] as const).map((platform) => ({ launcher, platform })));

describe.each(cases)("$launcher for $platform", ({ launcher, platform }) => {
  const reason = existsSync(helperPath(launcher, platform)) ? undefined : `${launcher} is not built for ${platform} (make build-all-helpers)`;
  const folder = workFolder();
  const package_ = join(folder.path, "app.psp");

  describe.skipIf(isLeftOut(reason))(titled("packed here", reason), () => {
    beforeAll(() => {
      if (reason !== undefined) throw new Error(reason);
      writeFileSync(join(folder.path, "hello.sh"), 'echo "hello $1"\n');
      const manifest = { package: { name: "hello", version: "1.0" }, execution: { argv: ["/bin/sh", "{workenv}/hello.sh"] }, slots: [{ id: "program", source: "hello.sh", target: "hello.sh" }] };
      writeFileSync(join(folder.path, "flavor.json"), JSON.stringify(manifest));
      pack(join(folder.path, "flavor.json"), package_, ["--target", platform, "--launcher-bin", launcher]);
    });
    afterAll(() => {
      folder.remove();
    });

    it("keeps the launcher's signature: every page has the digest that the linker wrote", async () => {
      const signature = readCodeSignature(readFileSync(package_));
      const opened = await openPackage(package_);
      const launcherBytes = opened.index.launcherSize;
      await opened.close();
      // The kernel of an Intel Mac asks for none, and linkers write none.
      if (platform === "darwin_amd64" && signature === undefined) return;
      expect(signature).toMatchObject({ wrongPages: [], linkEditEnd: launcherBytes });
      expect((signature?.flags ?? 0) & FLAG_AD_HOC).toBe(FLAG_AD_HOC);
      expect(signature?.codeLimit).toBe(signature?.offset);
      expect(signature?.pageCount).toBeGreaterThan(100);
    });

    it.skipIf(platform === "darwin_amd64")("has a signature that notices one changed byte", () => {
      const changed = readFileSync(package_);
      changed[20_000] = (changed[20_000] ?? 0) ^ 1;
      expect(readCodeSignature(changed)?.wrongPages).toEqual([4]);
    });

    it.skipIf(process.platform !== "darwin")("starts, twice, and passes its status on (needs a Mac)", () => {
      for (const run of ["cold", "warm"]) {
        const done = spawnSync(package_, [run], { env: { FLAVOR_CACHE: join(folder.path, "cache") }, encoding: "utf8" });
        expect([done.status, done.stdout, done.stderr]).toEqual([0, `hello ${run}\n`, ""]);
      }
    });
  });
});
