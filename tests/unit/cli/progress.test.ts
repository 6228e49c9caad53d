import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { terminalProgress } from "../../../src/cli/progress.js";
import { recordedTerminal } from "./recorded-terminal.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What a person sees in the end: redrawn lines count once. */
function screen(written: readonly string[]): string[] {
  return written
    .join("")
    .split("\n")
    .map((line) => line.split("\r\x1b[2K").at(-1) ?? "");
}

describe("terminalProgress", () => {
  it("draws a bar in place, settles it, and leaves no trace of the live line", () => {
    const terminal = recordedTerminal({ terminal: true });
    const progress = terminalProgress(terminal, false, () => Date.now());
    const step = progress.step("compress runtime", 20_000_000);
    step.advance(5_000_000);
    vi.advanceTimersByTime(200);
    expect(screen(terminal.stderr).at(-1)).toBe("compress runtime [######------------------]  25 % 5.0 MB of");
    vi.advanceTimersByTime(2000);
    step.done("4.1 MB");
    progress.close();
    expect(screen(terminal.stderr)).toEqual(["✓ compress runtime: 4.1 MB, 2.2 s", ""]);
  });

  it("keeps notices and warnings apart from the live line", () => {
    const terminal = recordedTerminal({ terminal: true });
    const progress = terminalProgress(terminal, false, () => Date.now());
    progress.step("download");
    vi.advanceTimersByTime(200);
    progress.notice("CPython 3.13");
    progress.warn("no lock file");
    progress.close();
    expect(screen(terminal.stderr)).toEqual(["CPython 3.13", "flavor: warning: no lock file", ""]);
  });

  it("writes plain lines for long steps only when stderr is no terminal", () => {
    const terminal = recordedTerminal();
    const progress = terminalProgress(terminal, false, () => Date.now());
    const short = progress.step("read");
    short.done();
    const long = progress.step("compress", 100);
    vi.advanceTimersByTime(1500);
    long.done("1 MB");
    progress.close();
    expect(terminal.stderr.join("")).toBe("compress ...\ncompress: 1 MB, 1.5 s\n");
  });

  it("says nothing but warnings when quiet", () => {
    const terminal = recordedTerminal({ terminal: true });
    const progress = terminalProgress(terminal, true, () => Date.now());
    const step = progress.step("compress", 100);
    vi.advanceTimersByTime(5000);
    step.done();
    progress.notice("x");
    progress.warn("y");
    progress.close();
    expect(terminal.stderr.join("")).toBe("flavor: warning: y\n");
  });
});
