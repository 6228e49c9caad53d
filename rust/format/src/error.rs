//! The one error of format, reader and launcher.

use crate::ErrorCode;
use std::fmt;

pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong: a code from `spec/tables.json`, one line for people (lower case, no full stop: what,
/// where, expected and found), and the way out if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Error {
    pub code: ErrorCode,
    pub message: String,
    pub hint: Option<String>,
}

impl Error {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None }
    }

    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub const fn code(&self) -> ErrorCode {
        self.code
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} [{}]", self.message, self.code.as_str())
    }
}

impl std::error::Error for Error {}
