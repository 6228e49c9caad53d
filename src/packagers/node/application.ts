/**
 * The application's own files: those of the project, with TypeScript compiled.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compileSources } from "./compile.js";
import type { Entries } from "./entries.js";
import { copyFiles, type ProjectFiles } from "./files.js";
import { withCompiledNames } from "./local-sources.js";
import type { NodeProject } from "./project.js";
import { isRecord } from "./settings.js";
import { needsCompiling, outputPath } from "./typescript-project.js";

export interface ApplicationRequest {
  readonly project: NodeProject;
  readonly entries: Entries;
  readonly files: ProjectFiles;
  readonly nodeVersion: string | undefined;
  /** The application's folder in staging. */
  readonly to: string;
}

/** @returns true if some entry is TypeScript: then all TypeScript that is packed is compiled. */
export function isTypeScript(entries: Entries): boolean {
  return entries.list.some((entry) => needsCompiling(entry.source));
}

/**
 * Put the application into staging.
 *
 * @throws FlavorError `build-failed` if a file does not compile.
 */
export async function stageApplication(request: ApplicationRequest): Promise<void> {
  const { project, entries, files, to } = request;
  await mkdir(to, { recursive: true });
  if (!isTypeScript(entries)) {
    await copyFiles(project.folder, [...new Set([...files.application, ...entries.list.map((entry) => entry.source)])], to);
    return;
  }
  const roots = entries.list.map((entry) => entry.source).filter(needsCompiling);
  const sources = [...new Set([...roots, ...files.application.filter(needsCompiling)])].sort();
  const compiled = await compileSources({ folder: project.folder, sources, folders: entries.folders, to, nodeVersion: request.nodeVersion });
  const written = new Set([...compiled.sources].map((source) => outputPath(source, entries.folders)));
  const plain = entries.list.map((entry) => entry.source).filter((source) => !needsCompiling(source));
  const others = [...new Set([...files.application, ...compiled.needed, ...plain])].filter((path) => !compiled.sources.has(path) && !written.has(path));
  await copyFiles(project.folder, others, to);
  await rewriteManifest(to, entries);
}

/** Node reads `imports` and `exports` at run time. */
async function rewriteManifest(to: string, entries: Entries): Promise<void> {
  const path = join(to, "package.json");
  const document = JSON.parse(await readFile(path, "utf8")) as unknown;
  if (isRecord(document)) await writeFile(path, `${JSON.stringify(withCompiledNames(document, entries.folders), undefined, 2)}\n`);
}
