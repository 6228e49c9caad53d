//! The first two bytes choose a chain, the rest is its stored form.
#![no_main]

use flavor_format::Chain;
use flavor_reader::ContentStream;
use libfuzzer_sys::fuzz_target;
use std::io::{self, Read};

const CHAINS: [&str; 6] = ["gzip", "bzip2", "xz", "zstd", "gzip|zstd", "bzip2|xz"];
const SIZE: u64 = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, stored)) = bytes.split_first_chunk::<2>() else { return };
    let Ok(chain) = Chain::parse(CHAINS[usize::from(choice[0]) % CHAINS.len()]) else { return };
    let size = u64::from(choice[1]) * SIZE / 256;
    let mut stream = ContentStream::new(stored, &chain, Some(size));
    match io::copy(&mut (&mut stream).take(SIZE + 1), &mut io::sink()) {
        Ok(_) => drop(stream.finish()),
        Err(error) => drop(ContentStream::error_of(&error)),
    }
});
