//! The XZ container around LZMA2: one stream, no filter but LZMA2, a bounded dictionary, every check verified.
//!
//! Of our own because general decoders allow more (other filters, several streams, any dictionary) and verify less (the index).
//! Source: spec/operations.md#streams; The .xz File Format 1.2.1, whose section numbers stand below.

use crate::stream::{Below, Layer, finish_below, undecodable};
use flavor_format::Result;
use lzma_rust2::Lzma2Reader;
use sha2::{Digest, Sha256};
use std::io::{self, Read};

const HEADER_MAGIC: &[u8] = b"\xfd7zXZ\0";
const FOOTER_MAGIC: &[u8] = b"YZ";
const LZMA2: u64 = 0x21;

fn malformed(what: impl std::fmt::Display) -> io::Error {
    io::Error::other(undecodable(format!("xz: {what}")))
}

/// Decodes one stream.
pub(crate) struct Unxz<'s> {
    stage: Stage<'s>,
    flags: [u8; 2],
    blocks: Records,
    window_limit: u64,
}

enum Stage<'s> {
    /// Before the stream header.
    Start(Counted<'s>),
    Inside(Box<Block<'s>>),
    End(Counted<'s>),
    /// A read failed; what is below is lost.
    Failed,
}

impl<'s> Unxz<'s> {
    /// `window_limit` bytes are the largest dictionary that is taken.
    pub(crate) fn new(below: Below<'s>, window_limit: u64) -> Self {
        Self { stage: Stage::Start(Counted { below, count: 0 }), flags: [0; 2], blocks: Records::default(), window_limit }
    }

    /// Section 2.1.1.
    fn stream_header(&mut self, source: &mut Counted<'_>) -> io::Result<()> {
        let header: [u8; 12] = source.array()?;
        if !header.starts_with(HEADER_MAGIC) {
            return Err(malformed("the stream does not begin with FD 37 7A 58 5A 00"));
        }
        check_crc32(&header[6..8], &header[8..])?;
        self.flags = [header[6], header[7]];
        if header[6] != 0 || Check::of(header[7]).is_none() {
            return Err(malformed(format!("stream flags {:02x}{:02x} are not known", header[6], header[7])));
        }
        Ok(())
    }

    /// The next block, or the index and the footer.
    fn next(&mut self, mut source: Counted<'s>) -> io::Result<Stage<'s>> {
        let start = source.count;
        let [size] = source.array()?;
        if size == 0 {
            self.index(&mut source, start)?;
            return Ok(Stage::End(source));
        }
        let check = Check::of(self.flags[1]).ok_or_else(|| malformed("the check is not known"))?;
        Ok(Stage::Inside(Box::new(Block::open(source, size, check, self.window_limit)?)))
    }

    /// Sections 4 and 2.1.2. The index repeats the size of every block.
    fn index(&mut self, source: &mut Counted<'_>, start: u64) -> io::Result<()> {
        let mut crc = crc32fast::Hasher::new();
        crc.update(&[0]);
        let mut listed = Records::default();
        let count = source.integer(&mut crc)?;
        if count != self.blocks.count {
            return Err(malformed(format!("the index lists {count} blocks, the stream has {}", self.blocks.count)));
        }
        for _ in 0..count {
            let unpadded = source.integer(&mut crc)?;
            listed.add(unpadded, source.integer(&mut crc)?);
        }
        while !(source.count - start).is_multiple_of(4) {
            let [padding] = source.array()?;
            crc.update(&[padding]);
            require_zero(padding)?;
        }
        let stored: [u8; 4] = source.array()?;
        if u32::from_le_bytes(stored) != crc.finalize() {
            return Err(malformed("the CRC-32 of the index does not fit"));
        }
        if listed.digest() != self.blocks.digest() {
            return Err(malformed("the index gives a block another size than it has"));
        }
        let size = source.count - start;
        let footer: [u8; 12] = source.array()?;
        check_crc32(&footer[4..10], &footer[..4])?;
        let backward = u32::from_le_bytes([footer[4], footer[5], footer[6], footer[7]]);
        if (u64::from(backward) + 1) * 4 != size || footer[8..10] != self.flags || &footer[10..] != FOOTER_MAGIC {
            return Err(malformed("the stream footer does not fit the stream"));
        }
        Ok(())
    }
}

impl Read for Unxz<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !buffer.is_empty() {
            self.stage = match std::mem::replace(&mut self.stage, Stage::Failed) {
                Stage::Start(mut source) => {
                    self.stream_header(&mut source)?;
                    self.next(source)?
                }
                Stage::Inside(mut block) => {
                    let count = block.read(buffer)?;
                    if count > 0 {
                        self.stage = Stage::Inside(block);
                        return Ok(count);
                    }
                    let source = block.close(&mut self.blocks)?;
                    self.next(source)?
                }
                Stage::End(source) => {
                    self.stage = Stage::End(source);
                    return Ok(0);
                }
                Stage::Failed => return Err(malformed("it was read on after an error")),
            };
        }
        Ok(0)
    }
}

impl Layer for Unxz<'_> {
    fn finish(self: Box<Self>) -> Result<[u8; 32]> {
        match self.stage {
            Stage::Start(source) | Stage::End(source) => finish_below(source.below),
            Stage::Inside(_) | Stage::Failed => Err(undecodable("xz: the stream was not read to its end")),
        }
    }
}

/// Section 3: one block.
struct Block<'s> {
    content: Lzma2Reader<Counted<'s>>,
    check: Check,
    header_size: u64,
    /// Where the compressed data begins.
    start: u64,
    compressed: Option<u64>,
    declared: Option<u64>,
    plain: u64,
}

impl<'s> Block<'s> {
    /// Section 3.1. `size` is the header's first byte.
    fn open(mut source: Counted<'s>, size: u8, check: Check, window_limit: u64) -> io::Result<Self> {
        let header_size = (usize::from(size) + 1) * 4;
        let mut header = [0; 1024];
        let header = &mut header[..header_size];
        header[0] = size;
        source.read_exact(&mut header[1..])?;
        let (fields, crc) = header.split_at(header_size - 4);
        check_crc32(fields, crc)?;
        let flags = fields[1];
        if flags & 0x3f != 0 {
            return Err(malformed("a block uses filters besides LZMA2"));
        }
        let mut rest = &fields[2..];
        let compressed = if flags & 0x40 == 0 { None } else { Some(integer(&mut rest)?) };
        let declared = if flags & 0x80 == 0 { None } else { Some(integer(&mut rest)?) };
        if integer(&mut rest)? != LZMA2 || integer(&mut rest)? != 1 {
            return Err(malformed("a block uses filters besides LZMA2"));
        }
        let (&exponent, padding) = rest.split_first().ok_or_else(|| malformed("a block header is cut off"))?;
        let dictionary = match exponent {
            0..40 => u64::from(2 | exponent & 1) << (exponent / 2 + 11),
            40 => u64::from(u32::MAX),
            _ => return Err(malformed("a dictionary size is not known")),
        };
        if dictionary > window_limit {
            let message = format!("xz: a dictionary of {dictionary} bytes, allowed are {window_limit}");
            return Err(io::Error::other(undecodable(message).with_hint("compress it with xz -8 or a lower preset")));
        }
        padding.iter().try_for_each(|&byte| require_zero(byte))?;
        let start = source.count;
        let content = Lzma2Reader::new(source, dictionary as u32, None);
        Ok(Self { content, check, header_size: header_size as u64, start, compressed, declared, plain: 0 })
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(buffer)?;
        self.check.update(&buffer[..count]);
        self.plain += count as u64;
        Ok(count)
    }

    /// Sections 3.3 and 3.4: padding and check, after the last byte of content.
    fn close(self, records: &mut Records) -> io::Result<Counted<'s>> {
        let mut source = self.content.into_inner();
        let compressed = source.count - self.start;
        if self.compressed.is_some_and(|size| size != compressed) || self.declared.is_some_and(|size| size != self.plain) {
            return Err(malformed("a block has another size than its header says"));
        }
        while !(source.count - self.start).is_multiple_of(4) {
            let [padding] = source.array()?;
            require_zero(padding)?;
        }
        let found = self.check.finish();
        let mut stored = [0; 32];
        let stored = &mut stored[..found.len()];
        source.read_exact(stored)?;
        if stored != found {
            return Err(malformed("the check of a block does not fit its content"));
        }
        records.add(self.header_size + compressed + found.len() as u64, self.plain);
        Ok(source)
    }
}

/// Sizes of blocks as the index lists them. Only their number and a digest are kept: a stream may have very many blocks.
#[derive(Default)]
struct Records {
    count: u64,
    hasher: Sha256,
}

impl Records {
    fn add(&mut self, unpadded: u64, plain: u64) {
        self.count += 1;
        self.hasher.update(unpadded.to_le_bytes());
        self.hasher.update(plain.to_le_bytes());
    }

    fn digest(&self) -> [u8; 32] {
        self.hasher.clone().finalize().into()
    }
}

/// Section 2.1.1.2: how a block's content is checked.
enum Check {
    None,
    Crc32(crc32fast::Hasher),
    Crc64(u64),
    Sha256(Box<Sha256>),
}

impl Check {
    fn of(id: u8) -> Option<Self> {
        match id {
            0x00 => Some(Self::None),
            0x01 => Some(Self::Crc32(crc32fast::Hasher::new())),
            0x04 => Some(Self::Crc64(!0)),
            0x0a => Some(Self::Sha256(Box::default())),
            _ => None,
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::None => {}
            Self::Crc32(hasher) => hasher.update(bytes),
            Self::Crc64(state) => *state = bytes.iter().fold(*state, |crc, &byte| CRC64[usize::from(crc as u8 ^ byte)] ^ crc >> 8),
            Self::Sha256(hasher) => hasher.update(bytes),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::None => Vec::new(),
            Self::Crc32(hasher) => hasher.finalize().to_le_bytes().to_vec(),
            Self::Crc64(state) => (!state).to_le_bytes().to_vec(),
            Self::Sha256(hasher) => hasher.finalize().to_vec(),
        }
    }
}

/// CRC-64 of ECMA-182, reflected.
static CRC64: [u64; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < table.len() {
        let mut crc = at as u64;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ 0xc96c_5795_d787_0f42 };
            bit += 1;
        }
        table[at] = crc;
        at += 1;
    }
    table
};

fn check_crc32(bytes: &[u8], stored: &[u8]) -> io::Result<()> {
    if crc32fast::hash(bytes).to_le_bytes() == stored { Ok(()) } else { Err(malformed("the CRC-32 of a header does not fit")) }
}

fn require_zero(padding: u8) -> io::Result<()> {
    if padding == 0 { Ok(()) } else { Err(malformed("padding is not zero")) }
}

/// Section 1.2: seven bits a byte, at most nine bytes, no longer than needed.
fn integer_of(mut byte: impl FnMut() -> io::Result<u8>) -> io::Result<u64> {
    let mut value = 0;
    for position in 0..9 {
        let next = byte()?;
        value |= u64::from(next & 0x7f) << (7 * position);
        if next & 0x80 == 0 {
            return if next == 0 && position > 0 { Err(malformed("an integer is longer than needed")) } else { Ok(value) };
        }
    }
    Err(malformed("an integer has more than nine bytes"))
}

/// An integer of a block header.
fn integer(rest: &mut &[u8]) -> io::Result<u64> {
    integer_of(|| {
        let (&byte, after) = rest.split_first().ok_or_else(|| malformed("a block header is cut off"))?;
        *rest = after;
        Ok(byte)
    })
}

/// Knows how many bytes were read.
struct Counted<'s> {
    below: Below<'s>,
    count: u64,
}

impl Counted<'_> {
    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// An integer of the index, which has a CRC over all of it.
    fn integer(&mut self, crc: &mut crc32fast::Hasher) -> io::Result<u64> {
        integer_of(|| {
            let byte: [u8; 1] = self.array()?;
            crc.update(&byte);
            Ok(byte[0])
        })
    }
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.below.read(buffer)?;
        self.count += count as u64;
        Ok(count)
    }
}
