/** The `__main__.py` of wheels (./wheel.ts). */

/**
 * Runs the archive by `python FILE`. Much of what is packed opens files beside its modules, and extension modules cannot be loaded from an
 * archive, so the application is unpacked once, into the cache, under the digest of its RECORD.
 */
export const WHEEL_MAIN_TEXT = `"""Runs the application in this archive. Written by FlavorPack; the same in every package."""
import sys


def main():
    import hashlib
    import importlib
    import os
    import shutil
    import tempfile
    import zipfile

    place = os.path.dirname(os.path.abspath(__file__))
    if os.path.isdir(place):
        found = sorted(name for name in os.listdir(place) if name.startswith("_flavor_") and os.path.isdir(os.path.join(place, name)))
        if len(found) != 1:
            sys.exit("there are several applications here: start them by their own commands (%s)" % ", ".join(found))
        start = importlib.import_module(found[0] + ".start")
        start.start(start.DEFAULT)
        return
    with zipfile.ZipFile(place) as archive:
        names = archive.namelist()
        top = next(name.split("/")[0] for name in names if name.startswith("_flavor_"))
        record = next(name for name in names if name.endswith(".dist-info/RECORD") and name.count("/") == 1)
        identity = top + "-" + hashlib.sha256(archive.read(record)).hexdigest()[:16]
        folder = os.path.join(cache_root(os), "zipapp", identity)
        if not os.path.isdir(folder):
            os.makedirs(os.path.dirname(folder), mode=0o700, exist_ok=True)
            temporary = tempfile.mkdtemp(dir=os.path.dirname(folder))
            try:
                for info in archive.infolist():
                    if info.filename.startswith(top + "/"):
                        path = archive.extract(info, temporary)
                        os.chmod(path, 0o755 if (info.external_attr >> 16) & 0o100 else 0o644)
                os.rename(temporary, folder)
            except OSError:
                if not os.path.isdir(folder):
                    raise
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
    if hasattr(os, "getuid"):
        status = os.lstat(folder)
        if status.st_uid not in (0, os.getuid()) or status.st_mode & 0o022:
            sys.exit("%s belongs to another user or can be written by others: remove it" % folder)
    sys.path[0] = folder
    start = importlib.import_module(top + ".start")
    start.start(start.DEFAULT)


def cache_root(os):
    """Where the launcher's cache lies; empty and relative values count as unset."""
    def absolute(name):
        value = os.environ.get(name, "")
        return value if os.path.isabs(value) else ""

    if absolute("FLAVOR_CACHE"):
        return absolute("FLAVOR_CACHE")
    if absolute("XDG_CACHE_HOME"):
        return os.path.join(absolute("XDG_CACHE_HOME"), "flavor")
    if os.name == "nt":
        return os.path.join(absolute("LOCALAPPDATA") or os.path.expanduser("~"), "flavor")
    home = absolute("HOME")
    if not home:
        import pwd
        home = pwd.getpwuid(os.getuid()).pw_dir
    return os.path.join(home, "Library", "Caches", "flavor") if sys.platform == "darwin" else os.path.join(home, ".cache", "flavor")


if __name__ == "__main__":
    main()
`;
