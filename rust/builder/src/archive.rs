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
    /// From the root of the archive.
    pub fn path(&self) -> &str {
        &self.entry.path
    }
}

/// Takes an archive piece by piece.
pub trait ArchiveSink {
    /// The header blocks of one entry, extended headers included.
    fn header(&mut self, blocks: &[u8]) -> Result<()>;
    /// File data, what fills its last block, and the end of the archive.
    fn data(&mut self, bytes: &[u8]) -> Result<()>;
}

/// Everything below a folder, in the order of the archive. `mtime` (seconds since 1970) is that of every entry.
///
/// Errors: `path-unsafe`, `link-unsafe`, `entry-refused` for what the format cannot hold, `file-unreadable`.
pub fn list_folder(folder: &Path, mtime: i64) -> Result<Vec<SourceEntry>> {
    let mut found = Vec::new();
    visit(folder, "", mtime, &mut found)?;
    found.sort_unstable_by(|a, b| a.entry.path.cmp(&b.entry.path));
    Ok(found)
}

fn visit(directory: &Path, prefix: &str, mtime: i64, found: &mut Vec<SourceEntry>) -> Result<()> {
    for child in fs::read_dir(directory).map_err(|error| unreadable(directory, &error))? {
        let child = child.map_err(|error| unreadable(directory, &error))?;
        let file = child.path();
        let name = child.file_name();
        let name = name.to_str().ok_or_else(|| Error::new(ErrorCode::PathUnsafe, format!("path {file:?} is not valid Unicode")))?;
        let path = format!("{prefix}{name}");
        check_path(&path)?;
        let metadata = fs::symlink_metadata(&file).map_err(|error| unreadable(&file, &error))?;
        let (kind, size) = describe(&path, &file, &metadata)?;
        let is_directory = kind == Kind::Directory;
        found.push(SourceEntry { entry: TarEntry { path: path.clone(), kind, size, mtime }, file: file.clone() });
        if is_directory {
            visit(&file, &format!("{path}/"), mtime, found)?;
        }
    }
    Ok(())
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
