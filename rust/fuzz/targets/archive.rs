//! Any bytes as a tar. What is taken must come out the same when it is encoded and read again.
#![no_main]

use flavor_format::{TAR_END, TarEncoder, TarEntry, tar_padding};
use flavor_reader::read_archive;
use libfuzzer_sys::fuzz_target;
use std::io::Read;

fn entries(mut bytes: &[u8]) -> Option<Vec<(TarEntry, Vec<u8>)>> {
    let mut found = Vec::new();
    let read = read_archive(&mut bytes, |entry, data| {
        let mut content = Vec::new();
        let _ = data.read_to_end(&mut content);
        found.push((entry.clone(), content));
        Ok(())
    });
    read.is_ok().then_some(found)
}

fuzz_target!(|bytes: &[u8]| {
    let Some(found) = entries(bytes) else { return };
    let mut encoder = TarEncoder::default();
    let mut again = Vec::new();
    for (entry, content) in &found {
        again.extend(encoder.header(entry));
        again.extend_from_slice(content);
        again.resize(again.len() + tar_padding(entry.size), 0);
    }
    again.extend(TAR_END);
    // Times that need twelve digits have no canonical form.
    if found.iter().all(|(entry, _)| entry.mtime < 1 << 33) {
        assert_eq!(entries(&again).as_ref(), Some(&found));
    }
});
