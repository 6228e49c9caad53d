/** A native binary of this project, as a file: what its name and its marker say. */
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Platform } from "../format/platform.js";
import { platformName } from "../format/platform.js";
import type { Marker } from "./marker.js";
import { readMarker } from "./marker.js";

export type Language = "rust" | "go";
export type Role = "launcher" | "builder";

export interface Helper {
  /** File name without the platform: `flavor-rs-launcher`. */
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Undefined for a file without a marker: a helper of somebody else. */
  readonly marker: Marker | undefined;
}

const HELPER_FILE = /^(flavor-(rs|go)-(launcher|builder))(?:-(linux|darwin|windows)_(amd64|arm64))?(\.exe)?$/;

/** @returns the name of a helper, such as `flavor-rs-launcher`. */
export function helperName(language: Language, role: Role): string {
  return `flavor-${language === "rust" ? "rs" : "go"}-${role}`;
}

/** @returns the file name of a helper for a platform: `flavor-rs-launcher-windows_amd64.exe`. */
export function helperFileName(name: string, platform: Platform): string {
  return `${name}-${platformName(platform)}${platform.os === "windows" ? ".exe" : ""}`;
}

/** @returns what a file name says, or undefined for another file's. */
export function parseHelperFileName(fileName: string): { readonly name: string; readonly language: Language; readonly role: Role; readonly platform: string | undefined } | undefined {
  const [, name, language, role, os, arch] = HELPER_FILE.exec(fileName) ?? [];
  if (name === undefined) return undefined;
  return { name, language: language === "go" ? "go" : "rust", role: role === "builder" ? "builder" : "launcher", platform: os === undefined ? undefined : `${os}_${arch ?? ""}` };
}

/** @returns the helper at a path, or undefined if there is no file. */
export async function readHelper(path: string): Promise<Helper | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return undefined;
  return { name: parseHelperFileName(basename(path))?.name ?? basename(path), path, sizeBytes: found.size, marker: await readMarker(path) };
}
