/**
 * Programs for other platforms than this one: compiled by zig, packed by the CLI, run by Wine or qemu.
 *
 * What is missing for a test is told as the reason why it was not run. In CI nothing may be missing: there it is a failure.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { CHECKOUT, type Run } from "../packaging/packing.js";

/** Both launchers, by what their helpers are called. */
export const LAUNCHERS = ["flavor-rs-launcher", "flavor-go-launcher"] as const;
export type Launcher = (typeof LAUNCHERS)[number];

const ZIG = join(CHECKOUT, "build", "zig", "bin", "python");
const ZIG_TARGETS = { windows_amd64: "x86_64-windows-gnu", linux_arm64: "aarch64-linux-musl" } as const;
export type Emulated = keyof typeof ZIG_TARGETS;

/** @returns where a helper of `./build.sh --target PLATFORM` lies. */
export function helperPath(name: string, platform: string): string {
  return join(CHECKOUT, "dist", "bin", `${name}-${platform}${platform.startsWith("windows") ? ".exe" : ""}`);
}

function commandPath(names: readonly string[]): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/lib/wine"];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}

export const WINE = commandPath(["wine64", "wine"]);
export const QEMU = commandPath(["qemu-aarch64-static", "qemu-aarch64"]);

/** @returns why tests of a launcher cannot run here, or undefined. */
export function whyNotRun(launcher: string, platform: Emulated): string | undefined {
  if (platform === "windows_amd64" && WINE === undefined) return "there is no Wine (Debian: wine64)";
  if (platform === "linux_arm64" && QEMU === undefined) return "there is no qemu (Debian: qemu-user-static)";
  if (!existsSync(ZIG)) return "there is no zig (./build.sh rust --target windows_amd64 gets it)";
  return existsSync(helperPath(launcher, platform)) ? undefined : `${launcher} is not built for ${platform} (make build-all-helpers)`;
}

/** Whether tests with this reason are left out. In CI they run, and fail. */
export function isLeftOut(reason: string | undefined): boolean {
  return reason !== undefined && process.env["CI"] === undefined;
}

/** @returns the title of a group of tests: one that is not run says why. */
export function titled(text: string, reason: string | undefined): string {
  return reason === undefined ? text : `${text} (not run: ${reason})`;
}

/** Compile a C file of this folder; zig takes as long as a minute for the first program of a system. @returns the program. */
export function compile(source: string, platform: Emulated, options: readonly string[] = []): string {
  const path = join(CHECKOUT, "build", "platforms", `${source.replace(/\.c$/, "")}-${platform}`);
  const from = join(import.meta.dirname, source);
  if (existsSync(path) && statSync(path).mtimeMs > statSync(from).mtimeMs) return path;
  mkdirSync(join(path, ".."), { recursive: true });
  execFileSync(ZIG, ["-m", "ziglang", "cc", "-target", ZIG_TARGETS[platform], "-O1", "-s", ...options, "-o", path, from], { stdio: ["ignore", "inherit", "inherit"] });
  return path;
}

/** @returns the program of witness.c. */
export function witness(platform: Emulated): string {
  return compile("witness.c", platform, platform === "windows_amd64" ? ["-municode"] : ["-static"]);
}

/** The path by which Windows programs under Wine know a file. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll("/", "\\")}`;
}

const PREFIX = join(CHECKOUT, "build", "platforms", "wine");
// Without a UTF-8 locale Wine does not pass arguments on as they are.
export const WINE_ENVIRONMENT = { PATH: process.env["PATH"], HOME: PREFIX, LC_ALL: "C.UTF-8", WINEPREFIX: PREFIX, WINEDEBUG: "-all" };

export type Environment = Readonly<Record<string, string>>;

/** Make the folder that is Windows to Wine, once. */
export function startWine(): void {
  if (!existsSync(join(PREFIX, "system.reg"))) {
    mkdirSync(PREFIX, { recursive: true });
    wine(["wineboot", "--init"]);
  }
  // Wine 8 lacks a library that every program of Go needs.
  const system = join(PREFIX, "drive_c", "windows", "system32", "bcryptprimitives.dll");
  if (!existsSync(system)) execFileSync("cp", [compile("bcryptprimitives.c", "windows_amd64", ["-shared", "-ladvapi32"]), system]);
}

/** Run a Windows program. A status is cut to 8 bits; `witness status` tells all of them. */
export function wine(command: readonly string[], environment: Environment = {}): Run {
  const done = spawnSync(WINE ?? "wine64", command, { cwd: "/", env: { ...WINE_ENVIRONMENT, ...environment }, encoding: "utf8", input: "" });
  return { status: done.status, stdout: done.stdout, stderr: done.stderr };
}

/** The same without waiting. */
export function startUnderWine(command: readonly string[], environment: Environment = {}) {
  return spawn(WINE ?? "wine64", command, { cwd: "/", env: { ...WINE_ENVIRONMENT, ...environment }, stdio: "ignore" });
}

/** Run a program for 64-bit ARM. */
export function qemu(command: readonly string[], environment: Environment = {}): Run {
  const done = spawnSync(QEMU ?? "qemu-aarch64-static", command, { cwd: "/", env: { ...environment }, encoding: "utf8", input: "" });
  return { status: done.status, stdout: done.stdout, stderr: done.stderr };
}
