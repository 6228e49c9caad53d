//! Folders as canonical tar: the same bytes wherever and whenever they are read. Source: spec/operations.md#canonical-tar.

use crate::files::unreadable;
use flavor_format::{Error, ErrorCode, Kind, Result, TAR_END, TarEncoder, TarEntry, check_path, check_stays_inside, tar_padding};
use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

const CHUNK: usize = 1 << 20;

/// An entry of an archive to be written, and where its content lies.
pub struct SourceEntry {
    entry: TarEntry,
    file: PathBuf,
}

impl SourceEntry {
    /// As it is written.
    pub fn entry(&self) -> &TarEntry {
        &self.entry
    }
}

/// Takes an archive piece by piece.
pub trait ArchiveSink {
    /// The header blocks of one entry, extended headers included.
    fn header(&mut self, blocks: &[u8]) -> Result<()>;
    /// File data, what fills its last block, and the end of the archive.
    fn data(&mut self, bytes: &[u8]) -> Result<()>;
}

/// What becomes of symbolic links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    Kept,
    /// For targets without links: each becomes a copy of what it leads to.
    Copied,
}

/// Links to folders that may lie behind one another: what is copied could double with each.
const NESTED_LINKS: usize = 8;

/// Everything below a folder, in the order of the archive. `mtime` (seconds since 1970) is that of every entry.
///
/// Errors: `path-unsafe`, `link-unsafe`, `entry-refused` for what the format cannot hold, `file-unreadable`.
/// Source: spec/builder.md#names-of-the-target for links that are copied.
pub fn list_folder(folder: &Path, mtime: i64, links: Links) -> Result<Vec<SourceEntry>> {
    let root = fs::canonicalize(folder).map_err(|error| unreadable(folder, &error))?;
    let mut listing = Listing { mtime, links, above: vec![root], followed: 0, found: Vec::new() };
    listing.visit(folder, "")?;
    listing.found.sort_unstable_by(|a, b| a.entry.path.cmp(&b.entry.path));
    Ok(listing.found)
}

struct Listing {
    mtime: i64,
    links: Links,
    /// The folders that are being listed, without links in their paths; the first is the root.
    above: Vec<PathBuf>,
    /// Those among them that a link led to.
    followed: usize,
    found: Vec<SourceEntry>,
}

impl Listing {
    fn visit(&mut self, directory: &Path, prefix: &str) -> Result<()> {
        for child in fs::read_dir(directory).map_err(|error| unreadable(directory, &error))? {
            let child = child.map_err(|error| unreadable(directory, &error))?;
            let file = child.path();
            let name = child.file_name();
            let name = name.to_str().ok_or_else(|| Error::new(ErrorCode::PathUnsafe, format!("path {file:?} is not valid Unicode")))?;
            let path = format!("{prefix}{name}");
            check_path(&path)?;
            let mut metadata = fs::symlink_metadata(&file).map_err(|error| unreadable(&file, &error))?;
            let is_followed = metadata.is_symlink() && self.links == Links::Copied;
            let real =
                if is_followed { self.follow(&path, &file)? } else { self.above.last().map(|above| above.join(name)).unwrap_or_default() };
            if is_followed {
                metadata = fs::metadata(&real).map_err(|error| unreadable(&real, &error))?;
            }
            let (kind, size) = describe(&path, &file, &metadata)?;
            let is_directory = kind == Kind::Directory;
            self.found.push(SourceEntry { entry: TarEntry { path: path.clone(), kind, size, mtime: self.mtime }, file: file.clone() });
            if is_directory {
                self.above.push(real);
                self.followed += usize::from(is_followed);
                self.visit(&file, &format!("{path}/"))?;
                self.followed -= usize::from(is_followed);
                self.above.pop();
            }
        }
        Ok(())
    }

    /// What a link leads to.
    ///
    /// Errors: `link-unsafe` for nothing, something outside of the root, or a folder that would be copied into itself.
    fn follow(&self, path: &str, file: &Path) -> Result<PathBuf> {
        let refused = |why: &str| {
            let error = Error::new(ErrorCode::LinkUnsafe, format!("link {path:?} {why}"));
            Err(error.with_hint("the target has no links, a copy takes their place: put there what the link leads to, or remove it"))
        };
        let Ok(real) = fs::canonicalize(file) else { return refused("leads nowhere") };
        match &self.above[..] {
            [root, ..] if !real.starts_with(root) => refused("leads out of the folder that is packed"),
            above if above.contains(&real) => refused("leads to a folder that it lies in"),
            _ if self.followed == NESTED_LINKS && real.is_dir() => refused(&format!("lies behind {NESTED_LINKS} other links to folders")),
            _ => Ok(real),
        }
    }
}

fn describe(path: &str, file: &Path, metadata: &Metadata) -> Result<(Kind, u64)> {
    if metadata.is_dir() {
        return Ok((Kind::Directory, 0));
    }
    if metadata.is_symlink() {
        let target = fs::read_link(file).map_err(|error| unreadable(file, &error))?;
        let Some(target) = target.to_str() else {
            return Err(Error::new(ErrorCode::LinkUnsafe, format!("link {path:?}: its target is not valid Unicode")));
        };
        check_stays_inside(path, target)?;
        return Ok((Kind::Link { target: target.to_owned() }, 0));
    }
    if !metadata.is_file() {
        let message = format!("{} is neither file, directory nor symbolic link", file.display());
        return Err(Error::new(ErrorCode::EntryRefused, message));
    }
    Ok((Kind::File { executable: is_executable(file, metadata)? }, metadata.len()))
}

/// Whether the owner may execute a file.
#[cfg(unix)]
pub fn is_executable(_file: &Path, metadata: &Metadata) -> Result<bool> {
    Ok(std::os::unix::fs::MetadataExt::mode(metadata) & 0o100 != 0)
}

/// Where there are no modes, what a file begins with tells: `#!`, ELF, Mach-O.
#[cfg(windows)]
pub fn is_executable(file: &Path, _metadata: &Metadata) -> Result<bool> {
    let mut magic = [0; 4];
    let mut opened = File::open(file).map_err(|error| unreadable(file, &error))?;
    let count = opened.read(&mut magic).map_err(|error| unreadable(file, &error))?;
    let begins = |with: &[u8]| magic[..count].starts_with(with);
    Ok([&b"#!"[..], b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"].into_iter().any(begins))
}

/// Bytes of an archive of these entries, extended headers and the end aside: what progress is measured against.
pub fn archive_size(entries: &[SourceEntry]) -> u64 {
    entries.iter().map(|SourceEntry { entry, .. }| 512 + entry.size + tar_padding(entry.size) as u64).sum()
}

/// Errors: `file-unreadable`, `io-error` if a file changes its size while it is read; those of the sink.
pub fn write_archive(entries: &[SourceEntry], sink: &mut dyn ArchiveSink) -> Result<()> {
    let mut headers = TarEncoder::default();
    let mut buffer = vec![0; CHUNK];
    for SourceEntry { entry, file } in entries {
        sink.header(&headers.header(entry))?;
        if entry.size > 0 {
            copy_file(file, entry.size, &mut buffer, sink)?;
            sink.data(&[0; 512][..tar_padding(entry.size)])?;
        }
    }
    sink.data(&TAR_END)
}

fn copy_file(path: &Path, size: u64, buffer: &mut [u8], sink: &mut dyn ArchiveSink) -> Result<()> {
    let mut source = File::open(path).map_err(|error| unreadable(path, &error))?;
    let changed = || Error::new(ErrorCode::IoError, format!("{} changed while it was packed: it had {size} bytes", path.display()));
    let mut left = size;
    while left > 0 {
        let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        match source.read(&mut buffer[..most]) {
            Ok(0) => return Err(changed()),
            Ok(count) => {
                sink.data(&buffer[..count])?;
                left -= count as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(path, &error)),
        }
    }
    match source.read(&mut buffer[..1]) {
        Ok(0) => Ok(()),
        _ => Err(changed()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// List a folder made of paths and their content; behind `-> ` stands a link's target.
    fn list(name: &str, files: &[(&str, &str)]) -> Result<Vec<String>> {
        let folder = std::env::temp_dir().join(format!("flavor-archive-{}-{name}", std::process::id()));
        for (path, content) in files {
            let file = folder.join("t").join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            match content.strip_prefix("-> ") {
                Some(target) => symlink(target, &file).unwrap(),
                None => fs::write(&file, content).unwrap(),
            }
        }
        let found = list_folder(&folder.join("t"), 0, Links::Copied);
        fs::remove_dir_all(&folder).unwrap();
        Ok(found?.into_iter().map(|SourceEntry { entry, .. }| format!("{} {}", entry.path, entry.size)).collect())
    }

    #[test]
    fn links_are_copied_where_the_target_has_none() {
        let found = list("copied", &[("f", "content"), ("l", "-> f"), ("d/x", ""), ("e", "-> d"), ("g/back", "-> ../d")]).unwrap();
        assert_eq!(found, ["d 0", "d/x 0", "e 0", "e/x 0", "f 7", "g 0", "g/back 0", "g/back/x 0", "l 7"]);
        let chain: Vec<(String, String)> = (0..9).map(|depth| (format!("d{depth}/next"), format!("-> ../d{}", depth + 1))).collect();
        let mut nested: Vec<(&str, &str)> = chain.iter().map(|(path, target)| (path.as_str(), target.as_str())).collect();
        nested.push(("d9/x", ""));
        for (name, files) in [
            ("dangles", &[("l", "-> nothing")][..]),
            ("leaves", &[("l", "-> ../x"), ("../x", "")]),
            ("cycle", &[("a/l", "-> ../b"), ("b/l", "-> ../a")]),
            ("itself", &[("l", "-> l")]),
            ("up", &[("a/l", "-> ..")]),
            ("nested", &nested),
        ] {
            assert_eq!(list(name, files).unwrap_err().code(), ErrorCode::LinkUnsafe, "{name}");
        }
    }
}
