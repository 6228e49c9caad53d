/**
 * Operation chains: what was done to a slot's content before it was stored, first to last.
 *
 * Source: spec/operations.md. Codes and spellings are generated from spec/tables.json.
 */
import { LIMIT_OPERATIONS, OPERATION_CODES, OPERATION_SPELLINGS, OPERATIONS_IMPLEMENTED } from "./constants.gen.js";
import { FlavorError } from "./error.js";

export type OperationName = keyof typeof OPERATION_CODES;
export type OperationChain = readonly OperationName[];

const NAMES_BY_CODE = new Map<number, OperationName>(operationNames().map((name) => [OPERATION_CODES[name], name]));
const CANONICAL_SPELLINGS: ReadonlyMap<string, string> = new Map([
  ["", "raw"],
  ["TAR", "tar"],
  ["GZIP", "gzip"],
  ["BZIP2", "bzip2"],
  ["XZ", "xz"],
  ["ZSTD", "zstd"],
  ["TAR GZIP", "tar.gz"],
  ["TAR BZIP2", "tar.bz2"],
  ["TAR XZ", "tar.xz"],
  ["TAR ZSTD", "tar.zst"],
]);

function operationNames(): OperationName[] {
  return Object.keys(OPERATION_CODES).filter(isOperationName);
}

function isOperationName(text: string): text is OperationName {
  return Object.hasOwn(OPERATION_CODES, text);
}

/** @returns whether the chain's content is an archive. */
export function isArchive(chain: OperationChain): boolean {
  return chain[0] === "TAR";
}

/** @returns whether some operation of the chain compresses. */
export function isCompressed(chain: OperationChain): boolean {
  return chain.some((name) => OPERATION_CODES[name] >= 0x10 && OPERATION_CODES[name] < 0x30);
}

/**
 * @returns the chain as a descriptor stores it: the first operation in the least significant byte.
 * @throws FlavorError `operation-unsupported` for more than eight operations.
 */
export function packOperations(chain: OperationChain): bigint {
  if (chain.length > LIMIT_OPERATIONS) {
    throw new FlavorError("operation-unsupported", `an operation chain has ${chain.length} operations; at most ${LIMIT_OPERATIONS} fit`);
  }
  return chain.reduce((packed, name, position) => packed | (BigInt(OPERATION_CODES[name]) << BigInt(8 * position)), 0n);
}

/**
 * @param packed - the descriptor's `operations`.
 * @param skipZeros - as earlier readers did: zero bytes inside the chain count for nothing.
 * @throws FlavorError `slot-field-invalid` for an operation after the end of the chain; for the first code that cannot be used `operation-unknown` if it is
 *   not in the registry, `operation-unsupported` if it is not implemented or a TAR that does not come first.
 */
export function unpackOperations(packed: bigint, skipZeros = false): OperationChain {
  const bytes = Array.from({ length: LIMIT_OPERATIONS }, (_, position) => Number((packed >> BigInt(8 * position)) & 0xffn));
  const used = bytes.filter((code) => code !== 0);
  if (!skipZeros && used.some((code, position) => bytes[position] !== code)) {
    throw new FlavorError("slot-field-invalid", `operations 0x${packed.toString(16)} go on after their end`);
  }
  return used.map((code, position) => {
    const name = NAMES_BY_CODE.get(code);
    if (name === undefined) throw new FlavorError("operation-unknown", `operation code 0x${code.toString(16).padStart(2, "0")} is not in the registry`);
    checkOperation(name, position);
    return name;
  });
}

/** @throws FlavorError `operation-unsupported`, naming the operation and its number. */
function checkOperation(name: OperationName, position: number): void {
  const known: readonly string[] = OPERATIONS_IMPLEMENTED;
  if (!known.includes(name)) {
    throw new FlavorError("operation-unsupported", `operation ${name} (0x${OPERATION_CODES[name].toString(16).padStart(2, "0")}) is not implemented`);
  }
  if (name === "TAR" && position > 0) throw new FlavorError("operation-unsupported", `operation TAR (0x01) is number ${position} of its chain, it may only come first`);
}

/**
 * @param text - any spelling that manifests may use: `raw`, `tgz`, `tar.zst`, `tar|gzip`, `tar,gzip`.
 * @throws FlavorError `operation-unknown` for anything else.
 */
export function parseOperations(text: string): OperationChain {
  const spelling = (word: string): OperationChain => {
    const known: Readonly<Record<string, readonly OperationName[]>> = OPERATION_SPELLINGS;
    const chain = Object.hasOwn(known, word) ? known[word] : undefined;
    if (chain === undefined) {
      throw new FlavorError("operation-unknown", `operations ${JSON.stringify(text)} are not known`, {
        hint: `use one of ${Object.keys(known).filter((name) => name !== "").join(", ")}, or names joined by |`,
      });
    }
    return chain;
  };
  const chain = text
    .toLowerCase()
    .split(/[|,]/)
    .flatMap((word) => spelling(word.replace(/^[ \t]+|[ \t]+$/g, "")));
  chain.forEach(checkOperation);
  packOperations(chain);
  return chain;
}

/** @returns the canonical spelling, as metadata carries it. */
export function formatOperations(chain: OperationChain): string {
  return CANONICAL_SPELLINGS.get(chain.join(" ")) ?? chain.map((name) => name.toLowerCase()).join("|");
}
