/** Platforms, written `{os}_{arch}`: `linux_amd64`, `darwin_arm64`, `windows_amd64`. */
import { FlavorError } from "./error.js";

export const OPERATING_SYSTEMS = ["linux", "darwin", "windows"] as const;
export const ARCHITECTURES = ["amd64", "arm64"] as const;

export interface Platform {
  readonly os: (typeof OPERATING_SYSTEMS)[number];
  readonly arch: (typeof ARCHITECTURES)[number];
}

/** @returns the platform's name, such as `linux_amd64`. */
export function platformName(platform: Platform): string {
  return `${platform.os}_${platform.arch}`;
}

/**
 * @param text - `{os}_{arch}`.
 * @throws FlavorError `usage` for any other text.
 */
export function parsePlatform(text: string): Platform {
  const [osText, archText] = text.split("_");
  const os = OPERATING_SYSTEMS.find((name) => name === osText);
  const arch = ARCHITECTURES.find((name) => name === archText);
  if (os === undefined || arch === undefined || text !== `${os}_${arch}`) {
    throw new FlavorError("usage", `unknown platform ${JSON.stringify(text)}: expected one of ${OPERATING_SYSTEMS.flatMap((o) => ARCHITECTURES.map((a) => `${o}_${a}`)).join(", ")}`);
  }
  return { os, arch };
}

/**
 * The platform that Node runs on.
 *
 * @param nodePlatform - `process.platform`.
 * @param nodeArch - `process.arch`.
 * @throws FlavorError `runtime-missing` on a platform that this format does not name.
 */
export function hostPlatform(nodePlatform: string, nodeArch: string): Platform {
  const os = { linux: "linux", darwin: "darwin", win32: "windows" }[nodePlatform];
  const arch = { x64: "amd64", arm64: "arm64" }[nodeArch];
  if (os === undefined || arch === undefined) {
    throw new FlavorError("runtime-missing", `this machine is ${nodePlatform} on ${nodeArch}, which FlavorPack does not know`);
  }
  return parsePlatform(`${os}_${arch}`);
}
