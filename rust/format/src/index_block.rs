//! The index block: 8192 bytes, little-endian.
//!
//! Source: spec/pspf-2025.md#index-block. Offsets are generated from spec/tables.json.

use crate::constants::{capabilities, flags, index, limits, magic, sizes};
use crate::{Error, ErrorCode, Result};
use std::ops::Range;

/// The fields that are used for something. What must be zero or fixed is checked by [`index_fields_fault`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexBlock {
    pub format_version: u32,
    pub index_checksum: u32,
    pub package_size: u64,
    pub launcher_size: u64,
    pub metadata_offset: u64,
    pub metadata_size: u64,
    pub slot_table_offset: u64,
    pub slot_table_size: u64,
    pub slot_count: u32,
    pub flags: u32,
    pub public_key: [u8; 32],
    pub metadata_checksum: [u8; 32],
    pub metadata_signature: [u8; 64],
    pub seal: [u8; 64],
    pub page_size: u32,
    pub build_timestamp: u64,
    pub capabilities: u64,
    pub compatibility: u32,
    pub protocol_version: u32,
}

fn field<const N: usize>(block: &[u8; sizes::INDEX_BLOCK], range: Range<usize>) -> [u8; N] {
    let mut value = [0; N];
    value.copy_from_slice(&block[range]);
    value
}

impl IndexBlock {
    /// Read the fields, in file order. Any bytes have a reading; checks come after.
    pub fn decode(block: &[u8; sizes::INDEX_BLOCK]) -> Self {
        let u32_at = |range| u32::from_le_bytes(field(block, range));
        let u64_at = |range| u64::from_le_bytes(field(block, range));
        Self {
            format_version: u32_at(index::FORMAT_VERSION),
            index_checksum: u32_at(index::INDEX_CHECKSUM),
            package_size: u64_at(index::PACKAGE_SIZE),
            launcher_size: u64_at(index::LAUNCHER_SIZE),
            metadata_offset: u64_at(index::METADATA_OFFSET),
            metadata_size: u64_at(index::METADATA_SIZE),
            slot_table_offset: u64_at(index::SLOT_TABLE_OFFSET),
            slot_table_size: u64_at(index::SLOT_TABLE_SIZE),
            slot_count: u32_at(index::SLOT_COUNT),
            flags: u32_at(index::FLAGS),
            public_key: field(block, index::PUBLIC_KEY),
            metadata_checksum: field(block, index::METADATA_CHECKSUM),
            metadata_signature: field(block, index::METADATA_SIGNATURE),
            seal: field(block, index::SEAL),
            page_size: u32_at(index::PAGE_SIZE),
            build_timestamp: u64_at(index::BUILD_TIMESTAMP),
            capabilities: u64_at(index::CAPABILITIES),
            compatibility: u32_at(index::COMPATIBILITY),
            protocol_version: u32_at(index::PROTOCOL_VERSION),
        }
    }

    /// The block with its checksum filled in, fixed fields and zero fields as they must be, and no co-signers.
    ///
    /// `format_version`, `index_checksum`, `page_size`, `compatibility` and `protocol_version` are not taken from `self`.
    pub fn encode(&self) -> [u8; sizes::INDEX_BLOCK] {
        let mut block = [0; sizes::INDEX_BLOCK];
        let mut put = |range: Range<usize>, value: &[u8]| block[range].copy_from_slice(value);
        put(index::FORMAT_VERSION, &index::FORMAT_VERSION_VALUE.to_le_bytes());
        put(index::PACKAGE_SIZE, &self.package_size.to_le_bytes());
        put(index::LAUNCHER_SIZE, &self.launcher_size.to_le_bytes());
        put(index::METADATA_OFFSET, &self.metadata_offset.to_le_bytes());
        put(index::METADATA_SIZE, &self.metadata_size.to_le_bytes());
        put(index::SLOT_TABLE_OFFSET, &self.slot_table_offset.to_le_bytes());
        put(index::SLOT_TABLE_SIZE, &self.slot_table_size.to_le_bytes());
        put(index::SLOT_COUNT, &self.slot_count.to_le_bytes());
        put(index::FLAGS, &self.flags.to_le_bytes());
        put(index::PUBLIC_KEY, &self.public_key);
        put(index::METADATA_CHECKSUM, &self.metadata_checksum);
        put(index::METADATA_SIGNATURE, &self.metadata_signature);
        put(index::SEAL, &self.seal);
        put(index::PAGE_SIZE, &(sizes::PAGE as u32).to_le_bytes());
        put(index::BUILD_TIMESTAMP, &self.build_timestamp.to_le_bytes());
        put(index::CAPABILITIES, &self.capabilities.to_le_bytes());
        put(index::COMPATIBILITY, &index::FORMAT_VERSION_VALUE.to_le_bytes());
        put(index::PROTOCOL_VERSION, &index::PROTOCOL_VERSION_VALUE.to_le_bytes());
        put(index::BOX_MARKER, &magic::BOX);
        let checksum = index_checksum(&block);
        block[index::INDEX_CHECKSUM].copy_from_slice(&checksum.to_le_bytes());
        block
    }

    /// Whether any signature field is filled. (A package that carries a key but no signature is not unsigned: it is broken.)
    pub fn has_signature(&self) -> bool {
        self.public_key != [0; 32] || self.metadata_signature != [0; 64] || self.seal != [0; 64]
    }
}

/// Adler-32 of the block with the checksum field taken as zero.
pub fn index_checksum(block: &[u8; sizes::INDEX_BLOCK]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    let mut add = |bytes: &[u8]| {
        // 5552 is the most bytes before a 32-bit sum can overflow.
        for chunk in bytes.chunks(5552) {
            for &byte in chunk {
                a += u32::from(byte);
                b += a;
            }
            a %= 65_521;
            b %= 65_521;
        }
    };
    add(&block[..index::INDEX_CHECKSUM.start]);
    add(&[0; 4]);
    add(&block[index::INDEX_CHECKSUM.end..]);
    (b << 16) | a
}

/// The first field that must be zero or fixed and is not, for a package that announces the seal.
///
/// Errors: `index-field-invalid`; `version-unsupported` for `compatibility` and `protocol_version`.
pub fn index_fields_fault(block: &[u8; sizes::INDEX_BLOCK]) -> Option<Error> {
    let index_block = IndexBlock::decode(block);
    let invalid = |message: String| Some(Error::new(ErrorCode::IndexFieldInvalid, message));
    if index_block.compatibility != index::FORMAT_VERSION_VALUE || index_block.protocol_version != index::PROTOCOL_VERSION_VALUE {
        return Some(Error::new(
            ErrorCode::VersionUnsupported,
            format!(
                "index fields compatibility and protocol_version are {:#010x} and {}, expected {:#010x} and {}",
                index_block.compatibility,
                index_block.protocol_version,
                index::FORMAT_VERSION_VALUE,
                index::PROTOCOL_VERSION_VALUE
            ),
        ));
    }
    if index_block.flags & !flags::WRITTEN != 0 {
        return invalid(format!("index field flags is {:#x}, known bits are {:#x}", index_block.flags, flags::WRITTEN));
    }
    if index_block.capabilities & !capabilities::WRITTEN != 0 {
        return invalid(format!(
            "index field capabilities is {:#x}, known bits are {:#x}",
            index_block.capabilities,
            capabilities::WRITTEN
        ));
    }
    if index_block.page_size != sizes::PAGE as u32 {
        return invalid(format!("index field page_size is {}, expected {}", index_block.page_size, sizes::PAGE));
    }
    for (name, range) in index::ZERO_FIELDS {
        if block[range.clone()].iter().any(|&byte| byte != 0) {
            return invalid(format!("index field {name} is not zero"));
        }
    }
    if block[index::BOX_MARKER] != magic::BOX {
        return invalid("index field box_marker does not hold the box marker".to_owned());
    }
    if let Err(error) = cosigners(block) {
        return Some(error);
    }
    None
}

/// One record of the co-signer area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigner {
    pub public_key: [u8; 32],
    pub signature: [u8; 64],
}

/// The co-signers, in order.
///
/// Errors: `index-field-invalid` when a record follows an empty one or the rest of the area is not zero.
pub fn cosigners(block: &[u8; sizes::INDEX_BLOCK]) -> Result<Vec<Cosigner>> {
    let area = &block[index::COSIGNERS];
    let used = area.iter().rposition(|&byte| byte != 0).map_or(0, |last| last / sizes::COSIGNER + 1);
    if used > limits::COSIGNERS {
        return Err(Error::new(ErrorCode::IndexFieldInvalid, "index field cosigners: bytes after the fifth record are not zero"));
    }
    let mut records = Vec::new();
    for (position, record) in area.chunks_exact(sizes::COSIGNER).take(used).enumerate() {
        if record.iter().all(|&byte| byte == 0) {
            return Err(Error::new(
                ErrorCode::IndexFieldInvalid,
                format!("index field cosigners: record {position} is empty but a later one is not"),
            ));
        }
        let (mut public_key, mut signature) = ([0; 32], [0; 64]);
        public_key.copy_from_slice(&record[..32]);
        signature.copy_from_slice(&record[32..]);
        records.push(Cosigner { public_key, signature });
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn valid() -> [u8; sizes::INDEX_BLOCK] {
        let mut block = [0; sizes::INDEX_BLOCK];
        block[index::FORMAT_VERSION].copy_from_slice(&index::FORMAT_VERSION_VALUE.to_le_bytes());
        block[index::PAGE_SIZE].copy_from_slice(&4096_u32.to_le_bytes());
        block[index::COMPATIBILITY].copy_from_slice(&index::FORMAT_VERSION_VALUE.to_le_bytes());
        block[index::PROTOCOL_VERSION].copy_from_slice(&1_u32.to_le_bytes());
        block[index::BOX_MARKER].copy_from_slice(&magic::BOX);
        block
    }

    #[test]
    fn checksum_is_adler32_with_its_own_field_as_zero() {
        let mut block = [0; sizes::INDEX_BLOCK];
        // Adler-32 of n zero bytes: a = 1, b = n mod 65521.
        assert_eq!(index_checksum(&block), 8192 << 16 | 1);
        block[index::INDEX_CHECKSUM].copy_from_slice(&[1, 2, 3, 4]);
        assert_eq!(index_checksum(&block), 8192 << 16 | 1);
        block.fill(0xff);
        let mut zeroed = block;
        zeroed[index::INDEX_CHECKSUM].fill(0);
        assert_eq!(index_checksum(&block), index_checksum(&zeroed));
    }

    #[test]
    fn each_fixed_or_zero_field_is_checked() {
        assert_eq!(index_fields_fault(&valid()), None);
        for (name, range) in index::ZERO_FIELDS {
            for at in [range.start, range.end - 1] {
                let mut block = valid();
                block[at] = 1;
                let fault = index_fields_fault(&block).unwrap_or_else(|| panic!("{name} at {at} passes"));
                assert_eq!(fault.code(), ErrorCode::IndexFieldInvalid);
                assert!(fault.message.contains(name), "{fault}");
            }
        }
        for (range, code) in [
            (index::FLAGS, ErrorCode::IndexFieldInvalid),
            (index::PAGE_SIZE, ErrorCode::IndexFieldInvalid),
            (index::CAPABILITIES, ErrorCode::IndexFieldInvalid),
            (index::BOX_MARKER, ErrorCode::IndexFieldInvalid),
            (index::COMPATIBILITY, ErrorCode::VersionUnsupported),
            (index::PROTOCOL_VERSION, ErrorCode::VersionUnsupported),
        ] {
            let mut block = valid();
            block[range.start] ^= 1;
            assert_eq!(index_fields_fault(&block).map(|error| error.code()), Some(code));
        }
    }

    #[test]
    fn fields_are_read_where_the_table_says() {
        let mut block = [0; sizes::INDEX_BLOCK];
        for (at, byte) in block.iter_mut().enumerate() {
            *byte = (at % 251) as u8;
        }
        let decoded = IndexBlock::decode(&block);
        assert_eq!(decoded.package_size, u64::from_le_bytes([8, 9, 10, 11, 12, 13, 14, 15]));
        assert_eq!(decoded.slot_count, u32::from_le_bytes([56, 57, 58, 59]));
        assert_eq!(decoded.public_key[0], 64);
        assert_eq!(decoded.metadata_checksum[0], 96);
        assert_eq!(decoded.metadata_signature[0], 128);
        assert_eq!(decoded.seal[0], 192);
        assert_eq!(decoded.capabilities.to_le_bytes()[0], (832 % 251) as u8);
    }

    #[test]
    fn what_is_encoded_is_valid_and_comes_back() {
        let mut filled = valid();
        for (at, byte) in filled[8..256].iter_mut().enumerate() {
            *byte = at as u8;
        }
        let checksum = index_checksum(&filled);
        filled[index::INDEX_CHECKSUM].copy_from_slice(&checksum.to_le_bytes());
        assert_eq!(IndexBlock::decode(&filled).encode(), filled);
        assert_eq!(index_fields_fault(&IndexBlock::decode(&valid()).encode()), None);
    }

    #[test]
    fn cosigners_are_packed_from_the_start() {
        let mut block = valid();
        assert_eq!(cosigners(&block).unwrap(), []);
        block[index::COSIGNERS.start] = 1;
        block[index::COSIGNERS.start + 95] = 2;
        let found = cosigners(&block).unwrap();
        assert_eq!((found.len(), found[0].public_key[0], found[0].signature[63]), (1, 1, 2));
        block[index::COSIGNERS.start + 2 * 96] = 1;
        assert!(cosigners(&block).is_err(), "a gap");
        let mut block = valid();
        block[index::COSIGNERS.end - 1] = 1;
        assert!(cosigners(&block).is_err(), "the rest");
    }
}
