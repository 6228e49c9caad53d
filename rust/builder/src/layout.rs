//! Where each region of a package lies. The reader checks the same rules. Source: spec/pspf-2025.md#regions.

use flavor_format::constants::sizes;

pub struct Layout {
    pub metadata_offset: u64,
    pub slot_table_offset: u64,
    pub slot_table_size: u64,
    /// In the order of the table.
    pub slot_offsets: Vec<u64>,
    /// Where the last slot (or the table) ends.
    pub content_end: u64,
    pub trailer_offset: u64,
    pub package_size: u64,
}

/// `slots` are stored sizes, in the order of the table.
pub fn lay_out(launcher: u64, metadata: u64, slots: &[u64]) -> Layout {
    let aligned = |offset: u64| offset.next_multiple_of(sizes::REGION_ALIGNMENT as u64);
    let metadata_offset = launcher + sizes::INDEX_BLOCK as u64;
    let slot_table_offset = aligned(metadata_offset + metadata);
    let slot_table_size = (slots.len() * sizes::SLOT_DESCRIPTOR) as u64;
    let mut content_end = slot_table_offset + slot_table_size;
    let mut slot_offsets = Vec::new();
    for size in slots {
        slot_offsets.push(aligned(content_end));
        content_end = aligned(content_end) + size;
    }
    let package_size = (content_end + sizes::TRAILER as u64).next_multiple_of(sizes::FILE_ALIGNMENT as u64);
    let trailer_offset = package_size - sizes::TRAILER as u64;
    Layout { metadata_offset, slot_table_offset, slot_table_size, slot_offsets, content_end, trailer_offset, package_size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_follow_each_other_aligned() {
        for launcher in [0, 1, 1001] {
            for slots in [&[][..], &[0], &[1, 0, 17], &[8, 8]] {
                let layout = lay_out(launcher, 333, slots);
                assert_eq!(layout.metadata_offset, launcher + 8192);
                assert!(layout.slot_offsets.iter().all(|offset| offset % 8 == 0));
                assert_eq!((layout.package_size % 16, layout.trailer_offset % 16), (0, 8));
                assert!((0..16).contains(&(layout.trailer_offset - layout.content_end)));
            }
        }
    }
}
