//! The wheel slot, given back as the plain zip that the builder was given. Source: spec/pspf-2025.md#the-wheel-slot.

use flavor_format::constants::sizes;
use flavor_format::{Error, ErrorCode, Result};

const END: usize = 22;
const CENTRAL: usize = 46;
const LOCAL: usize = 30;
const LONGEST_PADDING: usize = 15;

fn malformed(what: &str) -> Error {
    Error::new(ErrorCode::ArchiveMalformed, format!("wheel slot: {what}"))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?)))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?)).ok()
}

/// Undo what the builder did to the zip: offsets count from the zip's own start, no padding, no comment.
///
/// Errors: `archive-malformed`.
pub fn plain_wheel(blob: &[u8], slot_offset: u64) -> Result<Vec<u8>> {
    plain(blob, usize::try_from(slot_offset).map_err(|_| malformed("its offset is too large"))?)
        .ok_or_else(|| malformed("it is no zip whose comment is the trailer"))
}

fn plain(blob: &[u8], slot_offset: usize) -> Option<Vec<u8>> {
    let end_at = blob.len().checked_sub(END)?;
    let end = &blob[end_at..];
    if !end.starts_with(b"PK\x05\x06") || u16_at(end, 20)? != sizes::TRAILER {
        return None;
    }
    let central_at = u32_at(end, 16)?.checked_sub(slot_offset)?;
    let mut central = blob.get(central_at..end_at)?.to_vec();
    if central.len() != u32_at(end, 12)? {
        return None;
    }
    let (mut at, mut entries_end) = (0, 0);
    while at < central.len() {
        let record = &central[at..];
        if !record.starts_with(b"PK\x01\x02") {
            return None;
        }
        let length = CENTRAL + u16_at(record, 28)? + u16_at(record, 30)? + u16_at(record, 32)?;
        let stored = u32_at(record, 20)?;
        let local_at = u32_at(record, 42)?.checked_sub(slot_offset)?;
        central.get_mut(at + 42..at + 46)?.copy_from_slice(&u32::try_from(local_at).ok()?.to_le_bytes());
        let local = blob.get(local_at..)?;
        // Nothing but its own size tells where an entry ends: it may end in zeros itself.
        let entry_end = local_at.checked_add(LOCAL + u16_at(local, 26)? + u16_at(local, 28)?)?.checked_add(stored)?;
        entries_end = entries_end.max(entry_end);
        at += length;
    }
    let padding = blob.get(entries_end..central_at)?;
    if padding.len() > LONGEST_PADDING || padding.iter().any(|&byte| byte != 0) {
        return None;
    }
    let mut zip = blob[..entries_end].to_vec();
    zip.extend_from_slice(&central);
    zip.extend_from_slice(&end[..16]);
    zip.extend_from_slice(&u32::try_from(entries_end).ok()?.to_le_bytes());
    zip.extend_from_slice(&[0, 0]);
    Some(zip)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A zip of one stored entry, at `offset` in its package, with `padding` zero bytes and a comment of `comment` bytes.
    fn zip(offset: u32, padding: usize, comment: u16) -> Vec<u8> {
        let (name, data) = (b"a.py", b"print(1)\0\0");
        let mut local = [0; LOCAL];
        local[..4].copy_from_slice(b"PK\x03\x04");
        local[26] = name.len() as u8;
        let mut central = [0; CENTRAL];
        central[..4].copy_from_slice(b"PK\x01\x02");
        central[20] = data.len() as u8;
        central[28] = name.len() as u8;
        central[42..46].copy_from_slice(&offset.to_le_bytes());
        let mut bytes = [&local[..], name, data, &vec![0; padding]].concat();
        let mut end = [0; END];
        end[..4].copy_from_slice(b"PK\x05\x06");
        end[12..16].copy_from_slice(&((CENTRAL + name.len()) as u32).to_le_bytes());
        end[16..20].copy_from_slice(&(offset + bytes.len() as u32).to_le_bytes());
        end[20..22].copy_from_slice(&comment.to_le_bytes());
        bytes.extend([&central[..], name, &end].concat());
        bytes
    }

    #[test]
    fn the_three_changes_are_undone() {
        for (offset, padding) in [(0, 0), (1_000_000, 0), (1_000_000, 15)] {
            assert_eq!(plain_wheel(&zip(offset, padding, 8200), u64::from(offset)).unwrap(), zip(0, 0, 0));
        }
    }

    #[test]
    fn other_zips_are_refused() {
        assert!(plain_wheel(&zip(8, 16, 8200), 8).is_err(), "padding");
        assert!(plain_wheel(&zip(8, 0, 8199), 8).is_err(), "comment");
        assert!(plain_wheel(&zip(8, 0, 8200), 9).is_err(), "offset");
        let good = zip(8, 3, 8200);
        for length in 0..good.len() {
            assert!(plain_wheel(&good[..length], 8).is_err(), "cut at {length}");
        }
    }
}
