/**
 * Which Python a project wants, and which of those that can be had is the one: PEP 440 specifiers over release numbers.
 *
 * Only what `requires-python` and `.python-version` hold in practice is understood: release numbers with `==`, `!=`, `<`, `<=`, `>`,
 * `>=`, `~=` and `.*`. Pre-releases are passed over.
 */
import { FlavorError } from "../format/error.js";

/** Minor versions of Python that this packager knows, the preferred first: the newest one that every source of runtimes has, then older, then newer ones. */
const PYTHON_MINORS = ["3.13", "3.12", "3.11", "3.10", "3.14", "3.9", "3.8"] as const;

/** What was asked for. Both parts must fit. */
export interface PythonWish {
  /** A version or a beginning of one, such as `3.13` or `3.13.5`; from `--python` or `.python-version`. */
  readonly version: string | undefined;
  /** A specifier set such as `>=3.11,<4`; from `requires-python`. */
  readonly specifiers: string | undefined;
}

/**
 * @param version - a full version such as `3.13.5`.
 * @param wish - what was asked for.
 * @throws FlavorError `manifest-invalid` if the specifiers do not parse.
 */
export function fitsWish(version: string, wish: PythonWish): boolean {
  if (wish.version !== undefined && version !== wish.version && !version.startsWith(`${wish.version}.`)) return false;
  return wish.specifiers === undefined || satisfies(version, wish.specifiers);
}

/**
 * Could some patch release of this minor version fit?
 *
 * @param minor - such as `3.13`.
 */
function minorMayFit(minor: string, wish: PythonWish): boolean {
  if (wish.version !== undefined && wish.version.split(".").length >= 3) return wish.version.startsWith(`${minor}.`) && fitsWish(wish.version, wish);
  return fitsWish(`${minor}.0`, wish) || fitsWish(`${minor}.99`, wish);
}

/** @returns the preferred minor versions that may fit, best first. */
export function fittingMinors(wish: PythonWish): string[] {
  return PYTHON_MINORS.filter((minor) => minorMayFit(minor, wish));
}

/** @returns the wish as a person would say it. */
export function describeWish(wish: PythonWish): string {
  if (wish.version !== undefined) return `Python ${wish.version}`;
  return wish.specifiers === undefined ? "Python" : `Python ${wish.specifiers}`;
}

/**
 * @param version - release numbers such as `3.13.5`.
 * @param specifiers - comma-separated, such as `>=3.11,<4`; empty allows all.
 * @throws FlavorError `manifest-invalid` if a specifier does not parse.
 */
export function satisfies(version: string, specifiers: string): boolean {
  return specifiers
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .every((part) => satisfiesOne(numbers(version), part));
}

function satisfiesOne(version: readonly number[], specifier: string): boolean {
  const match = /^(===|==|!=|<=|>=|<|>|~=)?\s*v?(\d+(?:\.\d+)*)(\.\*)?(?:(?:a|b|rc|\.dev|\.post)\d+)?$/.exec(specifier);
  if (match === null) throw new FlavorError("manifest-invalid", `requires-python: ${JSON.stringify(specifier)} is not a version specifier`, { hint: 'write it like ">=3.11" or ">=3.11,<3.14"' });
  const wanted = numbers(match[2] ?? "");
  const order = compare(version, wanted);
  const sameBeginning = wanted.every((number, index) => (version[index] ?? 0) === number);
  switch (match[1] ?? "==") {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case "!=":
      return match[3] === undefined ? order !== 0 : !sameBeginning;
    case "~=":
      return order >= 0 && wanted.slice(0, -1).every((number, index) => (version[index] ?? 0) === number);
    default:
      return match[3] === undefined ? order === 0 : sameBeginning;
  }
}

function numbers(text: string): number[] {
  return text.split(".").map(Number);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
