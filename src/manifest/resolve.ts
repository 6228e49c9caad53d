/** From what was written to what is built: every default filled in, every value checked. Nothing after this meets an absent value. */
import { FlavorError } from "../format/error.js";
import { checkTarget } from "../format/path.js";
import type { ExecutionInput, ManifestInput, SetupInput } from "./input.js";
import { KEYS_WITHOUT_EFFECT } from "./input.js";
import type { Execution, Manifest, RuntimeEnvironment, SetupCommand } from "./manifest.js";
import { checkPlaceholders } from "./placeholders.js";
import type { Content } from "./program.js";
import { programWords, settleProgram } from "./program.js";
import { atKey, resolveSlots } from "./slots.js";

export interface ResolveRequest {
  /** Absolute folder that relative sources start at. */
  readonly base: string;
  /** The manifest's name, for messages. */
  readonly where: string;
  /** `--entry`: which of `execution.entries` is the default. */
  readonly entry?: string | undefined;
}

export interface ResolvedManifest {
  readonly manifest: Manifest;
  readonly warnings: readonly string[];
}

/** @throws FlavorError `manifest-invalid`, `placeholder-unknown`, `entry-missing`, `file-missing`, `path-unsafe`, `operation-unknown`. */
export async function resolveManifest(input: ManifestInput, request: ResolveRequest): Promise<ResolvedManifest> {
  const { where } = request;
  const warnings: string[] = [];
  const idle = KEYS_WITHOUT_EFFECT.filter((key) => Object.hasOwn(input, key));
  if (idle.length > 0) warnings.push(`${where}: ${idle.join(", ")} at the top of the manifest ${idle.length === 1 ? "has" : "have"} no effect`);
  const later = (input.slots ?? []).filter((slot) => slot.resolution !== undefined && slot.resolution !== "build");
  if (later.length > 0) warnings.push(`${where}: resolution of ${later.map((slot) => slot.id).join(", ")} has no effect: every slot is packed`);
  if (input.workenv?.name !== undefined) {
    throw new FlavorError("manifest-invalid", `${where}: workenv.name (a pinned workenv) is reserved and not supported by this version`, { hint: "remove it: the workenv is named by package, version and content" });
  }
  const slots = await resolveSlots(input.slots ?? [], request.base, where);
  const content: Content = { slots, hasSetup: (input.setup_commands ?? []).length > 0 };
  const execution = await resolveExecution(input.execution, content, request, warnings);
  const setupCommands = (input.setup_commands ?? []).map((command, position) => resolveSetup(command, `${where}: setup_commands[${position}]`));
  const runtimeEnv = resolveRuntimeEnvironment(input);
  const directories = (input.workenv?.directories ?? []).map(({ path, mode }, position) => {
    insideTree(path, `${where}: workenv.directories[${position}].path`);
    return { path, mode: fourDigits(mode ?? "0700") };
  });
  const workenv = { ...(directories.length > 0 ? { directories } : {}), ...(input.workenv?.env === undefined ? {} : { env: input.workenv.env }) };
  const manifest: Manifest = {
    package: {
      name: input.package.name,
      version: input.package.version,
      ...(input.package.description === undefined ? {} : { description: input.package.description }),
      sequence: input.package.sequence ?? 0,
    },
    execution,
    slots,
    ...(runtimeEnv === undefined ? {} : { runtimeEnv }),
    ...(Object.keys(workenv).length > 0 ? { workenv } : {}),
    ...(setupCommands.length > 0 ? { setupCommands } : {}),
    ...(input.cache_validation === undefined ? {} : { cacheValidation: input.cache_validation }),
    ...(input.requirements === undefined ? {} : { requirements: resolveRequirements(input.requirements) }),
    ...(input.verification?.minimum_level === undefined ? {} : { minimumLevel: input.verification.minimum_level }),
  };
  checkAllPlaceholders(manifest, where);
  return { manifest, warnings };
}

async function resolveExecution(input: ExecutionInput, content: Content, request: ResolveRequest, warnings: string[]): Promise<Execution> {
  const { where } = request;
  const settle = async (program: Parameters<typeof programWords>[0], key: string, args: readonly string[] = []): Promise<readonly string[]> => {
    const words = programWords(program, key);
    const settled = await settleProgram({ ...words, argv: [...words.argv, ...args] }, content, key);
    if (settled.warning !== undefined) warnings.push(settled.warning);
    return settled.argv;
  };
  const entries: Record<string, { readonly argv: readonly string[] }> = {};
  for (const [name, program] of Object.entries(input.entries ?? {})) entries[name] = { argv: await settle(program, `${where}: execution.entries.${name}`) };
  const names = Object.keys(entries);
  const named = input.argv !== undefined || input.command !== undefined;
  // An object has names that are numbers first, wherever they stand in the text.
  const number = names.length > 1 ? names.find((name) => /^[0-9]+$/.test(name)) : undefined;
  if (number !== undefined && !named && input.entry === undefined && request.entry === undefined) {
    throw new FlavorError("manifest-invalid", `${where}: execution.entry: missing, and entries of which one is called ${JSON.stringify(number)} have no order`, { hint: "name the default entry in execution.entry" });
  }
  const entry = request.entry ?? input.entry ?? (named ? undefined : names[0]);
  const chosen = entry === undefined ? undefined : entries[entry];
  if (request.entry !== undefined && chosen === undefined) {
    throw new FlavorError("entry-missing", `${where}: there is no entry ${JSON.stringify(request.entry)}`, { hint: names.length > 0 ? `the entries are ${names.join(", ")}` : "the manifest has no execution.entries" });
  }
  const isChosen = chosen !== undefined && (request.entry !== undefined || !named);
  const argv = isChosen ? [...chosen.argv, ...(input.args ?? [])] : await settle(input, `${where}: execution`, input.args);
  const primarySlot = input.primary_slot ?? 0;
  if (primarySlot > 0 && primarySlot >= content.slots.length) {
    throw new FlavorError("manifest-invalid", `${where}: execution.primary_slot: expected a slot below ${content.slots.length}, found ${primarySlot}`);
  }
  return { argv, ...(entry === undefined ? {} : { entry }), ...(names.length > 0 ? { entries } : {}), env: { ...input.environment, ...input.env }, primarySlot };
}

function resolveSetup(input: SetupInput, key: string): SetupCommand {
  if (typeof input === "string") return { type: "execute", argv: programWords({ command: input }, key).argv };
  switch (input.type) {
    case "execute":
      return { type: "execute", argv: programWords(input, key).argv };
    case "enumerate_and_execute":
      insideTree(input.enumerate.path, `${key}.enumerate.path`);
      return { type: "enumerate_and_execute", argv: programWords(input, key).argv, enumerate: input.enumerate };
    case "write_file":
      insideTree(input.path, `${key}.path`);
      return { type: "write_file", path: input.path, content: input.content, mode: fourDigits(input.mode ?? "0644") };
    case "chmod":
      insideTree(input.path, `${key}.path`);
      return { type: "chmod", path: input.path, mode: fourDigits(input.mode ?? "0755") };
  }
}

function resolveRequirements({ libc, libc_version: libcVersion }: NonNullable<ManifestInput["requirements"]>): NonNullable<Manifest["requirements"]> {
  return { ...(libc === undefined ? {} : { libc }), ...(libcVersion === undefined ? {} : { libcVersion }) };
}

function resolveRuntimeEnvironment(input: ManifestInput): RuntimeEnvironment | undefined {
  const env = input.runtime?.env;
  if (env === undefined || Object.keys(env).length === 0) return undefined;
  return { ...env };
}

/** Every text that the launcher fills placeholders in. The content of `write_file` is written as it is. */
function checkAllPlaceholders(manifest: Manifest, where: string): void {
  const check = (text: string, key: string) => checkPlaceholders(text, `${where}: ${key}`, manifest.slots.length);
  const checkValues = (values: Readonly<Record<string, string>> | undefined, key: string) => {
    for (const [name, value] of Object.entries(values ?? {})) check(value, `${key}.${name}`);
  };
  manifest.execution.argv.forEach((word, position) => check(word, `execution.argv[${position}]`));
  for (const [name, entry] of Object.entries(manifest.execution.entries ?? {})) entry.argv.forEach((word) => check(word, `execution.entries.${name}`));
  checkValues(manifest.execution.env, "execution.env");
  checkValues(manifest.workenv?.env, "workenv.env");
  checkValues(manifest.runtimeEnv?.set, "runtime.env.set");
  for (const directory of manifest.workenv?.directories ?? []) check(directory.path, "workenv.directories");
  for (const [position, command] of (manifest.setupCommands ?? []).entries()) {
    const words = "argv" in command ? command.argv : [command.path];
    words.forEach((word) => check(word, `setup_commands[${position}]`));
    if (command.type === "enumerate_and_execute") check(command.enumerate.path, `setup_commands[${position}].enumerate.path`);
  }
}

/** @throws FlavorError `path-unsafe` for a path outside the tree; placeholders stand for one harmless component. */
function insideTree(path: string, key: string): void {
  atKey(key, () => checkTarget(path.replace(/^\{workenv\}(?=\/|$)/, ".").replace(/\{[a-z_:0-9]+\}/g, "x")));
}

function fourDigits(mode: string): string {
  return mode.padStart(4, "0");
}
