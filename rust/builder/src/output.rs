//! Writing a package: regions in order, zero padding between them, to a temporary name that is renamed at the end.

use crate::files::{unreadable, unwritable};
use crate::progress::Progress;
use flavor_format::{Error, ErrorCode, Result, hex};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

const CHUNK: usize = 1 << 20;

/// A region of a package.
pub struct Region<'a> {
    pub offset: u64,
    pub size: u64,
    pub content: Content<'a>,
}

pub enum Content<'a> {
    Bytes(&'a [u8]),
    /// A file's first bytes, and what follows them. The digest is that of both.
    File {
        path: &'a Path,
        length: u64,
        then: &'a [u8],
        digest: [u8; 32],
    },
}

/// A file or folder that goes away when the build ends in whatever way.
pub struct Temporary(PathBuf);

impl Temporary {
    /// A name beside the output that nobody else has.
    fn name(output: &Path, extension: &str) -> Result<PathBuf> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| Error::new(ErrorCode::IoError, format!("no random bytes: {error}")))?;
        let name = output.file_name().unwrap_or_default().to_string_lossy();
        Ok(output.with_file_name(format!(".{name}.{}.{extension}", hex(&random))))
    }

    /// A folder for blobs, on the file system that has room for the package.
    ///
    /// Errors: `output-unwritable`, `disk-full`, `io-error`.
    pub fn folder(output: &Path) -> Result<Self> {
        let path = Self::name(output, "blobs")?;
        private_folder(&path).map_err(|error| unwritable(output, &error))?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = if self.0.is_dir() { fs::remove_dir_all(&self.0) } else { fs::remove_file(&self.0) };
    }
}

/// Write the regions, in the order of the file, to a temporary name; have the file inspected; give it its name.
///
/// Returns the SHA-256 of the file.
///
/// Errors: `output-unwritable`, `disk-full`, `interrupted`, `io-error` if a source is not what it was when it was measured; those of
/// `inspect`. Nothing is left behind.
pub fn write_package(
    output: &Path,
    regions: &[Region<'_>],
    progress: &mut Progress,
    inspect: impl FnOnce(&Path, &mut Progress) -> Result<()>,
) -> Result<[u8; 32]> {
    let path = Temporary::name(output, "tmp")?;
    let file = executable(&path).map_err(|error| unwritable(output, &error))?;
    let temporary = Temporary(path);
    let mut out = Out { file, hasher: Sha256::new(), written: 0, output, progress };
    for Region { offset, size, content } in regions {
        out.pad(*offset)?;
        out.content(content)?;
        if out.written != offset + size {
            return Err(changed(output));
        }
    }
    let Out { file, hasher, progress, .. } = out;
    file.sync_all().map_err(|error| unwritable(output, &error))?;
    drop(file);
    inspect(temporary.path(), progress)?;
    fs::rename(temporary.path(), output).map_err(|error| unwritable(output, &error))?;
    Ok(hasher.finalize().into())
}

/// A folder that others cannot look into, where there are modes.
fn private_folder(path: &Path) -> std::io::Result<()> {
    #[cfg_attr(windows, expect(unused_mut))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn changed(path: &Path) -> Error {
    Error::new(ErrorCode::IoError, format!("{} changed while it was packed", path.display()))
}

/// A new file of mode 0755 less the umask.
fn executable(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o755);
    options.open(path)
}

struct Out<'a> {
    file: File,
    hasher: Sha256,
    written: u64,
    output: &'a Path,
    progress: &'a mut Progress,
}

impl Out<'_> {
    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.hasher.update(bytes);
        self.written += bytes.len() as u64;
        self.file.write_all(bytes).map_err(|error| unwritable(self.output, &error))?;
        self.progress.advance(bytes.len())
    }

    /// Fewer than 16 bytes lie between two regions.
    fn pad(&mut self, offset: u64) -> Result<()> {
        let missing = usize::try_from(offset - self.written).unwrap_or(usize::MAX);
        self.bytes(&[0; 16][..missing])
    }

    fn content(&mut self, content: &Content<'_>) -> Result<()> {
        match content {
            Content::Bytes(bytes) => self.bytes(bytes),
            Content::File { path, length, then, digest } => {
                let mut file = File::open(path).map_err(|error| unreadable(path, &error))?.take(*length);
                let mut hasher = Sha256::new();
                let mut buffer = vec![0; CHUNK];
                loop {
                    let count = file.read(&mut buffer).map_err(|error| unreadable(path, &error))?;
                    if count == 0 {
                        break;
                    }
                    hasher.update(&buffer[..count]);
                    self.bytes(&buffer[..count])?;
                }
                hasher.update(then);
                if hasher.finalize()[..] != *digest {
                    return Err(changed(path));
                }
                self.bytes(then)
            }
        }
    }
}
