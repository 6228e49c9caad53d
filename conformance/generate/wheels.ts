/** Vectors of spec/pspf-2025.md, "The wheel slot": a zip at the end of a package whose comment is the trailer. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeEntry, makeZip } from "./zip.js";
import { buildPackage } from "../../src/builder/build.js";
import { sha256, toHex } from "../../src/format/checksum.js";
import { seedSigner } from "../../src/trust/keys.js";
import { FAKE_LAUNCHER } from "./package.js";
import { INTACT, type PackageVector } from "./vector.js";

const CLAUSE = "pspf-2025.md#The wheel slot";

/** @param name - of the one file in the wheel: its length moves everything behind it. */
async function wheelPackage(name: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "conformance-wheel-"));
  try {
    await writeFile(join(folder, "launcher"), FAKE_LAUNCHER);
    await writeFile(join(folder, "wheel.zip"), makeZip([makeEntry(name, Buffer.from("print('ran')\n"))]));
    const output = join(folder, "wheel.psp");
    await buildPackage({
      metadata: {
        package: { name: "wheel", version: "1.0", sequence: 0 },
        execution: { argv: ["host:python3", "{workenv}/run.py"], command: "host:python3 {workenv}/run.py", env: {}, primarySlot: 0 },
        build: { tool: "flavorpack", toolVersion: "0.0.1", timestamp: "1980-01-01T00:00:00Z", deterministic: true, os: "linux", arch: "amd64" },
      },
      slots: [
        { id: "wheel", target: "wheel-1.0-py3-none-any.whl", operations: "raw", purpose: "wheel", lifecycle: "lazy", blob: { file: join(folder, "wheel.zip"), size: 0, originalSize: 0, sha256: "", mode: 0o644 } },
      ],
      launcher: { file: join(folder, "launcher"), tool: "flavor-rs-launcher", toolVersion: "0.0.1", platform: "linux_amd64", size: FAKE_LAUNCHER.length, sha256: toHex(sha256(FAKE_LAUNCHER)) },
      signer: seedSigner("test"),
      sourceDateEpoch: undefined,
      output,
      signal: new AbortController().signal,
    });
    return await readFile(output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function wheelVectors(): Promise<PackageVector[]> {
  return Promise.all(
    ["a.py", "abcdef.py", "package/__main__.py"].map(async (name, position) => ({
      name: `wheel_${position}`,
      description: `a wheel that holds ${name}: it ends where the trailer begins`,
      clause: CLAUSE,
      bytes: await wheelPackage(name),
      verify: INTACT,
    })),
  );
}
