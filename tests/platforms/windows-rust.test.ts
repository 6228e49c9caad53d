/** The Rust launcher's own tests, compiled for Windows and run under Wine: what no package shows, such as names that Windows does not have. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CHECKOUT } from "../packaging/packing.js";
import { isLeftOut, startWine, titled, whyNotRun, WINE, WINE_ENVIRONMENT } from "./foreign.js";

const reason = whyNotRun("flavor-rs-launcher", "windows_amd64");

describe.skipIf(isLeftOut(reason))(titled("the Rust launcher's tests", reason), () => {
  it("pass on Windows too", () => {
    if (reason !== undefined) throw new Error(reason);
    startWine();
    const done = spawnSync("sh", [join(CHECKOUT, "build.sh"), "cargo-zigbuild", "test", "--locked", "--quiet", "--target", "x86_64-pc-windows-gnu", "-p", "flavor-launcher", "--bin", "flavor-rs-launcher"], {
      env: { ...process.env, ...WINE_ENVIRONMENT, HOME: process.env["HOME"], CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER: WINE },
      encoding: "utf8",
    });
    expect(done.status, done.stdout + done.stderr).toBe(0);
    expect(done.stdout).toMatch(/test result: ok\. [1-9]\d* passed/);
  });
});
