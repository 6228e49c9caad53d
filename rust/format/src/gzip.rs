//! The one gzip framing that sealed metadata may have: a fixed header and stored deflate blocks.
//!
//! Deflate encoders differ between languages; stored blocks cost a few kilobytes, give the same bytes
//! everywhere and need no inflater. Source: spec/metadata.md#framing.

use crate::constants::limits::GZIP_STORED_BLOCK_BYTES;
use crate::{Error, ErrorCode, Result};

const HEADER: [u8; 10] = [0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0xff];

fn refuse(what: impl Into<String>) -> Error {
    Error::new(ErrorCode::MetadataMalformed, format!("metadata gzip: {}", what.into()))
}

/// Undo the stored-block gzip framing.
///
/// Errors: `metadata-malformed` for any other framing, a length beyond `limit`, or a trailer that does not fit.
pub fn decode_stored(bytes: &[u8], limit: usize) -> Result<Vec<u8>> {
    let mut rest = bytes.strip_prefix(&HEADER).ok_or_else(|| refuse("the header is not 1f8b08 00 00000000 00 ff"))?;
    let mut plain = Vec::with_capacity(bytes.len().min(limit));
    loop {
        let (head, after) = rest.split_first_chunk::<5>().ok_or_else(|| refuse("a block header is cut off"))?;
        let length = usize::from(u16::from_le_bytes([head[1], head[2]]));
        if u16::from_le_bytes([head[3], head[4]]) != !u16::from_le_bytes([head[1], head[2]]) {
            return Err(refuse("a block's length and its complement differ"));
        }
        let last = match head[0] {
            0 => false,
            1 => true,
            other => return Err(refuse(format!("block type byte {other:#04x}, expected a stored block (00 or 01)"))),
        };
        if !last && length != GZIP_STORED_BLOCK_BYTES {
            return Err(refuse(format!("a block that is not the last holds {length} bytes, expected {GZIP_STORED_BLOCK_BYTES}")));
        }
        if last && length == 0 && !plain.is_empty() {
            return Err(refuse("the last block is empty though the document is not"));
        }
        let (block, after) = after.split_at_checked(length).ok_or_else(|| refuse("a block is cut off"))?;
        if plain.len() + length > limit {
            return Err(refuse(format!("the document is longer than {limit} bytes")));
        }
        plain.extend_from_slice(block);
        rest = after;
        if last {
            break;
        }
    }
    let Some((trailer, [])) = rest.split_first_chunk::<8>() else {
        return Err(refuse(format!("{} bytes follow the last block, expected 8", rest.len())));
    };
    let (crc, size) = (read_u32(trailer, 0), read_u32(trailer, 4));
    if size as usize != plain.len() {
        return Err(refuse(format!("the trailer says {size} bytes, found {}", plain.len())));
    }
    let found = crc32fast::hash(&plain);
    if crc != found {
        return Err(refuse(format!("the trailer's CRC-32 is {crc:08x}, found {found:08x}")));
    }
    Ok(plain)
}

/// Put a document into the framing.
pub fn encode_stored(plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(stored_gzip_size(plain.len()));
    out.extend_from_slice(&HEADER);
    let mut rest = plain;
    loop {
        let (block, after) = rest.split_at(rest.len().min(GZIP_STORED_BLOCK_BYTES));
        let length = block.len() as u16;
        out.push(u8::from(after.is_empty()));
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    out.extend_from_slice(&crc32fast::hash(plain).to_le_bytes());
    out.extend_from_slice(&(plain.len() as u32).to_le_bytes());
    out
}

/// Bytes that [`encode_stored`] makes of a document of this size.
pub const fn stored_gzip_size(plain: usize) -> usize {
    let blocks = if plain == 0 { 1 } else { plain.div_ceil(GZIP_STORED_BLOCK_BYTES) };
    HEADER.len() + 5 * blocks + plain + 8
}

fn read_u32(bytes: &[u8; 8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(plain: &[u8], block: usize) -> Vec<u8> {
        let mut out = HEADER.to_vec();
        let mut blocks: Vec<&[u8]> = plain.chunks(block).collect();
        if blocks.is_empty() {
            blocks.push(&[]);
        }
        for (index, part) in blocks.iter().enumerate() {
            let length = u16::try_from(part.len()).unwrap();
            out.push(u8::from(index + 1 == blocks.len()));
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(&(!length).to_le_bytes());
            out.extend_from_slice(part);
        }
        out.extend_from_slice(&crc32fast::hash(plain).to_le_bytes());
        out.extend_from_slice(&(plain.len() as u32).to_le_bytes());
        out
    }

    #[test]
    fn reads_empty_short_and_long_documents() {
        for size in [0, 1, 65_535, 65_536, 200_000] {
            let plain = vec![7; size];
            let stored = encode_stored(&plain);
            assert_eq!((stored.len(), &stored), (stored_gzip_size(size), &encode(&plain, 65_535)), "{size}");
            assert_eq!(decode_stored(&stored, 1 << 20).unwrap(), plain, "{size}");
        }
    }

    #[test]
    fn refuses_every_other_framing() {
        let good = encode(b"{}", 65_535);
        assert!(decode_stored(&encode(&[1; 9], 4), 100).is_err(), "short blocks");
        assert!(decode_stored(&good, 1).is_err(), "limit");
        let mut trailing = good.clone();
        trailing.push(0);
        assert!(decode_stored(&trailing, 100).is_err(), "trailing byte");
        for at in 0..good.len() {
            let mut changed = good.clone();
            changed[at] ^= 0x10;
            assert!(decode_stored(&changed, 100).is_err(), "byte {at}");
            assert!(decode_stored(&good[..at], 100).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn refuses_an_empty_last_block_after_a_full_one() {
        let plain = vec![7; 65_535];
        let mut bytes = encode(&plain, 65_535);
        let trailer = bytes.split_off(bytes.len() - 8);
        bytes[10] = 0;
        bytes.extend_from_slice(&[1, 0, 0, 0xff, 0xff]);
        bytes.extend_from_slice(&trailer);
        assert!(decode_stored(&bytes, 1 << 20).is_err());
    }
}
