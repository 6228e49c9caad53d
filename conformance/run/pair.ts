/** A builder and a launcher: packages that the one makes, and that start with the other. */
import { copyFileSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../src/helpers/root.js";
import type { Implementation } from "../readers/process.js";
import type { Launcher } from "./implementations.js";
import { run, type Outcome, type RunOptions } from "./program.js";

const BEHAVIOURS = join(packageRoot(), "conformance", "behaviours");
export const KEY_SEED = "conformance";
const HOST_PATH = "/usr/bin:/bin";

export interface BuildOptions {
  readonly folder?: string;
  readonly manifest?: string;
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Build one package. @throws Error with what the builder said. */
export async function build(builder: Implementation, launcher: Launcher, output: string, { folder = BEHAVIOURS, manifest = "flavor.json", options = [], env = {} }: BuildOptions): Promise<void> {
  const [command, ...args] = builder.command;
  const signing = options.includes("--unsigned") ? [] : ["--key-seed", KEY_SEED];
  const outcome = await run(command, {
    args: [...args, manifest, "--output", output, "--launcher", launcher.path, ...signing, ...options],
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? HOST_PATH, HOME: join(output, ".."), ...env },
  });
  if (outcome.status !== 0) throw new Error(`${builder.name} cannot build ${folder}: ${outcome.signal ?? String(outcome.status)}: ${outcome.stderr.trim()}`);
}

export class Pair {
  readonly name: string;
  /** Where everything of this pair lies. */
  readonly folder: string;
  readonly launcher: Launcher;
  readonly #builder: Implementation;
  readonly #built = new Map<string, Promise<string>>();
  #caches = 0;

  constructor(builder: Implementation, launcher: Launcher, folder: string) {
    this.name = `${builder.name} x ${launcher.name}`;
    this.#builder = builder;
    this.launcher = launcher;
    this.folder = folder;
    mkdirSync(join(folder, "home"), { recursive: true });
  }

  /** @returns the path of a package of conformance/behaviours, built once. */
  package(name: string, ...options: string[]): Promise<string> {
    const key = [name, ...options].join(" ");
    const output = join(this.folder, `${name}${options.join("")}.psp`);
    const made = this.#built.get(key) ?? build(this.#builder, this.launcher, output, { folder: join(BEHAVIOURS, name), options }).then(() => output);
    this.#built.set(key, made);
    return made;
  }

  get home(): string {
    return join(this.folder, "home");
  }

  /** The cache that starts share unless they ask for one of their own. */
  get cache(): string {
    return join(this.folder, "cache");
  }

  /** @returns the path of a cache that is not there yet. */
  freshCache(): string {
    this.#caches += 1;
    return join(this.folder, `cache-${this.#caches}`);
  }

  /** Start a package with little more than a home, a PATH and a cache. */
  start(file: string, options: RunOptions = {}): Promise<Outcome> {
    return run(file, { cwd: this.folder, ...options, env: { PATH: HOST_PATH, HOME: this.home, FLAVOR_CACHE: this.cache, ...options.env } });
  }

  /** Start `probe`, or one of its other programs by the name it is called by. */
  async probe(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return this.start(await this.package("probe"), { ...options, args });
  }

  /** @returns the path of a link to `probe` with another name. */
  async called(name: string): Promise<string> {
    const link = join(this.folder, name);
    if (!existsSync(link)) symlinkSync(await this.package("probe"), link);
    return link;
  }

  /** @returns the path of a copy of a package that may be damaged. */
  copy(file: string, name: string): string {
    const copy = join(this.folder, name);
    copyFileSync(file, copy);
    return copy;
  }
}

/** One row of the matrix. */
export interface Behaviour {
  readonly row: string;
  /** @returns what was wrong, or undefined. */
  readonly check: (pair: Pair) => Promise<string | undefined>;
}
