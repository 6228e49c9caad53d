/** Node and TypeScript programs: a project's folder, or a published package. */
export { planNodeProject } from "./plan.js";
export { parseNpmSpec, planNpm, type NpmSpec } from "./npm-program.js";
