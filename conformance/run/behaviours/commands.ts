/** FLAVOR_LAUNCHER_CLI and FLAVOR_LOG_LEVEL. Source: spec/launch.md, "FLAVOR_LAUNCHER_CLI" and "Messages". */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { first, matches, prints, refuses, same, type Fault } from "../expect.js";
import type { Behaviour, Pair } from "../pair.js";
import type { Outcome } from "../program.js";

const CLI = { FLAVOR_LAUNCHER_CLI: "1" };

/** A command of the launcher in `prepared`. */
function command(row: string, args: readonly string[], check: (outcome: Outcome, pair: Pair) => Fault, env: Readonly<Record<string, string>> = CLI): Behaviour {
  return { row: `FLAVOR_LAUNCHER_CLI: ${row}`, check: async (pair) => check(await pair.start(await pair.package("prepared"), { args, env }), pair) };
}

/** The same as JSON: one document that has these members. */
function json(name: string, members: readonly string[], args: readonly string[] = [name]): Behaviour {
  return command(`${name} --json`, [...args, "--json"], ({ status, stdout, stderr }) => {
    const document = JSON.parse(stdout) as object;
    return first(same({ status, stderr }, { status: 0, stderr: "" }), same(members.filter((member) => !(member in document)), []));
  });
}

function says(pattern: RegExp): (outcome: Outcome) => Fault {
  return ({ status, stdout, stderr }) => first(same({ status, stderr }, { status: 0, stderr: "" }), matches(stdout, pattern));
}

async function extracts(pair: Pair): Promise<Fault> {
  const file = await pair.package("prepared");
  const folder = pair.freshCache();
  const extract = (slot: string, place: string) => pair.start(file, { args: ["extract", slot, place], env: CLI });
  const archive = await extract("tree", join(folder, "tree"));
  const single = await extract("3", join(folder, "single"));
  const again = await extract("3", join(folder, "single"));
  return first(
    same([archive.status, single.status], [0, 0]),
    same(existsSync(join(folder, "tree", "bin", "show")), true),
    same(readFileSync(join(folder, "single", "gzipped.txt"), "utf8"), "text\n"),
    refuses(again, 106, "output-exists"),
    refuses(await extract("nowhere", folder), 105, "arguments-invalid"),
  );
}

async function verifiesDamage(pair: Pair): Promise<Fault> {
  const file = pair.copy(await pair.package("plain"), "verified.psp");
  const bytes = readFileSync(file);
  const at = bytes.lastIndexOf("12345");
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  const { status, stdout } = await pair.start(file, { args: ["verify"], env: CLI });
  return first(same(status, 13), matches(stdout, /\[slot-digest-wrong\]/));
}

async function bareLauncher(pair: Pair): Promise<Fault> {
  const name = `flavor-${pair.launcher.name === "rust" ? "rs" : "go"}-launcher`;
  const asked = await pair.start(pair.launcher.path, { args: ["version"], env: CLI });
  return first(
    says(new RegExp(`^${name} [0-9][^ ]* linux_(amd64|arm64)\\n$`))(asked),
    refuses(await pair.start(pair.launcher.path), 102, "not-a-package"),
  );
}

const DOCUMENT = /^\{"build":.*\}\n$/;

async function logLevels(pair: Pair): Promise<Fault> {
  const file = await pair.package("plain");
  const fails = (level: string) => pair.start(file, { env: { FLAVOR_LOG_LEVEL: level, FLAVOR_VALIDATION: "canary" } });
  const starts = (level: string) => pair.start(file, { env: { FLAVOR_LOG_LEVEL: level } });
  const silent = await fails("off");
  const asJson = await fails("json");
  const error = JSON.parse(asJson.stderr) as Readonly<Record<string, unknown>>;
  const faults = [same({ status: silent.status, stderr: silent.stderr }, { status: 109, stderr: "" }), same([error["level"], error["code"], typeof error["message"]], ["error", "level-unknown", "string"])];
  for (const level of ["warn", "error", "off", "json", "json:warn", "nonsense", ""]) faults.push(prints(await starts(level), "ran\n"));
  for (const level of ["trace", "debug", "DEBUG"]) {
    const { stdout, stderr } = await starts(level);
    faults.push(same(stdout, "ran\n"), stderr === "" ? `nothing on stderr at level ${level}` : undefined);
  }
  const lines = (await starts("json:trace")).stderr.trim().split("\n");
  faults.push(same(lines.every((line) => typeof JSON.parse(line) === "object"), true));
  return first(...faults);
}

async function warns(pair: Pair): Promise<Fault> {
  const file = await pair.package("plain", "--unsigned");
  const plain = await pair.start(file);
  const asJson = await pair.start(file, { env: { FLAVOR_LOG_LEVEL: "json" } });
  const warning = JSON.parse(asJson.stderr) as Readonly<Record<string, unknown>>;
  return first(matches(plain.stderr, /^flavor: warning: [^\n]+ \[unsigned\]\n$/), same([warning["level"], warning["code"]], ["warn", "unsigned"]), prints(await pair.start(file, { env: { FLAVOR_LOG_LEVEL: "error" } }), "ran\n"));
}

export const COMMANDS: readonly Behaviour[] = [
  command("info", ["info"], says(/prepared[\s\S]*1\.0[\s\S]*tar\.gz/)),
  command("no command is info", [], says(/prepared[\s\S]*1\.0[\s\S]*tar\.gz/)),
  command("verify", ["verify"], says(/seal|signature/)),
  { row: "FLAVOR_LAUNCHER_CLI: verify of a damaged slot", check: verifiesDamage },
  command("metadata", ["metadata"], says(DOCUMENT)),
  { row: "FLAVOR_LAUNCHER_CLI: extract", check: extracts },
  command("run", ["run", "a", "b"], (outcome) => prints(outcome, "[line][two words]\n[command]\n[each][a.txt]\n[each][b.txt]\n")),
  command("trust", ["trust"], says(/SHA256:[A-Za-z0-9+/]{43}/)),
  command("cache", ["cache"], (outcome, pair) => says(new RegExp(pair.cache))(outcome)),
  command("version", ["version"], says(/^flavor-(rs|go)-launcher [0-9][^ ]* linux_(amd64|arm64)\n$/)),
  { row: "FLAVOR_LAUNCHER_CLI: version and start of a launcher without package", check: bareLauncher },
  command("help", ["help"], says(/info[\s\S]*verify[\s\S]*extract SLOT DIR[\s\S]*trust/)),
  command("TRUE in place of 1", ["version"], says(/^flavor-/), { FLAVOR_LAUNCHER_CLI: "true" }),
  command("an unknown command", ["explode"], (outcome) => refuses(outcome, 105, "arguments-invalid")),
  command("extract without a place", ["extract", "tree"], (outcome) => refuses(outcome, 105, "arguments-invalid")),
  command("0 is a start", ["info"], (outcome) => same(outcome.stdout.startsWith("[line]"), true), { FLAVOR_LAUNCHER_CLI: "0" }),
  json("info", ["name", "version", "package_id", "slots"]),
  json("verify", ["checks"]),
  json("metadata", ["package", "slots"]),
  json("trust", []),
  json("cache", []),
  json("version", ["name", "version", "platform"]),
  json("help", ["help"]),
  { row: "messages: FLAVOR_LOG_LEVEL", check: logLevels },
  { row: "messages: a warning, as text and as JSON", check: warns },
];
