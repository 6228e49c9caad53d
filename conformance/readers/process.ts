/**
 * A reader as a process: questions in, answers out, one process for all of them; its time and its memory are limited and measured.
 */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

export type Question = Readonly<Record<string, unknown>>;

/** `{ok}` or `{error}` as the reader said it; `{crash}` for an end, a time-out or a line that is no answer. */
export type ReaderAnswer = { readonly ok: unknown } | { readonly error: string } | { readonly crash: string };

export interface Implementation {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

interface Waiting {
  readonly resolve: (answer: ReaderAnswer) => void;
  readonly timer: NodeJS.Timeout;
}

/** One running reader. After a crash the next question starts it anew. */
export class Reader {
  readonly #implementation: Implementation;
  readonly #limitMs: number;
  #process: ChildProcessWithoutNullStreams | undefined;
  #errors = "";
  readonly #waiting: Waiting[] = [];
  /** The most memory that any process of this reader had resident, in KiB; 0 where the system does not say. */
  peakKib = 0;
  #endedCpuSeconds = 0;
  #cpuSeconds = 0;

  constructor(implementation: Implementation, limitMs: number) {
    this.#implementation = implementation;
    this.#limitMs = limitMs;
  }

  /** User and system time of all processes of this reader, as of the last answer; 0 where the system does not say. */
  get cpuSeconds(): number {
    return this.#endedCpuSeconds + this.#cpuSeconds;
  }

  get name(): string {
    return this.#implementation.name;
  }

  ask(question: Question): Promise<ReaderAnswer> {
    const child = this.#process ?? this.#start();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#errors = `no answer within ${this.#limitMs} ms`;
        child.kill("SIGKILL");
      }, this.#limitMs);
      this.#waiting.push({ resolve, timer });
      child.stdin.write(`${JSON.stringify(question)}\n`);
    });
  }

  #start(): ChildProcessWithoutNullStreams {
    const [command, ...args] = this.#implementation.command;
    const child = spawn(command, args, { stdio: "pipe" });
    this.#errors = "";
    child.stderr.on("data", (chunk: Buffer) => {
      this.#errors = `${this.#errors}${chunk.toString()}`.slice(-2000);
    });
    child.stdin.on("error", () => undefined);
    child.on("error", (error) => {
      this.#errors = error.message;
      this.#ended(child);
    });
    child.on("close", (code, signal) => {
      this.#errors = `ended with ${signal ?? String(code)}: ${this.#errors.trim()}`;
      this.#ended(child);
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.#settle(decode(line));
      if (this.#waiting.length === 0) this.#measure(child);
    });
    this.#process = child;
    return child;
  }

  /** Peak and time of the process so far: read while it still runs, because they are gone afterwards. */
  #measure(child: ChildProcessWithoutNullStreams): void {
    if (process.platform !== "linux" || child.pid === undefined) return;
    try {
      const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
      this.peakKib = Math.max(this.peakKib, Number(peak ?? "0"));
      // Fields 14 and 15, counted from the name in brackets, in ticks of a hundredth of a second.
      const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
      this.#cpuSeconds = (Number(fields[11]) + Number(fields[12])) / 100;
    } catch {
      return;
    }
  }

  #settle(answer: ReaderAnswer): void {
    const first = this.#waiting.shift();
    if (first === undefined) return;
    clearTimeout(first.timer);
    first.resolve(answer);
  }

  /** What was asked and not answered counts as a crash. The next question starts another process. */
  #ended(child: ChildProcessWithoutNullStreams): void {
    if (this.#process !== child) return;
    this.#process = undefined;
    this.#endedCpuSeconds += this.#cpuSeconds;
    this.#cpuSeconds = 0;
    while (this.#waiting.length > 0) this.#settle({ crash: this.#errors });
  }

  async close(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    this.#process = undefined;
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.stdin.end();
    await ended;
  }
}

function decode(line: string): ReaderAnswer {
  try {
    const answer: unknown = JSON.parse(line);
    if (typeof answer === "object" && answer !== null && ("ok" in answer || ("error" in answer && typeof answer.error === "string"))) return answer as ReaderAnswer;
  } catch {
    return { crash: `not an answer: ${line.slice(0, 200)}` };
  }
  return { crash: `not an answer: ${line.slice(0, 200)}` };
}
