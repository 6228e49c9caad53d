import { describe, expect, it } from "vitest";
import { reportError, reportWarning } from "../../../src/cli/error.js";
import { wantsColor } from "../../../src/cli/terminal.js";
import { ERRORS } from "../../../src/format/constants.gen.js";
import { FlavorError, type ErrorCode } from "../../../src/format/error.js";
import { recordedTerminal } from "./recorded-terminal.js";

describe("reportError", () => {
  it("says what, with the code, and what to do about it", () => {
    const terminal = recordedTerminal();
    const status = reportError(new FlavorError("manifest-missing", "x has\nno manifest", { hint: "write one" }), terminal, { json: false, command: "other" });
    expect(terminal.stderr.join("")).toBe("flavor: error: x has; no manifest [manifest-missing]\nhint: write one\n");
    expect(terminal.stdout).toEqual([]);
    expect(status).toBe(109);
  });

  it("gives one JSON document on stdout with --json", () => {
    const terminal = recordedTerminal();
    reportError(new FlavorError("disk-full", "no space", { details: { path: "/x" } }), terminal, { json: true, command: "other" });
    expect(JSON.parse(terminal.stdout.join(""))).toEqual({ error: { code: "disk-full", message: "no space", details: { path: "/x" } } });
  });

  it("gives one JSON object a line on stderr with FLAVOR_LOG_LEVEL=json", () => {
    const terminal = recordedTerminal({ logLevel: "json" });
    reportError(new FlavorError("disk-full", "no space"), terminal, { json: false, command: "other" });
    expect(JSON.parse(terminal.stderr.join(""))).toEqual({ level: "error", code: "disk-full", message: "no space" });
  });

  it.each(Object.keys(ERRORS) as ErrorCode[])("ends with the exit status of the table for %s", (code) => {
    const report = (command: "verify" | "other") => reportError(new FlavorError(code, "x"), recordedTerminal(), { json: false, command });
    expect(report("other")).toBe(ERRORS[code].exit);
    expect(report("verify")).toBe(ERRORS[code].verify);
  });

  it("knows errors of the system and interruptions, and calls the rest a defect", () => {
    const status = (thrown: unknown) => reportError(thrown, recordedTerminal(), { json: false, command: "other" });
    expect(status(Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC", syscall: "write" }))).toBe(106);
    expect(status(new DOMException("stop", "AbortError"))).toBe(130);
    expect(status(new TypeError("oops"))).toBe(101);
    expect(status("text")).toBe(101);
  });

  it("does not let a file name command the terminal", () => {
    const terminal = recordedTerminal();
    reportError(new FlavorError("file-missing", "\x1b[31mred\x07"), terminal, { json: false, command: "other" });
    expect(terminal.stderr.join("")).toBe("flavor: error: ?[31mred? [file-missing]\n");
  });
});

describe("reportWarning", () => {
  it("is silent at FLAVOR_LOG_LEVEL error and off", () => {
    for (const logLevel of ["error", "off", "json:error"]) {
      const terminal = recordedTerminal({ logLevel });
      reportWarning("x", terminal);
      expect(terminal.stderr).toEqual([]);
    }
  });
});

describe("wantsColor", () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: "1", FORCE_COLOR: "1" }, true, false],
    [{ NO_COLOR: "" }, true, true],
    [{ FORCE_COLOR: "1" }, false, true],
    [{ FORCE_COLOR: "0" }, true, false],
    [{ TERM: "dumb" }, true, false],
  ] as [Record<string, string>, boolean, boolean][])("decides %j on a terminal (%s): %s", (environment, isTerminal, wanted) => {
    expect(wantsColor(environment, isTerminal)).toBe(wanted);
  });
});
