/**
 * Paths inside archives and targets of slots: one rule for builders, readers and launchers.
 *
 * Source: spec/operations.md, "Entry rules".
 */
import { DEVICE_NAMES, LIMIT_PATH_BYTES, LIMIT_PATH_DEPTH, STAMP_FILE } from "./constants.gen.js";
import { FlavorError } from "./error.js";

/**
 * Bring the path of an archive entry into its normal form.
 *
 * @param path - as stored; a leading `./` and a trailing `/` are allowed.
 * @returns components joined by `/`; the empty string for the root.
 * @throws FlavorError `path-unsafe`.
 */
export function checkEntryPath(path: string): string {
  const refuse = (why: string) => new FlavorError("path-unsafe", `path ${JSON.stringify(path)} ${why}`);
  if (path.includes("\0") || path.includes("\\")) throw refuse("holds a NUL or a backslash");
  if (!path.isWellFormed()) throw refuse("is not valid UTF-8");
  if (path.startsWith("/")) throw refuse("is absolute");
  if (Buffer.byteLength(path) > LIMIT_PATH_BYTES) throw refuse(`is longer than ${LIMIT_PATH_BYTES} bytes`);
  const normal = path.replace(/^\.\//, "").replace(/\/$/, "");
  if (normal === "" || normal === ".") return "";
  const parts = normal.split("/");
  if (parts.length > LIMIT_PATH_DEPTH) throw refuse(`is deeper than ${LIMIT_PATH_DEPTH}`);
  for (const part of parts) {
    if (part === "") throw refuse("has an empty component");
    if (part === "." || part === "..") throw refuse(`has a component ${JSON.stringify(part)}`);
  }
  if (parts[0] === STAMP_FILE) throw refuse("is a name that the workenv keeps for itself");
  return normal;
}

/**
 * The target of a slot: `.` or `{workenv}` for the root, else a path, with or without a leading `{workenv}/`.
 *
 * @returns the normal form; `.` for the root.
 * @throws FlavorError `path-unsafe`.
 */
export function checkTarget(target: string): string {
  const below = target === "{workenv}" ? "" : target.replace(/^\{workenv\}\//, "");
  const normal = checkEntryPath(below);
  return normal === "" ? "." : normal;
}

/**
 * @param path - normal path of the link itself.
 * @param target - its target as stored.
 * @throws FlavorError `link-unsafe` if it leaves the tree, by text alone.
 */
export function checkLinkTarget(path: string, target: string): void {
  const refuse = (why: string) => new FlavorError("link-unsafe", `link ${JSON.stringify(path)} -> ${JSON.stringify(target)} ${why}`);
  if (target === "" || target.includes("\0") || target.includes("\\") || !target.isWellFormed()) throw refuse("has an empty or unreadable target");
  if (target.startsWith("/")) throw refuse("is absolute");
  if (Buffer.byteLength(target) > LIMIT_PATH_BYTES) throw refuse(`is longer than ${LIMIT_PATH_BYTES} bytes`);
  let depth = path.split("/").length - 1;
  let descended = false;
  for (const part of target.split("/")) {
    if (part === "" || part === ".") continue;
    // What a name leads to may be another link: to climb from there is to climb from an unknown place.
    if (part === ".." && descended) throw refuse("climbs after a name");
    descended = part !== "..";
    if (part === "..") depth -= 1;
    if (depth < 0) throw refuse("points outside the tree");
  }
}

/**
 * The paths of one tree: refuses doubles and a file where a directory is.
 *
 * @see spec/operations.md, "Entry rules"
 */
export class PathSet {
  readonly #kinds = new Map<string, "directory" | "implied" | "leaf">();

  /** @throws FlavorError `entry-conflict`. */
  add(path: string, kind: "directory" | "leaf"): void {
    for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
      const parent = path.slice(0, slash);
      const known = this.#kinds.get(parent);
      if (known === "leaf") throw new FlavorError("entry-conflict", `entry ${JSON.stringify(path)} lies below ${JSON.stringify(parent)}, which is not a directory`);
      if (known === undefined) this.#kinds.set(parent, "implied");
    }
    const known = this.#kinds.get(path);
    if (known === "leaf" || known === "directory" || (known === "implied" && kind === "leaf")) {
      throw new FlavorError("entry-conflict", `two entries have the path ${JSON.stringify(path)}`);
    }
    this.#kinds.set(path, kind);
  }
}

const DEVICES: ReadonlySet<string> = new Set(DEVICE_NAMES);

/**
 * @param name - one component of a path.
 * @returns whether Windows keeps it for a device: in any case of letters, whatever follows its first dot or stands as spaces before it.
 */
export function isDeviceName(name: string): boolean {
  return DEVICES.has(name.toLowerCase().replace(/ *(\..*)?$/s, ""));
}
