/** From a manifest to the metadata that a package carries. */
import type { Json } from "../format/json.js";
import type { Platform } from "../format/platform.js";
import type { Signer } from "../format/signer.js";
import { DEFAULT_MTIME_SECONDS } from "../format/tar.js";
import { packageRoot, packageVersion } from "../helpers/root.js";
import { quoteCommand } from "../manifest/command.js";
import type { Manifest } from "../manifest/manifest.js";

export interface DescribeRequest {
  readonly target: Platform;
  readonly sourceDateEpoch: number | undefined;
  readonly signer: Signer | undefined;
}

/** All of the metadata that does not depend on slots, launcher and key. */
export function describe(manifest: Manifest, { target, sourceDateEpoch, signer }: DescribeRequest) {
  const { execution } = manifest;
  return {
    package: { ...manifest.package, sequence: manifest.package.sequence === 0 ? (sourceDateEpoch ?? 0) : manifest.package.sequence },
    execution: {
      argv: execution.argv,
      command: quoteCommand(execution.argv),
      ...(execution.entry === undefined ? {} : { entry: execution.entry }),
      ...(execution.entries === undefined ? {} : { entries: execution.entries }),
      env: execution.env,
      primarySlot: execution.primarySlot,
    },
    ...(manifest.runtimeEnv === undefined ? {} : { runtimeEnv: asJson(withoutEmpty(manifest.runtimeEnv)) }),
    ...(manifest.workenv === undefined ? {} : { workenv: asJson(manifest.workenv) }),
    ...(manifest.setupCommands === undefined ? {} : { setupCommands: manifest.setupCommands.map(asJson) }),
    ...(manifest.cacheValidation === undefined ? {} : { cacheValidation: asJson(manifest.cacheValidation) }),
    ...(manifest.requirements === undefined ? {} : { requirements: manifest.requirements }),
    ...(manifest.minimumLevel === undefined ? {} : { minimumLevel: manifest.minimumLevel }),
    build: {
      tool: "flavorpack",
      toolVersion: packageVersion(packageRoot()),
      timestamp: `${new Date((sourceDateEpoch ?? DEFAULT_MTIME_SECONDS) * 1000).toISOString().slice(0, 19)}Z`,
      deterministic: signer?.lifetime === "publisher",
      os: target.os,
      arch: target.arch,
    },
  };
}

/** The members that hold something. */
function withoutEmpty(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => Object.keys(member as object).length > 0));
}

/** Manifest parts go into the metadata as they are; their shapes are those of spec/metadata.md. */
function asJson(value: object): { readonly [key: string]: Json } {
  return JSON.parse(JSON.stringify(value)) as { readonly [key: string]: Json };
}
