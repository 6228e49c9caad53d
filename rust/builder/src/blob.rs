//! Slot blobs: a source, brought into the form that its operations name, with everything that metadata says about it.
//!
//! A folder becomes an archive; a file that is already in the form asked for is stored as it is; any other file is compressed.
//! What is made lies in files of its own: digests are needed before the first byte of the package is written.
//! Source: spec/builder.md#what-a-builder-does.

use crate::archive::{ArchiveSink, archive_size, is_executable, list_folder, write_archive};
use crate::compress::{Compression, Encoder, encoder};
use crate::files::{unreadable, unwritable};
use crate::frames::{FrameWriter, find_frames};
use crate::manifest::ManifestSlot;
use crate::names::TargetNames;
use crate::progress::Progress;
use flavor_format::{Chain, Error, Frame, Operation, Result, TarEntry};
use flavor_reader::{ContentStream, read_archive};
use sha2::{Digest, Sha256};
use std::cell::{Cell, RefCell};
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

const CHUNK: usize = 1 << 20;

/// A slot's stored bytes, as a file.
pub struct Blob {
    pub file: PathBuf,
    pub size: u64,
    pub original_size: u64,
    /// SHA-256 of the stored bytes.
    pub digest: [u8; 32],
    pub frames: Option<Vec<Frame>>,
    /// Mode of a single file, 0755 or 0644 by the source's executable bit; `None` for archives.
    pub mode: Option<u16>,
}

/// Makes the blobs of one build.
pub struct BlobMaker<'a> {
    /// Seconds since 1970, of every entry of an archive.
    pub mtime: i64,
    pub compression: Compression,
    pub progress: RefCell<&'a mut Progress>,
    /// Those of the tree that all slots are unpacked into.
    pub names: RefCell<TargetNames>,
}

impl BlobMaker<'_> {
    /// Bring a slot's source into the form of its operations. `file` is where the blob is written, unless the source is stored as
    /// it is.
    ///
    /// Errors: `file-missing`, `file-unreadable`, `archive-malformed` and the codes of entries for an archive that a launcher
    /// would refuse, `entry-conflict` and `path-unsafe` for names that the target does not take, `disk-full`, `interrupted`.
    pub fn make(&self, slot: &ManifestSlot, file: &Path) -> Result<Blob> {
        let (source, chain) = (slot.source.as_path(), &slot.operations);
        let metadata = fs::metadata(source).map_err(|error| unreadable(source, &error))?;
        let mut shared = self.names.borrow_mut();
        // What is published alone meets nobody's names but its own.
        let is_alone = matches!(slot.lifecycle.as_str(), "lazy" | "dev");
        let names = if is_alone { &mut shared.alone() } else { &mut *shared };
        if metadata.is_dir() {
            return self.archive(slot, names, file);
        }
        self.step(&slot.id, metadata.len());
        if chain.is_archive() {
            return self.take(source, chain, |entry| names.add_below(&slot.target, entry));
        }
        names.add(&slot.target)?;
        let mode = if is_executable(source, &metadata)? { 0o755 } else { 0o644 };
        let blob = if is_in_form(source, chain)? { self.take(source, chain, |_| Ok(()))? } else { self.compress(source, chain, file)? };
        Ok(Blob { mode: Some(mode), ..blob })
    }

    fn step(&self, id: &str, total: u64) {
        self.progress.borrow_mut().step(format!("compress {id}"), total);
    }

    fn archive(&self, slot: &ManifestSlot, names: &mut TargetNames, file: &Path) -> Result<Blob> {
        let chain = &slot.operations;
        let entries = list_folder(&slot.source, self.mtime, names.links())?;
        entries.iter().try_for_each(|entry| names.add_below(&slot.target, entry.entry()))?;
        self.step(&slot.id, archive_size(&entries));
        let mut out = BlobFile::create(file)?;
        let mut plain = 0;
        let frames = if chain.has_frames() {
            let failed = failure(file);
            let frames = FrameWriter::new(self.compression, &mut out, &failed);
            let mut counted = Counted { maker: self, sink: frames, bytes: 0 };
            write_archive(&entries, &mut counted)?;
            plain = counted.bytes;
            Some(counted.sink.finish()?)
        } else {
            self.encode(chain.compressing(), &mut out, |encoder| {
                let mut counted = Counted { maker: self, sink: Written { encoder, file }, bytes: 0 };
                write_archive(&entries, &mut counted)?;
                plain = counted.bytes;
                Ok(())
            })?;
            None
        };
        Ok(Blob { frames, ..out.finish(plain)? })
    }

    fn compress(&self, source: &Path, chain: &Chain, file: &Path) -> Result<Blob> {
        let mut out = BlobFile::create(file)?;
        let mut plain = 0;
        self.encode(chain.compressing(), &mut out, |encoder| {
            plain = self.read(source, |bytes| encoder.write_all(bytes).map_err(|error| failure(file)(&error)))?;
            Ok(())
        })?;
        out.finish(plain)
    }

    /// Let `write` write into a chain of operations that ends in `out`.
    fn encode(&self, operations: &[Operation], out: &mut BlobFile, write: impl FnOnce(&mut dyn Encoder) -> Result<()>) -> Result<()> {
        let path = out.path.clone();
        let failed = failure(&path);
        let mut top = encoder(operations, self.compression, Box::new(&mut *out)).map_err(|error| failed(&error))?;
        write(&mut *top)?;
        top.finish().map_err(|error| failed(&error))
    }

    /// Store a file as it is, after decoding it once. `on_entry` is told of the entries of an archive.
    fn take(&self, path: &Path, chain: &Chain, on_entry: impl FnMut(&TarEntry) -> Result<()>) -> Result<Blob> {
        let mut blob = self.decode(path, chain, None, on_entry)?;
        if chain.compressing().len() > 1 {
            // Only now is it known what bounds the intermediate results.
            blob = self.decode(path, chain, Some(blob.original_size), |_| Ok(()))?;
        }
        if chain.has_frames() {
            blob.frames = find_frames(path)?;
        }
        Ok(blob)
    }

    fn decode(
        &self,
        path: &Path,
        chain: &Chain,
        original_size: Option<u64>,
        mut on_entry: impl FnMut(&TarEntry) -> Result<()>,
    ) -> Result<Blob> {
        let refused = |mut error: Error| {
            error.message = format!("{}: {}", path.display(), error.message);
            error
        };
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        let size = Cell::new(0);
        let stored = Taken { maker: self, path, file, size: &size };
        let mut content = Tally { inner: ContentStream::new(stored, chain, original_size), bytes: 0 };
        if chain.is_archive() {
            let mut buffered = BufReader::with_capacity(CHUNK, &mut content);
            read_archive(&mut buffered, |entry, _| on_entry(entry)).map_err(refused)?;
        } else {
            let copied = io::copy(&mut BufReader::with_capacity(CHUNK, &mut content), &mut io::sink());
            copied.map_err(|error| refused(ContentStream::error_of(&error)))?;
        }
        let Tally { inner, bytes } = content;
        let digest = inner.finish().map_err(refused)?;
        Ok(Blob { file: path.to_owned(), size: size.get(), original_size: bytes, digest, frames: None, mode: None })
    }

    /// Read a file to its end. Returns its size.
    fn read(&self, path: &Path, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<u64> {
        let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
        let mut buffer = vec![0; CHUNK];
        let mut size = 0;
        loop {
            let count = file.read(&mut buffer).map_err(|error| unreadable(path, &error))?;
            if count == 0 {
                return Ok(size);
            }
            self.progress.borrow_mut().advance(count)?;
            take(&buffer[..count])?;
            size += count as u64;
        }
    }
}

/// Whether a file already is what the last operation would make of it, by its first bytes.
fn is_in_form(path: &Path, chain: &Chain) -> Result<bool> {
    let magic: &[u8] = match chain.operations().last() {
        None | Some(Operation::Tar) => return Ok(true),
        Some(Operation::Gzip) => b"\x1f\x8b\x08",
        Some(Operation::Bzip2) => b"BZh",
        Some(Operation::Xz) => b"\xfd7zXZ\0",
        Some(Operation::Zstd) => b"\x28\xb5\x2f\xfd",
    };
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let mut begin = Vec::new();
    file.take(magic.len() as u64).read_to_end(&mut begin).map_err(|error| unreadable(path, &error))?;
    Ok(begin == magic)
}

/// The error of a failed write, or the one that a reader passed through it.
fn failure(path: &Path) -> impl Fn(&io::Error) -> Error + '_ {
    move |error| match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(inner) => inner.clone(),
        None => unwritable(path, error),
    }
}

/// A blob being written: hashed on its way.
struct BlobFile {
    path: PathBuf,
    file: File,
    hasher: Sha256,
    size: u64,
}

impl BlobFile {
    fn create(path: &Path) -> Result<Self> {
        let file = File::create_new(path).map_err(|error| unwritable(path, &error))?;
        Ok(Self { path: path.to_owned(), file, hasher: Sha256::new(), size: 0 })
    }

    fn finish(self, original_size: u64) -> Result<Blob> {
        let digest = self.hasher.finalize().into();
        Ok(Blob { file: self.path, size: self.size, original_size, digest, frames: None, mode: None })
    }
}

impl Write for BlobFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Encoder for &mut BlobFile {
    fn finish(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}

/// Counts an archive's bytes, and tells of progress.
struct Counted<'m, 'p, S> {
    maker: &'m BlobMaker<'p>,
    sink: S,
    bytes: u64,
}

impl<S> Counted<'_, '_, S> {
    fn count(&mut self, bytes: &[u8]) -> Result<()> {
        self.bytes += bytes.len() as u64;
        self.maker.progress.borrow_mut().advance(bytes.len())
    }
}

impl<S: ArchiveSink> ArchiveSink for Counted<'_, '_, S> {
    fn header(&mut self, blocks: &[u8]) -> Result<()> {
        self.count(blocks)?;
        self.sink.header(blocks)
    }

    fn data(&mut self, bytes: &[u8]) -> Result<()> {
        self.count(bytes)?;
        self.sink.data(bytes)
    }
}

/// An archive without frames.
struct Written<'a> {
    encoder: &'a mut dyn Encoder,
    file: &'a Path,
}

impl ArchiveSink for Written<'_> {
    fn header(&mut self, blocks: &[u8]) -> Result<()> {
        self.data(blocks)
    }

    fn data(&mut self, bytes: &[u8]) -> Result<()> {
        self.encoder.write_all(bytes).map_err(|error| failure(self.file)(&error))
    }
}

/// A file that is stored as it is. Its errors pass through the decoders above it.
struct Taken<'m, 'p> {
    maker: &'m BlobMaker<'p>,
    path: &'m Path,
    file: File,
    size: &'m Cell<u64>,
}

impl Read for Taken<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer).map_err(|error| io::Error::other(unreadable(self.path, &error)))?;
        self.maker.progress.borrow_mut().advance(count).map_err(io::Error::other)?;
        self.size.set(self.size.get() + count as u64);
        Ok(count)
    }
}

/// Counts what is read.
struct Tally<R> {
    inner: R,
    bytes: u64,
}

impl<R: Read> Read for Tally<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes += count as u64;
        Ok(count)
    }
}
