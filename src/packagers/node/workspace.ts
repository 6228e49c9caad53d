/**
 * A project that is one of several in a workspace: its lock file, and the packages it shares, lie in the workspace's root.
 */
import { readFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { workspaceFolders } from "./local-packages.js";
import { isRecord } from "./settings.js";

export interface Workspace {
  /** Absolute path of the root. */
  readonly root: string;
  /** Its package.json. */
  readonly document: Readonly<Record<string, unknown>>;
  /** The project's folder, relative to the root. */
  readonly member: string;
}

/** @returns the workspace that a project belongs to, or undefined. */
export async function findWorkspace(folder: string): Promise<Workspace | undefined> {
  for (let root = dirname(folder); ; root = dirname(root)) {
    const document = await readFile(join(root, "package.json"), "utf8").then((text) => JSON.parse(text) as unknown, () => undefined);
    if (isRecord(document) && document["workspaces"] !== undefined) {
      const member = relative(root, folder).split(sep).join("/");
      if ((await workspaceFolders(root, document)).includes(member)) return { root, document, member };
    }
    if (root === dirname(root)) return undefined;
  }
}
