//! Slot descriptors: 64 bytes each, little-endian, stored back to back in the slot table.
//!
//! Ranges against the file are the reader's job. Source: spec/pspf-2025.md#slot-descriptor.

use crate::constants::{sizes, slot};
use std::ops::Range;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    pub id: u64,
    pub name_hash: u64,
    /// From byte 0 of the package file.
    pub offset: u64,
    /// Stored size.
    pub size: u64,
    pub original_size: u64,
    /// The chain, packed; see `operations.rs`.
    pub operations: u64,
    /// First 8 bytes of the SHA-256 of the stored blob.
    pub checksum: u64,
    pub purpose: u8,
    pub lifecycle: u8,
    pub priority: u8,
    pub platform: u8,
    /// Must be zero.
    pub reserved: u16,
    pub permissions: u16,
}

impl Slot {
    /// Read one descriptor, in file order.
    pub fn decode(bytes: &[u8; sizes::SLOT_DESCRIPTOR]) -> Self {
        Self {
            id: u64_at(bytes, slot::ID),
            name_hash: u64_at(bytes, slot::NAME_HASH),
            offset: u64_at(bytes, slot::OFFSET),
            size: u64_at(bytes, slot::SIZE),
            original_size: u64_at(bytes, slot::ORIGINAL_SIZE),
            operations: u64_at(bytes, slot::OPERATIONS),
            checksum: u64_at(bytes, slot::CHECKSUM),
            purpose: bytes[slot::PURPOSE.start],
            lifecycle: bytes[slot::LIFECYCLE.start],
            priority: bytes[slot::PRIORITY.start],
            platform: bytes[slot::PLATFORM.start],
            reserved: u16::from_le_bytes([bytes[60], bytes[61]]),
            permissions: u16::from_le_bytes([bytes[slot::PERMISSIONS.start], bytes[slot::PERMISSIONS.start + 1]]),
        }
    }

    /// The 64 bytes of the descriptor.
    pub fn encode(&self) -> [u8; sizes::SLOT_DESCRIPTOR] {
        let mut bytes = [0; sizes::SLOT_DESCRIPTOR];
        let mut put = |range: Range<usize>, value: &[u8]| bytes[range].copy_from_slice(value);
        put(slot::ID, &self.id.to_le_bytes());
        put(slot::NAME_HASH, &self.name_hash.to_le_bytes());
        put(slot::OFFSET, &self.offset.to_le_bytes());
        put(slot::SIZE, &self.size.to_le_bytes());
        put(slot::ORIGINAL_SIZE, &self.original_size.to_le_bytes());
        put(slot::OPERATIONS, &self.operations.to_le_bytes());
        put(slot::CHECKSUM, &self.checksum.to_le_bytes());
        put(slot::PURPOSE, &[self.purpose]);
        put(slot::LIFECYCLE, &[self.lifecycle]);
        put(slot::PRIORITY, &[self.priority]);
        put(slot::PLATFORM, &[self.platform]);
        put(60..62, &self.reserved.to_le_bytes());
        put(slot::PERMISSIONS, &self.permissions.to_le_bytes());
        bytes
    }
}

/// The code of a purpose; 0 for one that has none.
pub fn purpose_code(purpose: &str) -> u8 {
    code_of(slot::PURPOSES, purpose).unwrap_or(0)
}

/// The code of a lifecycle by its name or another spelling, if it is one.
pub fn lifecycle_code(lifecycle: &str) -> Option<u8> {
    code_of(slot::LIFECYCLES, lifecycle_name(lifecycle))
}

/// The name of a lifecycle, whichever spelling is given.
pub fn lifecycle_name(lifecycle: &str) -> &str {
    slot::LIFECYCLE_SPELLINGS.iter().find(|(spelling, _)| *spelling == lifecycle).map_or(lifecycle, |(_, name)| name)
}

/// The code of an operating system, if it is one.
pub fn platform_code(os: &str) -> Option<u8> {
    code_of(slot::PLATFORMS, os)
}

fn code_of(table: &[(&str, u8)], name: &str) -> Option<u8> {
    table.iter().find(|(known, _)| *known == name).map(|(_, code)| *code)
}

fn u64_at(bytes: &[u8; sizes::SLOT_DESCRIPTOR], range: Range<usize>) -> u64 {
    let mut value = [0; 8];
    value.copy_from_slice(&bytes[range]);
    u64::from_le_bytes(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_where_the_table_says() {
        let mut bytes = [0; 64];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = at as u8;
        }
        let decoded = Slot::decode(&bytes);
        let word = |start: u8| u64::from_le_bytes(std::array::from_fn(|at| start + at as u8));
        assert_eq!(
            decoded,
            Slot {
                id: word(0),
                name_hash: word(8),
                offset: word(16),
                size: word(24),
                original_size: word(32),
                operations: word(40),
                checksum: word(48),
                purpose: 56,
                lifecycle: 57,
                priority: 58,
                platform: 59,
                reserved: u16::from_le_bytes([60, 61]),
                permissions: u16::from_le_bytes([62, 63]),
            }
        );
        assert_eq!(decoded.encode(), bytes);
        assert_eq!(slot::ZERO_FIELDS, [("reserved", 60..62)]);
    }

    #[test]
    fn names_have_codes() {
        assert_eq!((purpose_code("code"), purpose_code("anything")), (1, 0));
        assert_eq!((lifecycle_code("cached"), lifecycle_code("cache"), lifecycle_code("later")), (Some(4), Some(4), None));
        assert_eq!((platform_code("any"), platform_code("windows"), platform_code("plan9")), (Some(0), Some(3), None));
    }
}
