/** Which packager a source belongs to. */
import { resolve } from "node:path";
import { findManifest } from "../manifest/read.js";
import type { Plan } from "../packagers/plan.js";
import type { PackRequest } from "./request.js";

/**
 * @returns the packager's plan; nothing has been downloaded or written, though npm may have been asked what a program is.
 * @throws FlavorError of `findManifest` and the packagers.
 */
export async function planSource(request: PackRequest): Promise<Plan> {
  const { source, options, environment, offline, signal } = request;
  if (source.startsWith("pypi:")) {
    const { planPypi } = await import("../packagers/python/index.js");
    return planPypi(source.slice("pypi:".length), options);
  }
  if (source.startsWith("npm:")) {
    const { planNpm } = await import("../packagers/node/index.js");
    return planNpm(source.slice("npm:".length), options, { environment, offline, signal });
  }
  const manifest = await findManifest(resolve(request.cwd, source));
  switch (manifest.kind) {
    case "python": {
      const { planPythonProject } = await import("../packagers/python/index.js");
      return planPythonProject(manifest.folder, options);
    }
    case "node": {
      const { planNodeProject } = await import("../packagers/node/index.js");
      return planNodeProject(manifest.folder, options);
    }
    case "generic": {
      const { planGeneric } = await import("../packagers/generic/plan.js");
      return planGeneric(manifest.path, { ...options, ...(request.workenvBase === undefined ? {} : { workenvBase: resolve(request.cwd, request.workenvBase) }) });
    }
  }
}
