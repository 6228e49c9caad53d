/** The program's environment, rule by rule. Source: spec/launch.md, "Environment". */
import { join } from "node:path";
import { first, same, type Fault } from "../expect.js";
import type { Behaviour, Pair } from "../pair.js";
import { workenvOf } from "./arguments.js";

/** @returns the environment that `env -0` sees. */
async function environment(pair: Pair, caller: Readonly<Record<string, string>>): Promise<Map<string, string> | string> {
  const outcome = await pair.start(await pair.called("probe-env"), { env: caller });
  if (outcome.status !== 0 || outcome.stderr !== "") return `status ${String(outcome.status)}, ${outcome.stderr}`;
  const entries = outcome.stdout.split("\0").filter((entry) => entry !== "");
  const names = entries.map((entry) => entry.slice(0, entry.indexOf("=")));
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) return `${twice} is set twice`;
  return new Map(entries.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]));
}

type Expected = Readonly<Record<string, string | undefined>>;

/** What the program sees of some variables; undefined for one that is not there. */
function sees(row: string, caller: Readonly<Record<string, string>>, expected: Expected | ((pair: Pair) => Expected)): Behaviour {
  const check = async (pair: Pair): Promise<Fault> => {
    const found = await environment(pair, caller);
    if (typeof found === "string") return found;
    const wanted = typeof expected === "function" ? expected(pair) : expected;
    return first(...Object.entries(wanted).map(([name, value]) => (found.get(name) === value ? undefined : `${name}: ${String(same(found.get(name), value))}`)));
  };
  return { row: `environment: ${row}`, check };
}

const OWN = ["FLAVOR_WORKENV", "FLAVOR_PACKAGE", "FLAVOR_VERSION", "FLAVOR_COMMAND_NAME", "FLAVOR_ORIGINAL_COMMAND"];

export const ENVIRONMENT: readonly Behaviour[] = [
  sees("the caller's is inherited", { PLAIN: "value", EMPTY: "", "odd.name-1": "x", UNICODE: "é😀", LINES: "a\nb=c" }, { PLAIN: "value", EMPTY: "", "odd.name-1": "x", UNICODE: "é😀", LINES: "a\nb=c" }),
  sees("unset: a name", { EXACT: "1", EXACTLY: "2" }, { EXACT: undefined, EXACTLY: "2" }),
  sees("unset: * in a glob", { SECRET_A: "1", SECRET_: "2", A_SECRET_B: "3" }, { SECRET_A: undefined, SECRET_: undefined, A_SECRET_B: "3" }),
  sees("unset: ? in a glob", { GONE: "1", GOE: "2", GOXXE: "3" }, { GONE: undefined, GOE: "2", GOXXE: "3" }),
  sees("pass wins over unset", { SECRET_KEPT: "kept" }, { SECRET_KEPT: "kept" }),
  sees("map renames", { OLD_NAME: "old" }, { OLD_NAME: undefined, NEW_NAME: "old" }),
  sees("map replaces", { OLD_NAME: "old", NEW_NAME: "new" }, { NEW_NAME: "old" }),
  sees("map of what is not there", { NEW_NAME: "new" }, { NEW_NAME: "new", NEVER: undefined }),
  sees("set", { FROM_RUNTIME: "caller" }, { FROM_RUNTIME: "runtime" }),
  sees("runtime, workenv, execution: the later one wins", { LAYER_1: "c", LAYER_2: "c", LAYER_3: "c" }, { LAYER_1: "runtime", LAYER_2: "workenv", LAYER_3: "execution" }),
  sees("execution.environment counts, env wins", {}, { FROM_EXECUTION: "execution", FROM_ENVIRONMENT: "environment", LAYER_3: "execution" }),
  sees("values are filled", {}, (pair) => ({ IN_PLACE: `${workenvOf(pair.cache, "probe")}/x:probe` })),
  sees("what the launcher says", {}, (pair) => ({
    FLAVOR_WORKENV: workenvOf(pair.cache, "probe"),
    FLAVOR_PACKAGE: "probe",
    FLAVOR_VERSION: "1.0",
    FLAVOR_COMMAND_NAME: "probe-env",
    FLAVOR_ORIGINAL_COMMAND: join(pair.folder, "probe-env"),
    FLAVOR_OS: "linux",
    FLAVOR_ARCH: process.arch === "x64" ? "amd64" : "arm64",
    FLAVOR_PLATFORM: `linux_${process.arch === "x64" ? "amd64" : "arm64"}`,
    FLAVOR_CACHE: pair.cache,
  })),
  sees("what an outer package said is not passed on", Object.fromEntries(OWN.map((name) => [name, "outer"])), (pair) => ({ FLAVOR_WORKENV: workenvOf(pair.cache, "probe"), FLAVOR_PACKAGE: "probe", FLAVOR_COMMAND_NAME: "probe-env" })),
  sees("what steers the launcher is not passed on", { FLAVOR_LAUNCHER_CLI: "", FLAVOR_EXEC_MODE: "exec", FLAVOR_DEV: "1" }, { FLAVOR_LAUNCHER_CLI: undefined, FLAVOR_EXEC_MODE: undefined, FLAVOR_DEV: undefined }),
  sees("other FLAVOR_ variables stay", { FLAVOR_VALIDATION: "standard", FLAVOR_LOG_LEVEL: "error", FLAVOR_OTHER: "x" }, { FLAVOR_VALIDATION: "standard", FLAVOR_LOG_LEVEL: "error", FLAVOR_OTHER: "x" }),
  sees("PATH gets the package's bin in front", { PATH: "/usr/bin:/bin" }, (pair) => ({ PATH: `${workenvOf(pair.cache, "probe")}/bin:/usr/bin:/bin` })),
  sees("an empty PATH becomes that alone", { PATH: "" }, (pair) => ({ PATH: `${workenvOf(pair.cache, "probe")}/bin` })),
  sees("HOME and XDG stay the user's", { XDG_DATA_HOME: "/x", XDG_CACHE_HOME: "/y" }, (pair) => ({ HOME: pair.home, XDG_DATA_HOME: "/x", XDG_CACHE_HOME: "/y" })),
];
