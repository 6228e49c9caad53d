//! What went wrong with a file, in this project's terms.

use flavor_format::{Error, ErrorCode};
use std::io::{self, ErrorKind};
use std::path::Path;

/// The error for a file that cannot be read: `file-missing`, `file-unreadable` or `io-error`.
pub fn unreadable(path: &Path, error: &io::Error) -> Error {
    let place = path.display();
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Error::new(ErrorCode::FileMissing, format!("{place} does not exist")),
        ErrorKind::PermissionDenied | ErrorKind::IsADirectory => {
            Error::new(ErrorCode::FileUnreadable, format!("cannot read {place}: {error}"))
        }
        _ => Error::new(ErrorCode::IoError, format!("cannot read {place}: {error}")),
    }
}

/// The error for a file that cannot be written: `disk-full`, `output-unwritable` or `io-error`.
pub fn unwritable(path: &Path, error: &io::Error) -> Error {
    let code = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ErrorCode::DiskFull,
        ErrorKind::NotFound
        | ErrorKind::NotADirectory
        | ErrorKind::PermissionDenied
        | ErrorKind::IsADirectory
        | ErrorKind::ReadOnlyFilesystem => ErrorCode::OutputUnwritable,
        _ => ErrorCode::IoError,
    };
    Error::new(code, format!("cannot write {}: {error}", path.display()))
}
