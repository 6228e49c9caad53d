/** How programs end, and what reaches them while they run. Source: spec/launch.md, "Execution". */
import { first, prints, same, type Fault } from "../expect.js";
import type { Behaviour, Pair } from "../pair.js";
import { run } from "../program.js";

const SPAWN = { FLAVOR_EXEC_MODE: "spawn" };
const SIGNALS = { HUP: 1, INT: 2, QUIT: 3, KILL: 9, USR1: 10, SEGV: 11, PIPE: 13, TERM: 15 } as const;

/** All 256 in one shell: the shell looks at each, and says which came out wrong. */
async function everyStatus(pair: Pair, environment: Readonly<Record<string, string>>): Promise<Fault> {
  const file = await pair.package("probe");
  const script = 'n=0; while [ $n -le 255 ]; do "$0" exit $n; s=$?; [ $s = $n ] || echo "$n became $s"; n=$((n + 1)); done';
  const outcome = await run("/bin/sh", { args: ["-c", script, file], env: { PATH: "/usr/bin:/bin", HOME: pair.home, FLAVOR_CACHE: pair.cache, ...environment } });
  return prints(outcome, "");
}

function dies(mode: "exec" | "spawn"): Behaviour {
  const check = async (pair: Pair): Promise<Fault> => {
    for (const [name, number] of Object.entries(SIGNALS)) {
      const { status, signal } = await pair.probe(["die", name], mode === "spawn" ? { env: SPAWN } : {});
      const fault = same({ status, signal }, mode === "exec" ? { status: undefined, signal: `SIG${name}` } : { status: 128 + number, signal: undefined });
      if (fault !== undefined) return `SIG${name}: ${fault}`;
    }
    return undefined;
  };
  return { row: `endings: death by signal, ${mode} mode`, check };
}

/** What is sent to the process that was started reaches the program. */
function forwards(mode: "exec" | "spawn"): Behaviour {
  const check = async (pair: Pair): Promise<Fault> => {
    for (const name of ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "WINCH", "CONT"]) {
      const outcome = await pair.probe(["trap", name], { onReady: (pid) => process.kill(pid, `SIG${name}`), ...(mode === "spawn" ? { env: SPAWN } : {}) });
      const fault = same({ status: outcome.status, stdout: outcome.stdout }, { status: 7, stdout: "ready\ncaught\n" });
      if (fault !== undefined) return `SIG${name}: ${fault}`;
    }
    return undefined;
  };
  return { row: `signals: reach the program, ${mode} mode`, check };
}

/** Signals that the caller ignores stay ignored, and none is blocked or caught. */
async function dispositions(pair: Pair, environment: Readonly<Record<string, string>>): Promise<Fault> {
  const file = await pair.package("probe");
  const env = { PATH: "/usr/bin:/bin", HOME: pair.home, FLAVOR_CACHE: pair.cache, ...environment };
  const script = "trap '' PIPE USR1 TERM QUIT HUP; exec \"$@\"";
  const bare = await run("/bin/sh", { args: ["-c", script, "sh", "/bin/sh", "-c", "grep -E '^Sig(Blk|Ign|Cgt):' /proc/self/status"], env });
  const packed = await run("/bin/sh", { args: ["-c", script, "sh", file, "signals"], env });
  return first(same(packed.stdout, bare.stdout), same(packed.stderr, ""));
}

/** The soft limit of open files is the caller's. */
async function limits(pair: Pair): Promise<Fault> {
  const file = await pair.package("probe");
  const outcome = await run("/bin/sh", { args: ["-c", 'ulimit -S -n 200; exec "$0" limit', file], env: { PATH: "/usr/bin:/bin", HOME: pair.home, FLAVOR_CACHE: pair.cache } });
  return prints(outcome, "200\n");
}

/** What is open is what the caller left open: nothing of the launcher's. */
async function descriptors(pair: Pair, environment: Readonly<Record<string, string>>): Promise<Fault> {
  const bare = await run("/bin/sh", { args: ["-c", "ls -1 /proc/self/fd | tr '\\n' ' '"], env: { PATH: "/usr/bin:/bin" } });
  return prints(await pair.probe(["descriptors"], { env: environment }), bare.stdout);
}

export const ENDINGS: readonly Behaviour[] = [
  { row: "endings: exit codes 0 to 255, exec mode", check: (pair) => everyStatus(pair, {}) },
  { row: "endings: exit codes 0 to 255, spawn mode", check: (pair) => everyStatus(pair, SPAWN) },
  dies("exec"),
  dies("spawn"),
  forwards("exec"),
  forwards("spawn"),
  { row: "signals: dispositions and mask are the caller's, exec mode", check: (pair) => dispositions(pair, {}) },
  { row: "signals: dispositions and mask are the caller's, spawn mode", check: (pair) => dispositions(pair, SPAWN) },
  { row: "execution: limit of open files is the caller's", check: limits },
  { row: "execution: no descriptor is left open, exec mode", check: (pair) => descriptors(pair, {}) },
  { row: "execution: no descriptor is left open, spawn mode", check: (pair) => descriptors(pair, SPAWN) },
  { row: "execution: stdin, stdout and stderr are the program's", check: async (pair) => first(prints(await pair.probe(["input"], { input: "text\n" }), "text\n"), same((({ stdout, stderr }) => ({ stdout, stderr }))(await pair.probe(["both"])), { stdout: "out\n", stderr: "err\n" })) },
  { row: "execution: exec mode leaves no process between", check: async (pair) => prints(await pair.probe(["parent"]), `${process.pid}\n`) },
  { row: "execution: SPAWN in any case of letters", check: async (pair) => { const { stdout } = await pair.probe(["parent"], { env: { FLAVOR_EXEC_MODE: "Spawn" } }); return stdout === `${process.pid}\n` ? "the program is this process's own child" : undefined; } },
];
