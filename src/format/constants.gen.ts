// Generated from spec/tables.json by scripts/generate-constants. Do not edit.

export const SIZE_INDEX_BLOCK = 8192;
export const SIZE_SLOT_DESCRIPTOR = 64;
export const SIZE_TRAILER = 8200;
export const SIZE_REGION_ALIGNMENT = 8;
export const SIZE_FILE_ALIGNMENT = 16;
export const SIZE_TAR_BLOCK = 512;
export const SIZE_SEAL_MESSAGE = 81;
export const SIZE_COSIGNER = 96;
export const SIZE_PAGE = 4096;
export const LIMIT_SLOTS = 1024;
export const LIMIT_OPERATIONS = 8;
export const LIMIT_COSIGNERS = 5;
export const LIMIT_METADATA_PLAIN_BYTES = 1048576;
export const LIMIT_METADATA_PLAIN_BYTES_WITHOUT_FRAMES = 65536;
export const LIMIT_FRAME_STORED_BYTES = 8388608;
export const LIMIT_FRAME_PLAIN_BYTES = 16777216;
export const LIMIT_FRAME_WINDOW_LOG = 23;
export const LIMIT_STREAM_WINDOW_BYTES = 33554432;
export const LIMIT_FRAMES_PER_SLOT = 65536;
export const LIMIT_PATH_BYTES = 4096;
export const LIMIT_PATH_DEPTH = 128;
export const LIMIT_GZIP_STORED_BLOCK_BYTES = 65535;
export const LIMIT_WORKENV_NAME_PART = 40;
export const LIMIT_WORKENV_PINNED_NAME = 40;
export const LIMIT_JSON_DEPTH = 64;

export const MAGIC_BOX = Uint8Array.from([0xf0, 0x9f, 0x93, 0xa6]);
export const MAGIC_WAND = Uint8Array.from([0xf0, 0x9f, 0xaa, 0x84]);
export const SEAL_PREFIX = "PSPF/2025 seal 1\u0000";
export const COSIGN_PREFIX = "PSPF/2025 cosign 1\u0000";
export const LAUNCHER_MARKER = "FLAVOR-LAUNCHER\u0000";
export const BUILDER_MARKER = "FLAVOR-BUILDER\u0000";
export const STAMP_FILE = ".pspf-package-id";

export const FORMAT_VERSION = 539295745;
export const PROTOCOL_VERSION = 1;
export const SLOT_PRIORITY = 1;

export const INDEX = {
  formatVersion: { offset: 0, size: 4 },
  indexChecksum: { offset: 4, size: 4 },
  packageSize: { offset: 8, size: 8 },
  launcherSize: { offset: 16, size: 8 },
  metadataOffset: { offset: 24, size: 8 },
  metadataSize: { offset: 32, size: 8 },
  slotTableOffset: { offset: 40, size: 8 },
  slotTableSize: { offset: 48, size: 8 },
  slotCount: { offset: 56, size: 4 },
  flags: { offset: 60, size: 4 },
  publicKey: { offset: 64, size: 32 },
  metadataChecksum: { offset: 96, size: 32 },
  metadataSignature: { offset: 128, size: 64 },
  seal: { offset: 192, size: 64 },
  signatureRest: { offset: 256, size: 384 },
  accessMode: { offset: 640, size: 1 },
  cacheStrategy: { offset: 641, size: 1 },
  codecType: { offset: 642, size: 1 },
  encryptionType: { offset: 643, size: 1 },
  pageSize: { offset: 644, size: 4 },
  maxMemory: { offset: 648, size: 8 },
  minMemory: { offset: 656, size: 8 },
  cpuFeatures: { offset: 664, size: 8 },
  gpuRequirements: { offset: 672, size: 8 },
  numaHints: { offset: 680, size: 8 },
  streamChunkSize: { offset: 688, size: 4 },
  padding: { offset: 692, size: 12 },
  buildTimestamp: { offset: 704, size: 8 },
  buildMachine: { offset: 712, size: 32 },
  sourceHash: { offset: 744, size: 32 },
  dependencyHash: { offset: 776, size: 32 },
  licenseId: { offset: 808, size: 16 },
  provenanceUri: { offset: 824, size: 8 },
  capabilities: { offset: 832, size: 8 },
  requirements: { offset: 840, size: 8 },
  extensions: { offset: 848, size: 8 },
  compatibility: { offset: 856, size: 4 },
  protocolVersion: { offset: 860, size: 4 },
  cosigners: { offset: 864, size: 512 },
  reserved: { offset: 1376, size: 6812 },
  boxMarker: { offset: 8188, size: 4 },
} as const;

/** Index fields that must be zero. */
export const INDEX_ZERO_FIELDS = ["signatureRest", "accessMode", "cacheStrategy", "codecType", "encryptionType", "maxMemory", "minMemory", "cpuFeatures", "gpuRequirements", "numaHints", "streamChunkSize", "padding", "buildMachine", "sourceHash", "dependencyHash", "licenseId", "provenanceUri", "requirements", "extensions", "reserved"] as const;

export const INDEX_FLAGS = {
  mmap: 1 << 0,
  signed: 1 << 1,
  compressed: 1 << 2,
  encrypted: 1 << 3,
  reproducible: 1 << 4,
  streaming: 1 << 5,
} as const;

export const INDEX_FLAGS_WRITTEN = (1 << 1) | (1 << 2) | (1 << 4);

export const INDEX_CAPABILITIES = {
  mmap: 1n << 0n,
  page_aligned: 1n << 1n,
  compressed_index: 1n << 2n,
  streaming: 1n << 3n,
  prefetch: 1n << 4n,
  cache_aware: 1n << 5n,
  encrypted: 1n << 6n,
  signed: 1n << 7n,
} as const;

export const INDEX_CAPABILITIES_WRITTEN = (1n << 3n) | (1n << 7n);

export const SLOT = {
  id: { offset: 0, size: 8 },
  nameHash: { offset: 8, size: 8 },
  offset: { offset: 16, size: 8 },
  size: { offset: 24, size: 8 },
  originalSize: { offset: 32, size: 8 },
  operations: { offset: 40, size: 8 },
  checksum: { offset: 48, size: 8 },
  purpose: { offset: 56, size: 1 },
  lifecycle: { offset: 57, size: 1 },
  priority: { offset: 58, size: 1 },
  platform: { offset: 59, size: 1 },
  reserved: { offset: 60, size: 2 },
  permissions: { offset: 62, size: 2 },
} as const;

export const PURPOSE_CODES = {
  payload: 0,
  runtime: 1,
  tool: 2,
  data: 0,
  code: 1,
  config: 2,
  media: 3,
  wheel: 0,
  dependencies: 0,
  application: 1,
  resources: 0,
} as const;

export const LIFECYCLE_CODES = {
  init: 0,
  startup: 1,
  runtime: 2,
  shutdown: 3,
  cache: 4,
  temp: 5,
  lazy: 6,
  eager: 7,
  dev: 8,
  config: 9,
  platform: 10,
  volatile: 11,
} as const;

export const LIFECYCLE_SPELLINGS = {
  cached: "cache",
  temporary: "temp",
} as const;

export const PLATFORM_CODES = {
  any: 0,
  linux: 1,
  darwin: 2,
  windows: 3,
} as const;

export const OPERATION_CODES = {
  TAR: 0x01,
  TAR_SORTED: 0x02,
  TAR_STREAM: 0x03,
  CPIO: 0x04,
  CPIO_NEWC: 0x05,
  AR: 0x06,
  AR_BSD: 0x07,
  ZIP_STORE: 0x08,
  ZIP_STREAM: 0x09,
  "7Z": 0x0a,
  RAR: 0x0b,
  PAX: 0x0c,
  USTAR: 0x0d,
  GZIP: 0x10,
  GZIP_FAST: 0x11,
  GZIP_BEST: 0x12,
  BZIP2: 0x13,
  BZIP2_FAST: 0x14,
  BZIP2_BEST: 0x15,
  XZ: 0x16,
  XZ_FAST: 0x17,
  XZ_BEST: 0x18,
  LZMA: 0x19,
  LZMA2: 0x1a,
  ZSTD: 0x1b,
  ZSTD_FAST: 0x1c,
  ZSTD_BEST: 0x1d,
  LZ4: 0x1e,
  LZ4_HC: 0x1f,
  SNAPPY: 0x20,
  BROTLI: 0x21,
  BROTLI_TEXT: 0x22,
  DEFLATE: 0x23,
  DEFLATE64: 0x24,
  PPM: 0x25,
  PPMD: 0x26,
  AES128_GCM: 0x30,
  AES256_GCM: 0x31,
  AES128_CBC: 0x32,
  AES256_CBC: 0x33,
  AES128_CTR: 0x34,
  AES256_CTR: 0x35,
  CHACHA20_POLY1305: 0x36,
  XCHACHA20_POLY1305: 0x37,
  SALSA20: 0x38,
  XSALSA20_POLY1305: 0x39,
  RSA_2048: 0x3a,
  RSA_4096: 0x3b,
  ED25519: 0x3c,
  X25519: 0x3d,
  SECP256K1: 0x3e,
  SECP256R1: 0x3f,
  NACL_BOX: 0x40,
  NACL_SECRETBOX: 0x41,
  AGE: 0x42,
  PGP: 0x43,
  BASE64: 0x50,
  BASE64_URL: 0x51,
  BASE32: 0x52,
  BASE16: 0x53,
  HEX: 0x54,
  ASCII85: 0x55,
  UUENCODE: 0x56,
  XXENCODE: 0x57,
  QUOTED_PRINTABLE: 0x58,
  PUNYCODE: 0x59,
  PERCENT: 0x5a,
  SHA256: 0x70,
  SHA512: 0x71,
  SHA3_256: 0x72,
  SHA3_512: 0x73,
  BLAKE2B: 0x74,
  BLAKE2S: 0x75,
  BLAKE3: 0x76,
  MD5: 0x77,
  SHA1: 0x78,
  XXHASH: 0x79,
  XXHASH3: 0x7a,
  SIPHASH: 0x7b,
  HIGHWAYHASH: 0x7c,
  ADLER32: 0x7d,
  CRC32: 0x7e,
  CRC64: 0x7f,
  ED25519_SIGN: 0x90,
  RSA_PSS: 0x91,
  RSA_PKCS1: 0x92,
  ECDSA_P256: 0x93,
  ECDSA_P384: 0x94,
  ECDSA_P521: 0x95,
  EDDSA: 0x96,
  HMAC_SHA256: 0x97,
  HMAC_SHA512: 0x98,
  SPLIT: 0xb0,
  MERGE: 0xb1,
  DEDUPE: 0xb2,
  DELTA: 0xb3,
  PATCH: 0xb4,
  TERMINAL: 0xff,
} as const;

export const OPERATIONS_IMPLEMENTED = ["TAR", "GZIP", "BZIP2", "XZ", "ZSTD"] as const;

export const OPERATION_SPELLINGS = {
  "": [],
  none: [],
  raw: [],
  tar: ["TAR"],
  gzip: ["GZIP"],
  gz: ["GZIP"],
  bzip2: ["BZIP2"],
  bz2: ["BZIP2"],
  xz: ["XZ"],
  zstd: ["ZSTD"],
  zst: ["ZSTD"],
  tgz: ["TAR", "GZIP"],
  "tar.gz": ["TAR", "GZIP"],
  tbz2: ["TAR", "BZIP2"],
  "tar.bz2": ["TAR", "BZIP2"],
  txz: ["TAR", "XZ"],
  "tar.xz": ["TAR", "XZ"],
  tzst: ["TAR", "ZSTD"],
  "tar.zst": ["TAR", "ZSTD"],
} as const;

/** From weakest to strictest. */
export const VALIDATION_LEVELS = ["none", "minimal", "relaxed", "standard", "strict"] as const;

/** Names that Windows keeps for devices, in lower case. */
export const DEVICE_NAMES = ["con", "prn", "aux", "nul", "conin$", "conout$", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "com¹", "com²", "com³", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "lpt¹", "lpt²", "lpt³"] as const;

export const EXIT_CODES = {
  ok: 0,
  difference: 1,
  usage: 2,
  verifyMalformed: 10,
  verifySignature: 11,
  verifyUnsigned: 12,
  verifyDigest: 13,
  verifyKeyDiffers: 14,
  verifyRevoked: 15,
  verifyExpired: 16,
  verifyRollback: 17,
  verifyStripped: 18,
  panic: 101,
  format: 102,
  extraction: 103,
  execution: 104,
  arguments: 105,
  io: 106,
  signature: 107,
  build: 108,
  configuration: 109,
  dependency: 110,
  interrupted: 130,
} as const;

/** Every error: its exit code, the one `verify` uses, and its meaning. */
export const ERRORS = {
  "not-a-package": { exit: 102, verify: 10, means: "the file does not end in a PSPF trailer" },
  "version-unsupported": { exit: 102, verify: 10, means: "format_version, compatibility or protocol_version is not one this reader knows" },
  "index-checksum-wrong": { exit: 102, verify: 10, means: "the Adler-32 in the index block does not fit its bytes" },
  "index-copy-differs": { exit: 102, verify: 10, means: "the index block after the launcher differs from the one in the trailer" },
  "index-field-invalid": { exit: 102, verify: 10, means: "an index field that must be zero or fixed is not" },
  "package-size-wrong": { exit: 102, verify: 10, means: "package_size is not the size of the file" },
  "region-out-of-range": { exit: 102, verify: 10, means: "a region leaves the file or does not follow the one before it" },
  "padding-not-zero": { exit: 102, verify: 10, means: "a padding byte is not zero" },
  "slot-out-of-range": { exit: 102, verify: 10, means: "a slot leaves the slot region, overlaps another or is not aligned" },
  "slot-field-invalid": { exit: 102, verify: 10, means: "a slot descriptor field holds a value that it may not hold" },
  "slot-mismatch": { exit: 102, verify: 10, means: "a slot descriptor differs from the signed metadata" },
  "operation-unknown": { exit: 102, verify: 10, means: "an operation code is not in the registry" },
  "operation-unsupported": { exit: 102, verify: 10, means: "a registered operation, or a chain of them, is not implemented" },
  "metadata-malformed": { exit: 102, verify: 10, means: "the metadata is not canonical gzip, not canonical JSON, too large, or a key has a wrong type" },
  "frame-invalid": { exit: 103, verify: 10, means: "a frame list does not cover its slot or breaks a limit" },
  "metadata-checksum-wrong": { exit: 107, verify: 11, means: "the SHA-256 of the metadata is not the one in the index" },
  "metadata-signature-wrong": { exit: 107, verify: 11, means: "the Ed25519 signature over the metadata does not verify" },
  "seal-wrong": { exit: 107, verify: 11, means: "the seal does not verify" },
  "cosigner-wrong": { exit: 107, verify: 11, means: "a co-signature does not verify" },
  "seal-missing": { exit: 107, verify: 18, means: "the metadata announces a signature or seal that is not there" },
  "unsigned": { exit: 107, verify: 12, means: "the package carries no signature" },
  "seal-not-announced": { exit: 107, verify: 12, means: "the metadata announces no seal (written by an earlier implementation)" },
  "launcher-digest-wrong": { exit: 107, verify: 13, means: "the launcher is not the one in the signed metadata" },
  "slot-digest-wrong": { exit: 103, verify: 13, means: "a slot's bytes are not the ones in the signed metadata" },
  "key-differs": { exit: 107, verify: 14, means: "another key signed than the one asked for or recorded" },
  "signer-unknown": { exit: 107, verify: 1, means: "an identity was asked for and the signer is not known" },
  "key-revoked": { exit: 107, verify: 15, means: "the key or the package is on a revocation list" },
  "signature-expired": { exit: 107, verify: 16, means: "the signature is expired or not yet valid" },
  "rollback": { exit: 107, verify: 17, means: "package.sequence is lower than one already seen" },
  "archive-malformed": { exit: 103, verify: 10, means: "a slot does not decode, or is not in the tar subset of this format" },
  "path-unsafe": { exit: 103, verify: 10, means: "a path is absolute, climbs, or is not normal" },
  "link-unsafe": { exit: 103, verify: 10, means: "a link points outside the tree" },
  "entry-conflict": { exit: 103, verify: 10, means: "two entries have one path, or a file stands against a directory" },
  "entry-refused": { exit: 103, verify: 10, means: "a device, hard link, setuid mode or other refused kind of entry" },
  "extraction-failed": { exit: 103, verify: 106, means: "a file of the workenv could not be written" },
  "setup-failed": { exit: 104, verify: 104, means: "a setup command failed" },
  "program-missing": { exit: 104, verify: 104, means: "the program to execute is not there" },
  "exec-failed": { exit: 104, verify: 104, means: "the system refused to execute the program" },
  "platform-unfit": { exit: 104, verify: 104, means: "the package is for another platform, or needs a newer C library" },
  "elevated": { exit: 105, verify: 105, means: "the launcher runs with raised privileges" },
  "arguments-invalid": { exit: 105, verify: 2, means: "FLAVOR_LAUNCHER_CLI was given arguments that it does not know" },
  "usage": { exit: 2, verify: 2, means: "the command line is not understood" },
  "file-missing": { exit: 106, verify: 106, means: "a file or folder that was named does not exist" },
  "file-unreadable": { exit: 106, verify: 106, means: "a file cannot be read" },
  "output-exists": { exit: 106, verify: 106, means: "the output exists and --force was not given" },
  "output-unwritable": { exit: 106, verify: 106, means: "the output cannot be written" },
  "disk-full": { exit: 106, verify: 106, means: "no space left" },
  "cache-untrusted": { exit: 106, verify: 106, means: "the cache directory belongs to another user, is writable by others, or is a link" },
  "io-error": { exit: 106, verify: 106, means: "another input or output error" },
  "build-failed": { exit: 108, verify: 108, means: "the project or a dependency did not build" },
  "dependency-unresolvable": { exit: 108, verify: 108, means: "the dependencies cannot be satisfied" },
  "wheel-missing": { exit: 108, verify: 108, means: "a dependency has no build for the target platform" },
  "verification-failed": { exit: 108, verify: 108, means: "the package that was just built does not verify" },
  "key-invalid": { exit: 107, verify: 107, means: "a key cannot be used" },
  "manifest-missing": { exit: 109, verify: 109, means: "no manifest was found" },
  "manifest-ambiguous": { exit: 109, verify: 109, means: "more than one manifest was found" },
  "manifest-invalid": { exit: 109, verify: 109, means: "the manifest does not parse or a key has a wrong value" },
  "manifest-key-unknown": { exit: 109, verify: 109, means: "the manifest has a key that does not exist" },
  "entry-missing": { exit: 109, verify: 109, means: "the program to start is not named or not there" },
  "placeholder-unknown": { exit: 109, verify: 109, means: "a placeholder does not exist" },
  "level-unknown": { exit: 109, verify: 109, means: "FLAVOR_VALIDATION is not a level" },
  "lock-unreadable": { exit: 109, verify: 109, means: "a lock file of a tool that is not at hand" },
  "helper-missing": { exit: 110, verify: 110, means: "no launcher or builder was found" },
  "helper-digest-wrong": { exit: 110, verify: 110, means: "a helper is not the one that its folder's SHA256SUMS names" },
  "tool-missing": { exit: 110, verify: 110, means: "a tool that packing needs is not installed" },
  "runtime-missing": { exit: 110, verify: 110, means: "no runtime for the asked version and platform" },
  "interrupted": { exit: 130, verify: 130, means: "interrupted by the user" },
  "internal": { exit: 101, verify: 101, means: "a defect of this program" },
} as const;
