/** Running a program: everything that it did, as bytes, within a time limit. */
import { spawn } from "node:child_process";

export interface RunOptions {
  readonly args?: readonly string[];
  /** The whole environment; nothing of the caller's own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly argv0?: string;
  readonly cwd?: string;
  readonly input?: string;
  /** Called with the first bytes on stdout, to act while the program runs. */
  readonly onReady?: (pid: number) => void;
}

export interface Outcome {
  /** Undefined after a signal. */
  readonly status: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Buffer;
}

const LIMIT_MS = 60_000;

export function run(file: string, options: RunOptions = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, options.args ?? [], { env: options.env ?? {}, stdio: "pipe", cwd: options.cwd, timeout: LIMIT_MS, killSignal: "SIGKILL", ...(options.argv0 === undefined ? {} : { argv0: options.argv0 }) });
    const out: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => {
      if (out.length === 0 && child.pid !== undefined) options.onReady?.(child.pid);
      out.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
    child.on("error", reject);
    child.on("close", (status, signal) => {
      const bytes = Buffer.concat(out);
      resolve({ status: status ?? undefined, signal: signal ?? undefined, stdout: bytes.toString(), stderr: Buffer.concat(errors).toString(), bytes });
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
  });
}
