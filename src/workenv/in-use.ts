/**
 * Who uses a workenv. Linux tells through /proc; elsewhere only the PID text of a lock file is known, and a workenv counts as free.
 */
import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * @param trees - absolute paths of workenvs.
 * @returns for each tree in use, the processes whose program, working directory, arguments or FLAVOR_WORKENV lie in it.
 */
export async function processesUsing(trees: readonly string[]): Promise<Map<string, number[]>> {
  const users = new Map<string, number[]>();
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  for (const pid of pids) {
    const places = await processPlaces(`/proc/${pid}`);
    for (const tree of trees) {
      if (places.some((place) => place === tree || place.startsWith(`${tree}/`))) users.set(tree, [...(users.get(tree) ?? []), Number(pid)]);
    }
  }
  return users;
}

async function processPlaces(folder: string): Promise<string[]> {
  const link = (name: string) => readlink(join(folder, name)).catch(() => "");
  const words = (name: string) => readFile(join(folder, name), "utf8").then((text) => text.split("\0"), () => []);
  const [program, cwd, argv, environment] = await Promise.all([link("exe"), link("cwd"), words("cmdline"), words("environ")]);
  const workenv = environment.find((variable) => variable.startsWith("FLAVOR_WORKENV="));
  return [program, cwd, ...argv, ...(workenv === undefined ? [] : [workenv.slice("FLAVOR_WORKENV=".length)])];
}

/**
 * @param path - a lock file (`instance/extract/lock` or `tmp/PID/lock`).
 * @returns whether a process holds its kernel lock. Where the kernel does not list locks, whether the process named in it lives.
 */
export async function isLocked(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return false;
  const locks = await readFile("/proc/locks", "latin1").catch(() => undefined);
  // Device numbers of /proc/locks and stat differ on some file systems, so the inode alone decides: better a lock too many than one too few.
  if (locks !== undefined) return locks.split("\n").some((line) => new RegExp(`\\s[0-9a-f]+:[0-9a-f]+:${found.ino}\\s`).test(line));
  const pid = Number.parseInt(await readFile(path, "latin1").catch(() => ""), 10);
  return Number.isSafeInteger(pid) && pid > 0 && processLives(pid);
}

/** @returns whether there is a process of this id, whoever owns it. */
export function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
