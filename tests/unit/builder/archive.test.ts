import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listFolder } from "../../../src/builder/archive.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "archive-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Makes a folder; content behind `-> ` is a link's target. */
async function write(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, name, path);
    await mkdir(dirname(file), { recursive: true });
    if (content.startsWith("-> ")) await symlink(content.slice(3), file);
    else await writeFile(file, content, { mode: 0o755 });
  }
  return join(folder, name, "t");
}

describe("links that are copied", () => {
  it("are what they lead to", async () => {
    const entries = await listFolder(await write("copied", { "t/f": "content", "t/l": "-> f", "t/d/x": "", "t/e": "-> d", "t/g/back": "-> ../d" }), "copied");
    expect(entries.map(({ entry }) => `${entry.kind} ${entry.path} ${entry.size}`)).toEqual([
      ...["directory d 0", "file d/x 0", "directory e 0", "file e/x 0", "file f 7", "directory g 0", "directory g/back 0", "file g/back/x 0", "file l 7"],
    ]);
    expect(entries.at(-1)?.entry.executable).toBe(true);
  });

  it.each([
    ["dangle", { "t/l": "-> nothing" }, "leads nowhere"],
    ["leave the folder", { "t/l": "-> ../x", x: "" }, "leads out of"],
    ["make a cycle", { "t/a/l": "-> ../b", "t/b/l": "-> ../a" }, "that it lies in"],
    ["lead to themselves", { "t/l": "-> l" }, "leads nowhere"],
    ["lead up", { "t/a/l": "-> .." }, "that it lies in"],
    ["lie behind many others", Object.fromEntries(Array.from({ length: 10 }, (_, depth) => [`t/d${depth}/next`, depth === 9 ? "" : `-> ../d${depth + 1}`])), "8 other links"],
  ])("are refused when they %s", async (name, files, why) => {
    await expect(listFolder(await write(name, files), "copied")).rejects.toMatchObject({ code: "link-unsafe", message: expect.stringContaining(why) as string });
  });
});
