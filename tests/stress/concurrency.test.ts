/** Many first starts at once, some of them killed: every start that is left alone prints what it should, and nothing stays behind. */
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LAUNCHERS } from "../launchers.js";
import { pack, run, workFolder } from "../packaging/packing.js";

const ROUNDS = 8;
const AT_ONCE = 16;

describe.each(LAUNCHERS)("the $language launcher", ({ file }) => {
  const folder = workFolder();
  const program = join(folder.path, "many.psp");
  afterAll(() => {
    folder.remove();
  });

  beforeAll(() => {
    const tree = join(folder.path, "tree");
    for (let directory = 0; directory < 20; directory += 1) {
      mkdirSync(join(tree, `d${directory}`), { recursive: true });
      for (let file = 0; file < 20; file += 1) writeFileSync(join(tree, `d${directory}`, `f${file}`), `${directory}/${file}\n`.repeat(500));
    }
    writeFileSync(join(tree, "run.sh"), '#!/bin/sh\ncat "$FLAVOR_WORKENV/d19/f19" | wc -l\nls "$FLAVOR_WORKENV" | wc -l\n', { mode: 0o755 });
    writeFileSync(join(folder.path, "flavor.toml"), '[package]\nname = "many"\nversion = "1"\n[execution]\nargv = ["/bin/sh", "{workenv}/run.sh"]\n[[slots]]\nid = "tree"\nsource = "tree"\ntarget = "."\n');
    pack(folder.path, program, ["--launcher", file]);
  });

  /** @returns what a start printed, or undefined if it was killed. */
  function start(cache: string, killAfterMs: number | undefined): Promise<string | undefined> {
    return new Promise((done, fail) => {
      const child = spawn(program, { cwd: "/", env: { FLAVOR_CACHE: cache, PATH: "/usr/bin:/bin" }, stdio: ["ignore", "pipe", "pipe"] });
      let output = "";
      child.stdout.on("data", (text: Buffer) => (output += text.toString()));
      child.stderr.on("data", (text: Buffer) => (output += text.toString()));
      const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
      child.on("error", fail);
      child.on("close", (status, signal) => {
        clearTimeout(timer);
        done(signal === null ? `${String(status)} ${output}` : undefined);
      });
    });
  }

  it(`survives ${ROUNDS} rounds of ${AT_ONCE} first starts with a killer among them`, async () => {
    const wrong: string[] = [];
    let finished = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const cache = join(folder.path, `cache ${round}`);
      const outcomes = await Promise.all(Array.from({ length: AT_ONCE }, (_, position) => start(cache, position % 4 === 0 ? 2 + position * 2 : undefined)));
      outcomes.push(await start(cache, undefined));
      for (const outcome of outcomes) {
        if (outcome === undefined) continue;
        finished += 1;
        if (outcome !== "0 500\n21\n") wrong.push(outcome);
      }
      const names = readdirSync(join(cache, "workenv")).filter((name) => !name.startsWith("."));
      expect(names).toHaveLength(1);
      // A tree that a killed start left is swept by the next extraction, not by a warm start: at most those of the killed ones are there.
      const left = readdirSync(join(cache, "workenv", `.${names[0] ?? ""}.pspf`, "tmp"));
      expect(left.length).toBeLessThanOrEqual(AT_ONCE / 4);
    }
    expect(wrong).toEqual([]);
    expect(finished).toBeGreaterThanOrEqual(ROUNDS * (AT_ONCE - AT_ONCE / 4 + 1));
  });

  it("starts warm after all that", () => {
    const cache = join(folder.path, "cache 0");
    expect(run(program, [], { cache, environment: { PATH: "/usr/bin:/bin" } })).toMatchObject({ status: 0, stdout: "500\n21\n", stderr: "" });
  });
});
