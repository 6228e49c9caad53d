/** A terminal that writes down what it is told. */
import picocolors from "picocolors";
import { logSettings, type Terminal } from "../../../src/cli/terminal.js";

export interface RecordedTerminal extends Terminal {
  readonly stdout: string[];
  readonly stderr: string[];
}

export function recordedTerminal(options: { readonly terminal?: boolean; readonly logLevel?: string } = {}): RecordedTerminal {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const colors = picocolors.createColors(false);
  return {
    stdout,
    stderr,
    out: (text) => stdout.push(text),
    err: (text) => stderr.push(text),
    outColors: colors,
    errColors: colors,
    errIsTerminal: options.terminal ?? false,
    columns: () => 60,
    log: logSettings(options.logLevel),
  };
}
