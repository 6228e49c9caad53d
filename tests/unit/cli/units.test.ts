import { describe, expect, it } from "vitest";
import { formatBytes, formatDuration, parseDays, parseSize } from "../../../src/cli/units.js";

describe("units", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [12_345_678, "12.3 MB"],
    [999_600, "1.0 MB"],
    [123_456_789, "123 MB"],
    [5e12, "5.0 TB"],
  ])("writes %d bytes", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [400, "0.4 s"],
    [125_000, "2 min 5 s"],
  ])("writes %d ms", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it.each([
    ["500MB", 5e8],
    ["2G", 2e9],
    ["1.5 kb", 1500],
    ["7", 7],
  ])("reads the size %s", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(["", "x", "-1", "5XB"])("refuses the size %j", (text) => {
    expect(() => parseSize(text)).toThrow(expect.objectContaining({ code: "usage" }) as Error);
    expect(() => parseDays(text)).toThrow(expect.objectContaining({ code: "usage" }) as Error);
  });
});
