/** The same inputs packed twice, in different folders, as differently as one user can be two: identical bytes with a key seed. */
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { CHECKOUT, pack, workFolder } from "./packing.js";

const folder = workFolder();
afterAll(() => {
  folder.remove();
});

describe("packing twice", () => {
  it.each(["python-cli", "node-ts-cli", "shell-tool"])("gives identical bytes for examples/%s", (name) => {
    const [one, two] = ["one", "another place"].map((place, position) => {
      const source = join(folder.path, place, name);
      mkdirSync(join(folder.path, place), { recursive: true });
      cpSync(join(CHECKOUT, "examples", name), source, { recursive: true });
      const before = process.umask(position === 0 ? 0o022 : 0o077);
      try {
        const environment = position === 0 ? { TZ: "UTC", LANG: "C" } : { TZ: "Pacific/Auckland", LANG: "C.UTF-8", USER: "somebody", LOGNAME: "somebody" };
        return pack(source, join(folder.path, `${name}-${position}.psp`), ["--key-seed", "a seed for a test, long enough not to be guessed 0123456789"], environment);
      } finally {
        process.umask(before);
      }
    });
    expect(one?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(two?.sha256).toBe(one?.sha256);
  });
});
