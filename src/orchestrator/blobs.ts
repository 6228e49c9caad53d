/** The blobs of a staged package, one slot after the other. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { listFolder } from "../builder/archive.js";
import { makeBlob, type SlotBlob } from "../builder/blob.js";
import type { BuildSlot } from "../builder/build.js";
import { openCompressor, planCompression } from "../builder/compressor.js";
import { throwIfAborted } from "../builder/interrupt.js";
import { formatOperations, type OperationChain } from "../format/operations.js";
import { DEFAULT_MTIME_SECONDS } from "../format/tar.js";
import type { ManifestSlot } from "../manifest/manifest.js";
import { fileError } from "../reader/file.js";
import type { PackRequest } from "./request.js";

export interface BlobRequest {
  readonly request: PackRequest;
  readonly slots: readonly ManifestSlot[];
  readonly sourceDateEpoch: number | undefined;
  /** An empty folder for the blobs; absolute. */
  readonly blobDir: string;
  /** The cache root. */
  readonly cacheDir: string;
}

/** @throws FlavorError of `makeBlob`. */
export async function makeBlobs({ request, slots: sources, sourceDateEpoch, blobDir, cacheDir }: BlobRequest): Promise<BuildSlot[]> {
  const compressor = openCompressor(cacheDir, () => Date.now() / 1000);
  try {
    const slots: BuildSlot[] = [];
    for (const slot of sources) {
      throwIfAborted(request.signal);
      const chain = request.compression === "gzip" ? slot.operations.map((name) => (name === "ZSTD" ? "GZIP" : name)) : slot.operations;
      const sourceBytes = await sourceSize(slot.source);
      const compression = planCompression(request.compression === "gzip" ? "default" : request.compression, slot.purpose, sourceBytes);
      const step = request.progress.step(`compress ${slot.id}`, sourceBytes);
      const blob = await makeBlob(slot.source, chain, { file: join(blobDir, slot.id), mtimeSeconds: sourceDateEpoch ?? DEFAULT_MTIME_SECONDS, compressor, compression, signal: request.signal, step });
      step.done(`${(blob.size / 1e6).toFixed(1)} MB`);
      slots.push(buildSlot(slot, chain, blob));
    }
    return slots;
  } finally {
    await compressor.close();
  }
}

function buildSlot(slot: ManifestSlot, chain: OperationChain, blob: SlotBlob): BuildSlot {
  return {
    id: slot.id,
    target: slot.target,
    operations: formatOperations(chain),
    purpose: slot.purpose,
    lifecycle: slot.lifecycle,
    ...(slot.permissions === undefined ? {} : { permissions: slot.permissions }),
    ...(slot.platform === undefined ? {} : { platform: slot.platform }),
    blob,
  };
}

async function sourceSize(source: string): Promise<number> {
  const info = await stat(source).catch((cause: unknown) => {
    throw fileError(cause, source, "read");
  });
  if (!info.isDirectory()) return info.size;
  return (await listFolder(source)).reduce((sum, { entry }) => sum + 512 + Math.ceil(entry.size / 512) * 512, 0);
}
