import { describe, expect, it } from "vitest";
import { uvFailure } from "../../../../src/packagers/python/uv.js";

const purpose = { subject: "demo", buildFailure: "build-failed" } as const;

describe("uvFailure", () => {
  it.each([
    ["error: No solution found when resolving dependencies\n  cause: Because only rich<=15.0.0 is available and you require rich>=999, we can conclude that your requirements are unsatisfiable.\n", "dependency-unresolvable", "demo: Because only rich<=15.0.0 is available"],
    ["  × No solution found when resolving dependencies:\n  ╰─▶ Because zz was not found in the package registry and you require zz, we can conclude.\n", "dependency-unresolvable", "demo: "],
    ["error: No solution found when resolving dependencies\n  cause: Because tensorflow==1.0.0 has no wheels with a matching Python ABI tag (e.g., `cp313`)\n", "wheel-missing", "no wheels with a matching Python ABI tag"],
    ["error: Request failed\n  cause: error sending request for url\n  cause: dns error\n", "dependency-unresolvable", "the package index cannot be reached"],
    ["Traceback (most recent call last):\n  File \"x\"\nRuntimeError: no luck\nerror: Failed to build `demo`\n  cause: The build backend returned an error\n\nhint: x\n", "build-failed", "Failed to build `demo`: RuntimeError: no luck"],
    ["error: Failed to build `demo`\n  cause: The build backend returned an error\n\n[stderr]\nx.c:3:10: fatal error: gtk.h: No such file or directory\nerror: command '/usr/bin/gcc' failed with exit code 1\n\nhint: see\n", "build-failed", "error: command '/usr/bin/gcc' failed"],
    ["error: something new\n", "dependency-unresolvable", "demo: something new"],
  ])("understands what uv says (%#)", (stderr, code, words) => {
    const error = uvFailure(stderr, purpose, false);
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
    expect(error.message).not.toContain("\n");
  });

  it("says that the cache is not enough when offline", () => {
    const error = uvFailure("error: No solution found\n  hint: Packages were unavailable because the network was disabled.\n", purpose, true);
    expect(error.hint).toContain("--offline");
  });
});
