import { describe, expect, it } from "vitest";
import { useSystemFolders } from "../../../src/runtimes/python-maven.js";

const built = "/builder/presets/cpython/cppbuild/linux-x86_64";

describe("useSystemFolders", () => {
  it("sends OpenSSL to the system's folders, keeping every offset", () => {
    const before = Buffer.from(`a\0${built}/ssl\0${built}/ssl/cert.pem\0OPENSSLDIR: "${built}/ssl"\0${built}/lib/ossl-modules\0end`, "latin1");
    const after = Buffer.from(useSystemFolders(before));
    expect(after.length).toBe(before.length);
    expect(after.toString("latin1").split(/\0+/)).toEqual(["a", "/etc/ssl", "/etc/ssl/cert.pem", 'OPENSSLDIR: "/etc/ssl"', "/usr/lib/ossl-modules", "end"]);
    expect(after.indexOf("end")).toBe(before.indexOf("end"));
  });

  it("leaves other paths, and other files, alone", () => {
    for (const text of [`${built}/Python-3.13.5/Modules/_ssl.c\0`, `${built}/sslx\0`, "/usr/lib/ssl\0"]) expect(Buffer.from(useSystemFolders(Buffer.from(text, "latin1"))).toString("latin1")).toBe(text);
  });
});
