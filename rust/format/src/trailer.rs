//! The trailer: the last 8200 bytes of a package. Box marker, index block, wand marker.
//!
//! Source: spec/pspf-2025.md#regions.

use crate::constants::{magic, sizes};
use crate::{Error, ErrorCode, Result};

/// The trailer around an index block.
pub fn encode_trailer(block: &[u8; sizes::INDEX_BLOCK]) -> Vec<u8> {
    [&magic::BOX[..], block, &magic::WAND].concat()
}

/// The index block (copy B) between the markers.
///
/// Errors: `not-a-package` when a marker is missing.
pub fn index_block_of_trailer(trailer: &[u8; sizes::TRAILER]) -> Result<[u8; sizes::INDEX_BLOCK]> {
    let (block, wand) = trailer[magic::BOX.len()..].split_at(sizes::INDEX_BLOCK);
    if !trailer.starts_with(&magic::BOX) || wand != magic::WAND {
        return Err(Error::new(ErrorCode::NotAPackage, "the file does not end in a PSPF trailer: its markers are missing")
            .with_hint("the file is not a package, or was cut short or appended to; fetch it again"));
    }
    let mut copy = [0; sizes::INDEX_BLOCK];
    copy.copy_from_slice(block);
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_markers_are_needed() {
        let mut trailer = [0; sizes::TRAILER];
        assert!(index_block_of_trailer(&trailer).is_err());
        trailer[..4].copy_from_slice(&magic::BOX);
        assert!(index_block_of_trailer(&trailer).is_err());
        trailer[sizes::TRAILER - 4..].copy_from_slice(&magic::WAND);
        trailer[4] = 9;
        assert_eq!(index_block_of_trailer(&trailer).unwrap()[0], 9);
        assert_eq!(encode_trailer(&index_block_of_trailer(&trailer).unwrap()), trailer);
        trailer[0] = 0;
        assert_eq!(index_block_of_trailer(&trailer).unwrap_err().code(), ErrorCode::NotAPackage);
    }
}
