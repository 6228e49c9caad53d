import { describe, expect, it } from "vitest";
import { describeWish, fitsWish, fittingMinors, satisfies } from "../../../src/runtimes/python-version.js";

describe("satisfies", () => {
  it.each([
    ["3.13.5", ">=3.11", true],
    ["3.10.8", ">=3.11", false],
    ["3.13.5", ">=3.11,<3.13", false],
    ["3.13.5", "<4", true],
    ["3.13.5", "~=3.11", true],
    ["3.13.5", "~=3.11.2", false],
    ["3.11.9", "~=3.11.2", true],
    ["3.13.5", "==3.13.*", true],
    ["3.13.5", "==3.13", false],
    ["3.13.5", "!=3.13.*", false],
    ["3.13.5", "!=3.13.4", true],
    ["3.9.2", ">3.9", true],
    ["3.13.5", "", true],
    ["3.14.0", ">= 3.14 , < 4", true],
  ])("%s against %s is %s", (version, specifiers, expected) => {
    expect(satisfies(version, specifiers)).toBe(expected);
  });

  it("refuses what is no specifier", () => {
    expect(() => satisfies("3.13.5", "at least 3")).toThrow(expect.objectContaining({ code: "manifest-invalid" }));
  });
});

describe("fittingMinors", () => {
  it("prefers the newest that every source has, then older, then newer", () => {
    expect(fittingMinors({ version: undefined, specifiers: undefined })[0]).toBe("3.13");
    expect(fittingMinors({ version: undefined, specifiers: "<3.12" })).toEqual(["3.11", "3.10", "3.9", "3.8"]);
    expect(fittingMinors({ version: undefined, specifiers: ">=3.14" })).toEqual(["3.14"]);
  });

  it("lets both the chosen version and requires-python count", () => {
    expect(fittingMinors({ version: "3.9", specifiers: ">=3.10" })).toEqual([]);
    expect(fittingMinors({ version: "3.12.4", specifiers: ">=3.10" })).toEqual(["3.12"]);
    expect(fittingMinors({ version: "2.7", specifiers: undefined })).toEqual([]);
  });

  it("counts a minor version of which only later patches fit", () => {
    expect(fittingMinors({ version: undefined, specifiers: ">=3.13.2,<3.14" })).toEqual(["3.13"]);
  });
});

describe("fitsWish", () => {
  it("takes a version as a beginning, not as a text prefix", () => {
    expect(fitsWish("3.13.5", { version: "3.13", specifiers: undefined })).toBe(true);
    expect(fitsWish("3.13.5", { version: "3.1", specifiers: undefined })).toBe(false);
    expect(describeWish({ version: "3.13", specifiers: ">=3" })).toBe("Python 3.13");
  });
});
