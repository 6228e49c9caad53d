//! A slot's content, every operation but TAR undone. Source: spec/operations.md.

use crate::open::Package;
use crate::stream::ContentStream;
use flavor_format::{Chain, Error, Frame, Result, decode_frames};
use std::io::{self, Read};

impl Package {
    /// The chain of slot `position`.
    ///
    /// Errors: `operation-unknown`, `operation-unsupported`, `slot-field-invalid`, naming the slot.
    pub fn chain(&self, position: usize) -> Result<Chain> {
        let packed = self.slots[position].operations;
        let chain = if self.is_sealed() { Chain::unpack(packed) } else { Chain::unpack_skipping_zeros(packed) };
        chain.map_err(|error| self.in_slot(position, error))
    }

    /// The same error, naming the slot.
    fn in_slot(&self, position: usize, mut error: Error) -> Error {
        error.message = format!("slot {position} ({:?}): {}", self.metadata.slots[position].id, error.message);
        error
    }

    /// Whether the SHA-256 of slot `position` is the one that the metadata (or, lacking it, the descriptor) names.
    pub(crate) fn is_slot_digest(&self, position: usize, digest: &[u8; 32]) -> bool {
        let slot = &self.slots[position];
        match self.metadata.slots[position].checksum {
            Some(expected) => expected == *digest,
            // Earlier builders wrote nothing for slots without data.
            None => slot.size == 0 || digest[..8] == slot.checksum.to_le_bytes(),
        }
    }
}

/// The frame list of slot `position`. `None`: the slot is one stream, as it always is in packages of earlier implementations.
///
/// Errors: `frame-invalid`, `metadata-malformed`.
pub fn frames_of(package: &Package, position: usize) -> Result<Option<Vec<Frame>>> {
    let entry = &package.metadata.slots[position];
    match &entry.frames {
        Some(range) if package.is_sealed() => decode_frames(&package.metadata_json, entry, range).map(Some),
        _ => Ok(None),
    }
}

/// The content of a slot as one stream.
///
/// Read it to the end, then call [`SlotStream::finish`]: only that says whether the bytes were the signed ones.
pub struct SlotStream<'p> {
    content: ContentStream<'p>,
    package: &'p Package,
    position: usize,
}

impl<'p> SlotStream<'p> {
    /// Errors: those of [`Package::chain`].
    pub fn open(package: &'p Package, position: usize) -> Result<Self> {
        let slot = &package.slots[position];
        let stored = Stored { package, at: slot.offset, end: slot.offset + slot.size };
        // Earlier builders did not agree on what `original_size` is.
        let expected = package.is_sealed().then_some(slot.original_size);
        Ok(Self { content: ContentStream::new(stored, &package.chain(position)?, expected), package, position })
    }

    /// Whether the digest of what was read is the signed one.
    ///
    /// Errors: `archive-malformed` when bytes follow the content, or it is shorter than announced.
    pub fn finish(self) -> Result<bool> {
        let digest = self.content.finish().map_err(|error| self.package.in_slot(self.position, error))?;
        Ok(self.package.is_slot_digest(self.position, &digest))
    }

    /// The error behind a failed read of this stream.
    pub fn error_of(error: &io::Error) -> Error {
        ContentStream::error_of(error)
    }
}

impl Read for SlotStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.content.read(buffer).map_err(|error| io::Error::other(self.package.in_slot(self.position, ContentStream::error_of(&error))))
    }
}

/// The stored bytes of a slot.
struct Stored<'p> {
    package: &'p Package,
    at: u64,
    end: u64,
}

impl Read for Stored<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(usize::try_from(self.end - self.at).unwrap_or(usize::MAX));
        self.package.read_at(&mut buffer[..count], self.at).map_err(io::Error::other)?;
        self.at += count as u64;
        Ok(count)
    }
}
