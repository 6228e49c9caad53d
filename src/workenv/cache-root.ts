/**
 * Where the cache lies. The launchers compute the same (spec/launch.md, "Workenv"); a test holds them together.
 */
import { isAbsolute, join } from "node:path";
import { FlavorError } from "../format/error.js";

/**
 * @param environment - FLAVOR_CACHE, XDG_CACHE_HOME, HOME, LOCALAPPDATA; empty and relative values count as unset.
 * @param os - `process.platform`.
 * @param passwordHome - the home of the password database, used when HOME is not set.
 * @returns the absolute path of the cache root.
 * @throws FlavorError `io-error` when nothing names a home.
 */
export function cacheRoot(environment: Readonly<Record<string, string | undefined>>, os: string, passwordHome: string | undefined): string {
  const absolute = (name: string) => {
    const value = environment[name];
    return value !== undefined && isAbsolute(value) ? value : undefined;
  };
  const explicit = absolute("FLAVOR_CACHE");
  if (explicit !== undefined) return explicit;
  const xdg = absolute("XDG_CACHE_HOME");
  if (xdg !== undefined) return join(xdg, "flavor");
  if (os === "win32") {
    const local = absolute("LOCALAPPDATA");
    if (local !== undefined) return join(local, "flavor");
  }
  const home = absolute("HOME") ?? passwordHome;
  if (home === undefined) {
    throw new FlavorError("io-error", "no cache directory: neither FLAVOR_CACHE, XDG_CACHE_HOME nor HOME is set", { hint: "set FLAVOR_CACHE to a directory of yours" });
  }
  return os === "darwin" ? join(home, "Library", "Caches", "flavor") : join(home, ".cache", "flavor");
}
