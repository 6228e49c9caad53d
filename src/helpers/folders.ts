/** Where helpers lie. The places and their order are one list, which is also what an error shows. */
import { join } from "node:path";
import { hostCacheRoot } from "../workenv/cache-root.js";
import { npmHelperFolders, type HelperPackage } from "./npm-packages.js";
import { PINS_FILE } from "./pins.js";
import { packageRoot, packageVersion } from "./root.js";

export interface FolderRequest {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The installed package's root; found by itself when absent. */
  readonly root?: string | undefined;
  /** The cache root; from the environment when absent. */
  readonly cacheDir?: string | undefined;
}

export interface HelperFolder {
  readonly path: string;
  /** `bundled` came with the package, `local` was built in this checkout, `cache` was installed by `flavor helpers build --install`. */
  readonly origin: "bundled" | "local" | "cache";
  /** Files whose pins count for what lies here (spec/builder.md, "Where a launcher is searched"). */
  readonly tables: readonly string[];
}

/**
 * @param wanted - the npm packages to look in; all of them when absent.
 * @returns the folders that may hold helpers, in the order in which they are searched; except for those of npm, they need not exist.
 */
export function helperFolders(request: FolderRequest, wanted?: readonly HelperPackage[]): readonly HelperFolder[] {
  const root = request.root ?? packageRoot();
  const cache = request.cacheDir ?? hostCacheRoot(request.environment);
  const own = join(root, "helpers");
  const folder = (path: string, origin: HelperFolder["origin"]): HelperFolder => {
    const tables = [join(path, PINS_FILE)];
    // A package of helpers cannot vouch for itself: the release's own table counts too.
    return { path, origin, tables: origin === "bundled" && path !== own ? [...tables, join(own, PINS_FILE)] : tables };
  };
  return [
    folder(own, "bundled"),
    ...npmHelperFolders(root, wanted).map((path) => folder(path, "bundled")),
    folder(join(root, "dist", "bin"), "local"),
    folder(join(cache, "helpers", packageVersion(root)), "cache"),
  ];
}
