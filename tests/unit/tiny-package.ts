/** The smallest package that has everything: a stand-in for a launcher, an archive in frames, a raw file, an odd padding. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBlob } from "../../src/builder/blob.js";
import { buildPackage, type BuildInput, type BuildResult } from "../../src/builder/build.js";
import { openCompressor, SMALL_FRAME_BYTES } from "../../src/builder/compressor.js";
import { silentProgress } from "../../src/builder/progress.js";
import { formatOperations, type OperationChain } from "../../src/format/operations.js";
import { DEFAULT_MTIME_SECONDS } from "../../src/format/tar.js";
import { seedSigner } from "../../src/trust/keys.js";

export const SEED = "test";

export interface TinyPackage extends BuildResult {
  readonly path: string;
  readonly folder: string;
  remove(): Promise<void>;
}

/** @param changes - replace parts of what the builder is given. */
export async function tinyPackage(changes: Partial<BuildInput> = {}): Promise<TinyPackage> {
  const folder = await mkdtemp(join(tmpdir(), "tiny package Ü "));
  const launcher = Buffer.from("#!/bin/sh\nexit 0\n# FLAVOR-LAUNCHER\0rust\x000.0.1\0linux_amd64\0\n");
  const tree = join(folder, "tree");
  await mkdir(join(tree, "bin"), { recursive: true });
  await writeFile(join(tree, "bin", "hello"), "#!/bin/sh\necho hello\n", { mode: 0o755 });
  await writeFile(join(tree, "data é.txt"), "data\n");
  await symlink("bin/hello", join(tree, "link"));
  await writeFile(join(folder, "raw"), "12345");
  await writeFile(join(folder, "launcher"), launcher);
  const compressor = openCompressor(undefined, () => 0);
  const blob = (source: string, chain: OperationChain) =>
    makeBlob(source, chain, { file: `${source}.blob`, mtimeSeconds: DEFAULT_MTIME_SECONDS, compressor, compression: { level: 3, framePlainBytes: SMALL_FRAME_BYTES }, signal: new AbortController().signal, step: silentProgress.step("") });
  const [archive, raw] = [await blob(tree, ["TAR", "GZIP"]), await blob(join(folder, "raw"), [])];
  await compressor.close();
  const path = join(folder, "tiny.psp");
  const result = await buildPackage({
    metadata: {
      package: { name: "tiny", version: "1.0", sequence: 0 },
      execution: { argv: ["/bin/sh", "{workenv}/bin/hello"], command: "/bin/sh {workenv}/bin/hello", env: {}, primarySlot: 0 },
      build: { tool: "flavorpack", toolVersion: "0.0.1", timestamp: "1980-01-01T00:00:00Z", deterministic: true, os: "linux", arch: "amd64" },
    },
    slots: [
      { id: "tree", target: ".", operations: formatOperations(["TAR", "GZIP"]), purpose: "code", lifecycle: "runtime", blob: archive },
      { id: "raw", target: "raw", operations: "raw", purpose: "data", lifecycle: "runtime", blob: raw },
    ],
    launcher: { file: join(folder, "launcher"), tool: "flavor-rs-launcher", toolVersion: "0.0.1", platform: "linux_amd64", size: launcher.length, sha256: createHash("sha256").update(launcher).digest("hex") },
    signer: seedSigner(SEED),
    sourceDateEpoch: undefined,
    output: path,
    signal: new AbortController().signal,
    ...changes,
  });
  return { ...result, path, folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
