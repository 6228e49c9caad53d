//! The frames of a TAR+ZSTD slot: cutting an archive into them, and finding them in a blob that is taken as it comes.
//!
//! Source: spec/operations.md#zstd-frames.

use crate::archive::ArchiveSink;
use crate::compress::{Compression, FRAME_PLAIN, FrameCompressor};
use crate::files::unreadable;
use flavor_format::constants::{limits, sizes::TAR_BLOCK};
use flavor_format::{Error, Frame, Header, Result, TarDecoder, tar_padding};
use flavor_reader::FrameDecoder;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// Cuts an archive into frames of [`FRAME_PLAIN`] bytes at most, and writes them.
pub struct FrameWriter<'w> {
    compressor: FrameCompressor,
    out: &'w mut dyn Write,
    failed: &'w dyn Fn(&io::Error) -> Error,
    plain: Vec<u8>,
    first: Option<u64>,
    end: u64,
    frames: Vec<Frame>,
}

impl<'w> FrameWriter<'w> {
    /// `failed` makes the error of a failed write to `out`.
    pub fn new(compression: Compression, out: &'w mut dyn Write, failed: &'w dyn Fn(&io::Error) -> Error) -> Self {
        Self { compressor: FrameCompressor::new(compression), out, failed, plain: Vec::new(), first: None, end: 0, frames: Vec::new() }
    }

    /// Write the last frame, and give the list of all.
    pub fn finish(mut self) -> Result<Vec<Frame>> {
        self.cut()?;
        Ok(self.frames)
    }

    fn cut(&mut self) -> Result<()> {
        if self.plain.is_empty() {
            return Ok(());
        }
        let stored = self.compressor.compress(&self.plain)?;
        let size = stored.len() as u64;
        self.out.write_all(stored).map_err(|error| (self.failed)(&error))?;
        let sha256 = Sha256::digest(stored).into();
        self.frames.push(Frame { offset: self.end, size, plain: self.plain.len() as u64, sha256, first: self.first.take() });
        self.end += size;
        self.plain.clear();
        Ok(())
    }
}

impl ArchiveSink for FrameWriter<'_> {
    /// Headers, extended ones included, are never split between frames.
    fn header(&mut self, blocks: &[u8]) -> Result<()> {
        if self.plain.len() + blocks.len() > FRAME_PLAIN {
            self.cut()?;
        }
        self.first.get_or_insert(self.plain.len() as u64);
        self.data(blocks)
    }

    fn data(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            if self.plain.len() == FRAME_PLAIN {
                self.cut()?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(FRAME_PLAIN - self.plain.len()));
            self.plain.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }
}

/// The frames of a tar.zst that was made elsewhere, if they are ones that a list may have. The archive itself has been checked.
///
/// Errors: `file-unreadable`, `io-error`.
pub fn find_frames(path: &Path) -> Result<Option<Vec<Frame>>> {
    let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
    // Twice the largest frame, so that what is left moves to the front only after as much was used.
    let mut window = Vec::with_capacity(2 * limits::FRAME_STORED_BYTES);
    let mut used = 0;
    let mut decoder = FrameDecoder::default();
    let mut cuts = Cuts::default();
    let (mut frames, mut offset) = (Vec::new(), 0);
    loop {
        if window.len() - used < limits::FRAME_STORED_BYTES {
            window.drain(..used);
            used = 0;
            let missing = window.capacity() - window.len();
            (&mut file).take(missing as u64).read_to_end(&mut window).map_err(|error| unreadable(path, &error))?;
        }
        let rest = &window[used..window.len().min(used + limits::FRAME_STORED_BYTES)];
        if rest.is_empty() {
            return Ok((!frames.is_empty()).then_some(frames));
        }
        let Some(mut frame) = frame_at(rest, offset) else { return Ok(None) };
        let size = frame.size as usize;
        decoder.load(&rest[..size]);
        let Some(first) = decoder.decode(&frame).ok().and_then(|plain| cuts.first_header(plain)) else { return Ok(None) };
        frame.first = first;
        offset += frame.size;
        frames.push(frame);
        if frames.len() > limits::FRAMES_PER_SLOT {
            return Ok(None);
        }
        used += size;
    }
}

/// The frame that begins here, if it ends within the limits and says what it holds.
fn frame_at(window: &[u8], offset: u64) -> Option<Frame> {
    const CHECKSUM: u8 = 4;
    let size = zstd_safe::find_frame_compressed_size(window).ok()?;
    let plain = zstd_safe::get_frame_content_size(window).ok()??;
    let fits = plain > 0 && plain <= limits::FRAME_PLAIN_BYTES as u64 && plain.is_multiple_of(TAR_BLOCK as u64);
    if !fits || window.get(4)? & CHECKSUM != 0 {
        return None;
    }
    Some(Frame { offset, size: size as u64, plain, sha256: Sha256::digest(&window[..size]).into(), first: None })
}

/// Follows a tar through frames.
#[derive(Default)]
struct Cuts {
    /// Bytes of file data that the next frame begins with.
    carried: u64,
    ended: bool,
}

impl Cuts {
    /// Where the first header lies in the next frame's plain bytes. `None`: the frame ends inside a header with its extensions.
    fn first_header(&mut self, plain: &[u8]) -> Option<Option<u64>> {
        if self.ended {
            return Some(None);
        }
        let mut first = None;
        let mut headers = TarDecoder::default();
        let mut at = usize::try_from(self.carried).unwrap_or(usize::MAX);
        while let Some(block) = plain.get(at..).and_then(|rest| rest.first_chunk()) {
            match headers.header(block).ok()? {
                Header::End => {
                    self.ended = true;
                    break;
                }
                Header::Extension(extension) => {
                    first.get_or_insert(at as u64);
                    let data = plain.get(at + TAR_BLOCK..)?.get(..extension.size)?;
                    headers.extend(extension, data).ok()?;
                    at += TAR_BLOCK + extension.size + tar_padding(extension.size as u64);
                }
                Header::Entry(entry) => {
                    first.get_or_insert(at as u64);
                    let size = usize::try_from(entry.size).ok()?;
                    at = at.checked_add(TAR_BLOCK + size + tar_padding(entry.size))?;
                }
            }
        }
        if headers.is_extended() {
            return None;
        }
        self.carried = at.saturating_sub(plain.len()) as u64;
        Some(first)
    }
}

const _: () = assert!(FRAME_PLAIN.is_multiple_of(TAR_BLOCK) && FRAME_PLAIN <= limits::FRAME_PLAIN_BYTES);
