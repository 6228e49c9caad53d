/** Which interpreters and platforms a wheel fits whose contents were resolved for one of them. */
import { compareVersions } from "../../runtimes/elf.js";
import type { Installed } from "./source.js";

/** Names of manylinux before PEP 600, as glibc versions. */
const OLD_MANYLINUX: Readonly<Record<string, string>> = { manylinux1: "2.5", manylinux2010: "2.12", manylinux2014: "2.17" };

/**
 * @param installed - everything in the wheel.
 * @param minor - the Python that it was resolved for, such as `3.13`.
 * @param native - whether there is machine code in it.
 * @returns a tag such as `py3-none-any` or `cp313-cp313-manylinux_2_28_x86_64`.
 */
export function wheelTag(installed: readonly Installed[], minor: string, native: boolean): string {
  if (!native) return "py3-none-any";
  const python = `cp${minor.replace(".", "")}`;
  const platforms = installed.map(({ tags }) => loosest(tags.map((tag) => tag.split("-")[2] ?? "any"))).filter((platform) => platform !== "any");
  return `${python}-${python}-${strictest(platforms) ?? "linux_x86_64"}`;
}

/** Of the platforms that one distribution fits, the one that asks for least. */
function loosest(platforms: readonly string[]): string {
  return [...platforms].sort((a, b) => compareVersions(glibcOf(a), glibcOf(b)))[0] ?? "any";
}

/** Of the platforms that all must fit, the one that asks for most. One built here, for this machine alone, asks for more than any. */
function strictest(platforms: readonly string[]): string | undefined {
  return platforms.find((platform) => !platform.startsWith("manylinux")) ?? [...platforms].sort((a, b) => compareVersions(glibcOf(b), glibcOf(a)))[0];
}

function glibcOf(platform: string): string {
  const modern = /^manylinux_(\d+)_(\d+)_/.exec(platform);
  if (modern !== null) return `${modern[1] ?? "2"}.${modern[2] ?? "0"}`;
  return OLD_MANYLINUX[platform.split("_")[0] ?? ""] ?? "0";
}

/**
 * The Pythons that the contents fit. They were resolved for one; a requirement that holds only for older or newer ones is not among them, so
 * the range ends where such a requirement begins.
 *
 * @returns a specifier set such as `>=3.9` or `>=3.13,<3.14`.
 */
export function pythonRange(installed: readonly Installed[], minor: string, requiresPython: string | undefined, native: boolean): string {
  const next = `3.${(Number(minor.split(".")[1]) + 1).toString()}`;
  if (native) return `>=${minor},<${next}`;
  let floor = "3.8";
  let ceiling: string | undefined;
  const raise = (version: string) => {
    if (compareVersions(version, floor) > 0) floor = version;
  };
  for (const specifiers of [requiresPython, ...installed.map(({ metadata }) => metadata.requiresPython)]) {
    for (const match of (specifiers ?? "").matchAll(/(>=|>|~=|==)\s*(\d+\.\d+)/g)) raise(match[2] ?? "3.8");
    for (const match of (specifiers ?? "").matchAll(/<\s*(\d+\.\d+)/g)) if (compareVersions(match[1] ?? "4", minor) > 0 && (ceiling === undefined || compareVersions(match[1] ?? "4", ceiling) < 0)) ceiling = match[1];
  }
  for (const requirement of installed.flatMap(({ metadata }) => metadata.requirements)) {
    for (const match of requirement.matchAll(/python(?:_full)?_version\s*(<=|<|>=|>|==|!=)\s*["'](\d+\.\d+)/g)) {
      const version = match[2] ?? "3.8";
      const boundary = match[1] === "<=" || match[1] === ">" ? `3.${(Number(version.split(".")[1]) + 1).toString()}` : version;
      if (match[1] === "==" || match[1] === "!=") raise(minor);
      else if (compareVersions(boundary, minor) <= 0) raise(boundary);
      else if (ceiling === undefined || compareVersions(boundary, ceiling) < 0) ceiling = boundary;
    }
  }
  return `>=${floor}${ceiling === undefined ? "" : `,<${ceiling}`}`;
}
