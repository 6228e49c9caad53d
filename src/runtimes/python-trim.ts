/**
 * What a packed Python does without: test suites, IDLE, what only building and installing needs, documentation.
 *
 * Paths are relative to the installation prefix. The list was tried against programs in tests/integration; `[tool.flavor] trim = false` keeps all.
 */

const ANYWHERE = [/(?:^|\/)__pycache__(?:\/|$)/, /\.a$/, /\.pyo$/];

const AT_TOP = /^(?:include|share|libs|tcl|doc|lib\/(?:pkgconfig|cmake|engines-[\d.]+|ossl-modules|girepository-[\d.]+)|lib\/libjni.*)(?:\/|$)/;

const IN_STDLIB = [
  /^(?:test|tests|idlelib|turtledemo|ensurepip|site-packages|dist-packages|__phello__|msilib|pydoc_data|config-[^/]*)(?:\/|$)/,
  /^(?:__hello__|antigravity|this)\.py$/,
  /^(?:ctypes|distutils|lib2to3|sqlite3|unittest|tkinter|bsddb)\/tests?(?:\/|$)/,
  /^(?:distutils\/command\/wininst-[^/]*|venv\/scripts)(?:\/|$)/,
  /^lib-dynload\/(?:_test\w*|_ctypes_test\w*|_xxtestfuzz|_xxsubinterpreters_test|xxlimited\w*|xxsubtype)\./,
];

/** Useless without the `_tkinter` module, which many builds lack. */
const TK_ONLY = /^(?:tkinter(?:\/|$)|turtle\.py$)/;

/** What decides about parts of a build. */
export interface PythonParts {
  /** Such as `3.13`. */
  readonly minor: string;
  /** Whether the build has the `_tkinter` module. */
  readonly hasTk: boolean;
  /** Whether the interpreter is linked with libpython; otherwise the library is there for embedding only. */
  readonly sharedLibrary: boolean;
}

/**
 * @param path - of a file or folder, relative to the prefix.
 * @returns whether it is left out.
 */
export function isTrimmed(parts: PythonParts, path: string): boolean {
  if (ANYWHERE.some((pattern) => pattern.test(path)) || AT_TOP.test(path)) return true;
  if (path.startsWith("bin/")) return path !== `bin/python${parts.minor}`;
  if (path.startsWith("lib/libpython")) return !parts.sharedLibrary || path.endsWith(".so");
  const stdlib = `lib/python${parts.minor}/`;
  if (!path.startsWith(stdlib)) return false;
  const inside = path.slice(stdlib.length);
  return IN_STDLIB.some((pattern) => pattern.test(inside)) || (!parts.hasTk && TK_ONLY.test(inside));
}
