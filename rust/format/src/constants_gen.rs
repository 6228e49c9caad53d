//! Generated from spec/tables.json by scripts/generate-constants. Do not edit.

/// Sizes in bytes.
pub mod sizes {
    pub const INDEX_BLOCK: usize = 8192;
    pub const SLOT_DESCRIPTOR: usize = 64;
    pub const TRAILER: usize = 8200;
    pub const REGION_ALIGNMENT: usize = 8;
    pub const FILE_ALIGNMENT: usize = 16;
    pub const TAR_BLOCK: usize = 512;
    pub const SEAL_MESSAGE: usize = 81;
    pub const COSIGNER: usize = 96;
    pub const PAGE: usize = 4096;
}

/// What a reader refuses to exceed.
pub mod limits {
    pub const SLOTS: usize = 1024;
    pub const OPERATIONS: usize = 8;
    pub const COSIGNERS: usize = 5;
    pub const METADATA_PLAIN_BYTES: usize = 1048576;
    pub const METADATA_PLAIN_BYTES_WITHOUT_FRAMES: usize = 65536;
    pub const FRAME_STORED_BYTES: usize = 8388608;
    pub const FRAME_PLAIN_BYTES: usize = 16777216;
    pub const FRAME_WINDOW_LOG: usize = 23;
    pub const STREAM_WINDOW_BYTES: usize = 33554432;
    pub const FRAMES_PER_SLOT: usize = 65536;
    pub const PATH_BYTES: usize = 4096;
    pub const PATH_DEPTH: usize = 128;
    pub const GZIP_STORED_BLOCK_BYTES: usize = 65535;
    pub const WORKENV_NAME_PART: usize = 40;
    pub const WORKENV_PINNED_NAME: usize = 40;
    pub const JSON_DEPTH: usize = 64;
}

/// Byte sequences with a fixed value.
pub mod magic {
    pub const BOX: [u8; 4] = [0xf0, 0x9f, 0x93, 0xa6];
    pub const WAND: [u8; 4] = [0xf0, 0x9f, 0xaa, 0x84];
    pub const SEAL_PREFIX: &[u8] = b"PSPF/2025 seal 1\0";
    pub const COSIGN_PREFIX: &[u8] = b"PSPF/2025 cosign 1\0";
    pub const LAUNCHER_MARKER: &[u8] = b"FLAVOR-LAUNCHER\0";
    pub const BUILDER_MARKER: &[u8] = b"FLAVOR-BUILDER\0";
    pub const STAMP_FILE: &str = ".pspf-package-id";
}

/// Index block: where each field lies.
pub mod index {
    use std::ops::Range;
    pub const FORMAT_VERSION_VALUE: u32 = 0x2025_0001;
    pub const PROTOCOL_VERSION_VALUE: u32 = 1;
    pub const FORMAT_VERSION: Range<usize> = 0..4;
    pub const INDEX_CHECKSUM: Range<usize> = 4..8;
    pub const PACKAGE_SIZE: Range<usize> = 8..16;
    pub const LAUNCHER_SIZE: Range<usize> = 16..24;
    pub const METADATA_OFFSET: Range<usize> = 24..32;
    pub const METADATA_SIZE: Range<usize> = 32..40;
    pub const SLOT_TABLE_OFFSET: Range<usize> = 40..48;
    pub const SLOT_TABLE_SIZE: Range<usize> = 48..56;
    pub const SLOT_COUNT: Range<usize> = 56..60;
    pub const FLAGS: Range<usize> = 60..64;
    pub const PUBLIC_KEY: Range<usize> = 64..96;
    pub const METADATA_CHECKSUM: Range<usize> = 96..128;
    pub const METADATA_SIGNATURE: Range<usize> = 128..192;
    pub const SEAL: Range<usize> = 192..256;
    pub const PAGE_SIZE: Range<usize> = 644..648;
    pub const BUILD_TIMESTAMP: Range<usize> = 704..712;
    pub const CAPABILITIES: Range<usize> = 832..840;
    pub const COMPATIBILITY: Range<usize> = 856..860;
    pub const PROTOCOL_VERSION: Range<usize> = 860..864;
    pub const COSIGNERS: Range<usize> = 864..1376;
    pub const BOX_MARKER: Range<usize> = 8188..8192;
    pub const ZERO_FIELDS: &[(&str, Range<usize>)] = &[
        ("signature_rest", 256..640),
        ("access_mode", 640..641),
        ("cache_strategy", 641..642),
        ("codec_type", 642..643),
        ("encryption_type", 643..644),
        ("max_memory", 648..656),
        ("min_memory", 656..664),
        ("cpu_features", 664..672),
        ("gpu_requirements", 672..680),
        ("numa_hints", 680..688),
        ("stream_chunk_size", 688..692),
        ("padding", 692..704),
        ("build_machine", 712..744),
        ("source_hash", 744..776),
        ("dependency_hash", 776..808),
        ("license_id", 808..824),
        ("provenance_uri", 824..832),
        ("requirements", 840..848),
        ("extensions", 848..856),
        ("reserved", 1376..8188),
    ];
}

/// Bits of the index field `flags`.
pub mod flags {
    pub const SIGNED: u32 = 1 << 1;
    pub const COMPRESSED: u32 = 1 << 2;
    pub const REPRODUCIBLE: u32 = 1 << 4;
    /// Every bit that may be set.
    pub const WRITTEN: u32 = SIGNED | COMPRESSED | REPRODUCIBLE;
}

/// Bits of the index field `capabilities`.
pub mod capabilities {
    pub const STREAMING: u64 = 1 << 3;
    pub const SIGNED: u64 = 1 << 7;
    /// Every bit that may be set.
    pub const WRITTEN: u64 = STREAMING | SIGNED;
}

/// Slot descriptor: where each field lies, and its codes.
pub mod slot {
    use std::ops::Range;
    pub const ID: Range<usize> = 0..8;
    pub const NAME_HASH: Range<usize> = 8..16;
    pub const OFFSET: Range<usize> = 16..24;
    pub const SIZE: Range<usize> = 24..32;
    pub const ORIGINAL_SIZE: Range<usize> = 32..40;
    pub const OPERATIONS: Range<usize> = 40..48;
    pub const CHECKSUM: Range<usize> = 48..56;
    pub const PURPOSE: Range<usize> = 56..57;
    pub const LIFECYCLE: Range<usize> = 57..58;
    pub const PRIORITY: Range<usize> = 58..59;
    pub const PLATFORM: Range<usize> = 59..60;
    pub const PERMISSIONS: Range<usize> = 62..64;
    pub const ZERO_FIELDS: &[(&str, Range<usize>)] = &[
        ("reserved", 60..62),
    ];
    pub const PRIORITY_VALUE: u8 = 1;
    pub const PURPOSES: &[(&str, u8)] = &[
        ("payload", 0),
        ("runtime", 1),
        ("tool", 2),
        ("data", 0),
        ("code", 1),
        ("config", 2),
        ("media", 3),
        ("wheel", 0),
        ("dependencies", 0),
        ("application", 1),
        ("resources", 0),
    ];
    pub const LIFECYCLES: &[(&str, u8)] = &[
        ("init", 0),
        ("startup", 1),
        ("runtime", 2),
        ("shutdown", 3),
        ("cache", 4),
        ("temp", 5),
        ("lazy", 6),
        ("eager", 7),
        ("dev", 8),
        ("config", 9),
        ("platform", 10),
        ("volatile", 11),
    ];
    pub const LIFECYCLE_SPELLINGS: &[(&str, &str)] = &[
        ("cached", "cache"),
        ("temporary", "temp"),
    ];
    pub const PLATFORMS: &[(&str, u8)] = &[
        ("any", 0),
        ("linux", 1),
        ("darwin", 2),
        ("windows", 3),
    ];
}

/// Operation codes, names and spellings.
pub mod operations {
    pub const TAR: u8 = 0x01;
    pub const GZIP: u8 = 0x10;
    pub const BZIP2: u8 = 0x13;
    pub const XZ: u8 = 0x16;
    pub const ZSTD: u8 = 0x1b;
    pub const REGISTRY: &[(u8, &str)] = &[
        (0x01, "TAR"),
        (0x02, "TAR_SORTED"),
        (0x03, "TAR_STREAM"),
        (0x04, "CPIO"),
        (0x05, "CPIO_NEWC"),
        (0x06, "AR"),
        (0x07, "AR_BSD"),
        (0x08, "ZIP_STORE"),
        (0x09, "ZIP_STREAM"),
        (0x0a, "7Z"),
        (0x0b, "RAR"),
        (0x0c, "PAX"),
        (0x0d, "USTAR"),
        (0x10, "GZIP"),
        (0x11, "GZIP_FAST"),
        (0x12, "GZIP_BEST"),
        (0x13, "BZIP2"),
        (0x14, "BZIP2_FAST"),
        (0x15, "BZIP2_BEST"),
        (0x16, "XZ"),
        (0x17, "XZ_FAST"),
        (0x18, "XZ_BEST"),
        (0x19, "LZMA"),
        (0x1a, "LZMA2"),
        (0x1b, "ZSTD"),
        (0x1c, "ZSTD_FAST"),
        (0x1d, "ZSTD_BEST"),
        (0x1e, "LZ4"),
        (0x1f, "LZ4_HC"),
        (0x20, "SNAPPY"),
        (0x21, "BROTLI"),
        (0x22, "BROTLI_TEXT"),
        (0x23, "DEFLATE"),
        (0x24, "DEFLATE64"),
        (0x25, "PPM"),
        (0x26, "PPMD"),
        (0x30, "AES128_GCM"),
        (0x31, "AES256_GCM"),
        (0x32, "AES128_CBC"),
        (0x33, "AES256_CBC"),
        (0x34, "AES128_CTR"),
        (0x35, "AES256_CTR"),
        (0x36, "CHACHA20_POLY1305"),
        (0x37, "XCHACHA20_POLY1305"),
        (0x38, "SALSA20"),
        (0x39, "XSALSA20_POLY1305"),
        (0x3a, "RSA_2048"),
        (0x3b, "RSA_4096"),
        (0x3c, "ED25519"),
        (0x3d, "X25519"),
        (0x3e, "SECP256K1"),
        (0x3f, "SECP256R1"),
        (0x40, "NACL_BOX"),
        (0x41, "NACL_SECRETBOX"),
        (0x42, "AGE"),
        (0x43, "PGP"),
        (0x50, "BASE64"),
        (0x51, "BASE64_URL"),
        (0x52, "BASE32"),
        (0x53, "BASE16"),
        (0x54, "HEX"),
        (0x55, "ASCII85"),
        (0x56, "UUENCODE"),
        (0x57, "XXENCODE"),
        (0x58, "QUOTED_PRINTABLE"),
        (0x59, "PUNYCODE"),
        (0x5a, "PERCENT"),
        (0x70, "SHA256"),
        (0x71, "SHA512"),
        (0x72, "SHA3_256"),
        (0x73, "SHA3_512"),
        (0x74, "BLAKE2B"),
        (0x75, "BLAKE2S"),
        (0x76, "BLAKE3"),
        (0x77, "MD5"),
        (0x78, "SHA1"),
        (0x79, "XXHASH"),
        (0x7a, "XXHASH3"),
        (0x7b, "SIPHASH"),
        (0x7c, "HIGHWAYHASH"),
        (0x7d, "ADLER32"),
        (0x7e, "CRC32"),
        (0x7f, "CRC64"),
        (0x90, "ED25519_SIGN"),
        (0x91, "RSA_PSS"),
        (0x92, "RSA_PKCS1"),
        (0x93, "ECDSA_P256"),
        (0x94, "ECDSA_P384"),
        (0x95, "ECDSA_P521"),
        (0x96, "EDDSA"),
        (0x97, "HMAC_SHA256"),
        (0x98, "HMAC_SHA512"),
        (0xb0, "SPLIT"),
        (0xb1, "MERGE"),
        (0xb2, "DEDUPE"),
        (0xb3, "DELTA"),
        (0xb4, "PATCH"),
        (0xff, "TERMINAL"),
    ];
    pub const SPELLINGS: &[(&str, &[u8])] = &[
        ("", &[]),
        ("none", &[]),
        ("raw", &[]),
        ("tar", &[0x01]),
        ("gzip", &[0x10]),
        ("gz", &[0x10]),
        ("bzip2", &[0x13]),
        ("bz2", &[0x13]),
        ("xz", &[0x16]),
        ("zstd", &[0x1b]),
        ("zst", &[0x1b]),
        ("tgz", &[0x01, 0x10]),
        ("tar.gz", &[0x01, 0x10]),
        ("tbz2", &[0x01, 0x13]),
        ("tar.bz2", &[0x01, 0x13]),
        ("txz", &[0x01, 0x16]),
        ("tar.xz", &[0x01, 0x16]),
        ("tzst", &[0x01, 0x1b]),
        ("tar.zst", &[0x01, 0x1b]),
    ];
}

/// Exit codes.
pub mod exit {
    pub const OK: u8 = 0;
    pub const DIFFERENCE: u8 = 1;
    pub const USAGE: u8 = 2;
    pub const VERIFY_MALFORMED: u8 = 10;
    pub const VERIFY_SIGNATURE: u8 = 11;
    pub const VERIFY_UNSIGNED: u8 = 12;
    pub const VERIFY_DIGEST: u8 = 13;
    pub const VERIFY_KEY_DIFFERS: u8 = 14;
    pub const VERIFY_REVOKED: u8 = 15;
    pub const VERIFY_EXPIRED: u8 = 16;
    pub const VERIFY_ROLLBACK: u8 = 17;
    pub const VERIFY_STRIPPED: u8 = 18;
    pub const PANIC: u8 = 101;
    pub const FORMAT: u8 = 102;
    pub const EXTRACTION: u8 = 103;
    pub const EXECUTION: u8 = 104;
    pub const ARGUMENTS: u8 = 105;
    pub const IO: u8 = 106;
    pub const SIGNATURE: u8 = 107;
    pub const BUILD: u8 = 108;
    pub const CONFIGURATION: u8 = 109;
    pub const DEPENDENCY: u8 = 110;
    pub const INTERRUPTED: u8 = 130;
}

/// Names that Windows keeps for devices, in lower case.
pub const DEVICE_NAMES: &[&str] = &[
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
];

/// Validation levels, weakest first.
pub const VALIDATION_LEVELS: [&str; 5] = ["none", "minimal", "relaxed", "standard", "strict"];

/// What can be wrong. Exit status follows from the code, never from the words of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The file does not end in a PSPF trailer.
    NotAPackage,
    /// Format_version, compatibility or protocol_version is not one this reader knows.
    VersionUnsupported,
    /// The Adler-32 in the index block does not fit its bytes.
    IndexChecksumWrong,
    /// The index block after the launcher differs from the one in the trailer.
    IndexCopyDiffers,
    /// An index field that must be zero or fixed is not.
    IndexFieldInvalid,
    /// Package_size is not the size of the file.
    PackageSizeWrong,
    /// A region leaves the file or does not follow the one before it.
    RegionOutOfRange,
    /// A padding byte is not zero.
    PaddingNotZero,
    /// A slot leaves the slot region, overlaps another or is not aligned.
    SlotOutOfRange,
    /// A slot descriptor field holds a value that it may not hold.
    SlotFieldInvalid,
    /// A slot descriptor differs from the signed metadata.
    SlotMismatch,
    /// An operation code is not in the registry.
    OperationUnknown,
    /// A registered operation, or a chain of them, is not implemented.
    OperationUnsupported,
    /// The metadata is not canonical gzip, not canonical JSON, too large, or a key has a wrong type.
    MetadataMalformed,
    /// A frame list does not cover its slot or breaks a limit.
    FrameInvalid,
    /// The SHA-256 of the metadata is not the one in the index.
    MetadataChecksumWrong,
    /// The Ed25519 signature over the metadata does not verify.
    MetadataSignatureWrong,
    /// The seal does not verify.
    SealWrong,
    /// A co-signature does not verify.
    CosignerWrong,
    /// The metadata announces a signature or seal that is not there.
    SealMissing,
    /// The package carries no signature.
    Unsigned,
    /// The metadata announces no seal (written by an earlier implementation).
    SealNotAnnounced,
    /// The launcher is not the one in the signed metadata.
    LauncherDigestWrong,
    /// A slot's bytes are not the ones in the signed metadata.
    SlotDigestWrong,
    /// Another key signed than the one asked for or recorded.
    KeyDiffers,
    /// An identity was asked for and the signer is not known.
    SignerUnknown,
    /// The key or the package is on a revocation list.
    KeyRevoked,
    /// The signature is expired or not yet valid.
    SignatureExpired,
    /// Package.sequence is lower than one already seen.
    Rollback,
    /// A slot does not decode, or is not in the tar subset of this format.
    ArchiveMalformed,
    /// A path is absolute, climbs, or is not normal.
    PathUnsafe,
    /// A link points outside the tree.
    LinkUnsafe,
    /// Two entries have one path, or a file stands against a directory.
    EntryConflict,
    /// A device, hard link, setuid mode or other refused kind of entry.
    EntryRefused,
    /// A file of the workenv could not be written.
    ExtractionFailed,
    /// A setup command failed.
    SetupFailed,
    /// The program to execute is not there.
    ProgramMissing,
    /// The system refused to execute the program.
    ExecFailed,
    /// The package is for another platform, or needs a newer C library.
    PlatformUnfit,
    /// The launcher runs with raised privileges.
    Elevated,
    /// FLAVOR_LAUNCHER_CLI was given arguments that it does not know.
    ArgumentsInvalid,
    /// The command line is not understood.
    Usage,
    /// A file or folder that was named does not exist.
    FileMissing,
    /// A file cannot be read.
    FileUnreadable,
    /// The output exists and --force was not given.
    OutputExists,
    /// The output cannot be written.
    OutputUnwritable,
    /// No space left.
    DiskFull,
    /// The cache directory belongs to another user, is writable by others, or is a link.
    CacheUntrusted,
    /// Another input or output error.
    IoError,
    /// The project or a dependency did not build.
    BuildFailed,
    /// The dependencies cannot be satisfied.
    DependencyUnresolvable,
    /// A dependency has no build for the target platform.
    WheelMissing,
    /// The package that was just built does not verify.
    VerificationFailed,
    /// A key cannot be used.
    KeyInvalid,
    /// No manifest was found.
    ManifestMissing,
    /// More than one manifest was found.
    ManifestAmbiguous,
    /// The manifest does not parse or a key has a wrong value.
    ManifestInvalid,
    /// The manifest has a key that does not exist.
    ManifestKeyUnknown,
    /// The program to start is not named or not there.
    EntryMissing,
    /// A placeholder does not exist.
    PlaceholderUnknown,
    /// FLAVOR_VALIDATION is not a level.
    LevelUnknown,
    /// A lock file of a tool that is not at hand.
    LockUnreadable,
    /// No launcher or builder was found.
    HelperMissing,
    /// A helper is not the one that its folder's SHA256SUMS names.
    HelperDigestWrong,
    /// A tool that packing needs is not installed.
    ToolMissing,
    /// No runtime for the asked version and platform.
    RuntimeMissing,
    /// Interrupted by the user.
    Interrupted,
    /// A defect of this program.
    Internal,
}

impl ErrorCode {
    /// The code as it is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAPackage => "not-a-package",
            Self::VersionUnsupported => "version-unsupported",
            Self::IndexChecksumWrong => "index-checksum-wrong",
            Self::IndexCopyDiffers => "index-copy-differs",
            Self::IndexFieldInvalid => "index-field-invalid",
            Self::PackageSizeWrong => "package-size-wrong",
            Self::RegionOutOfRange => "region-out-of-range",
            Self::PaddingNotZero => "padding-not-zero",
            Self::SlotOutOfRange => "slot-out-of-range",
            Self::SlotFieldInvalid => "slot-field-invalid",
            Self::SlotMismatch => "slot-mismatch",
            Self::OperationUnknown => "operation-unknown",
            Self::OperationUnsupported => "operation-unsupported",
            Self::MetadataMalformed => "metadata-malformed",
            Self::FrameInvalid => "frame-invalid",
            Self::MetadataChecksumWrong => "metadata-checksum-wrong",
            Self::MetadataSignatureWrong => "metadata-signature-wrong",
            Self::SealWrong => "seal-wrong",
            Self::CosignerWrong => "cosigner-wrong",
            Self::SealMissing => "seal-missing",
            Self::Unsigned => "unsigned",
            Self::SealNotAnnounced => "seal-not-announced",
            Self::LauncherDigestWrong => "launcher-digest-wrong",
            Self::SlotDigestWrong => "slot-digest-wrong",
            Self::KeyDiffers => "key-differs",
            Self::SignerUnknown => "signer-unknown",
            Self::KeyRevoked => "key-revoked",
            Self::SignatureExpired => "signature-expired",
            Self::Rollback => "rollback",
            Self::ArchiveMalformed => "archive-malformed",
            Self::PathUnsafe => "path-unsafe",
            Self::LinkUnsafe => "link-unsafe",
            Self::EntryConflict => "entry-conflict",
            Self::EntryRefused => "entry-refused",
            Self::ExtractionFailed => "extraction-failed",
            Self::SetupFailed => "setup-failed",
            Self::ProgramMissing => "program-missing",
            Self::ExecFailed => "exec-failed",
            Self::PlatformUnfit => "platform-unfit",
            Self::Elevated => "elevated",
            Self::ArgumentsInvalid => "arguments-invalid",
            Self::Usage => "usage",
            Self::FileMissing => "file-missing",
            Self::FileUnreadable => "file-unreadable",
            Self::OutputExists => "output-exists",
            Self::OutputUnwritable => "output-unwritable",
            Self::DiskFull => "disk-full",
            Self::CacheUntrusted => "cache-untrusted",
            Self::IoError => "io-error",
            Self::BuildFailed => "build-failed",
            Self::DependencyUnresolvable => "dependency-unresolvable",
            Self::WheelMissing => "wheel-missing",
            Self::VerificationFailed => "verification-failed",
            Self::KeyInvalid => "key-invalid",
            Self::ManifestMissing => "manifest-missing",
            Self::ManifestAmbiguous => "manifest-ambiguous",
            Self::ManifestInvalid => "manifest-invalid",
            Self::ManifestKeyUnknown => "manifest-key-unknown",
            Self::EntryMissing => "entry-missing",
            Self::PlaceholderUnknown => "placeholder-unknown",
            Self::LevelUnknown => "level-unknown",
            Self::LockUnreadable => "lock-unreadable",
            Self::HelperMissing => "helper-missing",
            Self::HelperDigestWrong => "helper-digest-wrong",
            Self::ToolMissing => "tool-missing",
            Self::RuntimeMissing => "runtime-missing",
            Self::Interrupted => "interrupted",
            Self::Internal => "internal",
        }
    }

    /// Exit status of a launcher or builder that stops because of it.
    pub const fn exit(self) -> u8 {
        match self {
            Self::NotAPackage => 102,
            Self::VersionUnsupported => 102,
            Self::IndexChecksumWrong => 102,
            Self::IndexCopyDiffers => 102,
            Self::IndexFieldInvalid => 102,
            Self::PackageSizeWrong => 102,
            Self::RegionOutOfRange => 102,
            Self::PaddingNotZero => 102,
            Self::SlotOutOfRange => 102,
            Self::SlotFieldInvalid => 102,
            Self::SlotMismatch => 102,
            Self::OperationUnknown => 102,
            Self::OperationUnsupported => 102,
            Self::MetadataMalformed => 102,
            Self::FrameInvalid => 103,
            Self::MetadataChecksumWrong => 107,
            Self::MetadataSignatureWrong => 107,
            Self::SealWrong => 107,
            Self::CosignerWrong => 107,
            Self::SealMissing => 107,
            Self::Unsigned => 107,
            Self::SealNotAnnounced => 107,
            Self::LauncherDigestWrong => 107,
            Self::SlotDigestWrong => 103,
            Self::KeyDiffers => 107,
            Self::SignerUnknown => 107,
            Self::KeyRevoked => 107,
            Self::SignatureExpired => 107,
            Self::Rollback => 107,
            Self::ArchiveMalformed => 103,
            Self::PathUnsafe => 103,
            Self::LinkUnsafe => 103,
            Self::EntryConflict => 103,
            Self::EntryRefused => 103,
            Self::ExtractionFailed => 103,
            Self::SetupFailed => 104,
            Self::ProgramMissing => 104,
            Self::ExecFailed => 104,
            Self::PlatformUnfit => 104,
            Self::Elevated => 105,
            Self::ArgumentsInvalid => 105,
            Self::Usage => 2,
            Self::FileMissing => 106,
            Self::FileUnreadable => 106,
            Self::OutputExists => 106,
            Self::OutputUnwritable => 106,
            Self::DiskFull => 106,
            Self::CacheUntrusted => 106,
            Self::IoError => 106,
            Self::BuildFailed => 108,
            Self::DependencyUnresolvable => 108,
            Self::WheelMissing => 108,
            Self::VerificationFailed => 108,
            Self::KeyInvalid => 107,
            Self::ManifestMissing => 109,
            Self::ManifestAmbiguous => 109,
            Self::ManifestInvalid => 109,
            Self::ManifestKeyUnknown => 109,
            Self::EntryMissing => 109,
            Self::PlaceholderUnknown => 109,
            Self::LevelUnknown => 109,
            Self::LockUnreadable => 109,
            Self::HelperMissing => 110,
            Self::HelperDigestWrong => 110,
            Self::ToolMissing => 110,
            Self::RuntimeMissing => 110,
            Self::Interrupted => 130,
            Self::Internal => 101,
        }
    }

    /// Exit status of `verify` that stops because of it.
    pub const fn verify_exit(self) -> u8 {
        match self {
            Self::NotAPackage => 10,
            Self::VersionUnsupported => 10,
            Self::IndexChecksumWrong => 10,
            Self::IndexCopyDiffers => 10,
            Self::IndexFieldInvalid => 10,
            Self::PackageSizeWrong => 10,
            Self::RegionOutOfRange => 10,
            Self::PaddingNotZero => 10,
            Self::SlotOutOfRange => 10,
            Self::SlotFieldInvalid => 10,
            Self::SlotMismatch => 10,
            Self::OperationUnknown => 10,
            Self::OperationUnsupported => 10,
            Self::MetadataMalformed => 10,
            Self::FrameInvalid => 10,
            Self::MetadataChecksumWrong => 11,
            Self::MetadataSignatureWrong => 11,
            Self::SealWrong => 11,
            Self::CosignerWrong => 11,
            Self::SealMissing => 18,
            Self::Unsigned => 12,
            Self::SealNotAnnounced => 12,
            Self::LauncherDigestWrong => 13,
            Self::SlotDigestWrong => 13,
            Self::KeyDiffers => 14,
            Self::SignerUnknown => 1,
            Self::KeyRevoked => 15,
            Self::SignatureExpired => 16,
            Self::Rollback => 17,
            Self::ArchiveMalformed => 10,
            Self::PathUnsafe => 10,
            Self::LinkUnsafe => 10,
            Self::EntryConflict => 10,
            Self::EntryRefused => 10,
            Self::ExtractionFailed => 106,
            Self::SetupFailed => 104,
            Self::ProgramMissing => 104,
            Self::ExecFailed => 104,
            Self::PlatformUnfit => 104,
            Self::Elevated => 105,
            Self::ArgumentsInvalid => 2,
            Self::Usage => 2,
            Self::FileMissing => 106,
            Self::FileUnreadable => 106,
            Self::OutputExists => 106,
            Self::OutputUnwritable => 106,
            Self::DiskFull => 106,
            Self::CacheUntrusted => 106,
            Self::IoError => 106,
            Self::BuildFailed => 108,
            Self::DependencyUnresolvable => 108,
            Self::WheelMissing => 108,
            Self::VerificationFailed => 108,
            Self::KeyInvalid => 107,
            Self::ManifestMissing => 109,
            Self::ManifestAmbiguous => 109,
            Self::ManifestInvalid => 109,
            Self::ManifestKeyUnknown => 109,
            Self::EntryMissing => 109,
            Self::PlaceholderUnknown => 109,
            Self::LevelUnknown => 109,
            Self::LockUnreadable => 109,
            Self::HelperMissing => 110,
            Self::HelperDigestWrong => 110,
            Self::ToolMissing => 110,
            Self::RuntimeMissing => 110,
            Self::Interrupted => 130,
            Self::Internal => 101,
        }
    }
}
