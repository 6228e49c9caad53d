//! What one frame leaves to the next: a file whose data goes on, or the end of the archive.
//!
//! The rule that keeps two workers from waiting in a circle is told in extract.rs.

use crate::system;
use crate::tree::failed;
use flavor_format::{Error, ErrorCode, Result};
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub const BLOCK: u64 = 512;

/// What one frame leaves to the next.
#[derive(Clone)]
pub enum Carry {
    /// The next frame begins with a header.
    Nothing,
    /// The next frame begins with data of this file, `at` bytes from its start, or with the zeros that fill its last block.
    File { file: Arc<SpanningFile>, at: u64 },
    /// The archive has ended; this many zero blocks were seen.
    End { zero_blocks: u64 },
}

/// A file whose data lies in more than one frame.
pub struct SpanningFile {
    file: File,
    path: String,
    size: u64,
    mtime: i64,
    unwritten: AtomicU64,
}

impl SpanningFile {
    pub fn new(file: File, path: String, size: u64, mtime: i64) -> Arc<Self> {
        Arc::new(Self { file, path, size, mtime, unwritten: AtomicU64::new(size) })
    }

    pub fn padded_size(&self) -> u64 {
        padded(self.size)
    }

    fn write(&self, data: &[u8], at: u64) -> Result<()> {
        system::write_all_at(&self.file, data, at).map_err(|error| failed(&self.path, &error))?;
        if self.unwritten.fetch_sub(data.len() as u64, Ordering::AcqRel) == data.len() as u64 {
            system::set_time(&self.file, self.mtime).map_err(|error| failed(&self.path, &error))?;
        }
        Ok(())
    }
}

pub fn malformed(what: impl Into<String>) -> Error {
    Error::new(ErrorCode::ArchiveMalformed, what)
}

pub fn padded(size: u64) -> u64 {
    size.div_ceil(BLOCK) * BLOCK
}

pub fn require_zeros(bytes: &[u8], what: &str) -> Result<()> {
    if bytes.iter().all(|&byte| byte == 0) { Ok(()) } else { Err(malformed(format!("tar: {what} is not zero"))) }
}

/// Bytes of archive that a carry still covers: data and what fills its last block.
pub fn carry_length(carry: &Carry) -> u64 {
    match carry {
        Carry::Nothing | Carry::End { .. } => 0,
        Carry::File { file, at } => padded(file.size) - at,
    }
}

/// Write a carried file's part: `bytes` are data, then perhaps what fills the last block.
pub fn write_carried(carry: &Carry, bytes: &[u8]) -> Result<()> {
    let Carry::File { file, at } = carry else { return Ok(()) };
    let data = bytes.len().min(usize::try_from(file.size.saturating_sub(*at)).unwrap_or(usize::MAX));
    let (data, filling) = bytes.split_at(data);
    require_zeros(filling, "the filling of a block")?;
    if data.is_empty() { Ok(()) } else { file.write(data, *at) }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn parts_of_a_file_are_written_in_any_order() {
        let path = std::env::temp_dir().join(format!("flavor-carry-{}", std::process::id()));
        let file = SpanningFile::new(File::create(&path).unwrap(), "x".into(), 1030, 1_000_000);
        let carry = |at| Carry::File { file: file.clone(), at };
        assert_eq!((carry_length(&carry(0)), carry_length(&carry(512))), (1536, 1024));
        let mut last = vec![2; 518];
        last.resize(1024, 0);
        write_carried(&carry(512), &last).unwrap();
        assert_ne!(fs::metadata(&path).unwrap().mtime(), 1_000_000);
        write_carried(&carry(0), &[1; 512]).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mtime(), 1_000_000, "the last byte written sets the time");
        assert_eq!(fs::read(&path).unwrap(), [vec![1; 512], vec![2; 518]].concat());
        // Only what fills the last block is left: zeros, or the archive is malformed.
        assert!(write_carried(&Carry::File { file: file.clone(), at: 1030 }, &[0; 10]).is_ok());
        assert!(write_carried(&Carry::File { file, at: 1030 }, &[1; 10]).is_err());
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn nothing_and_the_end_cover_no_bytes() {
        assert_eq!(carry_length(&Carry::Nothing), 0);
        assert_eq!(carry_length(&Carry::End { zero_blocks: 2 }), 0);
        assert_eq!((padded(0), padded(1), padded(512), padded(513)), (0, 512, 512, 1024));
    }
}
