/**
 * Names of workenvs. The launchers compute the same (spec/launch.md, "Workenv").
 */
import { LIMIT_WORKENV_NAME_PART } from "../format/constants.gen.js";
import { isDeviceName } from "../format/path.js";

/** @param packageId - 64 hex digits. @returns `{package}-{version}-{first 16 hex of the package id}`. */
export function workenvName(packageName: string, version: string, packageId: string): string {
  return `${namePart(packageName)}-${namePart(version)}-${packageId.slice(0, 16)}`;
}

function namePart(text: string): string {
  const bytes = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte).replace(/[A-Z]/, (letter) => letter.toLowerCase()));
  const part = bytes
    .map((char) => (/[a-z0-9._-]/.test(char) ? char : "-"))
    .join("")
    .replace(/^\.+/, "")
    .slice(0, LIMIT_WORKENV_NAME_PART);
  if (part === "") return "_";
  return isDeviceName(part) ? `_${part}` : part;
}
