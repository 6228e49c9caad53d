import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findMarker, markedName, readMarker } from "../../../src/helpers/marker.js";

const marker = (...fields: string[]) => Buffer.from(`FLAVOR-LAUNCHER\0${fields.map((field) => `${field}\0`).join("")}`, "latin1");
const rust = marker("rust", "0.1.0", "linux_amd64");
const found = { role: "launcher", kind: "rust", version: "0.1.0", platform: "linux_amd64" };

describe("findMarker", () => {
  it("passes over a prefix that is only the constant of a searching program", () => {
    expect(findMarker(Buffer.concat([marker(), Buffer.from([0x7f, 1, 2, 0]), marker("rust", "", "x"), rust]))).toEqual(found);
  });

  it.each([
    ["no field", marker()],
    ["two fields", Buffer.concat([marker("rust", "0.1.0")])],
    ["a field of 33 characters", marker("r".repeat(33), "1", "x")],
    ["a field that is not printable", marker("rust", "0.1\n", "x")],
    ["no NUL at the end", rust.subarray(0, -1)],
  ])("takes %s for no marker", (_, bytes) => {
    expect(findMarker(bytes)).toBeUndefined();
  });
});

describe("markers of builders", () => {
  const builder = Buffer.from("FLAVOR-BUILDER\0go\x000.1.0\0windows_arm64\0", "latin1");

  it("tell the role", () => {
    expect(findMarker(builder)).toEqual({ role: "builder", kind: "go", version: "0.1.0", platform: "windows_arm64" });
  });

  it("count when they come first, in either order", () => {
    expect(findMarker(Buffer.concat([builder, rust]))?.role).toBe("builder");
    expect(findMarker(Buffer.concat([rust, builder]))?.role).toBe("launcher");
  });
});

describe("markedName", () => {
  it("is the name that the file has", () => {
    expect(markedName({ role: "builder", kind: "go", version: "1", platform: "linux_amd64" })).toBe("flavor-go-builder");
    expect(markedName({ role: "launcher", kind: "rust", version: "1", platform: "linux_amd64" })).toBe("flavor-rs-launcher");
  });
});

describe("readMarker", () => {
  const file = (bytes: Buffer) => {
    const path = join(mkdtempSync(join(tmpdir(), "flavor-marker-")), "launcher");
    writeFileSync(path, bytes);
    return path;
  };

  it("finds a marker that lies across the border of two reads", async () => {
    for (const shift of [1, 20, 30, rust.length - 1]) expect(await readMarker(file(Buffer.concat([Buffer.alloc((1 << 18) - shift), rust])))).toEqual(found);
  });

  it("finds none in a file without one, and none in an empty file", async () => {
    expect(await readMarker(file(Buffer.alloc(1 << 19)))).toBeUndefined();
    expect(await readMarker(file(Buffer.alloc(0)))).toBeUndefined();
  });

  it("says which file is missing", async () => {
    await expect(readMarker("/nonexistent/launcher")).rejects.toMatchObject({ code: "file-missing" });
  });
});
