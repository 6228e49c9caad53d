/**
 * The programs of a project: `bin` in file order, else `main`; `--entry` names the default one or brings its own.
 */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { FlavorError } from "../../format/error.js";
import { isFile } from "../../runtimes/presence.js";
import { projectPath, unscopedName, type NodeProject } from "./project.js";
import { findSource, needsCompiling, outputPath, type BuildFolders } from "./typescript-project.js";

export interface Entry {
  /** By which it is called. */
  readonly name: string;
  /** The file as the project has it; relative. */
  readonly source: string;
  /** The file that is started; relative to the application's folder. */
  readonly file: string;
  /** Words between Node and the file, from a `#!` line such as `#!/usr/bin/env -S node --no-warnings`. */
  readonly flags: readonly string[];
  /** The file is executed as it is: a native program, or a script for another interpreter. */
  readonly direct: boolean;
}

export interface Entries {
  /** The default one first; never empty. */
  readonly list: readonly Entry[];
  /** How sources map to outputs; the same for all. */
  readonly folders: BuildFolders;
  /** Outputs that were not built and are compiled from their source. */
  readonly unbuilt: readonly string[];
}

const IN_PLACE: BuildFolders = { root: "", out: "" };

/**
 * Find the programs of a project.
 *
 * @param asked - `--entry`: the name of a `bin`, or a file.
 * @throws FlavorError `entry-missing`, naming what was looked for.
 */
export async function findEntries(project: NodeProject, asked: string | undefined): Promise<Entries> {
  const wanted = await wantedFiles(project, asked);
  const list: Entry[] = [];
  const unbuilt: string[] = [];
  let folders = IN_PLACE;
  for (const { name, file, key } of wanted) {
    const present = await existingFile(project.folder, file);
    if (present !== undefined) {
      list.push({ name, source: present, file: outputPath(present, IN_PLACE), ...(await startOf(join(project.folder, present))) });
      continue;
    }
    const found = await findSource(project.folder, file);
    if (found === undefined) throw missing(project, file, key);
    if (outputPath(found.source, found.folders) !== file) throw missing(project, file, key);
    if (folders !== IN_PLACE && (folders.out !== found.folders.out || folders.root !== found.folders.root)) throw missing(project, file, key);
    folders = found.folders;
    unbuilt.push(file);
    list.push({ name, source: found.source, file, ...(await startOf(join(project.folder, found.source))) });
  }
  // An entry that is TypeScript in the folder that is compiled elsewhere moves with it.
  return { list: list.map((entry) => (needsCompiling(entry.source) ? { ...entry, file: outputPath(entry.source, folders) } : entry)), folders, unbuilt };
}

interface Wanted {
  readonly name: string;
  readonly file: string;
  /** Where it stands, for messages. */
  readonly key: string;
}

async function wantedFiles(project: NodeProject, asked: string | undefined): Promise<readonly Wanted[]> {
  const bins: readonly Wanted[] = project.bins.map(({ name, file }) => ({ name, file, key: `bin ${JSON.stringify(name)}` }));
  const own = unscopedName(project.name);
  if (asked !== undefined) {
    const bin = bins.find((each) => each.name === asked);
    if (bin !== undefined) return [bin, ...bins.filter((each) => each !== bin)];
    const file = projectPath(asked, "--entry");
    if ((await existingFile(project.folder, file)) === undefined && !/[/.]/u.test(asked)) {
      const names = bins.map((each) => each.name);
      throw new FlavorError("entry-missing", `there is no entry ${JSON.stringify(asked)}: ${names.length === 0 ? "package.json has no bin" : `bin has ${names.join(", ")}`}, and no file has that name`);
    }
    return [{ name: own, file, key: "--entry" }, ...bins.filter((each) => each.name !== own)];
  }
  if (bins.length > 0) return bins;
  if (project.main !== undefined) return [{ name: own, file: projectPath(project.main, "main"), key: "main" }];
  for (const file of ["index.js", "index.mjs", "index.ts", "index.mts"]) {
    if ((await existingFile(project.folder, file)) !== undefined) return [{ name: own, file, key: "index" }];
  }
  const started = /^(?:node|tsx|ts-node)\s+(?:-\S+\s+)*([^\s-]\S*\.[mc]?[jt]sx?)(?:\s|$)/u.exec(project.scripts["start"] ?? "")?.[1];
  throw new FlavorError("entry-missing", "the program to start is not known: package.json has neither bin nor main, and there is no index.js or index.ts", {
    hint: started === undefined ? 'add "bin": "src/cli.ts" to package.json, or give --entry FILE' : `"npm start" runs ${started}: give --entry ${started}, or add "bin": "${started}" to package.json`,
  });
}

/** As Node resolves `main`: the file, with an extension, or the folder's index. */
async function existingFile(folder: string, file: string): Promise<string | undefined> {
  const candidates = [file, ...[".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx"].map((extension) => `${file}${extension}`), `${file}/index.js`, `${file}/index.ts`];
  for (const candidate of candidates) {
    if (await isFile(join(folder, candidate))) return candidate;
  }
  return undefined;
}

function missing(project: NodeProject, file: string, key: string): FlavorError {
  const build = project.scripts["build"];
  return new FlavorError("entry-missing", `${file} (${key} in package.json) does not exist, and no TypeScript source was found that it is built from`, {
    hint: build === undefined ? `point ${key} at a file of the project; TypeScript is compiled while packing` : `run "npm run build" first (it runs ${JSON.stringify(build)}), or point ${key} at the TypeScript source`,
    details: { file },
  });
}

/** How a file is started, by its first line. */
export async function startOf(path: string): Promise<Pick<Entry, "flags" | "direct">> {
  const handle = await open(path, "r");
  try {
    const bytes = Buffer.alloc(512);
    const { bytesRead } = await handle.read(bytes, 0, 512, 0);
    const magic = bytesRead < 4 ? 0 : bytes.readUInt32BE(0);
    if (magic === 0x7f454c46 || magic === 0xcffaedfe || magic === 0xcafebabe || magic >>> 16 === 0x4d5a) return { flags: [], direct: true };
    const line = /^#!\s*(.*)/u.exec(bytes.toString("utf8", 0, bytesRead))?.[1]?.trim();
    if (line === undefined) return { flags: [], direct: false };
    const words = line.split(/\s+/u).filter((word) => word !== "-S" && !/(?:^|\/)env$/u.test(word));
    const [interpreter = "", ...flags] = words;
    if (/(?:^|\/)(?:node|nodejs)$/u.test(interpreter)) return { flags: usefulFlags(flags), direct: false };
    return { flags: [], direct: !/(?:^|\/)(?:tsx|ts-node|ts-node-esm|bun|deno)$/u.test(interpreter) };
  } finally {
    await handle.close();
  }
}

/** Options whose value is the next word. */
const WITH_VALUE = new Set(["--import", "--require", "-r", "--loader", "--experimental-loader", "--conditions", "-C", "--env-file"]);

/** Without what made Node read TypeScript: packing has compiled it. */
function usefulFlags(words: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (!word.startsWith("-")) break;
    const pair = WITH_VALUE.has(word) ? [word, words[(at += 1)] ?? ""] : [word];
    const compiles = /^(?:--import|--require|-r|--loader|--experimental-loader)$/u.test(word) ? /^(?:tsx|ts-node|@swc-node|esbuild-register)/u.test(pair[1] ?? "") : /^--experimental-(?:strip|transform)-types$|=(?:tsx|ts-node)/u.test(word);
    if (!compiles) kept.push(...pair);
  }
  return kept;
}
