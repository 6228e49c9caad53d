//! The tree being extracted. Nothing outside it is ever written.
//!
//! Files are made with O_EXCL, and links only after all files of all slots: while files are written there is no link in the
//! tree that a path could lead through, so conflicts show as EEXIST and ENOTDIR, and nothing needs to be remembered.

use crate::system::{self, Directory};
use crate::workenv::coded_io_error;
use flavor_format::{Error, ErrorCode, Result};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

#[derive(Debug)]
pub struct Tree {
    root: Directory,
}

impl Tree {
    pub fn open(path: &Path) -> Result<Self> {
        let root = Directory::open(path).map_err(|error| coded_io_error(ErrorCode::IoError, "cannot open", path, &error))?;
        Ok(Self { root })
    }

    /// Make a file, and its parents if they are missing.
    ///
    /// Errors: `path-unsafe`, `entry-conflict`, `extraction-failed`, `disk-full`.
    pub fn create_file(&self, path: &str, mode: u32) -> Result<File> {
        system::check_name(path)?;
        self.with_parents(path, || self.root.create_file(path, mode))
    }

    /// Make a directory; one that exists is fine.
    pub fn make_directory(&self, path: &str) -> Result<()> {
        if path.is_empty() {
            return Ok(());
        }
        system::check_name(path)?;
        self.with_parents(path, || match self.root.make_directory(path, 0o755) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && self.root.is_directory(path)? => Ok(()),
            other => other,
        })
    }

    pub fn make_link(&self, path: &str, target: &str, mtime: i64) -> Result<()> {
        self.with_parents(path, || self.root.make_link(path, target))?;
        self.set_time(path, mtime)
    }

    pub fn set_time(&self, path: &str, mtime: i64) -> Result<()> {
        self.root.set_time(path, mtime).map_err(|error| failed(path, &error))
    }

    /// Parents are there nearly always, so they are made only when their absence shows.
    fn with_parents<T>(&self, path: &str, make: impl Fn() -> io::Result<T>) -> Result<T> {
        match make() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if let Some((parent, _)) = path.rsplit_once('/') {
                    self.make_directory(parent)?;
                }
                make().map_err(|error| failed(path, &error))
            }
            other => other.map_err(|error| failed(path, &error)),
        }
    }
}

/// The error for an entry that could not be written.
pub fn failed(path: &str, error: &io::Error) -> Error {
    match error.kind() {
        ErrorKind::AlreadyExists => Error::new(ErrorCode::EntryConflict, format!("two entries have the path {path:?}")),
        ErrorKind::NotADirectory | ErrorKind::IsADirectory => {
            Error::new(ErrorCode::EntryConflict, format!("entry {path:?} needs a directory where a file stands"))
        }
        ErrorKind::Unsupported => Error::new(ErrorCode::EntryRefused, format!("entry {path:?}: {error}")),
        _ => coded_io_error(ErrorCode::ExtractionFailed, "cannot write", Path::new(path), error),
    }
}
