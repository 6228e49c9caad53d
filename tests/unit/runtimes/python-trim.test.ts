import { describe, expect, it } from "vitest";
import { isTrimmed } from "../../../src/runtimes/python-trim.js";

const parts = { minor: "3.13", hasTk: false, sharedLibrary: true };

describe("isTrimmed", () => {
  it.each(["bin/pip3", "bin/python3", "include/python3.13/Python.h", "share/man/man1/python3.1", "lib/pkgconfig", "lib/ossl-modules/legacy.so", "lib/python3.13/test/test_os.py", "lib/python3.13/site-packages/pip/__init__.py", "lib/python3.13/idlelib", "lib/python3.13/config-3.13-x86_64-linux-gnu/Makefile", "lib/python3.13/ensurepip", "lib/python3.13/pydoc_data/topics.py", "lib/python3.13/lib-dynload/_testcapi.cpython-313-x86_64-linux-gnu.so", "lib/python3.13/json/__pycache__/decoder.cpython-313.pyc", "lib/python3.13/tkinter/__init__.py", "lib/python3.13/turtle.py", "lib/libpython3.13.so"])("leaves out %s", (path) => {
    expect(isTrimmed(parts, path)).toBe(true);
  });

  it.each(["bin/python3.13", "lib/libpython3.13.so.1.0", "lib/python3.13/os.py", "lib/python3.13/testing.py", "lib/python3.13/unittest/case.py", "lib/python3.13/venv/__init__.py", "lib/python3.13/lib-dynload/_ssl.cpython-313-x86_64-linux-gnu.so", "lib/python3.13/lib-dynload/libz.so.1", "lib/python3.13/_sysconfigdata__linux_x86_64-linux-gnu.py", "lib/python3.13/sqlite3/dbapi2.py"])("keeps %s", (path) => {
    expect(isTrimmed(parts, path)).toBe(false);
  });

  it("keeps tkinter where the build has it, and drops libpython where it is there for embedding only", () => {
    expect(isTrimmed({ ...parts, hasTk: true }, "lib/python3.13/tkinter/__init__.py")).toBe(false);
    expect(isTrimmed({ ...parts, sharedLibrary: false }, "lib/libpython3.13.so.1.0")).toBe(true);
  });
});
