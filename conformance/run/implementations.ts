/** The three implementations, as programs: readers that answer questions, builders, launchers. */
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../src/helpers/root.js";
import { hostPlatform, platformName } from "../../src/format/platform.js";
import type { Implementation } from "../readers/process.js";

const ROOT = packageRoot();
const PLATFORM = platformName(hostPlatform(process.platform, process.arch));

function helper(name: string): string {
  return join(ROOT, "dist", "bin", `${name}-${PLATFORM}`);
}

/** `make validate-pspf` builds them. */
export const READERS: readonly Implementation[] = [
  { name: "ts", command: [process.execPath, join(ROOT, "dist", "conformance", "conformance", "readers", "typescript.js")] },
  { name: "rust", command: [join(ROOT, "dist", "conformance", "flavor-rs-conformance")] },
  { name: "go", command: [join(ROOT, "dist", "conformance", "flavor-go-conformance")] },
];

export interface Launcher {
  readonly name: string;
  readonly path: string;
}

export const LAUNCHERS: readonly Launcher[] = [
  { name: "rust", path: helper("flavor-rs-launcher") },
  { name: "go", path: helper("flavor-go-launcher") },
];

/** Builders take the same options; `flavor pack` names the manifest first. */
export const BUILDERS: readonly Implementation[] = [
  { name: "ts", command: [process.execPath, join(ROOT, "dist", "js", "cli", "main.js"), "pack", "--builder", "ts", "--quiet"] },
  { name: "rust", command: [helper("flavor-rs-builder"), "--log-level", "warn", "--manifest"] },
  { name: "go", command: [helper("flavor-go-builder"), "--log-level", "warn", "--manifest"] },
];

/** @returns what is missing of a program, or undefined. */
export function missing(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch {
    return `${path} is not there: make build-helpers, make validate-pspf`;
  }
}

/** @returns what is missing of an implementation: its last path, after the interpreter. */
export function missingImplementation({ command }: Implementation): string | undefined {
  return missing(command.find((word) => word.endsWith(".js")) ?? command[0]);
}
