/**
 * Names that the target's file system does not keep apart, or does not have. Linux takes every name; macOS and Windows do not.
 *
 * Source: spec/builder.md, "Names of the target". The Rust and Go builders follow the same rule.
 */
import { FlavorError } from "../format/error.js";
import { isDeviceName } from "../format/path.js";

/** Takes the paths below one slot's target. */
export interface SlotNames {
  /** @throws FlavorError as `TargetNames.add`. */
  add(path: string): void;
}

/** The names of one tree. */
export class TargetNames {
  readonly #os: string;
  /** Folded path to the path as it is written. */
  readonly #paths = new Map<string, string>();

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

  /** @param target - of the slot. */
  below(target: string): SlotNames {
    return {
      add: (path) => {
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
  if (isDeviceName(name.toLowerCase())) throw refuse("names a device");
}
