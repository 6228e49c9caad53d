/** The builder of this package: slots and signatures in TypeScript, the same bytes as the native ones (spec/builder.md). */
import { basename, join } from "node:path";
import { buildPackage, type BuildSlot } from "../builder/build.js";
import { stripLauncher } from "../builder/strip.js";
import { keyId } from "../format/key-id.js";
import { formatOperations } from "../format/operations.js";
import type { Helper } from "../helpers/helper.js";
import { markedName } from "../helpers/marker.js";
import { packageRoot, packageVersion } from "../helpers/root.js";
import { hashRange, openFile } from "../reader/file.js";
import type { PreparedSlot } from "./blobs.js";
import { describe } from "./describe.js";
import type { Builder, Built, Recipe } from "./recipe.js";

export function builtInBuilder(): Builder {
  return { name: "built-in", version: packageVersion(packageRoot()), path: undefined, build };
}

async function build(recipe: Recipe): Promise<Built> {
  const { manifest, signer, request, output } = recipe;
  const { launcher, strippedBytes } = await prepareLauncher(recipe);
  const step = request.progress.step(`write ${basename(output)}`, recipe.slots.reduce((sum, { blob }) => sum + blob.size, launcher.size));
  const result = await buildPackage({
    metadata: describe(manifest, recipe),
    slots: recipe.slots.map(buildSlot),
    launcher,
    signer,
    sourceDateEpoch: recipe.sourceDateEpoch,
    output,
    signal: request.signal,
    onBytes: (count) => {
      step.advance(count);
    },
    inspect: (path) => {
      step.done();
      return recipe.inspect(path);
    },
  });
  return {
    size: result.packageSize,
    sha256: result.sha256,
    packageId: result.packageId,
    keyId: signer === undefined ? undefined : keyId(signer.publicKey),
    keyLifetime: signer?.lifetime,
    strippedBytes,
    slots: result.metadata.slots,
  };
}

async function prepareLauncher({ launcher, request, stagingDir }: Recipe) {
  const stripped = join(stagingDir, "launcher");
  const strippedBytes = request.strip ? await stripLauncher(launcher.path, stripped) : 0;
  return { launcher: await measureLauncher(launcher, request.strip ? stripped : launcher.path), strippedBytes };
}

async function measureLauncher({ marker }: Helper, path: string) {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    return {
      file: path,
      tool: marker === undefined ? "unknown" : markedName(marker),
      toolVersion: marker?.version ?? "unknown",
      ...(marker === undefined ? {} : { platform: marker.platform }),
      size,
      sha256: await hashRange(file, 0, size),
    };
  } finally {
    await file.close();
  }
}

function buildSlot({ slot, blob }: PreparedSlot): BuildSlot {
  const { id, target, purpose, lifecycle, permissions, platform } = slot;
  return { id, target, operations: formatOperations(slot.operations), purpose, lifecycle, ...(permissions === undefined ? {} : { permissions }), ...(platform === undefined ? {} : { platform }), blob };
}
