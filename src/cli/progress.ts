/**
 * Progress on stderr. On a terminal: one live line with a bar, redrawn in place, and one settled line for each step that took a while. Elsewhere: plain lines
 * for steps longer than a second. A library would bring string-width and its tables for what is one line of ASCII.
 */
import type { Progress, Step } from "../builder/progress.js";
import { reportWarning } from "./error.js";
import type { Terminal } from "./terminal.js";
import { formatBytes, formatDuration } from "./units.js";

const REDRAW_MS = 80;
const WORTH_A_LINE_MS = 1000;
const BAR_WIDTH = 24;

interface LiveStep {
  readonly title: string;
  readonly total: number | undefined;
  readonly startMs: number;
  finished: number;
  /** Whether a plain line has announced it. */
  announced: boolean;
}

export interface TerminalProgress extends Progress {
  /** Erase the live line; nothing is shown after it. */
  close(): void;
}

/**
 * @param quiet - say nothing but warnings.
 * @param now - a clock in milliseconds.
 */
export function terminalProgress(terminal: Terminal, quiet: boolean, now: () => number): TerminalProgress {
  const live = new Set<LiveStep>();
  let lineShown = false;
  let latest: LiveStep | undefined;
  const bars = terminal.errIsTerminal && !quiet;

  const erase = () => {
    if (lineShown) terminal.err("\r\x1b[2K");
    lineShown = false;
  };
  const draw = () => {
    const step = latest !== undefined && live.has(latest) ? latest : [...live].at(-1);
    if (step === undefined) {
      erase();
      return;
    }
    terminal.err(`\r\x1b[2K${fit(renderStep(step, now()), terminal.columns() - 1)}`);
    lineShown = true;
  };
  const timer = quiet ? undefined : setInterval(() => (bars ? draw() : announceLong()), bars ? REDRAW_MS : 250).unref();
  const print = (text: string) => {
    erase();
    terminal.err(text);
  };
  const announceLong = () => {
    for (const step of live) {
      if (step.announced || now() - step.startMs < WORTH_A_LINE_MS) continue;
      step.announced = true;
      terminal.err(`${step.title} ...\n`);
    }
  };

  return {
    step: (title, total): Step => {
      const step: LiveStep = { title, total, startMs: now(), finished: 0, announced: false };
      live.add(step);
      latest = step;
      return {
        advance: (amount) => {
          step.finished += amount;
          latest = step;
        },
        done: (detail) => {
          if (!live.delete(step) || quiet) return;
          const elapsedMs = now() - step.startMs;
          const summary = [detail, elapsedMs >= 100 ? formatDuration(elapsedMs) : undefined].filter((part) => part !== undefined).join(", ");
          const line = summary === "" ? title : `${title}: ${summary}`;
          if (bars) print(`${terminal.errColors.green("✓")} ${line}\n`);
          else if (elapsedMs >= WORTH_A_LINE_MS) terminal.err(`${line}\n`);
        },
      };
    },
    notice: (text) => {
      if (!quiet) print(`${text}\n`);
    },
    warn: (text) => {
      erase();
      reportWarning(text, terminal);
    },
    close: () => {
      clearInterval(timer);
      erase();
      live.clear();
    },
  };
}

function renderStep(step: LiveStep, nowMs: number): string {
  const elapsed = nowMs - step.startMs >= WORTH_A_LINE_MS ? formatDuration(nowMs - step.startMs) : "";
  if (step.total === undefined || step.total === 0) {
    return `${step.title} ${step.finished > 0 ? formatBytes(step.finished) : ""} ${elapsed}`.trimEnd();
  }
  const share = Math.min(1, step.finished / step.total);
  const filled = Math.round(share * BAR_WIDTH);
  const bar = "#".repeat(filled) + "-".repeat(BAR_WIDTH - filled);
  const amounts = step.total >= 10_000 ? `${formatBytes(step.finished)} of ${formatBytes(step.total)}` : `${step.finished} of ${step.total}`;
  return `${step.title} [${bar}] ${String(Math.floor(share * 100)).padStart(3)} % ${amounts} ${elapsed}`.trimEnd();
}

/** Cut to the width of the terminal, so that one line stays one line. */
function fit(text: string, width: number): string {
  return text.length <= width ? text : text.slice(0, Math.max(0, width));
}
