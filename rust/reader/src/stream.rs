//! Stored bytes as a stream of content: what a chain of operations did, undone from last to first.
//!
//! Bytes are read once; what is hashed is what is decoded. Memory is bounded before it is taken: no decoder here allocates by a
//! size that the data declares without a check. Source: spec/operations.md#streams.

use crate::frames::{FRAME_HEADER, check_frame_header, content_size, content_size_field, is_single_segment};
use crate::xz::Unxz;
use flavor_format::constants::limits;
use flavor_format::{Chain, Error, ErrorCode, Operation, Result};
use sha2::{Digest, Sha256};
use std::io::{self, BufRead, BufReader, Read};
use zstd_safe::{DCtx, InBuffer, OutBuffer};

const CHUNK: usize = 256 * 1024;

pub(crate) fn undecodable(what: impl Into<String>) -> Error {
    Error::new(ErrorCode::ArchiveMalformed, what)
}

/// What a decoder reads from: the layer below, buffered.
pub(crate) type Below<'s> = BufReader<Box<dyn Layer + 's>>;

/// One operation undone, or the stored bytes themselves.
pub(crate) trait Layer: Read {
    /// Check that nothing is left below, and give the SHA-256 of all that was read from the source.
    fn finish(self: Box<Self>) -> Result<[u8; 32]>;
}

/// The content behind a chain, every operation but TAR undone.
///
/// Read it to the end, then call [`ContentStream::finish`].
pub struct ContentStream<'s> {
    top: Box<dyn Layer + 's>,
    read: u64,
    expected: Option<u64>,
}

impl<'s> ContentStream<'s> {
    /// `original_size` is how many bytes of content there must be, if that is known; it bounds every intermediate result too.
    pub fn new(stored: impl Read + 's, chain: &Chain, original_size: Option<u64>) -> Self {
        let mut top: Box<dyn Layer + 's> = Box::new(Stored { source: stored, hasher: Sha256::new() });
        let operations = chain.compressing();
        let window_limit = window_limit(operations);
        for (remaining, operation) in operations.iter().enumerate().rev() {
            top = undo(*operation, top, window_limit);
            if let (Some(size), true) = (original_size, remaining > 0) {
                let limit = size.saturating_mul(INTERMEDIATE_FACTOR).saturating_add(INTERMEDIATE_BYTES);
                top = Box::new(Limited { below: top, limit, left: limit });
            }
        }
        Self { top, read: 0, expected: original_size }
    }

    /// SHA-256 of the stored bytes.
    ///
    /// Errors: `archive-malformed` when bytes follow the content, or it is shorter than expected.
    pub fn finish(self) -> Result<[u8; 32]> {
        match self.expected {
            Some(expected) if expected != self.read => Err(undecodable(format!("it holds {} bytes, expected {expected}", self.read))),
            _ => self.top.finish(),
        }
    }

    /// The error behind a failed read of this stream.
    pub fn error_of(error: &io::Error) -> Error {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            Some(inner) => inner.clone(),
            None => undecodable(format!("it does not decode: {error}")),
        }
    }
}

impl Read for ContentStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.top.read(buffer)?;
        self.read += count as u64;
        match self.expected {
            Some(expected) if self.read > expected => {
                Err(io::Error::other(undecodable(format!("it holds more than the {expected} bytes that it should"))))
            }
            _ => Ok(count),
        }
    }
}

const INTERMEDIATE_FACTOR: u64 = 64;
const INTERMEDIATE_BYTES: u64 = 1 << 20;

/// The largest window, in bytes, that one operation of a chain may ask for: the windows of all add up.
pub fn window_limit(operations: &[Operation]) -> u64 {
    let windows = operations.iter().filter(|operation| matches!(operation, Operation::Xz | Operation::Zstd)).count();
    limits::STREAM_WINDOW_BYTES as u64 / windows.max(1) as u64
}

fn undo<'s>(operation: Operation, below: Box<dyn Layer + 's>, window_limit: u64) -> Box<dyn Layer + 's> {
    let buffered = |below| BufReader::with_capacity(CHUNK, below);
    match operation {
        Operation::Tar => below,
        Operation::Gzip => Box::new(Gunzip(flate2::bufread::GzDecoder::new(buffered(below)))),
        Operation::Bzip2 => Box::new(Bunzip2(bzip2::bufread::BzDecoder::new(buffered(below)))),
        Operation::Xz => Box::new(Unxz::new(buffered(below), window_limit)),
        Operation::Zstd => Box::new(Unzstd::new(buffered(below), window_limit)),
    }
}

struct Stored<R> {
    source: R,
    hasher: Sha256,
}

impl<R: Read> Read for Stored<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

impl<R: Read> Layer for Stored<R> {
    fn finish(mut self: Box<Self>) -> Result<[u8; 32]> {
        match self.source.read(&mut [0]) {
            Ok(0) => Ok(self.hasher.finalize().into()),
            Ok(_) => Err(undecodable("stored bytes follow the content")),
            Err(error) => Err(ContentStream::error_of(&error)),
        }
    }
}

/// An intermediate result of a chain, of bounded size.
struct Limited<'s> {
    below: Box<dyn Layer + 's>,
    limit: u64,
    left: u64,
}

impl Read for Limited<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.below.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            io::Error::other(undecodable(format!("an intermediate result of its operations is longer than {} bytes", self.limit)))
        })?;
        Ok(count)
    }
}

impl Layer for Limited<'_> {
    fn finish(self: Box<Self>) -> Result<[u8; 32]> {
        self.below.finish()
    }
}

/// Finish the layer below a decoder, whose buffer must be used up.
pub(crate) fn finish_below(mut below: Below<'_>) -> Result<[u8; 32]> {
    match below.fill_buf() {
        Ok([]) => below.into_inner().finish(),
        Ok(_) => Err(undecodable("bytes follow the compressed stream")),
        Err(error) => Err(ContentStream::error_of(&error)),
    }
}

struct Gunzip<'s>(flate2::bufread::GzDecoder<Below<'s>>);

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

struct Bunzip2<'s>(bzip2::bufread::BzDecoder<Below<'s>>);

impl Read for Bunzip2<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Layer for Bunzip2<'_> {
    fn finish(self: Box<Self>) -> Result<[u8; 32]> {
        finish_below(self.0.into_inner())
    }
}

struct Unzstd<'s> {
    context: DCtx<'static>,
    below: Below<'s>,
    /// What of a frame's header was read ahead and is not decoded yet.
    header: Vec<u8>,
    inside_frame: bool,
    frames: u64,
    /// What the frame declares, and what came of it so far.
    declared: Option<u64>,
    plain: u64,
    window_limit: u64,
}

impl<'s> Unzstd<'s> {
    fn new(below: Below<'s>, window_limit: u64) -> Self {
        Self { context: DCtx::create(), below, header: Vec::new(), inside_frame: false, frames: 0, declared: None, plain: 0, window_limit }
    }

    /// Read a frame's header ahead. Returns whether there is another frame.
    fn begin_frame(&mut self) -> io::Result<bool> {
        if self.frames > 0 && self.below.fill_buf()?.is_empty() {
            return Ok(false);
        }
        let mut header = [0; FRAME_HEADER];
        self.below.read_exact(&mut header)?;
        let refused = |what: String| {
            io::Error::other(undecodable(format!("zstd: a frame {what}")).with_hint("compress it with a smaller window, such as --long=25"))
        };
        check_frame_header(&header, self.window_limit).map_err(refused)?;
        let size = content_size_field(header[4]);
        self.header = vec![0; size.end.max(FRAME_HEADER)];
        self.header[..FRAME_HEADER].copy_from_slice(&header);
        self.below.read_exact(&mut self.header[FRAME_HEADER..])?;
        self.declared = content_size(&self.header[size]);
        self.plain = 0;
        if let (true, Some(declared)) = (is_single_segment(header[4]), self.declared.filter(|size| *size > self.window_limit)) {
            return Err(refused(format!("of one segment has {declared} bytes, allowed are {}", self.window_limit)));
        }
        self.inside_frame = true;
        self.frames += 1;
        Ok(true)
    }
}

impl Read for Unzstd<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !buffer.is_empty() {
            if !self.inside_frame && !self.begin_frame()? {
                return Ok(0);
            }
            let ahead = !self.header.is_empty();
            let input = if ahead { &self.header } else { self.below.fill_buf()? };
            let at_end = input.is_empty();
            let mut source = InBuffer::around(input);
            let mut sink = OutBuffer::around(&mut *buffer);
            let more = self.context.decompress_stream(&mut sink, &mut source);
            let (consumed, produced) = (source.pos(), sink.pos());
            let more = more.map_err(|code| io::Error::other(undecodable(format!("zstd: {}", zstd_safe::get_error_name(code)))))?;
            if ahead {
                self.header.drain(..consumed);
            } else {
                self.below.consume(consumed);
            }
            self.inside_frame = more != 0;
            self.plain += produced as u64;
            // libzstd does not compare them when the last block is empty.
            if let (false, Some(declared)) = (self.inside_frame, self.declared.filter(|size| *size != self.plain)) {
                return Err(io::Error::other(undecodable(format!("zstd: a frame declares {declared} bytes and holds {}", self.plain))));
            }
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
