//! Streams of every operation: what is decoded, and that everything else is refused. Source: spec/operations.md#streams.

use flavor_format::{Chain, ErrorCode, Result};
use flavor_reader::ContentStream;
use lzma_rust2::{CheckType, XzOptions, XzWriter};
use std::io::{Read, Write};

fn decode(operations: &str, stored: &[u8], size: u64) -> Result<Vec<u8>> {
    let mut stream = ContentStream::new(stored, &Chain::parse(operations)?, Some(size));
    let mut plain = Vec::new();
    stream.read_to_end(&mut plain).map_err(|error| ContentStream::error_of(&error))?;
    stream.finish().map(|_| plain)
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(plain: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn xz(plain: &[u8], change: impl FnOnce(&mut XzOptions)) -> Vec<u8> {
    let mut options = XzOptions::with_preset(1);
    change(&mut options);
    let mut encoder = XzWriter::new(Vec::new(), options).unwrap();
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn zstd(plain: &[u8]) -> Vec<u8> {
    let mut stored = Vec::with_capacity(zstd_safe::compress_bound(plain.len()));
    zstd_safe::compress(&mut stored, plain, 3).unwrap();
    stored
}

fn text() -> Vec<u8> {
    (0..200_000_u32).flat_map(|number| (number.wrapping_mul(number) % 977).to_le_bytes()).collect()
}

fn all(plain: &[u8]) -> [(&'static str, Vec<u8>); 4] {
    [("gzip", gzip(plain)), ("bzip2", bzip2(plain)), ("xz", xz(plain, |_| ())), ("zstd", zstd(plain))]
}

#[test]
fn every_operation_is_undone() {
    for plain in [Vec::new(), b"x".to_vec(), text()] {
        for (operation, stored) in all(&plain) {
            assert_eq!(decode(operation, &stored, plain.len() as u64).unwrap(), plain, "{operation}");
        }
        let chained = xz(&bzip2(&zstd(&gzip(&plain))), |_| ());
        assert_eq!(decode("gzip|zstd|bzip2|xz", &chained, plain.len() as u64).unwrap(), plain);
    }
}

#[test]
fn a_stream_is_one_member_and_nothing_else() {
    let plain = text();
    for (operation, stored) in all(&plain) {
        let size = plain.len() as u64;
        let refused = |bytes: &[u8], size: u64| {
            assert_eq!(decode(operation, bytes, size).unwrap_err().code(), ErrorCode::ArchiveMalformed, "{operation}")
        };
        refused(&[], 0);
        refused(&[], size);
        refused(&[&stored[..], b"\0"].concat(), size);
        refused(&[&stored[..], &[0; 4]].concat(), size);
        refused(&stored, size - 1);
        refused(&stored, size + 1);
        for cut in [1, 5, stored.len() / 2, stored.len() - 1] {
            refused(&stored[..cut], size);
        }
        if operation != "zstd" {
            refused(&[&stored[..], &stored[..]].concat(), 2 * size);
        }
    }
    let twice = [zstd(b"a"), zstd(b"b")].concat();
    assert_eq!(decode("zstd", &twice, 2).unwrap(), b"ab");
    let skippable = [zstd(b"a"), vec![0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9]].concat();
    assert!(decode("zstd", &skippable, 1).is_err());
}

#[test]
fn every_changed_bit_of_a_checked_stream_is_found() {
    let plain = b"the quick brown fox jumps over the lazy dog, the quick brown fox".repeat(3);
    for stored in [xz(&plain, |_| ()), xz(&plain, |options| options.set_check_sum_type(CheckType::Sha256))] {
        for at in 0..stored.len() {
            let mut changed = stored.clone();
            changed[at] ^= 0x11;
            assert!(decode("xz", &changed, plain.len() as u64).is_err(), "byte {at}");
        }
    }
}

#[test]
fn xz_streams_have_any_check_and_any_number_of_blocks() {
    let plain = text();
    for check in [CheckType::None, CheckType::Crc32, CheckType::Crc64, CheckType::Sha256] {
        let stored = xz(&plain, |options| {
            options.set_check_sum_type(check);
            options.set_block_size(std::num::NonZeroU64::new(65_536));
        });
        assert_eq!(decode("xz", &stored, plain.len() as u64).unwrap(), plain);
    }
}

#[test]
fn large_windows_and_other_filters_are_refused() {
    let window = |bytes: u32| xz(b"x", |options| options.lzma_options.dict_size = bytes);
    assert!(decode("xz", &window(32 << 20), 1).is_ok());
    let error = decode("xz", &window(64 << 20), 1).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ArchiveMalformed);
    assert!(error.hint.unwrap().contains("xz -8"));
    let filtered = xz(b"x", |options| options.prepend_pre_filter(lzma_rust2::FilterType::Delta, 1));
    assert!(decode("xz", &filtered, 1).unwrap_err().message.contains("LZMA2"));
    // A frame of one raw block, whose window descriptor says 2^10 << exponent.
    let frame = |exponent: u8| [0x28, 0xb5, 0x2f, 0xfd, 0, exponent << 3, 0x09, 0, 0, b'x'];
    assert_eq!(decode("zstd", &frame(15), 1).unwrap(), b"x");
    assert!(decode("zstd", &frame(16), 1).unwrap_err().hint.unwrap().contains("--long=25"));
}

#[test]
fn intermediate_results_are_bounded() {
    // 4 MiB of empty gzip members' worth of zeros, then nothing: more than 64 times the content and 1 MiB.
    let padded = gzip(b"x");
    let bomb = gzip(&[&padded[..], &vec![0; 4 << 20]].concat());
    let error = decode("gzip|gzip", &bomb, 1).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ArchiveMalformed);
    let long = zstd(&vec![0; 4 << 20]);
    let error = decode("gzip|zstd", &long, 1).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ArchiveMalformed);
}
