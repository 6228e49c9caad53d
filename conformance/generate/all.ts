/** Every vector, as the files that they are written to. */
import { packageId, sealDigests } from "../../src/format/seal.js";
import { toHex } from "../../src/format/checksum.js";
import { INDEX, SIZE_INDEX_BLOCK, SIZE_TRAILER } from "../../src/format/constants.gen.js";
import { archiveVectors } from "./archives.js";
import { contentVectors } from "./contents.js";
import { layoutVectors } from "./layout.js";
import { metadataVectors } from "./metadata.js";
import { questionVectors } from "./questions.js";
import { signatureVectors } from "./signatures.js";
import { slotVectors } from "./slots.js";
import { upstreamVectors } from "./upstream.js";
import type { PackageVector, QuestionVector } from "./vector.js";
import { wheelVectors } from "./wheels.js";

export async function packageVectors(): Promise<PackageVector[]> {
  return [...layoutVectors(), ...slotVectors(), ...metadataVectors(), ...signatureVectors(), ...contentVectors(), ...(await wheelVectors()), ...upstreamVectors()];
}

export function allQuestions(): QuestionVector[] {
  return [...archiveVectors(), ...questionVectors()];
}

/** The id of a package that opens: from its own index block and slot table. */
function idOf(bytes: Uint8Array): string {
  const file = Buffer.from(bytes);
  const block = file.subarray(file.length - SIZE_TRAILER + 4, file.length - 4);
  const table = Number(block.readBigUInt64LE(INDEX.slotTableOffset.offset));
  return toHex(packageId(sealDigests(Uint8Array.from(block.subarray(0, SIZE_INDEX_BLOCK)), file.subarray(table, table + Number(block.readBigUInt64LE(INDEX.slotTableSize.offset))))));
}

function packagesIndex(vectors: readonly PackageVector[]): string {
  const entries = vectors.map(({ name, description, clause, bytes, verify, content }): [string, unknown] => [
    name,
    { description, clause, expect: { verify: "error" in verify ? verify : { ok: { package_id: idOf(bytes), ...verify } }, ...(content === undefined ? {} : { content }) } },
  ]);
  return `${JSON.stringify(Object.fromEntries(entries), null, 1)}\n`;
}

/** @returns contents by path below `vectors/`. @throws Error if two vectors have one name. */
export async function vectorFiles(): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const put = (path: string, content: Uint8Array) => {
    if (files.has(path)) throw new Error(`two vectors are called ${path}`);
    files.set(path, content);
  };
  const packages = await packageVectors();
  for (const { name, bytes } of packages) put(`packages/${name}.psp`, bytes);
  for (const { name, ...question } of allQuestions()) put(`questions/${name}.json`, Buffer.from(`${JSON.stringify(question, null, 1)}\n`));
  put("packages.json", Buffer.from(packagesIndex(packages)));
  return files;
}

