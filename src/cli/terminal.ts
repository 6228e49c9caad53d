/** The streams, what they can show, and what the user wants to hear. */
import picocolors from "picocolors";

export type Colors = ReturnType<typeof picocolors.createColors>;

/** FLAVOR_LOG_LEVEL as far as the CLI goes: whether warnings and causes are told, and in which form. */
export interface LogSettings {
  readonly warnings: boolean;
  /** Causes and stack traces. */
  readonly causes: boolean;
  readonly json: boolean;
}

/** The process as commands see it; tests give their own. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly outColors: Colors;
  readonly errColors: Colors;
  readonly errIsTerminal: boolean;
  /** Width of the terminal on stderr. */
  readonly columns: () => number;
  readonly log: LogSettings;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * NO_COLOR (any value that is not empty) forbids, FORCE_COLOR (anything but empty, 0 and false) demands, otherwise a terminal decides.
 *
 * @returns whether a stream gets colours.
 */
export function wantsColor(environment: Environment, isTerminal: boolean): boolean {
  if ((environment["NO_COLOR"] ?? "") !== "") return false;
  const forced = environment["FORCE_COLOR"];
  if (forced !== undefined && forced !== "") return forced !== "0" && forced !== "false";
  return isTerminal && environment["TERM"] !== "dumb";
}

/** @param text - FLAVOR_LOG_LEVEL; what is not a level counts as `warn`. */
export function logSettings(text: string | undefined): LogSettings {
  const [first = "", second] = (text ?? "").toLowerCase().split(":");
  const json = first === "json";
  const level = json ? (second ?? "warn") : first;
  return { json, warnings: level !== "off" && level !== "error", causes: level === "debug" || level === "trace" };
}

/** @returns the process's own terminal. */
export function processTerminal(process: NodeJS.Process): Terminal {
  const { stdout, stderr, env } = process;
  return {
    out: (text) => stdout.write(text),
    err: (text) => stderr.write(text),
    outColors: picocolors.createColors(wantsColor(env, stdout.isTTY)),
    errColors: picocolors.createColors(wantsColor(env, stderr.isTTY)),
    errIsTerminal: stderr.isTTY && env["TERM"] !== "dumb",
    // A terminal that does not know its size says 0.
    columns: () => (stderr.isTTY && stderr.columns > 0 ? stderr.columns : 80),
    log: logSettings(env["FLAVOR_LOG_LEVEL"]),
  };
}
