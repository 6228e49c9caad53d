import { fileURLToPath } from "node:url";

/** @returns what a packed program can find out about itself. */
export function info(): Readonly<Record<string, unknown>> {
  return {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    execPath: process.execPath,
    file: fileURLToPath(import.meta.url),
    cwd: process.cwd(),
    workenv: process.env["FLAVOR_WORKENV"] ?? null,
    command: process.env["FLAVOR_COMMAND_NAME"] ?? null,
  };
}
