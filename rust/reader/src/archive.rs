//! A tar as tools read it: entries in order, names and links held to the rules of launchers, the tree being the archive alone.
//!
//! Source: spec/operations.md#canonical-tar, the entry rules.

use crate::stream::{ContentStream, undecodable};
use flavor_format::constants::sizes::TAR_BLOCK;
use flavor_format::{Header, Kind, PathSet, Result, TarDecoder, TarEntry, check_stays_inside, tar_padding};
use std::io::{self, ErrorKind, Read};

/// Read a tar to its end. `on_entry` is called for each entry but the root, with the file's data, which it may leave unread.
///
/// Errors: `archive-malformed`, `path-unsafe`, `link-unsafe`, `entry-conflict`, `entry-refused`; those of `on_entry`.
pub fn read_archive(source: &mut dyn Read, mut on_entry: impl FnMut(&TarEntry, &mut dyn Read) -> Result<()>) -> Result<()> {
    let mut headers = TarDecoder::default();
    let mut paths = PathSet::default();
    loop {
        let mut block = [0; TAR_BLOCK];
        fill(source, &mut block)?;
        match headers.header(&block)? {
            Header::End => break,
            Header::Extension(extension) => {
                let mut data = vec![0; extension.size + tar_padding(extension.size as u64)];
                fill(source, &mut data)?;
                headers.extend(extension, &data[..extension.size])?;
            }
            Header::Entry(entry) => {
                if let Kind::Link { target } = &entry.kind {
                    check_stays_inside(&entry.path, target)?;
                }
                let mut data = source.take(entry.size);
                if !entry.path.is_empty() {
                    paths.add(&entry.path, entry.kind == Kind::Directory)?;
                    on_entry(&entry, &mut data)?;
                }
                io::copy(&mut data, &mut io::sink()).map_err(|error| ContentStream::error_of(&error))?;
                if data.limit() > 0 {
                    return Err(undecodable("a tar ends in the middle of a file"));
                }
                let mut filling = [0; TAR_BLOCK];
                let filling = &mut filling[..tar_padding(entry.size)];
                fill(source, filling)?;
                require_zeros(filling, "the filling of a tar block is not zero")?;
            }
        }
    }
    read_end(source)
}

/// The second zero block, and any number of further ones.
fn read_end(source: &mut dyn Read) -> Result<()> {
    let mut buffer = vec![0; 64 * TAR_BLOCK];
    let mut zeros = TAR_BLOCK;
    loop {
        let count = source.read(&mut buffer).map_err(|error| ContentStream::error_of(&error))?;
        if count == 0 {
            break;
        }
        require_zeros(&buffer[..count], "a tar goes on after its end")?;
        zeros += count;
    }
    if zeros < 2 * TAR_BLOCK || !zeros.is_multiple_of(TAR_BLOCK) {
        return Err(undecodable("a tar does not end in two zero blocks"));
    }
    Ok(())
}

fn fill(source: &mut dyn Read, buffer: &mut [u8]) -> Result<()> {
    source.read_exact(buffer).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof if error.get_ref().is_none_or(|inner| !inner.is::<flavor_format::Error>()) => {
            undecodable("a tar ends in the middle of a block, or without an end")
        }
        _ => ContentStream::error_of(&error),
    })
}

fn require_zeros(bytes: &[u8], what: &str) -> Result<()> {
    if bytes.iter().all(|&byte| byte == 0) { Ok(()) } else { Err(undecodable(what)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flavor_format::{ErrorCode, TAR_END, TarEncoder};

    fn entry(path: &str, kind: Kind, size: u64) -> TarEntry {
        TarEntry { path: path.into(), kind, size, mtime: 0 }
    }

    fn archive(entries: &[TarEntry]) -> Vec<u8> {
        let mut encoder = TarEncoder::default();
        let mut bytes = Vec::new();
        for entry in entries {
            bytes.extend(encoder.header(entry));
            bytes.resize(bytes.len() + entry.size as usize, b'x');
            bytes.resize(bytes.len() + tar_padding(entry.size), 0);
        }
        bytes.extend(TAR_END);
        bytes
    }

    fn paths(mut bytes: &[u8]) -> Result<Vec<(String, usize)>> {
        let mut found = Vec::new();
        read_archive(&mut bytes, |entry, data| {
            let mut content = Vec::new();
            data.read_to_end(&mut content).unwrap();
            found.push((entry.path.clone(), content.len()));
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn entries_come_in_order_with_their_data() {
        let file = Kind::File { executable: false };
        let long = "é".repeat(60);
        let bytes = archive(&[entry("d", Kind::Directory, 0), entry("d/f", file.clone(), 700), entry(&long, file, 1)]);
        assert_eq!(paths(&bytes).unwrap(), [("d".to_owned(), 0), ("d/f".to_owned(), 700), (long, 1)]);
        for cut in [0, 100, 512, 1024, bytes.len() - 512, bytes.len() - 1] {
            assert_eq!(paths(&bytes[..cut]).unwrap_err().code(), ErrorCode::ArchiveMalformed, "cut at {cut}");
        }
        assert!(paths(&[&bytes[..], &[0; 512]].concat()).is_ok());
        assert!(paths(&[&bytes[..], &[0; 100]].concat()).is_err());
        assert!(paths(&[&bytes[..], &[1; 512]].concat()).is_err());
    }

    #[test]
    fn the_tree_is_the_archive() {
        let link = |path: &str, target: &str| entry(path, Kind::Link { target: target.into() }, 0);
        let file = |path: &str| entry(path, Kind::File { executable: false }, 0);
        let code = |entries: &[TarEntry]| paths(&archive(entries)).unwrap_err().code();
        assert!(paths(&archive(&[link("d/l", "../x")])).is_ok());
        assert_eq!(code(&[link("l", "../x")]), ErrorCode::LinkUnsafe);
        assert_eq!(code(&[file("a"), file("a")]), ErrorCode::EntryConflict);
        assert_eq!(code(&[file("a"), file("a/b")]), ErrorCode::EntryConflict);
        assert_eq!(code(&[file("../a")]), ErrorCode::PathUnsafe);
    }
}
