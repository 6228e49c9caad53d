/**
 * Plans for Python projects (`flavor pack PATH`) and for published programs (`flavor pack pypi:NAME`).
 *
 * Layout of the workenv: `runtime/` Python itself, the same for every program; `lib/` dependencies; `app/` the program; `bin/` a link to the
 * interpreter with the program's search path beside it, and one command an entry; `resources/`.
 */
import { isAbsolute, join, resolve } from "node:path";
import { FlavorError } from "../../format/error.js";
import type { PythonRequest } from "../../runtimes/python.js";
import { describeWish, fittingMinors, type PythonWish } from "../../runtimes/python-version.js";
import type { PackOptions, Plan } from "../plan.js";
import { chooseEntries, scriptEntries } from "./entries.js";
import { readProject, type PythonProject } from "./project.js";
import { readSettings } from "./settings.js";
import { stageProject, stagePublished } from "./stage.js";

/**
 * Plan the packing of a project.
 *
 * @param folder - absolute path of the folder that holds pyproject.toml.
 * @param options - paths in them are taken relative to the folder if they are not absolute.
 * @throws FlavorError `manifest-missing`, `manifest-invalid`, `manifest-key-unknown`, `entry-missing`, `runtime-missing`.
 */
export async function planPythonProject(folder: string, options: PackOptions): Promise<Plan> {
  const project = await readProject(folder);
  const request = pythonRequest(project, options);
  const wanted = options.entry ?? project.settings.entry;
  const choose = () => chooseEntries({ projectName: project.name, scripts: scriptEntries(project.scripts, "project.scripts"), more: project.settings.entries, wanted });
  // entries that only the built wheel knows are chosen when it is there
  const entries = project.scriptsAreDynamic ? [] : choose();
  const wheel = options.wheel ?? project.settings.wheel;
  return {
    kind: "python",
    name: project.name,
    version: project.version,
    entries: entries.map(({ name }) => name),
    runtime: describeRuntime(request),
    slots: slotNames(project.settings.resources.length > 0, wheel),
    outputName: `${project.name}.psp`,
    stage: (context) => stageProject({ project, request, wanted, wheel, extras: [...project.settings.extras, ...(options.extras ?? [])], groups: [...project.settings.groups, ...(options.groups ?? [])], ignoreLock: options.ignoreLock ?? false }, context),
  };
}

const PUBLISHED = /^(?:pypi:)?([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:\[([A-Za-z0-9._,\s-]*)\])?((?:==|~=|>=|<=|<|>|!=)[^;@]+)?$/;

/**
 * Plan the packing of a published program.
 *
 * @param spec - `NAME`, `NAME==VERSION`, `NAME[extra,...]==VERSION`, with or without `pypi:`. Any version specifier may stand for `==`.
 * @returns its entries and version are known when it is staged; then `execution.entry` names the default one.
 * @throws FlavorError `usage` if the text is none of these.
 */
// eslint-disable-next-line @typescript-eslint/require-await -- its caller waits for every kind of plan
export async function planPypi(spec: string, options: PackOptions): Promise<Plan> {
  const [, name, extras, specifier] = PUBLISHED.exec(spec.trim().replace(/@(?=\d)/, "==")) ?? [];
  if (name === undefined) throw new FlavorError("usage", `${JSON.stringify(spec)} is not a published Python program`, { hint: "write pypi:NAME, pypi:NAME==VERSION or pypi:NAME[EXTRA]==VERSION" });
  const all = [...(extras ?? "").split(",").map((extra) => extra.trim()).filter((extra) => extra !== ""), ...(options.extras ?? [])];
  const settings = readSettings({});
  const request = requestFor(options.python, "/", { version: undefined, specifiers: undefined }, settings.trim);
  return {
    kind: "python",
    name,
    version: /^==\s*([^*,]+)$/.exec(specifier ?? "")?.[1]?.trim(),
    entries: options.entry === undefined ? [] : [options.entry],
    runtime: describeRuntime(request),
    slots: slotNames(false, options.wheel ?? false),
    outputName: undefined,
    stage: (context) => stagePublished({ name, extras: all, specifier: specifier?.trim() ?? "", request, settings, wanted: options.entry, wheel: options.wheel ?? false }, context),
  };
}

/** `--python`, then `[tool.flavor] python`, then `.python-version`, each within `requires-python`; otherwise the newest that fits. */
function pythonRequest(project: PythonProject, options: PackOptions): PythonRequest {
  return requestFor(options.python ?? project.settings.python, project.folder, { version: project.pinnedPython, specifiers: project.requiresPython }, project.settings.trim);
}

function requestFor(python: string | undefined, base: string, wish: PythonWish, trim: boolean): PythonRequest {
  if (python === undefined) return { wish: checked(wish), path: undefined, trim };
  if (/^\d+(?:\.\d+){1,2}$/.test(python)) return { wish: checked({ ...wish, version: python }), path: undefined, trim };
  if (/^\d+$/.test(python)) return { wish: checked({ ...wish, version: undefined }), path: undefined, trim };
  return { wish: { version: undefined, specifiers: wish.specifiers }, path: isAbsolute(python) ? python : resolve(join(base, python)), trim };
}

function checked(wish: PythonWish): PythonWish {
  if (fittingMinors(wish).length > 0) return wish;
  const asked = wish.version === undefined ? describeWish(wish) : `Python ${wish.version}${wish.specifiers === undefined ? "" : ` (requires-python is ${wish.specifiers})`}`;
  throw new FlavorError("runtime-missing", `no Python that can be had fits ${asked}`, { hint: "change --python, .python-version or requires-python" });
}

function describeRuntime(request: PythonRequest): string {
  return request.path === undefined ? `CPython ${request.wish.version ?? fittingMinors(request.wish)[0] ?? ""}` : `CPython of ${request.path}`;
}

function slotNames(resources: boolean, wheel: boolean): { id: string; content: string }[] {
  return [
    { id: "runtime", content: "Python, trimmed and byte-compiled" },
    { id: "dependencies", content: "installed dependencies" },
    { id: "application", content: "the program and its commands" },
    ...(resources ? [{ id: "resources", content: "files named in tool.flavor.resources" }] : []),
    ...(wheel ? [{ id: "wheel", content: "the program as a wheel" }] : []),
  ];
}
