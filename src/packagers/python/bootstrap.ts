/**
 * The Python files that start the program: `app/_flavor_entry.py`, which the package's command names, and `app/_flavor_boot.py`, which is
 * byte-compiled with the rest. They are the same in every package but for a few constants.
 */
import type { Entry, EntryTarget } from "./entries.js";

/** What the bootstrap is told about the package. */
export interface BootstrapFacts {
  readonly entries: readonly Entry[];
  /** Such as `3.13`. */
  readonly minor: string;
  /** The file of authorities that the runtime's OpenSSL looks for by default; undefined for a runtime without OpenSSL. */
  readonly authorities: string | undefined;
  /** `.pth` files of dependencies, relative to the workenv; usually none. */
  readonly pathFiles: readonly string[];
}

/** Names of the two files below `app/`. */
export const ENTRY_FILE = "_flavor_entry.py";
export const BOOT_FILE = "_flavor_boot.py";

/** Folders that modules are found in, relative to the workenv, in order. */
export function searchPath(minor: string): string[] {
  return [`runtime/lib/python${minor}`, `runtime/lib/python${minor}/lib-dynload`, "app", "lib"];
}

/**
 * Does the interpreter read `python3.x._pth` beside itself on this system? Then it starts isolated, and so do its children.
 *
 * @param minor - such as `3.13`.
 */
export function readsPathFile(minor: string): boolean {
  return Number(minor.split(".")[1]) >= 11;
}

/** @returns the text of `bin/python3.x._pth`: the search path, relative to `bin/`. */
export function pathFileText(minor: string): string {
  return searchPath(minor).map((folder) => `../${folder}\n`).join("");
}

/** @returns the package's command for an entry, placeholders unfilled. */
export function entryArgv(entry: Entry, minor: string): string[] {
  if (entry.target.kind === "binary") return [`{workenv}/app/${entry.target.path}`];
  return [`{workenv}/bin/python${minor}`, ...(readsPathFile(minor) ? [] : ["-I", "-S"]), `{workenv}/app/${ENTRY_FILE}`, entry.name];
}

/** @returns a shell script that starts an entry: what `sys.argv[0]` names, and what children find on PATH. */
export function wrapperText(entry: Entry, minor: string): string {
  const here = "${0%/*}";
  const words = entryArgv(entry, minor).map((word) => `"${word.replace("{workenv}/bin", here).replace("{workenv}", `${here}/..`)}"`);
  return `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`;
}

/** @returns the text of the entry file. Children of `multiprocessing` import it again, under another name. */
export function entryFileText(minor: string): string {
  const lines = ['if __name__ == "__main__":'];
  if (!readsPathFile(minor)) lines.push("    import sys", '    root = __file__.rpartition("/app/")[0]', `    sys.path[:] = [root + "/" + name for name in ${pythonValue(searchPath(minor))}]`);
  return [...lines, "    import _flavor_boot", '    _flavor_boot.start(__file__.rpartition("/app/")[0])', ""].join("\n");
}

/** @returns the text of the boot module. */
export function bootFileText(facts: BootstrapFacts): string {
  const entries = facts.entries.map(({ name, target }) => `    ${pythonText(name)}: ${targetValue(target)},\n`).join("");
  const constants = [`ENTRIES = {\n${entries}}`, `AUTHORITIES = ${facts.authorities === undefined ? "None" : pythonText(facts.authorities)}`, `PATH_FILES = ${pythonValue(facts.pathFiles)}`, `INTERPRETER = ${pythonText(`python${facts.minor}`)}`];
  return `${BOOT_HEAD}\n${constants.join("\n")}\n${RUN_TEXT}${BOOT_TEXT}`;
}

/** @returns the literal of an entry's target: a tuple whose first member is the kind. */
export function targetValue(target: EntryTarget): string {
  if (target.kind === "function") return `("function", ${pythonText(target.module)}, ${pythonText(target.attribute)})`;
  return `(${pythonText(target.kind)}, ${pythonText(target.kind === "module" ? target.module : target.path)})`;
}

/** @returns a list of strings as a Python literal. */
export function pythonValue(list: readonly string[]): string {
  return `[${list.map(pythonText).join(", ")}]`;
}

/** @returns a string as a Python literal, ASCII only. */
export function pythonText(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/gu, (character) => `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, "0")}`);
}

const BOOT_HEAD = `"""Starts the program. Written by FlavorPack when the package was made."""
import sys
`;

/** Also part of wheels (./wheel.ts). */
export const RUN_TEXT = `

def run(target, root):
    kind = target[0]
    if kind == "function":
        sys.exit(load(target[1], target[2])())
    import runpy
    if kind == "module":
        runpy._run_module_as_main(target[1], alter_argv=False)
    else:
        runpy.run_path(root + "/" + target[1], run_name="__main__")


def load(module, attribute):
    """Import with the garbage collector held. What was imported stays, so the collector need not look at it again."""
    import gc
    threshold = gc.get_threshold()
    gc.set_threshold(0)
    try:
        found = __import__(module, fromlist=["__name__"])
        for name in attribute.split("."):
            found = getattr(found, name)
    finally:
        gc.freeze()
        if gc.get_threshold()[0] == 0:
            gc.set_threshold(*threshold)
    return found


def follow_path_files(paths):
    """Do what site.py does with .pth files, in the order of their names."""
    import os
    for path in paths:
        folder = os.path.dirname(path)
        with open(path, encoding="utf-8-sig") as file:
            lines = file.read().splitlines()
        for line in lines:
            if line.startswith(("import ", "import\\t")):
                exec(line)
            elif line.strip() and not line.startswith("#"):
                added = os.path.join(folder, line.rstrip())
                if added not in sys.path and os.path.exists(added):
                    sys.path.append(added)
`;

const BOOT_TEXT = `

def start(root):
    import os
    if "/.." in root or not root.startswith("/"):
        root = os.path.abspath(root)
    name = sys.argv[1]
    sys.argv[:2] = [root + "/bin/" + name]
    sys.prefix = sys.exec_prefix = root
    sys.base_prefix = sys.base_exec_prefix = root + "/runtime"
    sys._base_executable = root + "/runtime/bin/" + INTERPRETER
    add_builtins()
    honour(os.environ)
    find_authorities(os)
    if PATH_FILES:
        follow_path_files([root + "/" + path for path in PATH_FILES])
    target = ENTRIES[name]
    run(target, root + "/app")


def add_builtins():
    """What site.py adds, which is not run in an isolated start."""
    import _sitebuiltins
    import builtins
    builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D (i.e. EOF)")
    builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D (i.e. EOF)")
    builtins.help = _sitebuiltins._Helper()


def honour(environ):
    """Variables that only say how to run, not what: an isolated start passes over them."""
    if environ.get("PYTHONUNBUFFERED"):
        import io
        for number, name in ((1, "stdout"), (2, "stderr")):
            stream = getattr(sys, name)
            if stream is not None:
                stream.flush()
                raw = open(number, "wb", 0, closefd=False)
                fresh = io.TextIOWrapper(raw, stream.encoding, stream.errors, line_buffering=stream.line_buffering, write_through=True)
                fresh.mode = "w"
                setattr(sys, name, fresh)
                setattr(sys, "__" + name + "__", fresh)
    if environ.get("PYTHONIOENCODING"):
        encoding, _, errors = environ["PYTHONIOENCODING"].partition(":")
        for stream in (sys.stdin, sys.stdout, sys.stderr):
            if stream is not None:
                stream.reconfigure(encoding=encoding or None, errors="backslashreplace" if stream is sys.stderr else errors or None)
    if environ.get("PYTHONDONTWRITEBYTECODE"):
        sys.dont_write_bytecode = True
    if environ.get("PYTHONWARNINGS"):
        sys.warnoptions[:0] = environ["PYTHONWARNINGS"].split(",")
        import warnings
        warnings._processoptions(sys.warnoptions)


def find_authorities(os):
    """A relocated OpenSSL does not know where this system keeps its authorities: name them, unless the user did."""
    environ = os.environ
    if AUTHORITIES is None or "SSL_CERT_FILE" in environ or "SSL_CERT_DIR" in environ or os.path.exists(AUTHORITIES):
        return
    for path in (
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
        "/etc/pki/tls/cert.pem",
    ):
        if os.path.exists(path):
            environ["SSL_CERT_FILE"] = path
            return
`;
