/** The nearest known word to one that was mistyped. */
import { FlavorError } from "../format/error.js";

/** @returns the number of insertions, deletions, replacements and swaps of neighbours between two words. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      let best = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + same);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1);
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}

/**
 * @param word - as typed.
 * @param known - the words that exist.
 * @returns the nearest known word; undefined when none is near enough to be what was meant.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length * 0.5));
  const ranked = known
    .map((candidate) => ({ candidate, steps: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.steps - b.steps || (a.candidate < b.candidate ? -1 : 1));
  const best = ranked[0];
  return best !== undefined && best.steps <= limit ? best.candidate : undefined;
}

/**
 * The error for a key that does not exist; packagers use it for their own sections too.
 *
 * @param key - path of the key, such as `tool.flavor.entyr`.
 * @param known - the keys that exist there.
 */
export function unknownKey(where: string, key: string, known: readonly string[]): FlavorError {
  const dot = key.lastIndexOf(".");
  const meant = nearest(key.slice(dot + 1), known);
  return new FlavorError("manifest-key-unknown", `${where}: ${key} is not a key`, {
    hint: meant === undefined ? `the keys here are ${known.join(", ")}` : `did you mean ${meant}?`,
    details: { key, nearest: meant, known },
  });
}
