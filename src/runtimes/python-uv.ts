/** CPython builds that uv manages: one that it has installed already, else one that it downloads into our cache. */
import { cp, mkdir, readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { platformName } from "../format/platform.js";
import type { PythonOffer, RuntimeContext } from "./python-source.js";
import { describeWish, fitsWish, fittingMinors, type PythonWish } from "./python-version.js";
import { findTool, runTool } from "./tool.js";

/** A download that cannot even start must not hold up the next source. */
const UV_PATIENCE = { UV_HTTP_RETRIES: "0", UV_HTTP_CONNECT_TIMEOUT: "5" };

/**
 * Offer a CPython that uv manages. uv itself must be on PATH: fetching it to learn that it cannot download Python would be wasted time.
 */
export async function offerUvPython(wish: PythonWish, context: RuntimeContext): Promise<PythonOffer> {
  const minor = fittingMinors(wish)[0];
  if (minor === undefined) return { refusal: `uv is not asked for ${describeWish(wish)}` };
  const uv = await findTool("uv", context.environment);
  if (uv === undefined) return { refusal: "uv is not on PATH" };
  const installs = join(context.cacheDir, "runtimes", "uv");
  const known = (await installedIn(installs, wish)) ?? (await installedIn(await uvFolder(uv, context), wish));
  if (known !== undefined) return offer(known, context);
  if (context.offline) return { refusal: "uv has no managed CPython that fits, and --offline was given" };
  await mkdir(installs, { recursive: true });
  const step = context.progress.step(`ask uv for CPython ${wish.version ?? minor}`);
  const result = await runTool(uv, ["python", "install", "--no-bin", "--install-dir", installs, wish.version ?? minor], { cwd: context.stagingDir, environment: { ...context.environment, ...UV_PATIENCE }, signal: context.signal });
  const fresh = await installedIn(installs, wish);
  step.done(fresh === undefined ? "not available" : fresh.version);
  if (fresh !== undefined) return offer(fresh, context);
  const reason = result.stderr.split("\n").map((line) => line.trim()).filter((line) => line !== "").at(-1) ?? `status ${result.status.toString()}`;
  return { refusal: `uv could not download CPython ${wish.version ?? minor} (${reason.replace(/^cause: /, "")})` };
}

async function uvFolder(uv: string, context: RuntimeContext): Promise<string> {
  const result = await runTool(uv, ["python", "dir"], { cwd: context.stagingDir, environment: context.environment, signal: context.signal });
  return result.status === 0 ? result.stdout.trim() : "";
}

interface Installed {
  readonly folder: string;
  readonly version: string;
}

/** uv names its folders `cpython-3.13.5-linux-x86_64-gnu`. The newest that fits wins. */
async function installedIn(folder: string, wish: PythonWish): Promise<Installed | undefined> {
  let names: string[];
  try {
    names = folder === "" ? [] : await readdir(folder);
  } catch {
    return undefined;
  }
  const found = names
    .map((name) => ({ name, version: /^cpython-(\d+\.\d+\.\d+)-(?:linux|macos)-\w+-(?:gnu|none)$/.exec(name)?.[1] }))
    .filter((entry): entry is { name: string; version: string } => entry.version !== undefined && fitsWish(entry.version, wish));
  for (const minor of fittingMinors(wish)) {
    const best = found.filter(({ version }) => version.startsWith(`${minor}.`)).sort((a, b) => Number(b.version.split(".")[2]) - Number(a.version.split(".")[2]))[0];
    if (best !== undefined) return { folder: await realpath(join(folder, best.name)), version: best.version };
  }
  return undefined;
}

function offer(installed: Installed, context: RuntimeContext): PythonOffer {
  return {
    candidate: {
      id: `cpython-${installed.version}-uv-${platformName(context.target)}`,
      version: installed.version,
      origin: `uv-managed CPython ${installed.version}`,
      relocate: false,
      fill: (folder) => cp(installed.folder, folder, { recursive: true, verbatimSymlinks: true }),
    },
  };
}
