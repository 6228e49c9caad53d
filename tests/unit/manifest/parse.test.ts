import { describe, expect, it } from "vitest";
import { findJsonFault } from "../../../src/manifest/json-position.js";
import { parseJson, parseToml } from "../../../src/manifest/parse.js";

describe("parseJson", () => {
  it("names line and column of a fault", () => {
    expect(() => parseJson('{\n  "a": 1,\n}', "flavor.json")).toThrow("flavor.json:3:1: not JSON: expected a key in double quotes");
  });

  it("refuses a key that is given twice", () => {
    expect(() => parseJson('{"a": 1, "a": 2}', "flavor.json")).toThrow(/1:10.*"a" is given twice/);
  });

  it("refuses a key that is given twice in two spellings", () => {
    expect(() => parseJson(String.raw`{"a": [{"x": 1, "\u0078": 2}]}`, "flavor.json")).toThrow(/1:17.*"x" is given twice/);
  });

  it.each([String.raw`["\ud83d"]`, String.raw`{"\ude00": 1}`, String.raw`"\ude00\ud83d"`])("refuses half of a surrogate pair: %s", (text) => {
    expect(() => parseJson(text, "x.json")).toThrow(/surrogate/);
  });

  it("refuses what is nested too deep, however deep", () => {
    expect(parseJson(`${"[".repeat(256)}${"]".repeat(256)}`, "x.json")).toBeDefined();
    expect(() => parseJson("[".repeat(257), "x.json")).toThrow("x.json:1:257: not JSON: nested more than 256 deep");
    expect(() => parseJson('{"a":'.repeat(100_000), "x.json")).toThrow(/deep/);
  });

  it.each(["", "{", "[1,", '{"a" 1}', "nul", "[1] x", '"a', "01"])("refuses %j", (text) => {
    expect(() => parseJson(text, "x.json")).toThrow(/not JSON/);
  });

  it.each(["{}", "[]", '{"a": [1, -2.5e3, true, null, "\\u00e9"]}', " 1 "])("agrees with JSON.parse about %j", (text) => {
    expect(findJsonFault(text)).toBeUndefined();
    expect(parseJson(text, "x.json")).toEqual(JSON.parse(text));
  });
});

describe("parseToml", () => {
  it("names line and column of a fault", () => {
    expect(() => parseToml("a = 1\nb = \n", "flavor.toml")).toThrow(/^flavor.toml:2:5: not TOML: /);
  });
});
