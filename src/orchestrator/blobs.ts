/** The blobs of a staged package, one slot after the other: what all builders are given. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { listFolder, type Links } from "../builder/archive.js";
import { makeBlob, type SlotBlob } from "../builder/blob.js";
import { openCompressor, planCompression } from "../builder/compressor.js";
import { throwIfAborted } from "../builder/interrupt.js";
import { TargetNames } from "../builder/names.js";
import { isArchive } from "../format/operations.js";
import { DEFAULT_MTIME_SECONDS } from "../format/tar.js";
import type { ManifestSlot } from "../manifest/manifest.js";
import { fileError } from "../reader/file.js";
import type { PackRequest } from "./request.js";

export interface BlobRequest {
  readonly request: PackRequest;
  readonly slots: readonly ManifestSlot[];
  readonly sourceDateEpoch: number | undefined;
  /** Operating system of the package's platform. */
  readonly os: string;
  /** An empty folder for the blobs; absolute. */
  readonly blobDir: string;
  /** The cache root. */
  readonly cacheDir: string;
}

export interface PreparedSlot {
  /** The slot with its blob as the source, which is in the form of its operations already. */
  readonly slot: ManifestSlot;
  readonly blob: SlotBlob;
}

/** @throws FlavorError of `makeBlob`. */
export async function makeBlobs({ request, slots: sources, sourceDateEpoch, os, blobDir, cacheDir }: BlobRequest): Promise<PreparedSlot[]> {
  const compressor = openCompressor(cacheDir, () => Date.now() / 1000);
  try {
    const slots: PreparedSlot[] = [];
    const tree = new TargetNames(os);
    for (const slot of sources) {
      throwIfAborted(request.signal);
      const operations = request.compression === "gzip" ? slot.operations.map((name) => (name === "ZSTD" ? "GZIP" : name)) : slot.operations;
      const sourceBytes = await sourceSize(slot.source, tree.below(slot.target).links);
      const compression = planCompression(request.compression === "gzip" ? "default" : request.compression, slot.purpose, sourceBytes);
      // What is published alone meets nobody's names but its own.
      const names = slot.lifecycle === "lazy" || slot.lifecycle === "dev" ? new TargetNames(os) : tree;
      if (!isArchive(operations)) names.add(slot.target);
      const step = request.progress.step(`compress ${slot.id}`, sourceBytes);
      const blob = await makeBlob(slot.source, operations, { file: join(blobDir, slot.id), mtimeSeconds: sourceDateEpoch ?? DEFAULT_MTIME_SECONDS, names: names.below(slot.target), compressor, compression, signal: request.signal, step });
      step.done(`${(blob.size / 1e6).toFixed(1)} MB`);
      const permissions = blob.mode === undefined ? slot.permissions : (slot.permissions ?? blob.mode);
      slots.push({ slot: { ...slot, source: blob.file, operations, ...(permissions === undefined ? {} : { permissions }) }, blob });
    }
    const warning = tree.warning();
    if (warning !== undefined) request.progress.warn(warning);
    return slots;
  } finally {
    await compressor.close();
  }
}

async function sourceSize(source: string, links: Links): Promise<number> {
  const info = await stat(source).catch((cause: unknown) => {
    throw fileError(cause, source, "read");
  });
  if (!info.isDirectory()) return info.size;
  return (await listFolder(source, links)).reduce((sum, { entry }) => sum + 512 + Math.ceil(entry.size / 512) * 512, 0);
}
