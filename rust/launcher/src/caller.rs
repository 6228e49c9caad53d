//! What the launcher was started with: argument and environment vectors.
//!
//! On Unix nothing is copied: a warm start with a megabyte of arguments hands the same pointers on to the program. On Windows
//! the strings are those of `OsStr::as_encoded_bytes`, so that all that follows can work on bytes.

use crate::system;
use std::ffi::{CStr, OsStr};
use std::path::Path;

#[derive(Debug, Default)]
pub struct Caller {
    pub argv: Vec<&'static CStr>,
    pub env: Vec<&'static CStr>,
}

impl Caller {
    /// The value of a variable; the first one if it stands twice, as getenv has it.
    pub fn variable(&self, name: &str) -> Option<&'static OsStr> {
        self.env.iter().find_map(|entry| {
            let (found, value) = entry.to_bytes().split_at_checked(name.len())?;
            let value = value.strip_prefix(b"=")?;
            (system::variable_name(found) == name.as_bytes()).then(|| system::os_str(value))
        })
    }

    /// The value of a variable that holds an absolute path; empty and relative ones count as unset.
    pub fn directory(&self, name: &str) -> Option<&'static Path> {
        self.variable(name).map(Path::new).filter(|path| path.is_absolute())
    }

    /// argv[0] as typed.
    pub fn command(&self) -> &'static [u8] {
        self.argv.first().map_or(b"", |word| word.to_bytes())
    }

    /// The name that the package was called by.
    pub fn command_name(&self) -> &'static [u8] {
        system::command_name(self.command())
    }

    /// The arguments after argv[0].
    pub fn arguments(&self) -> &[&'static CStr] {
        self.argv.get(1..).unwrap_or_default()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn called(name: &'static CStr) -> &'static [u8] {
        Caller { argv: vec![name], env: Vec::new() }.command_name()
    }

    #[test]
    fn command_name_is_the_last_component_without_suffix() {
        assert_eq!(called(c"/a/b.c/tool.psp"), b"tool");
        assert_eq!(called(c"tool.exe"), b"tool");
        assert_eq!(called(c"./tool.v1"), b"tool.v1");
        assert_eq!(called(c""), b"");
        assert_eq!(Caller::default().command_name(), b"");
    }

    #[test]
    fn empty_and_relative_directories_count_as_unset() {
        let caller = Caller { argv: Vec::new(), env: vec![c"A=", c"B=x/y", c"C=/c", c"C=/d", c"CC=/e"] };
        assert_eq!(caller.directory("A"), None);
        assert_eq!(caller.directory("B"), None);
        assert_eq!(caller.directory("C"), Some(Path::new("/c")));
        assert_eq!(caller.variable("D"), None);
        assert_eq!(caller.variable("A"), Some(OsStr::new("")));
    }
}
