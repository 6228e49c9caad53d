import { describe, expect, it } from "vitest";
import { nearest } from "../../../src/manifest/nearest.js";

describe("nearest", () => {
  it.each([
    ["nmae", "name"],
    ["verison", "version"],
    ["Slots", "slots"],
    ["environement", "environment"],
  ])("finds what %s was meant to be", (word, meant) => {
    expect(nearest(word, ["name", "version", "slots", "environment"])).toBe(meant);
  });

  it("says nothing when nothing is near", () => {
    expect(nearest("zzz", ["name", "version"])).toBeUndefined();
    expect(nearest("x", [])).toBeUndefined();
  });
});
