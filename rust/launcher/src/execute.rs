//! Hand over to the program: replace the launcher, or run a child and wait. Source: spec/launch.md#execution.

use crate::command::Command;
use crate::system;
use flavor_format::{Error, ErrorCode};
use std::ffi::CStr;
use std::io::{self, ErrorKind};

/// Replace the launcher. Returns only what went wrong.
pub fn replace(command: &Command, argv: &[&CStr], env: &[&CStr]) -> Error {
    failure(command, &system::execute(&command.path, argv, env))
}

/// Run the program as a child. The status is its own, or on Unix 128 and the signal that ended it.
///
/// Errors: `program-missing`, `exec-failed`.
pub fn spawn(command: &Command, argv: &[&CStr], env: &[&CStr]) -> Result<i32, Error> {
    system::spawn(&command.path, argv, env).map_err(|error| failure(command, &error))
}

fn failure(command: &Command, error: &io::Error) -> Error {
    let path = command.path.to_string_lossy();
    match error.kind() {
        ErrorKind::NotFound => {
            let exists = std::path::Path::new(&*path).exists();
            let what = if exists { "its interpreter does not exist" } else { "it does not exist" };
            Error::new(ErrorCode::ProgramMissing, format!("cannot execute {path}: {what}"))
        }
        ErrorKind::ArgumentListTooLong => Error::new(ErrorCode::ExecFailed, format!("cannot execute {path}: {error}"))
            .with_hint("arguments and environment together are larger than the system allows"),
        _ => Error::new(ErrorCode::ExecFailed, format!("cannot execute {path}: {error}")),
    }
}
