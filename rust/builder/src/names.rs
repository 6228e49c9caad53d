//! Names that the target's file system does not keep apart, or does not have. Linux takes every name; macOS and Windows do not.
//!
//! Source: spec/builder.md#names-of-the-target.

use flavor_format::{DEVICE_NAMES, Error, ErrorCode, Result};
use std::collections::HashMap;
use unicode_normalization::UnicodeNormalization;

/// The names of one tree.
pub struct TargetNames {
    /// Of the target: `linux`, `darwin` or `windows`.
    os: &'static str,
    /// The paths as they are written, by the folded path.
    paths: HashMap<String, String>,
}

impl TargetNames {
    pub fn new(os: &'static str) -> Self {
        Self { os, paths: HashMap::new() }
    }

    /// Names for a tree of its own on the same target.
    pub fn alone(&self) -> Self {
        Self::new(self.os)
    }

    /// Take a normal path below a slot's target.
    ///
    /// Errors: `entry-conflict` for a path that differs from an earlier one by letter case or normal form alone; `path-unsafe` for a
    /// name that Windows does not have.
    pub fn add_below(&mut self, target: &str, path: &str) -> Result<()> {
        if target == "." { self.add(path) } else { self.add(&format!("{target}/{path}")) }
    }

    /// Take a normal path, from the root of the tree. Errors: as [`TargetNames::add_below`].
    pub fn add(&mut self, path: &str) -> Result<()> {
        if self.os == "linux" {
            return Ok(());
        }
        if self.os == "windows" {
            path.split('/').try_for_each(|name| check_windows_name(name, path))?;
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
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let why = if name.contains(|character: char| character < ' ' || "<>:\"|?*".contains(character)) {
        "has a control character or one of < > : \" | ? *"
    } else if name.ends_with(['.', ' ']) {
        "ends in a dot or a space"
    } else if DEVICE_NAMES.contains(&stem.as_str()) {
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
        for path in ["a/con", "NUL.txt", "Com1", "a:b", "what?", "dot.", "space /x", "tab\t"] {
            assert_eq!(add("windows", &[path]).unwrap_err().code(), ErrorCode::PathUnsafe, "{path}");
            assert!(add("darwin", &[path]).is_ok(), "{path}");
        }
        assert!(add("windows", &["console", "com0", ".nul", "lpt10.txt"]).is_ok());
    }
}
