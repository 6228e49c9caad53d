/**
 * Conformance: what one implementation does, all do (conformance/protocol.md).
 *
 *   node dist/conformance/conformance/run.js [--json] [vectors] [bytes] [behaviours]
 *
 * Prints the matrix and ends with `N passed, N failed`. Exit status 1 on a failure, and on Linux on a cell that was skipped too.
 */
import { runBehaviours } from "./run/behaviours.js";
import { READERS } from "./run/implementations.js";
import { Matrix } from "./run/matrix.js";
import { runSameBytes } from "./run/same-bytes.js";
import { runVectors } from "./run/vectors.js";

const PARTS: Readonly<Record<string, (matrix: Matrix) => Promise<void>>> = {
  vectors: (matrix) => runVectors(READERS, matrix),
  bytes: runSameBytes,
  behaviours: runBehaviours,
};

const words = process.argv.slice(2);
const asJson = words.includes("--json");
const chosen = words.filter((word) => word !== "--json");
const unknown = chosen.find((word) => !Object.hasOwn(PARTS, word));
if (unknown !== undefined) {
  process.stderr.write(`conformance: unknown part ${unknown}: expected ${Object.keys(PARTS).join(", ")}\n`);
  process.exit(2);
}

const matrix = new Matrix();
for (const [name, part] of Object.entries(PARTS)) {
  if (chosen.length === 0 || chosen.includes(name)) await part(matrix);
}
const failed = matrix.count("failed");
const skipped = matrix.count("skipped");
if (asJson) {
  process.stdout.write(`${JSON.stringify({ passed: matrix.count("passed"), failed, skipped, checks: matrix.checks }, null, 1)}\n`);
} else {
  process.stdout.write(`${matrix.render()}\n\n${skipped > 0 ? `${skipped} skipped\n` : ""}${matrix.count("passed")} passed, ${failed} failed\n`);
}
process.exitCode = failed > 0 || (skipped > 0 && process.platform === "linux") ? 1 : 0;
