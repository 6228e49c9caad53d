//! Operation chains: up to eight operations in a u64, the first applied in the least significant byte.
//!
//! Source: spec/operations.md. Nothing is ever skipped: what is not implemented is refused by number and name.

use crate::constants::{limits, operations};
use crate::{Error, ErrorCode, Result};

/// An operation that this implementation can apply and undo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Tar,
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

/// A chain in the order in which it was applied. A reader undoes it from last to first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chain(Vec<Operation>);

impl Chain {
    /// Unpack a descriptor's chain.
    ///
    /// Errors: `operation-unknown` and `operation-unsupported` as in the registry;
    /// `slot-field-invalid` when an operation follows the zero byte that ends the chain.
    pub fn unpack(packed: u64) -> Result<Self> {
        let bytes = packed.to_le_bytes();
        let length = bytes.iter().position(|&byte| byte == 0).unwrap_or(limits::OPERATIONS);
        if bytes[length..].iter().any(|&byte| byte != 0) {
            return Err(Error::new(
                ErrorCode::SlotFieldInvalid,
                format!("operations {packed:#018x}: an operation follows the zero byte that ends the chain"),
            ));
        }
        Self::from_codes(&bytes[..length])
    }

    /// Unpack as earlier readers did: zero bytes inside the chain count for nothing.
    pub fn unpack_skipping_zeros(packed: u64) -> Result<Self> {
        let codes: Vec<u8> = packed.to_le_bytes().into_iter().filter(|&byte| byte != 0).collect();
        Self::from_codes(&codes)
    }

    /// Read any spelling that manifests may use: `raw`, `tgz`, `tar.zst`, `tar|gzip`, `tar,gzip`, in any case.
    ///
    /// Errors: `operation-unknown` for anything else; `operation-unsupported` for TAR after the first place or a ninth operation.
    pub fn parse(text: &str) -> Result<Self> {
        let mut codes = Vec::new();
        for word in text.to_lowercase().split(['|', ',']) {
            let spelling = operations::SPELLINGS.iter().find(|(spelling, _)| *spelling == word.trim_matches([' ', '\t']));
            let (_, chain) = spelling.ok_or_else(|| {
                let known: Vec<&str> = operations::SPELLINGS.iter().map(|(name, _)| *name).filter(|name| !name.is_empty()).collect();
                Error::new(ErrorCode::OperationUnknown, format!("operations {text:?} are not known"))
                    .with_hint(format!("use one of {}, or names joined by |", known.join(", ")))
            })?;
            codes.extend_from_slice(chain);
        }
        if codes.len() > limits::OPERATIONS {
            return Err(Error::new(
                ErrorCode::OperationUnsupported,
                format!("an operation chain has {} operations; at most {} fit", codes.len(), limits::OPERATIONS),
            ));
        }
        Self::from_codes(&codes)
    }

    /// The chain of a folder when nothing else is asked for.
    pub fn tar_zstd() -> Self {
        Self(vec![Operation::Tar, Operation::Zstd])
    }

    /// As a descriptor stores it.
    pub fn pack(&self) -> u64 {
        self.0.iter().rev().fold(0, |packed, &operation| packed << 8 | u64::from(code_of(operation)))
    }

    fn from_codes(codes: &[u8]) -> Result<Self> {
        let mut chain = Vec::with_capacity(codes.len());
        for (position, &code) in codes.iter().enumerate() {
            let operation = operation_of(code)?;
            if operation == Operation::Tar && position != 0 {
                return Err(Error::new(
                    ErrorCode::OperationUnsupported,
                    format!("operation {code:#04x} (TAR) is number {position} of its chain, it may only come first"),
                ));
            }
            chain.push(operation);
        }
        Ok(Self(chain))
    }

    pub fn operations(&self) -> &[Operation] {
        &self.0
    }

    /// The operations but TAR, which only says what the content is.
    pub fn compressing(&self) -> &[Operation] {
        &self.0[usize::from(self.is_archive())..]
    }

    pub fn is_archive(&self) -> bool {
        self.0.first() == Some(&Operation::Tar)
    }

    /// Whether the content may come with a frame list.
    pub fn has_frames(&self) -> bool {
        self.0 == [Operation::Tar, Operation::Zstd]
    }

    /// The spelling that metadata uses.
    pub fn canonical(&self) -> String {
        match self.0[..] {
            [] => "raw".to_owned(),
            [Operation::Tar, Operation::Gzip] => "tar.gz".to_owned(),
            [Operation::Tar, Operation::Bzip2] => "tar.bz2".to_owned(),
            [Operation::Tar, Operation::Xz] => "tar.xz".to_owned(),
            [Operation::Tar, Operation::Zstd] => "tar.zst".to_owned(),
            ref chain => chain.iter().map(|operation| name_of(*operation)).collect::<Vec<_>>().join("|"),
        }
    }
}

fn name_of(operation: Operation) -> &'static str {
    match operation {
        Operation::Tar => "tar",
        Operation::Gzip => "gzip",
        Operation::Bzip2 => "bzip2",
        Operation::Xz => "xz",
        Operation::Zstd => "zstd",
    }
}

fn code_of(operation: Operation) -> u8 {
    match operation {
        Operation::Tar => operations::TAR,
        Operation::Gzip => operations::GZIP,
        Operation::Bzip2 => operations::BZIP2,
        Operation::Xz => operations::XZ,
        Operation::Zstd => operations::ZSTD,
    }
}

fn operation_of(code: u8) -> Result<Operation> {
    match code {
        operations::TAR => Ok(Operation::Tar),
        operations::GZIP => Ok(Operation::Gzip),
        operations::BZIP2 => Ok(Operation::Bzip2),
        operations::XZ => Ok(Operation::Xz),
        operations::ZSTD => Ok(Operation::Zstd),
        _ => Err(match operations::REGISTRY.iter().find(|(registered, _)| *registered == code) {
            Some((_, name)) => Error::new(ErrorCode::OperationUnsupported, format!("operation {code:#04x} ({name}) is not implemented")),
            None => Error::new(ErrorCode::OperationUnknown, format!("operation {code:#04x} is not in the registry")),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpacks_chains_and_spells_them() {
        for (packed, spelling) in [
            (0, "raw"),
            (0x01, "tar"),
            (0x10, "gzip"),
            (0x1b, "zstd"),
            (0x1001, "tar.gz"),
            (0x1301, "tar.bz2"),
            (0x1601, "tar.xz"),
            (0x1b01, "tar.zst"),
            (0x1b10, "gzip|zstd"),
            (0x1010_1010_1010_1010, "gzip|gzip|gzip|gzip|gzip|gzip|gzip|gzip"),
        ] {
            let chain = Chain::unpack(packed).unwrap();
            assert_eq!(chain.canonical(), spelling);
            assert_eq!(Chain::parse(spelling).unwrap(), chain);
            assert_eq!(chain.pack(), packed);
        }
    }

    #[test]
    fn manifests_may_spell_them_in_other_ways() {
        for (text, canonical) in [
            ("", "raw"),
            ("none", "raw"),
            ("TGZ", "tar.gz"),
            ("tar,gzip", "tar.gz"),
            ("tar | zst", "tar.zst"),
            ("tar.gz|xz", "tar|gzip|xz"),
        ] {
            assert_eq!(Chain::parse(text).unwrap().canonical(), canonical, "{text:?}");
        }
        let code = |text: &str| Chain::parse(text).unwrap_err().code();
        assert_eq!(code("zip"), ErrorCode::OperationUnknown);
        assert_eq!(code("gzip|tar"), ErrorCode::OperationUnsupported);
        assert_eq!(code(&["gzip"; 9].join("|")), ErrorCode::OperationUnsupported);
    }

    #[test]
    fn refuses_by_number_and_name() {
        let code = |packed| Chain::unpack(packed).unwrap_err();
        assert_eq!(code(0x1e).code(), ErrorCode::OperationUnsupported);
        assert!(code(0x1e).message.contains("0x1e (LZ4)"));
        assert_eq!(code(0x2f).code(), ErrorCode::OperationUnknown);
        assert!(code(0x2f).message.contains("0x2f"));
        assert_eq!(code(0x0110).code(), ErrorCode::OperationUnsupported);
        assert_eq!(code(0x10_0001).code(), ErrorCode::SlotFieldInvalid);
    }

    #[test]
    fn earlier_readers_skip_zero_bytes() {
        assert_eq!(Chain::unpack_skipping_zeros(0x10_0001).unwrap().canonical(), "tar.gz");
    }
}
