import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { silentProgress } from "../../../src/builder/progress.js";
import type { PackRequest } from "../../../src/orchestrator/request.js";
import { planSource } from "../../../src/orchestrator/source.js";

const folder = mkdtempSync(join(tmpdir(), "flavor-source-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An npm that writes down how it was called, and knows one package. */
const answer = JSON.stringify({ "dist-tags": { latest: "1.0.0" }, versions: ["1.0.0"], bin: { tool: "cli.js" } });
writeFileSync(join(folder, "npm"), `#!/bin/sh\necho "$COMPANY $*" >>"${folder}/calls"\necho '${answer}'\n`);
chmodSync(join(folder, "npm"), 0o755);

function request(changes: Partial<PackRequest>): PackRequest {
  return { source: "npm:tool", cwd: folder, verify: true, force: false, dryRun: true, strip: false, builder: "ts", compression: "default", options: {}, offline: true, environment: { PATH: folder, COMPANY: "ours" }, progress: silentProgress, signal: new AbortController().signal, ...changes };
}

describe("planSource", () => {
  it("asks npm with the request's environment, and offline when the request says so", async () => {
    expect(await planSource(request({}))).toMatchObject({ kind: "node", name: "tool", version: "1.0.0", outputName: "tool" });
    const calls = readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
    expect(calls).toHaveLength(2);
    for (const call of calls) expect(call).toMatch(/^ours view tool.* --offline$/);
  });

  it("stops when the request is interrupted", async () => {
    await expect(planSource(request({ signal: AbortSignal.abort() }))).rejects.toMatchObject({ code: "interrupted" });
  });
});
