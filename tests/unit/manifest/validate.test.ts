import { describe, expect, it } from "vitest";
import { validateManifest } from "../../../src/manifest/validate.js";

const minimal = { package: { name: "hello", version: "1" }, execution: { argv: ["/bin/true"] } };

describe("validateManifest", () => {
  it("accepts the least manifest there is, and keys of earlier ones", () => {
    expect(validateManifest({ ...minimal, name: "hello", launcher: "x", format: 1 }, "flavor.toml")).toMatchObject(minimal);
  });

  it.each([
    [{ ...minimal, slot: [] }, "slot", "slots"],
    [{ ...minimal, package: { ...minimal.package, nmae: "x" } }, "package.nmae", "name"],
    [{ ...minimal, slots: [{ id: "a", source: "a", lifecyle: "lazy" }] }, "slots[0].lifecyle", "lifecycle"],
    [{ ...minimal, setup_commands: [{ type: "chmod", path: "x", mod: "0755" }] }, "setup_commands[0].mod", "mode"],
  ])("names the unknown key and the nearest one (%#)", (document, key, meant) => {
    expect(() => validateManifest(document, "flavor.toml")).toThrow(expect.objectContaining({ code: "manifest-key-unknown", message: `flavor.toml: ${key} is not a key`, hint: `did you mean ${meant}?` }) as Error);
  });

  it.each([
    [{ execution: { argv: ["x"] } }, /the document lacks "package"/],
    [{ ...minimal, package: { name: "x" } }, /package lacks "version"/],
    [{ ...minimal, package: { name: "x", version: 1 } }, /package\.version: expected .*found the number 1/],
    [{ ...minimal, package: { name: "a/b", version: "1" } }, /package\.name: expected text without/],
    [{ ...minimal, slots: [{ id: "../x", source: "x" }] }, /slots\[0\]\.id: expected 1 to 64/],
    [{ ...minimal, slots: [{ id: "x", source: "x", lifecycle: "runtim" }] }, /slots\[0\]\.lifecycle: expected one of init, /],
    [{ ...minimal, slots: [{ id: "x", source: "x", permissions: "4755" }] }, /slots\[0\]\.permissions: expected an octal mode/],
    [{ ...minimal, execution: { argv: [] } }, /execution\.argv/],
    [{ ...minimal, execution: { argv: ["x"], env: { "A=B": "x" } } }, /execution\.env has the name "A=B"/],
    [{ ...minimal, setup_commands: [{ type: "shell" }] }, /setup_commands\[0\]\.type: expected execute, .*found the string "shell"/],
    ["text", /the document: expected an object/],
  ])("says what was expected and what was found (%#)", (document, message) => {
    expect(() => validateManifest(document, "flavor.toml")).toThrow(expect.objectContaining({ code: "manifest-invalid", message: expect.stringMatching(message) as string }) as Error);
  });
});
