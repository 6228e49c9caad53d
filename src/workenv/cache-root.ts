/**
 * Where the cache lies. The launchers compute the same (spec/launch.md, "Workenv").
 */
import { statSync } from "node:fs";
import { userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { FlavorError } from "../format/error.js";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The cache root of this process's user. One that belongs to another user (sudo with HOME kept) gives way to the one below the password
 * database's home; an explicit FLAVOR_CACHE never does.
 *
 * @returns an absolute path; nothing is made.
 * @throws FlavorError `io-error` when nothing names a home.
 */
export function hostCacheRoot(environment: Environment): string {
  const root = cacheRoot(environment, process.platform, passwordHome());
  if (root === environment["FLAVOR_CACHE"]) return root;
  const owner = ownerOf(root);
  return owner === undefined || owner === process.geteuid?.() ? root : cacheRoot({}, process.platform, passwordHome());
}

/** Where a launcher goes when it cannot write to the cache root. @param uid - effective user id; undefined where there is none. */
export function fallbackRoots(uid: number | undefined): readonly string[] {
  return uid === undefined ? [] : ["/var/tmp", "/tmp"].map((folder) => `${folder}/flavor-${uid}`);
}

/**
 * @param environment - FLAVOR_CACHE, XDG_CACHE_HOME and HOME, on Windows LOCALAPPDATA and USERPROFILE; empty and relative values count as unset.
 * @param os - `process.platform`.
 * @param passwordHome - the home of the password database, used when that variable is not set.
 * @returns the absolute path of the cache root.
 * @throws FlavorError `io-error` when nothing names a home.
 */
export function cacheRoot(environment: Environment, os: string, passwordHome: string | undefined): string {
  const absolute = (name: string) => {
    const value = environment[name];
    return value !== undefined && isAbsolute(value) ? value : undefined;
  };
  const explicit = absolute("FLAVOR_CACHE");
  if (explicit !== undefined) return explicit;
  const [cachesVariable, homeVariable] = os === "win32" ? ["LOCALAPPDATA", "USERPROFILE"] : ["XDG_CACHE_HOME", "HOME"];
  const caches = absolute(cachesVariable);
  if (caches !== undefined) return join(caches, "flavor");
  const home = absolute(homeVariable) ?? passwordHome;
  if (home === undefined) {
    throw new FlavorError("io-error", `no cache directory: neither FLAVOR_CACHE, ${cachesVariable} nor ${homeVariable} is set`, { hint: "set FLAVOR_CACHE to a directory of yours" });
  }
  return join(home, ...(os === "win32" ? ["AppData", "Local"] : os === "darwin" ? ["Library", "Caches"] : [".cache"]), "flavor");
}

/** @returns the home that the password database names, whatever HOME says; undefined for a user without an entry. */
function passwordHome(): string | undefined {
  try {
    const { homedir } = userInfo();
    return homedir === "" ? undefined : homedir;
  } catch {
    return undefined;
  }
}

/** @returns undefined where there is nothing, or nothing to be seen, and on systems without user ids. */
function ownerOf(path: string): number | undefined {
  try {
    return process.geteuid === undefined ? undefined : statSync(path).uid;
  } catch {
    return undefined;
  }
}
