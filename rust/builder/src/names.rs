//! Names that the target's file system does not keep apart, or does not have. Linux takes every name; macOS and Windows do not.
//!
//! Source: spec/builder.md#names-of-the-target.

use crate::archive::Links;
use flavor_format::{Error, ErrorCode, Kind, Result, TarEntry, is_device_name};
use std::collections::HashMap;
use unicode_normalization::UnicodeNormalization;

/// What a path of a workenv has in front, in characters: a user's folder, the cache's, and the name of the workenv.
const CACHE_PART: usize = 120;
/// MAX_PATH without the zero at the end.
const LONGEST_PLAIN_PATH: usize = 259;

/// The names of one tree.
pub struct TargetNames {
    /// Of the target: `linux`, `darwin` or `windows`.
    os: &'static str,
    /// The paths as they are written, by the folded path.
    paths: HashMap<String, String>,
    longest: String,
}

impl TargetNames {
    pub fn new(os: &'static str) -> Self {
        Self { os, paths: HashMap::new(), longest: String::new() }
    }

    /// Names for a tree of its own on the same target.
    pub fn alone(&self) -> Self {
        Self::new(self.os)
    }

    /// What becomes of links in folders that are packed.
    pub fn links(&self) -> Links {
        if self.os == "windows" { Links::Copied } else { Links::Kept }
    }

    /// Take an entry below a slot's target.
    ///
    /// Errors: `entry-refused` for a link on Windows; those of [`TargetNames::add`].
    pub fn add_below(&mut self, target: &str, entry: &TarEntry) -> Result<()> {
        let path = &entry.path;
        if self.os == "windows" && matches!(entry.kind, Kind::Link { .. }) {
            return Err(Error::new(ErrorCode::EntryRefused, format!("tar entry {path:?}: symbolic links are not allowed on windows"))
                .with_hint("give the folder in place of the archive: links in it are packed as copies"));
        }
        if target == "." { self.add(path) } else { self.add(&format!("{target}/{path}")) }
    }

    /// What users should know of the names: a path that is too long for many programs of Windows, wherever the cache lies.
    pub fn warning(&self) -> Option<String> {
        let (path, length) = (&self.longest, self.longest.encode_utf16().count());
        let is_long = self.os == "windows" && CACHE_PART + length > LONGEST_PLAIN_PATH;
        is_long.then(|| format!("path {path:?} has {length} characters: with a cache in front it may be longer than the {LONGEST_PLAIN_PATH} that many programs take on windows"))
    }

    /// Take a normal path, from the root of the tree.
    ///
    /// Errors: `entry-conflict` for a path that differs from an earlier one by letter case or normal form alone; `path-unsafe` for a
    /// name that Windows does not have.
    pub fn add(&mut self, path: &str) -> Result<()> {
        if self.os == "linux" {
            return Ok(());
        }
        if self.os == "windows" {
            path.split('/').try_for_each(|name| check_windows_name(name, path))?;
        }
        if path.encode_utf16().count() > self.longest.encode_utf16().count() {
            path.clone_into(&mut self.longest);
        }
        // Folders too: what two of them hold would be mixed.
        for (end, _) in path.match_indices('/').chain([(path.len(), "")]) {
            let written = &path[..end];
            let other = self.paths.entry(fold(written)).or_insert_with(|| written.to_owned());
            if other != written {
                let message = format!("{other:?} and {written:?} are one path on {}", self.os);
                return Err(Error::new(ErrorCode::EntryConflict, message)
                    .with_hint("rename one of them: they differ by letter case or Unicode normal form alone"));
            }
        }
        Ok(())
    }
}

/// Normal form C, and the lower case of each character that has one of one character. U+0130 has none in every language.
fn fold(path: &str) -> String {
    path.nfc()
        .map(|character| {
            let mut lower = character.to_lowercase();
            if lower.len() == 1 { lower.next().unwrap_or(character) } else { character }
        })
        .collect()
}

fn check_windows_name(name: &str, path: &str) -> Result<()> {
    let why = if name.contains(|character: char| character < ' ' || "<>:\"|?*".contains(character)) {
        "has a control character or one of < > : \" | ? *"
    } else if name.ends_with(['.', ' ']) {
        "ends in a dot or a space"
    } else if is_device_name(name) {
        "names a device"
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorCode::PathUnsafe, format!("path {path:?} is none on windows: {name:?} {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(os: &'static str, paths: &[&str]) -> Result<()> {
        let mut names = TargetNames::new(os);
        paths.iter().try_for_each(|path| names.add(path))
    }

    #[test]
    fn names_that_fold_to_one_are_refused_where_they_are_one() {
        for paths in [["a/README", "a/readme"], ["a/x", "A/y"], ["e\u{301}", "\u{e9}"], ["\u{c9}", "e\u{301}"], ["\u{3a3}x", "\u{3c3}x"]] {
            for os in ["darwin", "windows"] {
                assert_eq!(add(os, &paths).unwrap_err().code(), ErrorCode::EntryConflict, "{os} {paths:?}");
            }
            assert!(add("linux", &paths).is_ok());
        }
        for paths in [["a/x", "a/y"], ["a", "a"], ["\u{130}", "i"], ["ss", "\u{df}"]] {
            assert!(add("darwin", &paths).is_ok(), "{paths:?}");
        }
    }

    #[test]
    fn windows_lacks_some_names() {
        for path in ["a/con", "NUL.txt", "Com1", "lpt³", "CONIN$", "con .x", "a:b", "what?", "dot.", "space /x", "tab\t"] {
            assert_eq!(add("windows", &[path]).unwrap_err().code(), ErrorCode::PathUnsafe, "{path}");
            assert!(add("darwin", &[path]).is_ok(), "{path}");
        }
        let link = TarEntry { path: "l".to_owned(), kind: Kind::Link { target: "x".to_owned() }, size: 0, mtime: 0 };
        assert_eq!(TargetNames::new("windows").add_below("t", &link).unwrap_err().code(), ErrorCode::EntryRefused);
        assert!(TargetNames::new("darwin").add_below("t", &link).is_ok());
        assert!(add("windows", &["console", "com0", ".nul", "lpt10.txt"]).is_ok());
    }

    #[test]
    fn a_path_is_long_once_a_cache_is_in_front() {
        for (os, length, is_long) in [("windows", 139, false), ("windows", 140, true), ("darwin", 140, false)] {
            let mut names = TargetNames::new(os);
            names.add(&"x".repeat(length)).unwrap();
            assert_eq!(names.warning().is_some(), is_long, "{os} {length}");
        }
    }
}
