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
        assert_eq!(slot::ZERO_FIELDS, [("reserved", 60..62)]);
    }
}
