/** The library: `import { pack, verify, openPackage } from "flavorpack"`. */
export { silentProgress, type Progress, type Step } from "./builder/progress.js";
export { exitStatus, FlavorError, type ErrorCode } from "./format/error.js";
export { keyId } from "./format/key-id.js";
export type { Frame, Metadata, MetadataSlot } from "./format/metadata.js";
export type { Platform } from "./format/platform.js";
export { pack } from "./orchestrator/pack.js";
export type { PackedResult, PackedSlot, PlannedResult, PackRequest, PackResult } from "./orchestrator/request.js";
export { extractSlot, type ExtractOptions } from "./reader/extract.js";
export { findSlot, slotContent } from "./reader/content.js";
export { openPackage, type Package } from "./reader/open.js";
export { verifyPackage as verify, type Check, type VerifyOptions, type VerifyResult } from "./reader/verify.js";
