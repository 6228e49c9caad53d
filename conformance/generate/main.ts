/** Writes conformance/vectors/ anew. With `--check` it writes nothing, and fails if what is there is another. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageRoot } from "../../src/helpers/root.js";
import { vectorFiles } from "./all.js";

const folder = join(packageRoot(), "conformance", "vectors");
const files = await vectorFiles();
const present = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
const stale = present.filter((path) => !files.has(path.slice(folder.length + 1)));
const differing = [...files].filter(([path, content]) => !present.includes(join(folder, path)) || Buffer.compare(readFileSync(join(folder, path)), content) !== 0);

if (process.argv.includes("--check")) {
  for (const path of [...stale, ...differing.map(([name]) => join(folder, name))]) process.stderr.write(`vectors: ${path} is not what is generated\n`);
  process.exitCode = stale.length + differing.length === 0 ? 0 : 1;
} else {
  for (const path of stale) rmSync(path);
  for (const [path, content] of differing) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  process.stdout.write(`${files.size - 1} vectors, ${differing.length} written, ${stale.length} removed\n`);
}
