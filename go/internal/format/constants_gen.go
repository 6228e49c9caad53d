// Code generated from spec/tables.json by scripts/generate-constants. DO NOT EDIT.

package format

// Sizes in bytes.

const SizeIndexBlock = 8192
const SizeSlotDescriptor = 64
const SizeTrailer = 8200
const SizeRegionAlignment = 8
const SizeFileAlignment = 16
const SizeTarBlock = 512
const SizeSealMessage = 81
const SizeCosigner = 96
const SizePage = 4096

// What a reader refuses to exceed.

const LimitSlots = 1024
const LimitOperations = 8
const LimitCosigners = 5
const LimitMetadataPlainBytes = 1048576
const LimitMetadataPlainBytesWithoutFrames = 65536
const LimitFrameStoredBytes = 8388608
const LimitFramePlainBytes = 16777216
const LimitFrameWindowLog = 23
const LimitStreamWindowBytes = 33554432
const LimitFramesPerSlot = 65536
const LimitPathBytes = 4096
const LimitPathDepth = 128
const LimitGzipStoredBlockBytes = 65535
const LimitWorkenvNamePart = 40
const LimitWorkenvPinnedName = 40
const LimitJsonDepth = 64

// Byte sequences with a fixed value.

const MagicBox = "\xf0\x9f\x93\xa6"
const MagicWand = "\xf0\x9f\xaa\x84"
const MagicSealPrefix = "PSPF/2025 seal 1\x00"
const MagicCosignPrefix = "PSPF/2025 cosign 1\x00"
const MagicLauncherMarker = "FLAVOR-LAUNCHER\x00"
const MagicBuilderMarker = "FLAVOR-BUILDER\x00"
const MagicStampFile = ".pspf-package-id"

// Index block: where each field lies, and what the fixed ones hold.

const IndexFormatVersionValue uint32 = 0x20250001
const IndexProtocolVersionValue uint32 = 1
const indexFormatVersionAt = 0
const indexFormatVersionSize = 4
const indexIndexChecksumAt = 4
const indexIndexChecksumSize = 4
const indexPackageSizeAt = 8
const indexPackageSizeSize = 8
const indexLauncherSizeAt = 16
const indexLauncherSizeSize = 8
const indexMetadataOffsetAt = 24
const indexMetadataOffsetSize = 8
const indexMetadataSizeAt = 32
const indexMetadataSizeSize = 8
const indexSlotTableOffsetAt = 40
const indexSlotTableOffsetSize = 8
const indexSlotTableSizeAt = 48
const indexSlotTableSizeSize = 8
const indexSlotCountAt = 56
const indexSlotCountSize = 4
const indexFlagsAt = 60
const indexFlagsSize = 4
const indexPublicKeyAt = 64
const indexPublicKeySize = 32
const indexMetadataChecksumAt = 96
const indexMetadataChecksumSize = 32
const indexMetadataSignatureAt = 128
const indexMetadataSignatureSize = 64
const indexSealAt = 192
const indexSealSize = 64
const indexSignatureRestAt = 256
const indexSignatureRestSize = 384
const indexAccessModeAt = 640
const indexAccessModeSize = 1
const indexCacheStrategyAt = 641
const indexCacheStrategySize = 1
const indexCodecTypeAt = 642
const indexCodecTypeSize = 1
const indexEncryptionTypeAt = 643
const indexEncryptionTypeSize = 1
const indexPageSizeAt = 644
const indexPageSizeSize = 4
const indexMaxMemoryAt = 648
const indexMaxMemorySize = 8
const indexMinMemoryAt = 656
const indexMinMemorySize = 8
const indexCpuFeaturesAt = 664
const indexCpuFeaturesSize = 8
const indexGpuRequirementsAt = 672
const indexGpuRequirementsSize = 8
const indexNumaHintsAt = 680
const indexNumaHintsSize = 8
const indexStreamChunkSizeAt = 688
const indexStreamChunkSizeSize = 4
const indexPaddingAt = 692
const indexPaddingSize = 12
const indexBuildTimestampAt = 704
const indexBuildTimestampSize = 8
const indexBuildMachineAt = 712
const indexBuildMachineSize = 32
const indexSourceHashAt = 744
const indexSourceHashSize = 32
const indexDependencyHashAt = 776
const indexDependencyHashSize = 32
const indexLicenseIdAt = 808
const indexLicenseIdSize = 16
const indexProvenanceUriAt = 824
const indexProvenanceUriSize = 8
const indexCapabilitiesAt = 832
const indexCapabilitiesSize = 8
const indexRequirementsAt = 840
const indexRequirementsSize = 8
const indexExtensionsAt = 848
const indexExtensionsSize = 8
const indexCompatibilityAt = 856
const indexCompatibilitySize = 4
const indexProtocolVersionAt = 860
const indexProtocolVersionSize = 4
const indexCosignersAt = 864
const indexCosignersSize = 512
const indexReservedAt = 1376
const indexReservedSize = 6812
const indexBoxMarkerAt = 8188
const indexBoxMarkerSize = 4

// Index fields that must be zero.
var indexZeroFields = [...]zeroField{
	{"signature_rest", 256, 384},
	{"access_mode", 640, 1},
	{"cache_strategy", 641, 1},
	{"codec_type", 642, 1},
	{"encryption_type", 643, 1},
	{"max_memory", 648, 8},
	{"min_memory", 656, 8},
	{"cpu_features", 664, 8},
	{"gpu_requirements", 672, 8},
	{"numa_hints", 680, 8},
	{"stream_chunk_size", 688, 4},
	{"padding", 692, 12},
	{"build_machine", 712, 32},
	{"source_hash", 744, 32},
	{"dependency_hash", 776, 32},
	{"license_id", 808, 16},
	{"provenance_uri", 824, 8},
	{"requirements", 840, 8},
	{"extensions", 848, 8},
	{"reserved", 1376, 6812},
}

// Bits of the index field flags.

const FlagSigned uint32 = 1 << 1
const FlagCompressed uint32 = 1 << 2
const FlagReproducible uint32 = 1 << 4
const FlagsWritten uint32 = FlagSigned | FlagCompressed | FlagReproducible

// Bits of the index field capabilities.

const CapabilityStreaming uint64 = 1 << 3
const CapabilitySigned uint64 = 1 << 7
const CapabilitiesWritten uint64 = CapabilityStreaming | CapabilitySigned

// Slot descriptor: where each field lies, and what the fixed one holds.

const SlotPriorityValue uint8 = 1
const slotIdAt = 0
const slotIdSize = 8
const slotNameHashAt = 8
const slotNameHashSize = 8
const slotOffsetAt = 16
const slotOffsetSize = 8
const slotSizeAt = 24
const slotSizeSize = 8
const slotOriginalSizeAt = 32
const slotOriginalSizeSize = 8
const slotOperationsAt = 40
const slotOperationsSize = 8
const slotChecksumAt = 48
const slotChecksumSize = 8
const slotPurposeAt = 56
const slotPurposeSize = 1
const slotLifecycleAt = 57
const slotLifecycleSize = 1
const slotPriorityAt = 58
const slotPrioritySize = 1
const slotPlatformAt = 59
const slotPlatformSize = 1
const slotReservedAt = 60
const slotReservedSize = 2
const slotPermissionsAt = 62
const slotPermissionsSize = 2

// PurposeCode gives the descriptor's byte for a purpose.
func PurposeCode(name string) (uint8, bool) {
	switch name {
	case "payload", "data", "wheel", "dependencies", "resources":
		return 0, true
	case "runtime", "code", "application":
		return 1, true
	case "tool", "config":
		return 2, true
	case "media":
		return 3, true
	}
	return 0, false
}

// LifecycleCode gives the descriptor's byte for a lifecycle, by its canonical name.
func LifecycleCode(name string) (uint8, bool) {
	switch name {
	case "init":
		return 0, true
	case "startup":
		return 1, true
	case "runtime":
		return 2, true
	case "shutdown":
		return 3, true
	case "cache":
		return 4, true
	case "temp":
		return 5, true
	case "lazy":
		return 6, true
	case "eager":
		return 7, true
	case "dev":
		return 8, true
	case "config":
		return 9, true
	case "platform":
		return 10, true
	case "volatile":
		return 11, true
	}
	return 0, false
}

// LifecycleSpelling gives the canonical name behind another spelling of a lifecycle.
func LifecycleSpelling(name string) (string, bool) {
	switch name {
	case "cached":
		return "cache", true
	case "temporary":
		return "temp", true
	}
	return "", false
}

// PlatformCode gives the descriptor's byte for the operating system of a slot.
func PlatformCode(name string) (uint8, bool) {
	switch name {
	case "any":
		return 0, true
	case "linux":
		return 1, true
	case "darwin":
		return 2, true
	case "windows":
		return 3, true
	}
	return 0, false
}

// LifecycleNames are the canonical names, for messages.
var LifecycleNames = [...]string{
	"init",
	"startup",
	"runtime",
	"shutdown",
	"cache",
	"temp",
	"lazy",
	"eager",
	"dev",
	"config",
	"platform",
	"volatile",
}

// Operations that are implemented.

const OperationTar Operation = 0x01
const OperationGzip Operation = 0x10
const OperationBzip2 Operation = 0x13
const OperationXz Operation = 0x16
const OperationZstd Operation = 0x1b

// operationName gives the registered name of a code.
func operationName(code uint8) (string, bool) {
	switch code {
	case 0x01:
		return "TAR", true
	case 0x02:
		return "TAR_SORTED", true
	case 0x03:
		return "TAR_STREAM", true
	case 0x04:
		return "CPIO", true
	case 0x05:
		return "CPIO_NEWC", true
	case 0x06:
		return "AR", true
	case 0x07:
		return "AR_BSD", true
	case 0x08:
		return "ZIP_STORE", true
	case 0x09:
		return "ZIP_STREAM", true
	case 0x0a:
		return "7Z", true
	case 0x0b:
		return "RAR", true
	case 0x0c:
		return "PAX", true
	case 0x0d:
		return "USTAR", true
	case 0x10:
		return "GZIP", true
	case 0x11:
		return "GZIP_FAST", true
	case 0x12:
		return "GZIP_BEST", true
	case 0x13:
		return "BZIP2", true
	case 0x14:
		return "BZIP2_FAST", true
	case 0x15:
		return "BZIP2_BEST", true
	case 0x16:
		return "XZ", true
	case 0x17:
		return "XZ_FAST", true
	case 0x18:
		return "XZ_BEST", true
	case 0x19:
		return "LZMA", true
	case 0x1a:
		return "LZMA2", true
	case 0x1b:
		return "ZSTD", true
	case 0x1c:
		return "ZSTD_FAST", true
	case 0x1d:
		return "ZSTD_BEST", true
	case 0x1e:
		return "LZ4", true
	case 0x1f:
		return "LZ4_HC", true
	case 0x20:
		return "SNAPPY", true
	case 0x21:
		return "BROTLI", true
	case 0x22:
		return "BROTLI_TEXT", true
	case 0x23:
		return "DEFLATE", true
	case 0x24:
		return "DEFLATE64", true
	case 0x25:
		return "PPM", true
	case 0x26:
		return "PPMD", true
	case 0x30:
		return "AES128_GCM", true
	case 0x31:
		return "AES256_GCM", true
	case 0x32:
		return "AES128_CBC", true
	case 0x33:
		return "AES256_CBC", true
	case 0x34:
		return "AES128_CTR", true
	case 0x35:
		return "AES256_CTR", true
	case 0x36:
		return "CHACHA20_POLY1305", true
	case 0x37:
		return "XCHACHA20_POLY1305", true
	case 0x38:
		return "SALSA20", true
	case 0x39:
		return "XSALSA20_POLY1305", true
	case 0x3a:
		return "RSA_2048", true
	case 0x3b:
		return "RSA_4096", true
	case 0x3c:
		return "ED25519", true
	case 0x3d:
		return "X25519", true
	case 0x3e:
		return "SECP256K1", true
	case 0x3f:
		return "SECP256R1", true
	case 0x40:
		return "NACL_BOX", true
	case 0x41:
		return "NACL_SECRETBOX", true
	case 0x42:
		return "AGE", true
	case 0x43:
		return "PGP", true
	case 0x50:
		return "BASE64", true
	case 0x51:
		return "BASE64_URL", true
	case 0x52:
		return "BASE32", true
	case 0x53:
		return "BASE16", true
	case 0x54:
		return "HEX", true
	case 0x55:
		return "ASCII85", true
	case 0x56:
		return "UUENCODE", true
	case 0x57:
		return "XXENCODE", true
	case 0x58:
		return "QUOTED_PRINTABLE", true
	case 0x59:
		return "PUNYCODE", true
	case 0x5a:
		return "PERCENT", true
	case 0x70:
		return "SHA256", true
	case 0x71:
		return "SHA512", true
	case 0x72:
		return "SHA3_256", true
	case 0x73:
		return "SHA3_512", true
	case 0x74:
		return "BLAKE2B", true
	case 0x75:
		return "BLAKE2S", true
	case 0x76:
		return "BLAKE3", true
	case 0x77:
		return "MD5", true
	case 0x78:
		return "SHA1", true
	case 0x79:
		return "XXHASH", true
	case 0x7a:
		return "XXHASH3", true
	case 0x7b:
		return "SIPHASH", true
	case 0x7c:
		return "HIGHWAYHASH", true
	case 0x7d:
		return "ADLER32", true
	case 0x7e:
		return "CRC32", true
	case 0x7f:
		return "CRC64", true
	case 0x90:
		return "ED25519_SIGN", true
	case 0x91:
		return "RSA_PSS", true
	case 0x92:
		return "RSA_PKCS1", true
	case 0x93:
		return "ECDSA_P256", true
	case 0x94:
		return "ECDSA_P384", true
	case 0x95:
		return "ECDSA_P521", true
	case 0x96:
		return "EDDSA", true
	case 0x97:
		return "HMAC_SHA256", true
	case 0x98:
		return "HMAC_SHA512", true
	case 0xb0:
		return "SPLIT", true
	case 0xb1:
		return "MERGE", true
	case 0xb2:
		return "DEDUPE", true
	case 0xb3:
		return "DELTA", true
	case 0xb4:
		return "PATCH", true
	case 0xff:
		return "TERMINAL", true
	}
	return "", false
}

// operationSpelling gives the operations behind one word of a manifest.
func operationSpelling(word string) (Chain, bool) {
	switch word {
	case "", "none", "raw":
		return Chain{}, true
	case "tar":
		return Chain{OperationTar}, true
	case "gzip", "gz":
		return Chain{OperationGzip}, true
	case "bzip2", "bz2":
		return Chain{OperationBzip2}, true
	case "xz":
		return Chain{OperationXz}, true
	case "zstd", "zst":
		return Chain{OperationZstd}, true
	case "tgz", "tar.gz":
		return Chain{OperationTar, OperationGzip}, true
	case "tbz2", "tar.bz2":
		return Chain{OperationTar, OperationBzip2}, true
	case "txz", "tar.xz":
		return Chain{OperationTar, OperationXz}, true
	case "tzst", "tar.zst":
		return Chain{OperationTar, OperationZstd}, true
	}
	return nil, false
}

// OperationSpellings are the words that manifests may use, for messages.
var OperationSpellings = [...]string{
	"none",
	"raw",
	"tar",
	"gzip",
	"gz",
	"bzip2",
	"bz2",
	"xz",
	"zstd",
	"zst",
	"tgz",
	"tar.gz",
	"tbz2",
	"tar.bz2",
	"txz",
	"tar.xz",
	"tzst",
	"tar.zst",
}

// Exit codes.

const ExitOk = 0
const ExitDifference = 1
const ExitUsage = 2
const ExitVerifyMalformed = 10
const ExitVerifySignature = 11
const ExitVerifyUnsigned = 12
const ExitVerifyDigest = 13
const ExitVerifyKeyDiffers = 14
const ExitVerifyRevoked = 15
const ExitVerifyExpired = 16
const ExitVerifyRollback = 17
const ExitVerifyStripped = 18
const ExitPanic = 101
const ExitFormat = 102
const ExitExtraction = 103
const ExitExecution = 104
const ExitArguments = 105
const ExitIo = 106
const ExitSignature = 107
const ExitBuild = 108
const ExitConfiguration = 109
const ExitDependency = 110
const ExitInterrupted = 130

// deviceNames are those that Windows keeps for devices, in lower case.
var deviceNames = [...]string{
	"con",
	"prn",
	"aux",
	"nul",
	"conin$",
	"conout$",
	"com1",
	"com2",
	"com3",
	"com4",
	"com5",
	"com6",
	"com7",
	"com8",
	"com9",
	"com¹",
	"com²",
	"com³",
	"lpt1",
	"lpt2",
	"lpt3",
	"lpt4",
	"lpt5",
	"lpt6",
	"lpt7",
	"lpt8",
	"lpt9",
	"lpt¹",
	"lpt²",
	"lpt³",
}

// ValidationLevels, weakest first.
var ValidationLevels = [...]string{
	"none",
	"minimal",
	"relaxed",
	"standard",
	"strict",
}

// ErrorCode tells what is wrong. Exit status follows from the code, never from the words of a message.
type ErrorCode string

// CodeNotAPackage: the file does not end in a PSPF trailer.
const CodeNotAPackage ErrorCode = "not-a-package"

// CodeVersionUnsupported: format_version, compatibility or protocol_version is not one this reader knows.
const CodeVersionUnsupported ErrorCode = "version-unsupported"

// CodeIndexChecksumWrong: the Adler-32 in the index block does not fit its bytes.
const CodeIndexChecksumWrong ErrorCode = "index-checksum-wrong"

// CodeIndexCopyDiffers: the index block after the launcher differs from the one in the trailer.
const CodeIndexCopyDiffers ErrorCode = "index-copy-differs"

// CodeIndexFieldInvalid: an index field that must be zero or fixed is not.
const CodeIndexFieldInvalid ErrorCode = "index-field-invalid"

// CodePackageSizeWrong: package_size is not the size of the file.
const CodePackageSizeWrong ErrorCode = "package-size-wrong"

// CodeRegionOutOfRange: a region leaves the file or does not follow the one before it.
const CodeRegionOutOfRange ErrorCode = "region-out-of-range"

// CodePaddingNotZero: a padding byte is not zero.
const CodePaddingNotZero ErrorCode = "padding-not-zero"

// CodeSlotOutOfRange: a slot leaves the slot region, overlaps another or is not aligned.
const CodeSlotOutOfRange ErrorCode = "slot-out-of-range"

// CodeSlotFieldInvalid: a slot descriptor field holds a value that it may not hold.
const CodeSlotFieldInvalid ErrorCode = "slot-field-invalid"

// CodeSlotMismatch: a slot descriptor differs from the signed metadata.
const CodeSlotMismatch ErrorCode = "slot-mismatch"

// CodeOperationUnknown: an operation code is not in the registry.
const CodeOperationUnknown ErrorCode = "operation-unknown"

// CodeOperationUnsupported: a registered operation, or a chain of them, is not implemented.
const CodeOperationUnsupported ErrorCode = "operation-unsupported"

// CodeMetadataMalformed: the metadata is not canonical gzip, not canonical JSON, too large, or a key has a wrong type.
const CodeMetadataMalformed ErrorCode = "metadata-malformed"

// CodeFrameInvalid: a frame list does not cover its slot or breaks a limit.
const CodeFrameInvalid ErrorCode = "frame-invalid"

// CodeMetadataChecksumWrong: the SHA-256 of the metadata is not the one in the index.
const CodeMetadataChecksumWrong ErrorCode = "metadata-checksum-wrong"

// CodeMetadataSignatureWrong: the Ed25519 signature over the metadata does not verify.
const CodeMetadataSignatureWrong ErrorCode = "metadata-signature-wrong"

// CodeSealWrong: the seal does not verify.
const CodeSealWrong ErrorCode = "seal-wrong"

// CodeCosignerWrong: a co-signature does not verify.
const CodeCosignerWrong ErrorCode = "cosigner-wrong"

// CodeSealMissing: the metadata announces a signature or seal that is not there.
const CodeSealMissing ErrorCode = "seal-missing"

// CodeUnsigned: the package carries no signature.
const CodeUnsigned ErrorCode = "unsigned"

// CodeSealNotAnnounced: the metadata announces no seal (written by an earlier implementation).
const CodeSealNotAnnounced ErrorCode = "seal-not-announced"

// CodeLauncherDigestWrong: the launcher is not the one in the signed metadata.
const CodeLauncherDigestWrong ErrorCode = "launcher-digest-wrong"

// CodeSlotDigestWrong: a slot's bytes are not the ones in the signed metadata.
const CodeSlotDigestWrong ErrorCode = "slot-digest-wrong"

// CodeKeyDiffers: another key signed than the one asked for or recorded.
const CodeKeyDiffers ErrorCode = "key-differs"

// CodeSignerUnknown: an identity was asked for and the signer is not known.
const CodeSignerUnknown ErrorCode = "signer-unknown"

// CodeKeyRevoked: the key or the package is on a revocation list.
const CodeKeyRevoked ErrorCode = "key-revoked"

// CodeSignatureExpired: the signature is expired or not yet valid.
const CodeSignatureExpired ErrorCode = "signature-expired"

// CodeRollback: package.sequence is lower than one already seen.
const CodeRollback ErrorCode = "rollback"

// CodeArchiveMalformed: a slot does not decode, or is not in the tar subset of this format.
const CodeArchiveMalformed ErrorCode = "archive-malformed"

// CodePathUnsafe: a path is absolute, climbs, or is not normal.
const CodePathUnsafe ErrorCode = "path-unsafe"

// CodeLinkUnsafe: a link points outside the tree.
const CodeLinkUnsafe ErrorCode = "link-unsafe"

// CodeEntryConflict: two entries have one path, or a file stands against a directory.
const CodeEntryConflict ErrorCode = "entry-conflict"

// CodeEntryRefused: a device, hard link, setuid mode or other refused kind of entry.
const CodeEntryRefused ErrorCode = "entry-refused"

// CodeExtractionFailed: a file of the workenv could not be written.
const CodeExtractionFailed ErrorCode = "extraction-failed"

// CodeSetupFailed: a setup command failed.
const CodeSetupFailed ErrorCode = "setup-failed"

// CodeProgramMissing: the program to execute is not there.
const CodeProgramMissing ErrorCode = "program-missing"

// CodeExecFailed: the system refused to execute the program.
const CodeExecFailed ErrorCode = "exec-failed"

// CodePlatformUnfit: the package is for another platform, or needs a newer C library.
const CodePlatformUnfit ErrorCode = "platform-unfit"

// CodeElevated: the launcher runs with raised privileges.
const CodeElevated ErrorCode = "elevated"

// CodeArgumentsInvalid: FLAVOR_LAUNCHER_CLI was given arguments that it does not know.
const CodeArgumentsInvalid ErrorCode = "arguments-invalid"

// CodeUsage: the command line is not understood.
const CodeUsage ErrorCode = "usage"

// CodeFileMissing: a file or folder that was named does not exist.
const CodeFileMissing ErrorCode = "file-missing"

// CodeFileUnreadable: a file cannot be read.
const CodeFileUnreadable ErrorCode = "file-unreadable"

// CodeOutputExists: the output exists and --force was not given.
const CodeOutputExists ErrorCode = "output-exists"

// CodeOutputUnwritable: the output cannot be written.
const CodeOutputUnwritable ErrorCode = "output-unwritable"

// CodeDiskFull: no space left.
const CodeDiskFull ErrorCode = "disk-full"

// CodeCacheUntrusted: the cache directory belongs to another user, is writable by others, or is a link.
const CodeCacheUntrusted ErrorCode = "cache-untrusted"

// CodeIoError: another input or output error.
const CodeIoError ErrorCode = "io-error"

// CodeBuildFailed: the project or a dependency did not build.
const CodeBuildFailed ErrorCode = "build-failed"

// CodeDependencyUnresolvable: the dependencies cannot be satisfied.
const CodeDependencyUnresolvable ErrorCode = "dependency-unresolvable"

// CodeWheelMissing: a dependency has no build for the target platform.
const CodeWheelMissing ErrorCode = "wheel-missing"

// CodeVerificationFailed: the package that was just built does not verify.
const CodeVerificationFailed ErrorCode = "verification-failed"

// CodeKeyInvalid: a key cannot be used.
const CodeKeyInvalid ErrorCode = "key-invalid"

// CodeManifestMissing: no manifest was found.
const CodeManifestMissing ErrorCode = "manifest-missing"

// CodeManifestAmbiguous: more than one manifest was found.
const CodeManifestAmbiguous ErrorCode = "manifest-ambiguous"

// CodeManifestInvalid: the manifest does not parse or a key has a wrong value.
const CodeManifestInvalid ErrorCode = "manifest-invalid"

// CodeManifestKeyUnknown: the manifest has a key that does not exist.
const CodeManifestKeyUnknown ErrorCode = "manifest-key-unknown"

// CodeEntryMissing: the program to start is not named or not there.
const CodeEntryMissing ErrorCode = "entry-missing"

// CodePlaceholderUnknown: a placeholder does not exist.
const CodePlaceholderUnknown ErrorCode = "placeholder-unknown"

// CodeLevelUnknown: FLAVOR_VALIDATION is not a level.
const CodeLevelUnknown ErrorCode = "level-unknown"

// CodeLockUnreadable: a lock file of a tool that is not at hand.
const CodeLockUnreadable ErrorCode = "lock-unreadable"

// CodeHelperMissing: no launcher or builder was found.
const CodeHelperMissing ErrorCode = "helper-missing"

// CodeHelperDigestWrong: a helper is not the one that its folder's SHA256SUMS names.
const CodeHelperDigestWrong ErrorCode = "helper-digest-wrong"

// CodeToolMissing: a tool that packing needs is not installed.
const CodeToolMissing ErrorCode = "tool-missing"

// CodeRuntimeMissing: no runtime for the asked version and platform.
const CodeRuntimeMissing ErrorCode = "runtime-missing"

// CodeInterrupted: interrupted by the user.
const CodeInterrupted ErrorCode = "interrupted"

// CodeInternal: a defect of this program.
const CodeInternal ErrorCode = "internal"

// Exit is the status of a launcher or builder that stops because of the code.
func (code ErrorCode) Exit() int {
	switch code {
	case CodeNotAPackage, CodeVersionUnsupported, CodeIndexChecksumWrong, CodeIndexCopyDiffers, CodeIndexFieldInvalid, CodePackageSizeWrong, CodeRegionOutOfRange, CodePaddingNotZero, CodeSlotOutOfRange, CodeSlotFieldInvalid, CodeSlotMismatch, CodeOperationUnknown, CodeOperationUnsupported, CodeMetadataMalformed:
		return 102
	case CodeFrameInvalid, CodeSlotDigestWrong, CodeArchiveMalformed, CodePathUnsafe, CodeLinkUnsafe, CodeEntryConflict, CodeEntryRefused, CodeExtractionFailed:
		return 103
	case CodeMetadataChecksumWrong, CodeMetadataSignatureWrong, CodeSealWrong, CodeCosignerWrong, CodeSealMissing, CodeUnsigned, CodeSealNotAnnounced, CodeLauncherDigestWrong, CodeKeyDiffers, CodeSignerUnknown, CodeKeyRevoked, CodeSignatureExpired, CodeRollback, CodeKeyInvalid:
		return 107
	case CodeSetupFailed, CodeProgramMissing, CodeExecFailed, CodePlatformUnfit:
		return 104
	case CodeElevated, CodeArgumentsInvalid:
		return 105
	case CodeUsage:
		return 2
	case CodeFileMissing, CodeFileUnreadable, CodeOutputExists, CodeOutputUnwritable, CodeDiskFull, CodeCacheUntrusted, CodeIoError:
		return 106
	case CodeBuildFailed, CodeDependencyUnresolvable, CodeWheelMissing, CodeVerificationFailed:
		return 108
	case CodeManifestMissing, CodeManifestAmbiguous, CodeManifestInvalid, CodeManifestKeyUnknown, CodeEntryMissing, CodePlaceholderUnknown, CodeLevelUnknown, CodeLockUnreadable:
		return 109
	case CodeHelperMissing, CodeHelperDigestWrong, CodeToolMissing, CodeRuntimeMissing:
		return 110
	case CodeInterrupted:
		return 130
	case CodeInternal:
		return 101
	}
	return ExitPanic
}

// VerifyExit is the status of a verification that stops because of the code.
func (code ErrorCode) VerifyExit() int {
	switch code {
	case CodeNotAPackage, CodeVersionUnsupported, CodeIndexChecksumWrong, CodeIndexCopyDiffers, CodeIndexFieldInvalid, CodePackageSizeWrong, CodeRegionOutOfRange, CodePaddingNotZero, CodeSlotOutOfRange, CodeSlotFieldInvalid, CodeSlotMismatch, CodeOperationUnknown, CodeOperationUnsupported, CodeMetadataMalformed, CodeFrameInvalid, CodeArchiveMalformed, CodePathUnsafe, CodeLinkUnsafe, CodeEntryConflict, CodeEntryRefused:
		return 10
	case CodeMetadataChecksumWrong, CodeMetadataSignatureWrong, CodeSealWrong, CodeCosignerWrong:
		return 11
	case CodeSealMissing:
		return 18
	case CodeUnsigned, CodeSealNotAnnounced:
		return 12
	case CodeLauncherDigestWrong, CodeSlotDigestWrong:
		return 13
	case CodeKeyDiffers:
		return 14
	case CodeSignerUnknown:
		return 1
	case CodeKeyRevoked:
		return 15
	case CodeSignatureExpired:
		return 16
	case CodeRollback:
		return 17
	case CodeExtractionFailed, CodeFileMissing, CodeFileUnreadable, CodeOutputExists, CodeOutputUnwritable, CodeDiskFull, CodeCacheUntrusted, CodeIoError:
		return 106
	case CodeSetupFailed, CodeProgramMissing, CodeExecFailed, CodePlatformUnfit:
		return 104
	case CodeElevated:
		return 105
	case CodeArgumentsInvalid, CodeUsage:
		return 2
	case CodeBuildFailed, CodeDependencyUnresolvable, CodeWheelMissing, CodeVerificationFailed:
		return 108
	case CodeKeyInvalid:
		return 107
	case CodeManifestMissing, CodeManifestAmbiguous, CodeManifestInvalid, CodeManifestKeyUnknown, CodeEntryMissing, CodePlaceholderUnknown, CodeLevelUnknown, CodeLockUnreadable:
		return 109
	case CodeHelperMissing, CodeHelperDigestWrong, CodeToolMissing, CodeRuntimeMissing:
		return 110
	case CodeInterrupted:
		return 130
	case CodeInternal:
		return 101
	}
	return ExitPanic
}
