//! What the launcher was started with: argument and environment vectors, as they lie in memory.
//!
//! Nothing is copied: a warm start with a megabyte of arguments hands the same pointers on to the program.

use std::ffi::{CStr, OsStr, c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

#[derive(Debug, Default)]
pub struct Caller {
    pub argv: Vec<&'static CStr>,
    pub env: Vec<&'static CStr>,
}

impl Caller {
    /// # Safety
    /// The arguments must be those of C's `main`, and nothing may change them later.
    pub unsafe fn from_main(argc: c_int, argv: *const *const c_char, envp: *const *const c_char) -> Self {
        // SAFETY: `argv` has `argc` strings; both vectors end in a null pointer and live as long as the process.
        let argv = unsafe { strings(argv, usize::try_from(argc).unwrap_or(0)) };
        // SAFETY: as above.
        let env = unsafe { strings(envp, usize::MAX) };
        Self { argv, env }
    }

    /// The value of a variable; the first one if it stands twice, as getenv has it.
    pub fn variable(&self, name: &str) -> Option<&'static OsStr> {
        self.env.iter().find_map(|entry| entry.to_bytes().strip_prefix(name.as_bytes())?.strip_prefix(b"=")).map(OsStr::from_bytes)
    }

    /// The value of a variable that holds an absolute path; empty and relative ones count as unset.
    pub fn directory(&self, name: &str) -> Option<&'static Path> {
        self.variable(name).map(Path::new).filter(|path| path.is_absolute())
    }

    /// argv[0] as typed.
    pub fn command(&self) -> &'static [u8] {
        self.argv.first().map_or(b"", |word| word.to_bytes())
    }

    /// The name that the package was called by: the last component of argv[0] without `.psp` or `.exe`.
    pub fn command_name(&self) -> &'static [u8] {
        let name = self.command().rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        name.strip_suffix(b".psp").or_else(|| name.strip_suffix(b".exe")).unwrap_or(name)
    }

    /// The arguments after argv[0].
    pub fn arguments(&self) -> &[&'static CStr] {
        self.argv.get(1..).unwrap_or_default()
    }
}

/// # Safety
/// `vector` must hold at least `limit` strings or end in a null pointer, and live as long as the process.
unsafe fn strings(vector: *const *const c_char, limit: usize) -> Vec<&'static CStr> {
    let mut found = Vec::new();
    while found.len() < limit && !vector.is_null() {
        // SAFETY: no null pointer was met before this element.
        let string = unsafe { *vector.add(found.len()) };
        if string.is_null() {
            break;
        }
        // SAFETY: a string of the vector, NUL-terminated.
        found.push(unsafe { CStr::from_ptr(string) });
    }
    found
}

#[cfg(test)]
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
