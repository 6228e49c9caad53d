/**
 * Names that the target's file system does not keep apart, or does not have. Linux takes every name; macOS and Windows do not.
 *
 * Source: spec/builder.md, "Names of the target". The Rust and Go builders follow the same rule.
 */
import { FlavorError } from "../format/error.js";
import { isDeviceName } from "../format/path.js";
import type { TarEntry } from "../format/tar.js";
import type { Links } from "./archive.js";

/** What a path of a workenv has in front, in characters: a user's folder, the cache's, and the name of the workenv. */
const CACHE_PART = 120;
/** MAX_PATH without the zero at the end. */
const LONGEST_PLAIN_PATH = 259;

/** Takes the entries below one slot's target. */
export interface SlotNames {
  /** What becomes of links in a folder. */
  readonly links: Links;
  /** @throws FlavorError `entry-refused` for a link on Windows; as `TargetNames.add`. */
  add(entry: Pick<TarEntry, "path" | "kind">): void;
}

/** The names of one tree. */
export class TargetNames {
  readonly #os: string;
  /** Folded path to the path as it is written. */
  readonly #paths = new Map<string, string>();
  #longest = "";

  /** @param os - of the target: `linux`, `darwin` or `windows`. */
  constructor(os: string) {
    this.#os = os;
  }

  /**
   * @param path - normal, from the root of the tree.
   * @throws FlavorError `entry-conflict` for a path that differs from an earlier one by letter case or normal form alone; `path-unsafe` for a name that Windows does not have.
   */
  add(path: string): void {
    if (this.#os === "linux") return;
    const components = path.split("/");
    if (this.#os === "windows") components.forEach((name) => { checkWindowsName(name, path); });
    if (path.length > this.#longest.length) this.#longest = path;
    // Folders too: what two of them hold would be mixed.
    for (let depth = 1; depth <= components.length; depth += 1) {
      const written = components.slice(0, depth).join("/");
      const folded = fold(written);
      const other = this.#paths.get(folded);
      if (other === undefined) this.#paths.set(folded, written);
      else if (other !== written) {
        throw new FlavorError("entry-conflict", `${JSON.stringify(other)} and ${JSON.stringify(written)} are one path on ${this.#os}`, { hint: "rename one of them: they differ by letter case or Unicode normal form alone" });
      }
    }
  }

  /** @returns what users should know of the names: a path that is too long for many programs of Windows, wherever the cache lies. */
  warning(): string | undefined {
    const { length } = this.#longest;
    if (this.#os !== "windows" || CACHE_PART + length <= LONGEST_PLAIN_PATH) return undefined;
    return `path ${JSON.stringify(this.#longest)} has ${length} characters: with a cache in front it may be longer than the ${LONGEST_PLAIN_PATH} that many programs take on windows`;
  }

  /** @param target - of the slot. */
  below(target: string): SlotNames {
    return {
      links: this.#os === "windows" ? "copied" : "kept",
      add: ({ path, kind }) => {
        if (this.#os === "windows" && kind === "link") {
          throw new FlavorError("entry-refused", `tar entry ${JSON.stringify(path)}: symbolic links are not allowed on windows`, { hint: "give the folder in place of the archive: links in it are packed as copies" });
        }
        this.add(target === "." ? path : `${target}/${path}`);
      },
    };
  }
}

/** Normal form C, and the lower case of each character that has one of one character. U+0130 has none in every language. */
function fold(path: string): string {
  return Array.from(path.normalize("NFC"), lowerCase).join("");
}

function lowerCase(character: string): string {
  const lower = character.toLowerCase();
  return Array.from(lower).length === 1 ? lower : character;
}

function checkWindowsName(name: string, path: string): void {
  const refuse = (why: string) => new FlavorError("path-unsafe", `path ${JSON.stringify(path)} is none on windows: ${JSON.stringify(name)} ${why}`);
  // eslint-disable-next-line no-control-regex -- control characters are what names may not hold
  if (/[\x00-\x1f<>:"|?*]/.test(name)) throw refuse('has a control character or one of < > : " | ? *');
  if (/[. ]$/.test(name)) throw refuse("ends in a dot or a space");
  if (isDeviceName(name)) throw refuse("names a device");
}
