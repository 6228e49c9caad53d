//! From stored bytes to content: frame by frame, or as one stream.
//!
//! Bytes are read once; what is hashed is what is decoded. Source: spec/operations.md, spec/launch.md#extraction.

use crate::open::Package;
use flavor_format::constants::limits;
use flavor_format::{Chain, Error, ErrorCode, Frame, Operation, Result};
use sha2::{Digest, Sha256};
use std::io::{self, BufRead, BufReader, Read};
use zstd_safe::{DCtx, InBuffer, OutBuffer};

const CHUNK: usize = 256 * 1024;

fn undecodable(what: impl Into<String>) -> Error {
    Error::new(ErrorCode::ArchiveMalformed, what)
}

impl Package {
    /// The chain of slot `position`.
    ///
    /// Errors: `operation-unknown`, `operation-unsupported`, `slot-field-invalid`, naming the slot.
    pub fn chain(&self, position: usize) -> Result<Chain> {
        let packed = self.slots[position].operations;
        let chain = if self.is_sealed() { Chain::unpack(packed) } else { Chain::unpack_skipping_zeros(packed) };
        chain.map_err(|mut error| {
            error.message = format!("slot {position} ({:?}): {}", self.metadata.slots[position].id, error.message);
            error
        })
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

    /// Decode the frame that was read last.
    ///
    /// Errors: `frame-invalid` when it is not one frame of the declared size within the limits; `archive-malformed`.
    pub fn decode(&mut self, frame: &Frame) -> Result<&[u8]> {
        let invalid = |what: String| Error::new(ErrorCode::FrameInvalid, format!("frame at {}: {what}", frame.offset));
        check_frame_header(&self.stored).map_err(invalid)?;
        match zstd_safe::get_frame_content_size(&self.stored) {
            Ok(Some(size)) if size == frame.plain => {}
            Ok(Some(size)) => return Err(invalid(format!("declares {size} bytes, the list {}", frame.plain))),
            _ => return Err(invalid("does not declare its size".to_owned())),
        }
        if zstd_safe::find_frame_compressed_size(&self.stored) != Ok(self.stored.len()) {
            return Err(invalid("is not exactly one frame".to_owned()));
        }
        self.plain.resize(frame.plain as usize, 0);
        match self.context.decompress(&mut self.plain[..], &self.stored) {
            Ok(size) if size as u64 == frame.plain => Ok(&self.plain),
            Ok(size) => Err(invalid(format!("holds {size} bytes, the list says {}", frame.plain))),
            Err(code) => Err(undecodable(format!("frame at {}: {}", frame.offset, zstd_safe::get_error_name(code)))),
        }
    }
}

/// Refuse what one-pass decoding would not notice: skippable frames, dictionaries, large windows.
fn check_frame_header(stored: &[u8]) -> std::result::Result<(), String> {
    let [0x28, 0xb5, 0x2f, 0xfd, descriptor, rest @ ..] = stored else {
        return Err("does not begin as a zstd frame".to_owned());
    };
    if descriptor & 3 != 0 {
        return Err("needs a dictionary".to_owned());
    }
    // A single segment has no window of its own: its size is bounded by the limit of plain bytes.
    let single_segment = descriptor & 0x20 != 0;
    if let (false, Some(window)) = (single_segment, rest.first()) {
        let (exponent, mantissa) = (u64::from(window >> 3), u64::from(window & 7));
        let base = 1_u64 << (10 + exponent);
        if base + base / 8 * mantissa > 1 << limits::FRAME_WINDOW_LOG {
            return Err(format!("has a window above {} bytes", 1 << limits::FRAME_WINDOW_LOG));
        }
    }
    Ok(())
}

/// The content of a slot as one stream, every operation but TAR undone.
///
/// Read it to the end, then call [`SlotStream::finish`]: only that says whether the bytes were the signed ones.
pub struct SlotStream<'p> {
    top: Box<dyn Layer + 'p>,
    package: &'p Package,
    position: usize,
    read: u64,
    /// Bytes of content that there must be. Earlier builders did not agree on what `original_size` is.
    expected: Option<u64>,
}

trait Layer: Read {
    /// Check that nothing is left below, and give the digest of all that was read.
    fn finish(self: Box<Self>) -> Result<[u8; 32]>;
}

impl<'p> SlotStream<'p> {
    /// Errors: those of [`Package::chain`].
    pub fn open(package: &'p Package, position: usize) -> Result<Self> {
        let slot = &package.slots[position];
        let mut top: Box<dyn Layer + 'p> =
            Box::new(Stored { package, at: slot.offset, end: slot.offset + slot.size, hasher: Sha256::new() });
        for operation in package.chain(position)?.operations().iter().rev() {
            top = match operation {
                Operation::Tar => top,
                Operation::Gzip => Box::new(Gunzip(flate2::bufread::GzDecoder::new(BufReader::with_capacity(CHUNK, top)))),
                Operation::Zstd => {
                    Box::new(Unzstd { context: DCtx::create(), below: BufReader::with_capacity(CHUNK, top), inside_frame: true })
                }
            };
        }
        let expected = package.is_sealed().then_some(slot.original_size);
        Ok(Self { top, package, position, read: 0, expected })
    }

    /// Whether the digest of what was read is the signed one.
    ///
    /// Errors: `archive-malformed` when bytes follow the content, or it is shorter than announced.
    pub fn finish(self) -> Result<bool> {
        if let Some(expected) = self.expected
            && expected != self.read
        {
            return Err(undecodable(format!("slot {} holds {} bytes, the descriptor says {expected}", self.position, self.read)));
        }
        let digest = self.top.finish()?;
        Ok(self.package.is_slot_digest(self.position, &digest))
    }

    /// The error behind a failed read of this stream.
    pub fn error_of(error: &io::Error) -> Error {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            Some(inner) => inner.clone(),
            None => undecodable(format!("a slot does not decode: {error}")),
        }
    }
}

impl Read for SlotStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.top.read(buffer)?;
        self.read += count as u64;
        match self.expected {
            Some(expected) if self.read > expected => Err(io::Error::other(undecodable(format!(
                "slot {} holds more than the {expected} bytes that its descriptor says",
                self.position
            )))),
            _ => Ok(count),
        }
    }
}

struct Stored<'p> {
    package: &'p Package,
    at: u64,
    end: u64,
    hasher: Sha256,
}

impl Read for Stored<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(usize::try_from(self.end - self.at).unwrap_or(usize::MAX));
        let buffer = &mut buffer[..count];
        self.package.read_at(buffer, self.at).map_err(io::Error::other)?;
        self.hasher.update(buffer);
        self.at += count as u64;
        Ok(count)
    }
}

impl Layer for Stored<'_> {
    fn finish(self: Box<Self>) -> Result<[u8; 32]> {
        if self.at != self.end {
            return Err(undecodable(format!("{} stored bytes follow the content", self.end - self.at)));
        }
        Ok(self.hasher.finalize().into())
    }
}

/// Finish the layer below a decoder, whose buffer must be used up.
fn finish_below(mut below: BufReader<Box<dyn Layer + '_>>) -> Result<[u8; 32]> {
    match below.fill_buf() {
        Ok([]) => below.into_inner().finish(),
        Ok(_) => Err(undecodable("bytes follow the compressed stream")),
        Err(error) => Err(SlotStream::error_of(&error)),
    }
}

struct Gunzip<'p>(flate2::bufread::GzDecoder<BufReader<Box<dyn Layer + 'p>>>);

impl Read for Gunzip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Layer for Gunzip<'_> {
    fn finish(self: Box<Self>) -> Result<[u8; 32]> {
        finish_below(self.0.into_inner())
    }
}

struct Unzstd<'p> {
    context: DCtx<'static>,
    below: BufReader<Box<dyn Layer + 'p>>,
    /// Whether the input may not end here. Begins true: no frame at all is not an empty stream.
    inside_frame: bool,
}

impl Read for Unzstd<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !buffer.is_empty() {
            let input = self.below.fill_buf()?;
            if input.is_empty() && !self.inside_frame {
                return Ok(0);
            }
            let at_end = input.is_empty();
            let mut source = InBuffer::around(input);
            let mut sink = OutBuffer::around(&mut *buffer);
            let more = self.context.decompress_stream(&mut sink, &mut source);
            let (consumed, produced) = (source.pos(), sink.pos());
            let more = more.map_err(|code| io::Error::other(undecodable(format!("zstd: {}", zstd_safe::get_error_name(code)))))?;
            self.below.consume(consumed);
            self.inside_frame = more != 0;
            if produced > 0 {
                return Ok(produced);
            }
            if at_end {
                return Err(io::Error::other(undecodable("zstd: the stream is cut off")));
            }
        }
        Ok(0)
    }
}

impl Layer for Unzstd<'_> {
    fn finish(self: Box<Self>) -> Result<[u8; 32]> {
        finish_below(self.below)
    }
}
