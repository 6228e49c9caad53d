//! Compressors as writers: what is written to the first operation of a chain comes out of the last. Source: spec/operations.md#streams.

use flavor_format::constants::limits;
use flavor_format::{Error, ErrorCode, Operation, Result};
use flavor_reader::window_limit;
use lzma_rust2::{XzOptions, XzWriter};
use std::io::{self, Write};
use zstd_safe::CCtx;

/// Plain bytes of a frame. Data that cannot be compressed still stays below 8 MiB when stored.
pub const FRAME_PLAIN: usize = limits::FRAME_STORED_BYTES - 512;

/// How much effort zstd makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compression {
    Fast,
    #[default]
    Default,
    Best,
}

impl Compression {
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "fast" => Some(Self::Fast),
            "default" => Some(Self::Default),
            "best" => Some(Self::Best),
            _ => None,
        }
    }

    fn level(self) -> i32 {
        match self {
            Self::Fast => 3,
            Self::Default => 9,
            Self::Best => 19,
        }
    }
}

/// A writer that must be told when nothing more comes.
pub trait Encoder: Write {
    /// Write what is left, here and further down.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// A chain of compressing operations, first to last, that ends in `out`.
pub fn encoder<'w>(operations: &[Operation], compression: Compression, out: Box<dyn Encoder + 'w>) -> io::Result<Box<dyn Encoder + 'w>> {
    let window_limit = window_limit(operations);
    operations.iter().rev().try_fold(out, |below, operation| apply(*operation, compression, window_limit, below))
}

fn apply<'w>(
    operation: Operation,
    compression: Compression,
    window_limit: u64,
    below: Box<dyn Encoder + 'w>,
) -> io::Result<Box<dyn Encoder + 'w>> {
    Ok(match operation {
        Operation::Tar => below,
        // The header's time is 0; its system is 255, which says nothing.
        Operation::Gzip => Box::new(flate2::GzBuilder::new().operating_system(255).write(below, flate2::Compression::best())),
        Operation::Bzip2 => Box::new(bzip2::write::BzEncoder::new(below, bzip2::Compression::best())),
        // Preset 6; CRC64 is the default check.
        Operation::Xz => {
            let mut options = XzOptions::with_preset(6);
            options.lzma_options.dict_size = dictionary_size(options.lzma_options.dict_size, window_limit);
            Box::new(XzWriter::new(below, options)?)
        }
        Operation::Zstd => {
            // The window of a frame is at most its content.
            let frame = FRAME_PLAIN.min(usize::try_from(window_limit).unwrap_or(FRAME_PLAIN));
            Box::new(ZstdStream { frames: FrameCompressor::new(compression), frame, plain: Vec::new(), written: false, below })
        }
    })
}

/// The largest dictionary that fits: a power of two, as headers have few sizes between.
fn dictionary_size(preset: u32, window_limit: u64) -> u32 {
    std::iter::successors(Some(preset), |size| Some(size / 2)).find(|size| u64::from(*size) <= window_limit).unwrap_or(preset)
}

impl Encoder for flate2::write::GzEncoder<Box<dyn Encoder + '_>> {
    fn finish(self: Box<Self>) -> io::Result<()> {
        (*self).finish()?.finish()
    }
}

impl Encoder for bzip2::write::BzEncoder<Box<dyn Encoder + '_>> {
    fn finish(self: Box<Self>) -> io::Result<()> {
        (*self).finish()?.finish()
    }
}

impl Encoder for XzWriter<Box<dyn Encoder + '_>> {
    fn finish(self: Box<Self>) -> io::Result<()> {
        (*self).finish()?.finish()
    }
}

/// Compresses one frame after the other, each with its content size and without checksum.
pub struct FrameCompressor {
    context: CCtx<'static>,
    level: i32,
    stored: Vec<u8>,
}

impl FrameCompressor {
    pub fn new(compression: Compression) -> Self {
        Self { context: CCtx::create(), level: compression.level(), stored: Vec::new() }
    }

    /// One frame of these bytes.
    ///
    /// Errors: `internal`, as libzstd has no reason to fail.
    pub fn compress(&mut self, plain: &[u8]) -> Result<&[u8]> {
        self.stored.clear();
        self.stored.reserve(zstd_safe::compress_bound(plain.len()));
        self.context
            .compress(&mut self.stored, plain, self.level)
            .map_err(|code| Error::new(ErrorCode::Internal, format!("zstd: {}", zstd_safe::get_error_name(code))))?;
        Ok(&self.stored)
    }
}

/// A stream of frames, of a size that needs little memory to write and to read.
struct ZstdStream<'w> {
    frames: FrameCompressor,
    /// Plain bytes of a frame.
    frame: usize,
    plain: Vec<u8>,
    written: bool,
    below: Box<dyn Encoder + 'w>,
}

impl ZstdStream<'_> {
    fn write_frame(&mut self) -> io::Result<()> {
        let stored = self.frames.compress(&self.plain).map_err(io::Error::other)?;
        self.below.write_all(stored)?;
        self.plain.clear();
        self.written = true;
        Ok(())
    }
}

impl Write for ZstdStream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.plain.len() == self.frame {
            self.write_frame()?;
        }
        let count = bytes.len().min(self.frame - self.plain.len());
        self.plain.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Encoder for ZstdStream<'_> {
    fn finish(mut self: Box<Self>) -> io::Result<()> {
        // An empty stream is one empty frame.
        if !self.plain.is_empty() || !self.written {
            self.write_frame()?;
        }
        self.below.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flavor_format::Chain;
    use flavor_reader::ContentStream;
    use std::io::Read;

    struct Collect<'a>(&'a mut Vec<u8>);

    impl Write for Collect<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Encoder for Collect<'_> {
        fn finish(self: Box<Self>) -> io::Result<()> {
            Ok(())
        }
    }

    fn compressed(chain: &Chain, plain: &[u8]) -> Vec<u8> {
        let mut stored = Vec::new();
        let mut encoder = encoder(chain.compressing(), Compression::Fast, Box::new(Collect(&mut stored))).unwrap();
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap();
        stored
    }

    #[test]
    fn every_chain_comes_back() {
        let long = vec![7; 9 << 20];
        for plain in [&b""[..], b"hello", &long] {
            for spelling in ["raw", "gzip", "bzip2", "xz", "zstd", "gzip|bzip2|xz|zstd", &["xz"; 8].join("|"), &["zstd"; 8].join("|")] {
                let chain = Chain::parse(spelling).unwrap();
                let stored = compressed(&chain, plain);
                let mut stream = ContentStream::new(&stored[..], &chain, Some(plain.len() as u64));
                let mut found = Vec::new();
                stream.read_to_end(&mut found).unwrap();
                assert!(found == plain, "{spelling}");
                stream.finish().unwrap();
            }
        }
    }

    #[test]
    fn headers_say_what_the_specification_wants() {
        let of = |spelling: &str| compressed(&Chain::parse(spelling).unwrap(), b"x");
        assert_eq!(of("gzip")[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
        assert_eq!(of("bzip2")[..4], *b"BZh9");
        assert_eq!(of("xz")[6..8], [0, 4], "CRC64");
        let frame = of("zstd");
        assert_eq!((frame[4] & 4, zstd_safe::get_frame_content_size(&frame).unwrap()), (0, Some(1)));
    }
}
