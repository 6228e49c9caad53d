/** Setup commands of every type, from a flavor.toml to the tree that a start publishes. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { LAUNCHERS } from "../launchers.js";
import { flavor, homeOf, makeFolder, put } from "./cli-runner.js";

const MANIFEST = `
[package]
name = "prepared"
version = "1"
[execution]
argv = ["/bin/cat", "{workenv}/log"]
[[slots]]
id = "files"
source = "files"

[[setup_commands]]
type = "write_file"
path = "{workenv}/etc/app.conf"
content = "color = true\\n"
mode = "0600"
[[setup_commands]]
type = "execute"
argv = ["/bin/sh", "{workenv}/note.sh", "argv", "two words"]
[[setup_commands]]
type = "execute"
command = "sh {workenv}/note.sh command 'two words'"
[[setup_commands]]
type = "enumerate_and_execute"
argv = ["/bin/sh", "{workenv}/note.sh", "each"]
enumerate = { path = "{workenv}/parts", pattern = "*.txt" }
[[setup_commands]]
type = "enumerate_and_execute"
command = "/bin/sh {workenv}/note.sh again"
enumerate = { path = "{workenv}/parts", pattern = "b.*" }
[[setup_commands]]
type = "chmod"
path = "{workenv}/parts/*.txt"
mode = "0755"
`;

/** Writes its arguments to the log, one line a call; of paths the last component. */
const NOTE = 'for word; do printf "[%s]" "${word##*/}"; done >>"$FLAVOR_WORKENV/log"\necho >>"$FLAVOR_WORKENV/log"\n';

function project(manifest: string): string {
  const work = makeFolder();
  put(join(work, "flavor.toml"), manifest);
  put(join(work, "files", "note.sh"), NOTE);
  for (const name of ["b.txt", "a.txt", "c.md"]) put(join(work, "files", "parts", name), "");
  return work;
}

/** Start the package with little more than a home. */
function start(work: string) {
  const environment = { HOME: homeOf(work), PATH: "/usr/bin:/bin" };
  try {
    return { status: 0, output: execFileSync(join(work, "app.psp"), { env: environment, encoding: "utf8", stdio: "pipe" }) };
  } catch (error) {
    const failed = error as { status: number; stderr: string };
    return { status: failed.status, output: failed.stderr };
  }
}

const workenvs = (work: string) => join(homeOf(work), ".cache", "flavor", "workenv");

describe.each(LAUNCHERS)("setup commands, by the $language launcher,", ({ file }) => {
  let work = "";
  beforeAll(async () => {
    work = project(MANIFEST);
    const packed = await flavor(["pack", "-o", "app.psp", "-q", "--launcher", file], { cwd: work });
    expect(packed.status, packed.stderr).toBe(0);
  });

  it("run once, in order, whether they are words or a line, and for each match", () => {
    const log = "[argv][two words]\n[command][two words]\n[each][a.txt]\n[each][b.txt]\n[again][b.txt]\n";
    expect(start(work)).toEqual({ status: 0, output: log });
    expect(start(work)).toEqual({ status: 0, output: log });
  });

  it("write files and change modes, of what they match alone", () => {
    const [name = ""] = readdirSync(workenvs(work)).filter((each) => !each.startsWith("."));
    const mode = (path: string) => statSync(join(workenvs(work), name, path)).mode & 0o777;
    expect(readFileSync(join(workenvs(work), name, "etc", "app.conf"), "utf8")).toBe("color = true\n");
    expect(["etc/app.conf", "parts/a.txt", "parts/b.txt", "parts/c.md"].map(mode)).toEqual([0o600, 0o755, 0o755, 0o644]);
  });

  it("are shown by inspect", async () => {
    const { setupCommands } = JSON.parse((await flavor(["inspect", "app.psp", "--json"], { cwd: work })).stdout) as { readonly setupCommands: readonly { readonly type: string }[] };
    expect(setupCommands.map(({ type }) => type)).toEqual(["write_file", "execute", "execute", "enumerate_and_execute", "enumerate_and_execute", "chmod"]);
  });

  it("that fail leave no tree behind, and their output is shown", async () => {
    const failing = project(`${MANIFEST}[[setup_commands]]\ntype = "execute"\nargv = ["/bin/sh", "-c", "echo why; exit 3"]\n`);
    expect((await flavor(["pack", "-o", "app.psp", "-q", "--launcher", file], { cwd: failing })).status).toBe(0);
    const run = start(failing);
    expect(run.status).toBe(104);
    expect(run.output).toMatch(/^why\n(?:.*\n)*flavor: error: setup command 6: .*\[setup-failed\]/);
    expect(readdirSync(workenvs(failing)).filter((each) => !each.startsWith("."))).toEqual([]);
  });
});
