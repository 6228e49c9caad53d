//! Zstd frames: what their headers must say, and their content. Source: spec/operations.md#zstd-frames.
//!
//! Bytes are read once; what is hashed is what is decoded.

use crate::open::Package;
use flavor_format::constants::limits;
use flavor_format::{Error, ErrorCode, Frame, Result};
use sha2::{Digest, Sha256};
use std::ops::Range;
use zstd_safe::DCtx;

/// Decodes frames one after the other, in two buffers that are kept.
pub struct FrameDecoder {
    context: DCtx<'static>,
    stored: Vec<u8>,
    plain: Vec<u8>,
}

impl Default for FrameDecoder {
    fn default() -> Self {
        Self { context: DCtx::create(), stored: Vec::new(), plain: Vec::new() }
    }
}

impl FrameDecoder {
    /// Read a frame, and say whether its SHA-256 is the one in the list.
    ///
    /// Errors: `file-unreadable`.
    pub fn read(&mut self, package: &Package, position: usize, frame: &Frame) -> Result<bool> {
        self.stored.resize(frame.size as usize, 0);
        package.read_at(&mut self.stored, package.slots[position].offset + frame.offset)?;
        Ok(Sha256::digest(&self.stored)[..] == frame.sha256)
    }

    /// Take a frame that is no package's yet.
    pub fn load(&mut self, stored: &[u8]) {
        self.stored.clear();
        self.stored.extend_from_slice(stored);
    }

    /// Decode the frame that was read last.
    ///
    /// Errors: `frame-invalid` when it is not one frame of the declared size within the limits; `archive-malformed`.
    pub fn decode(&mut self, frame: &Frame) -> Result<&[u8]> {
        let invalid = |what: String| Error::new(ErrorCode::FrameInvalid, format!("frame at {}: {what}", frame.offset));
        check_frame_header(&self.stored, 1 << limits::FRAME_WINDOW_LOG).map_err(invalid)?;
        match zstd_safe::get_frame_content_size(&self.stored) {
            Ok(Some(size)) if size == frame.plain => {}
            Ok(Some(size)) => return Err(invalid(format!("declares {size} bytes, the list {}", frame.plain))),
            _ => return Err(invalid("does not declare its size".to_owned())),
        }
        let undecodable = |what: &str| Error::new(ErrorCode::ArchiveMalformed, format!("frame at {}: {what}", frame.offset));
        let first = zstd_safe::find_frame_compressed_size(&self.stored).map_err(|code| undecodable(zstd_safe::get_error_name(code)))?;
        match self.stored.get(first..).unwrap_or_default() {
            [] => {}
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [_, 0x2a, 0x4d, 0x18, ..] => return Err(invalid("is not exactly one frame".to_owned())),
            _ => return Err(undecodable("bytes follow it")),
        }
        self.plain.resize(frame.plain as usize, 0);
        match self.context.decompress(&mut self.plain[..], &self.stored) {
            Ok(size) if size as u64 == frame.plain => Ok(&self.plain),
            Ok(size) => Err(invalid(format!("holds {size} bytes, the list says {}", frame.plain))),
            Err(code) => Err(undecodable(zstd_safe::get_error_name(code))),
        }
    }
}

/// Bytes of a frame that [`check_frame_header`] looks at; every frame has more.
pub(crate) const FRAME_HEADER: usize = 6;

/// A single segment has no window of its own.
pub(crate) fn is_single_segment(descriptor: u8) -> bool {
    descriptor & 0x20 != 0
}

/// Where a header with this descriptor and without a dictionary declares the content's size; it ends there.
pub(crate) fn content_size_field(descriptor: u8) -> Range<usize> {
    let single = is_single_segment(descriptor);
    let start = if single { 5 } else { 6 };
    let size = [usize::from(single), 2, 4, 8][usize::from(descriptor >> 6)];
    start..start + size
}

/// The size that this field declares; `None` for an empty one.
pub(crate) fn content_size(field: &[u8]) -> Option<u64> {
    let value = field.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte));
    // Two bytes begin where one ends.
    let base = if field.len() == 2 { 256 } else { 0 };
    (!field.is_empty()).then_some(value + base)
}

/// Refuse what libzstd would pass over or not notice: skippable frames, dictionaries, windows above `window_limit` bytes.
pub(crate) fn check_frame_header(stored: &[u8], window_limit: u64) -> std::result::Result<(), String> {
    let [0x28, 0xb5, 0x2f, 0xfd, descriptor, rest @ ..] = stored else {
        return Err("does not begin as a zstd frame".to_owned());
    };
    if descriptor & 3 != 0 {
        return Err("needs a dictionary".to_owned());
    }
    // A single segment is bounded by the size of its content.
    if let (false, Some(window)) = (is_single_segment(*descriptor), rest.first()) {
        let (exponent, mantissa) = (u64::from(window >> 3), u64::from(window & 7));
        let base = 1_u64 << (10 + exponent);
        let window = base + base / 8 * mantissa;
        if window > window_limit {
            return Err(format!("has a window of {window} bytes, allowed are {window_limit}"));
        }
    }
    Ok(())
}
