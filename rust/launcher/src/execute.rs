//! Hand over to the program: replace the launcher, or run a child and wait. Source: spec/launch.md#execution.

use crate::command::Command;
use crate::unix::{self, Ended};
use flavor_format::{Error, ErrorCode};
use std::ffi::CStr;
use std::io;

/// Replace the launcher. Returns only what went wrong.
pub fn replace(command: &Command, argv: &[&CStr], env: &[&CStr]) -> Error {
    failure(command, &unix::execute(&command.path, argv, env))
}

/// Run the program as a child. The status is its own, or 128 and the signal that ended it.
///
/// Errors: `program-missing`, `exec-failed`.
pub fn spawn(command: &Command, argv: &[&CStr], env: &[&CStr]) -> Result<u8, Error> {
    match unix::spawn(&command.path, argv, env) {
        Ok(Ended::Status(status)) => Ok(status),
        // Signal numbers end at 64.
        Ok(Ended::Signal(signal)) => Ok(128 + signal as u8),
        Err(error) => Err(failure(command, &error)),
    }
}

fn failure(command: &Command, error: &io::Error) -> Error {
    let path = command.path.to_string_lossy();
    match error.raw_os_error() {
        Some(libc::ENOENT) => {
            let exists = std::path::Path::new(&*path).exists();
            let what = if exists { "its interpreter does not exist" } else { "it does not exist" };
            Error::new(ErrorCode::ProgramMissing, format!("cannot execute {path}: {what}"))
        }
        Some(libc::E2BIG) => Error::new(ErrorCode::ExecFailed, format!("cannot execute {path}: {error}"))
            .with_hint("arguments and environment together are larger than the system allows"),
        _ => Error::new(ErrorCode::ExecFailed, format!("cannot execute {path}: {error}")),
    }
}
