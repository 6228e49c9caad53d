/**
 * A manifest as a builder reads it: every default written out, so that resolving it again gives the same manifest.
 *
 * Source: spec/manifest.md; spec/builder.md.
 */
import { formatOperations } from "../format/operations.js";
import type { ManifestInput, SlotInput } from "./input.js";
import type { Manifest, ManifestSlot } from "./manifest.js";

/** @returns the manifest in the form of `flavor.json`. */
export function encodeManifest(manifest: Manifest): ManifestInput {
  const { execution, workenv, requirements } = manifest;
  return {
    package: manifest.package,
    execution: {
      argv: execution.argv,
      ...(execution.entry === undefined ? {} : { entry: execution.entry }),
      ...(execution.entries === undefined ? {} : { entries: execution.entries }),
      env: execution.env,
      primary_slot: execution.primarySlot,
    },
    slots: manifest.slots.map(encodeSlot),
    ...(manifest.runtimeEnv === undefined ? {} : { runtime: { env: manifest.runtimeEnv } }),
    ...(workenv === undefined ? {} : { workenv }),
    ...(manifest.setupCommands === undefined ? {} : { setup_commands: manifest.setupCommands }),
    ...(manifest.cacheValidation === undefined ? {} : { cache_validation: manifest.cacheValidation }),
    ...(requirements === undefined
      ? {}
      : { requirements: { ...(requirements.libc === undefined ? {} : { libc: requirements.libc }), ...(requirements.libcVersion === undefined ? {} : { libc_version: requirements.libcVersion }) } }),
    ...(manifest.minimumLevel === undefined ? {} : { verification: { minimum_level: manifest.minimumLevel } }),
  };
}

function encodeSlot(slot: ManifestSlot): SlotInput {
  return {
    id: slot.id,
    source: slot.source,
    target: slot.target,
    operations: formatOperations(slot.operations),
    purpose: slot.purpose,
    lifecycle: slot.lifecycle,
    ...(slot.permissions === undefined ? {} : { permissions: slot.permissions.toString(8).padStart(4, "0") }),
    ...(slot.platform === undefined ? {} : { platform: slot.platform }),
  };
}
