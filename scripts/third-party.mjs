/**
 * The notices that licences ask for where a program is passed on as a binary: those of all crates and Go modules that are linked into helpers, and of Go's own library.
 *
 * Texts come from the sources that cargo and go have fetched for the build; equal ones stand once.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const LICENCE_FILE = /^(licen[cs]e|copying|copyright|notice|patents)/i;

/** @param root - the checkout. @returns one text, the same wherever it is made from the same lock files. */
export function thirdPartyNotices(root) {
  const parts = [...crates(root), ...goModules(root)].sort((one, other) => (one.name < other.name ? -1 : 1));
  const names = new Map();
  for (const { name, folder, licence } of parts) {
    for (const text of licenceTexts(folder, licence)) names.set(text, [...(names.get(text) ?? []), name]);
  }
  const blocks = [...names].map(([text, users]) => `${users.join(", ")}\n${"-".repeat(80)}\n${text}\n`);
  return `FlavorPack's native helpers contain these works. Each notice follows the names of the works that it belongs to.\n\n${blocks.join("\n\n")}`;
}

/** What launcher and builder link on the three systems: ordinary dependencies, and theirs. */
function crates(root) {
  const systems = ["x86_64-unknown-linux-musl", "aarch64-apple-darwin", "x86_64-pc-windows-gnu"].flatMap((target) => ["--filter-platform", target]);
  const metadata = JSON.parse(execFileSync("sh", [join(root, "build.sh"), "cargo", "metadata", "--format-version", "1", "--locked", ...systems], { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "inherit"] }));
  const packages = new Map(metadata.packages.map((one) => [one.id, one]));
  const dependencies = new Map(metadata.resolve.nodes.map((node) => [node.id, node.deps.filter((dep) => dep.dep_kinds.some(({ kind }) => kind === null)).map((dep) => dep.pkg)]));
  const linked = new Set();
  const queue = metadata.packages.filter(({ name }) => name === "flavor-launcher" || name === "flavor-builder").map(({ id }) => id);
  for (const id of queue) {
    if (linked.has(id)) continue;
    linked.add(id);
    queue.push(...(dependencies.get(id) ?? []));
  }
  return [...linked]
    .map((id) => packages.get(id))
    .filter(({ source }) => source !== null)
    .map(({ name, version, license, manifest_path: path }) => ({ name: `${name} ${version}`, licence: license, folder: dirname(path) }));
}

/** The same for Go, over the three systems; its library is a work of its own. */
function goModules(root) {
  const go = (os, ...args) => execFileSync("go", args, { cwd: join(root, "go"), encoding: "utf8", env: { ...process.env, CGO_ENABLED: "0", GOOS: os } }).trim();
  const nameAndFolder = "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}";
  const lines = ["linux", "darwin", "windows"].flatMap((os) => go(os, "list", "-deps", "-f", nameAndFolder, "./cmd/flavor-go-launcher", "./cmd/flavor-go-builder").split("\n"));
  const modules = [...new Set(lines.filter((line) => line !== ""))].map((line) => line.split("\t"));
  return [...modules.map(([name, folder]) => ({ name, folder })), { name: "Go's standard library", folder: go("linux", "env", "GOROOT") }];
}

/** @returns the texts of the licence files beside a source, or, where it brings none, the name of its licence. */
function licenceTexts(folder, licence = "") {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile() && LICENCE_FILE.test(entry.name));
  const texts = files.map((entry) => readFileSync(join(folder, entry.name), "utf8").replaceAll("\r\n", "\n").trim());
  return texts.length > 0 ? texts : [`Licence: ${licence}`];
}
