//! The wheel slot: a zip at the end of a package, whose comment is the trailer. Source: spec/pspf-2025.md#the-wheel-slot.

use crate::archive::is_executable;
use crate::files::unreadable;
use flavor_format::constants::sizes;
use flavor_format::{Error, ErrorCode, Result};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

const END: usize = 22;
const CENTRAL: usize = 46;
const LOCAL: usize = 30;
const OFFSET_LIMIT: u64 = 1 << 32;

/// A plain zip, taken apart: its local entries stay as they are, what follows them is made anew.
pub struct WheelZip {
    pub file: PathBuf,
    /// Where the central directory begins.
    pub central_offset: u64,
    /// 0755 or 0644 by the file's executable bit.
    pub mode: u16,
    central: Vec<u8>,
    end: [u8; END],
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?)))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

impl WheelZip {
    /// Errors: `build-failed` for a zip with a comment, zip64 records or gaps; `file-unreadable`.
    pub fn read(path: &Path) -> Result<Self> {
        let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
        let metadata = file.metadata().map_err(|error| unreadable(path, &error))?;
        let mode = if is_executable(path, &metadata)? { 0o755 } else { 0o644 };
        let size = metadata.len();
        let unfit = || {
            let what = "cannot be the wheel of a package: it is no plain zip without comment, zip64 records and gaps";
            Error::new(ErrorCode::BuildFailed, format!("{} {what}", path.display()))
        };
        let mut read = |at: u64, bytes: &mut [u8]| {
            file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(bytes)).map_err(|error| unreadable(path, &error))
        };
        let mut end = [0; END];
        read(size.checked_sub(END as u64).ok_or_else(unfit)?, &mut end)?;
        let plain = end.starts_with(b"PK\x05\x06") && u16_at(&end, 10) != Some(0xffff) && u16_at(&end, 20) == Some(0);
        let (central_size, central_offset) = u32_at(&end, 12).zip(u32_at(&end, 16)).ok_or_else(unfit)?;
        let fits = u64::from(central_offset) + u64::from(central_size) + END as u64 == size;
        if !plain || !fits || central_offset == u32::MAX {
            return Err(unfit());
        }
        let mut central = vec![0; central_size as usize];
        read(central_offset.into(), &mut central)?;
        // A data descriptor behind the last entry is a gap too: who takes the wheel out again could not tell it from padding.
        let entries_end = match last_entry(&central).ok_or_else(unfit)? {
            None => 0,
            Some((offset, stored)) => {
                let mut local = [0; LOCAL];
                if u64::from(offset) + LOCAL as u64 > size {
                    return Err(unfit());
                }
                read(offset.into(), &mut local)?;
                let header = u16_at(&local, 26).zip(u16_at(&local, 28)).map(|(name, extra)| (LOCAL + name + extra) as u64);
                u64::from(offset) + header.ok_or_else(unfit)? + u64::from(stored)
            }
        };
        if entries_end != u64::from(central_offset) {
            return Err(unfit());
        }
        Ok(Self { file: path.to_owned(), central_offset: central_offset.into(), mode, central, end })
    }

    /// Stored size of the slot with `padding` bytes before the central directory.
    pub fn slot_size(&self, padding: u64) -> u64 {
        self.central_offset + padding + (self.central.len() + END) as u64
    }

    /// What follows the local entries: padding, central directory and end record with offsets from the start of the package.
    ///
    /// Errors: `build-failed` when an offset reaches 2^32, `archive-malformed` for a damaged directory.
    pub fn tail(&self, slot_offset: u64, padding: u64) -> Result<Vec<u8>> {
        let slot_end = slot_offset + self.slot_size(padding);
        if slot_end >= OFFSET_LIMIT {
            let message = format!("the wheel ends at byte {slot_end}, and zip offsets end at 2^32");
            return Err(Error::new(ErrorCode::BuildFailed, message).with_hint("leave out the wheel"));
        }
        let damaged = || Error::new(ErrorCode::ArchiveMalformed, "the central directory of a wheel is damaged");
        // Everything lies before the slot's end, which fits.
        let shift = slot_offset as u32;
        let mut tail = vec![0; padding as usize];
        tail.extend_from_slice(&shifted(&self.central, shift).ok_or_else(damaged)?);
        let mut end = self.end;
        end[16..20].copy_from_slice(&((slot_offset + self.central_offset + padding) as u32).to_le_bytes());
        end[20..].copy_from_slice(&(sizes::TRAILER as u16).to_le_bytes());
        tail.extend_from_slice(&end);
        Ok(tail)
    }
}

/// Local offset and stored size of the entry that lies last. The outer `None` is a damaged directory.
fn last_entry(central: &[u8]) -> Option<Option<(u32, u32)>> {
    let (mut at, mut last) = (0, None);
    while at < central.len() {
        let record = &central[at..];
        last = last.max(Some((u32_at(record, 42)?, u32_at(record, 20)?)));
        at += CENTRAL + u16_at(record, 28)? + u16_at(record, 30)? + u16_at(record, 32)?;
    }
    Some(last)
}

/// A central directory whose entries lie `shift` bytes further.
fn shifted(central: &[u8], shift: u32) -> Option<Vec<u8>> {
    let mut moved = central.to_vec();
    let mut at = 0;
    while at < moved.len() {
        let record = &moved[at..];
        if !record.starts_with(b"PK\x01\x02") {
            return None;
        }
        let length = CENTRAL + u16_at(record, 28)? + u16_at(record, 30)? + u16_at(record, 32)?;
        let offset = u32_at(record, 42)?.checked_add(shift)?;
        moved.get_mut(at + 42..at + 46)?.copy_from_slice(&offset.to_le_bytes());
        at += length;
    }
    (at == moved.len()).then_some(moved)
}
