import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkPins, updatePins } from "../../../src/helpers/pins.js";

const CONTENT = "a helper";
const RIGHT = createHash("sha256").update(CONTENT).digest("hex");
const WRONG = "0".repeat(64);
let folder: string;
let release: string;
let helper: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "flavor pins "));
  release = join(folder, "release");
  mkdirSync(release);
  helper = join(folder, "flavor-rs-launcher-linux_amd64");
  writeFileSync(helper, CONTENT);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function pin(where: string, line: string): void {
  writeFileSync(join(where, "SHA256SUMS"), `${WRONG}  another-file\n${line}\n`);
}

const check = () => checkPins(helper, [join(folder, "SHA256SUMS"), join(release, "SHA256SUMS")]);

describe("checkPins", () => {
  it("lets a helper pass that no table names", async () => {
    await expect(check()).resolves.toBeUndefined();
    pin(folder, `${WRONG}  flavor-go-launcher-linux_amd64`);
    await expect(check()).resolves.toBeUndefined();
  });

  it.each([" ", "*"])("lets the right one pass (%j before the name)", async (mode) => {
    pin(folder, `${RIGHT} ${mode}flavor-rs-launcher-linux_amd64`);
    await expect(check()).resolves.toBeUndefined();
  });

  it("refuses one with another digest than its folder's table has", async () => {
    pin(folder, `${WRONG}  flavor-rs-launcher-linux_amd64`);
    await expect(check()).rejects.toMatchObject({ code: "helper-digest-wrong", message: expect.stringContaining(RIGHT) as string });
  });

  it("refuses one with another digest than the release has, although its folder vouches for it", async () => {
    pin(folder, `${RIGHT}  flavor-rs-launcher-linux_amd64`);
    pin(release, `${WRONG}  flavor-rs-launcher-linux_amd64`);
    await expect(check()).rejects.toMatchObject({ code: "helper-digest-wrong" });
  });

  it("refuses a table that it cannot understand, or cannot read", async () => {
    pin(folder, `${RIGHT.toUpperCase()}  flavor-rs-launcher-linux_amd64`);
    await expect(check()).rejects.toMatchObject({ code: "helper-digest-wrong" });
    rmSync(join(folder, "SHA256SUMS"));
    mkdirSync(join(folder, "SHA256SUMS"));
    await expect(check()).rejects.toMatchObject({ code: "file-unreadable" });
  });
});

describe("updatePins", () => {
  it("adds, replaces and forgets lines, and keeps them sorted by name", async () => {
    await updatePins(folder, new Map([["b", RIGHT], ["a", WRONG]]));
    expect(readFileSync(join(folder, "SHA256SUMS"), "utf8")).toBe(`${WRONG}  a\n${RIGHT}  b\n`);
    await updatePins(folder, new Map([["a", RIGHT], ["b", undefined], ["c", WRONG]]));
    expect(readFileSync(join(folder, "SHA256SUMS"), "utf8")).toBe(`${RIGHT}  a\n${WRONG}  c\n`);
  });

  it("leaves no table without lines", async () => {
    await updatePins(folder, new Map([["a", RIGHT]]));
    await updatePins(folder, new Map([["a", undefined]]));
    expect(existsSync(join(folder, "SHA256SUMS"))).toBe(false);
  });
});
