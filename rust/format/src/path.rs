//! Paths inside archives and targets of slots: one rule for builders, readers and launchers.
//!
//! Source: spec/operations.md#canonical-tar, the entry rules.

use crate::constants::{DEVICE_NAMES, limits, magic};
use crate::{Error, ErrorCode, Result};
use std::collections::HashMap;

pub(crate) fn unsafe_path(path: &str, what: &str) -> Error {
    Error::new(ErrorCode::PathUnsafe, format!("path {path:?} {what}"))
}

/// Whether a path may name something below a workenv: relative and normal, no component that climbs, within the limits.
///
/// Errors: `path-unsafe`.
pub fn check_path(path: &str) -> Result<()> {
    if path.len() > limits::PATH_BYTES {
        return Err(unsafe_path(
            &path[..path.floor_char_boundary(60)],
            &format!("is {} bytes long, allowed are {}", path.len(), limits::PATH_BYTES),
        ));
    }
    if path.contains(['\0', '\\']) {
        return Err(unsafe_path(path, "has a NUL or a backslash"));
    }
    if path.starts_with('/') {
        return Err(unsafe_path(path, "is absolute"));
    }
    for component in path.split('/') {
        if matches!(component, "" | "." | "..") {
            return Err(unsafe_path(path, &format!("has the component {component:?}")));
        }
    }
    if path.split('/').count() > limits::PATH_DEPTH {
        return Err(unsafe_path(path, &format!("has more than {} components", limits::PATH_DEPTH)));
    }
    if path.split('/').next() == Some(magic::STAMP_FILE) {
        return Err(unsafe_path(path, "is the place of the stamp"));
    }
    Ok(())
}

pub(crate) fn unsafe_link(path: &str, what: &str) -> Error {
    Error::new(ErrorCode::LinkUnsafe, format!("link {path:?}: {what}"))
}

/// Whether the link at `path` (from the root of the tree) stays inside the tree when its target is resolved by text.
///
/// Errors: `link-unsafe`.
pub fn check_stays_inside(path: &str, target: &str) -> Result<()> {
    if target.is_empty() || target.starts_with('/') || target.contains(['\0', '\\']) {
        return Err(unsafe_link(path, &format!("its target {target:?} is empty, absolute, or has a NUL or a backslash")));
    }
    if target.len() > limits::PATH_BYTES {
        return Err(unsafe_link(path, &format!("its target is {} bytes long, allowed are {}", target.len(), limits::PATH_BYTES)));
    }
    let mut depth = path.split('/').count() - 1;
    let mut descended = false;
    for component in target.split('/') {
        match component {
            "" | "." => {}
            // What a name leads to may be another link: to climb from there is to climb from an unknown place.
            ".." if descended => return Err(unsafe_link(path, &format!("its target {target:?} climbs after a name"))),
            ".." => {
                depth = depth.checked_sub(1).ok_or_else(|| unsafe_link(path, &format!("its target {target:?} leaves the tree")))?;
            }
            _ => descended = true,
        }
    }
    Ok(())
}

/// The target of a slot: `.` or `{workenv}` for the root, else a path, with or without `{workenv}/` in front.
///
/// Returns the normal form, without a leading `./` or a trailing `/`; `.` for the root.
///
/// Errors: `path-unsafe`.
pub fn check_target(target: &str) -> Result<&str> {
    let below = if target == "{workenv}" { "." } else { target.strip_prefix("{workenv}/").unwrap_or(target) };
    let path = below.strip_prefix("./").unwrap_or(below);
    let path = path.strip_suffix('/').unwrap_or(path);
    if matches!(path, "" | ".") && !below.starts_with('/') {
        return Ok(".");
    }
    check_path(path)?;
    Ok(path)
}

/// The paths of one tree: refuses doubles, and a file where a directory is. For builders and tools; a launcher asks its file system.
#[derive(Debug, Default)]
pub struct PathSet(HashMap<String, Place>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Directory,
    /// Something lies below it, and it has no entry yet.
    Implied,
    Leaf,
}

impl PathSet {
    /// Errors: `entry-conflict`.
    pub fn add(&mut self, path: &str, is_directory: bool) -> Result<()> {
        for (slash, _) in path.match_indices('/') {
            let parent = &path[..slash];
            match self.0.get(parent) {
                Some(Place::Leaf) => {
                    return Err(conflict(format!("entry {path:?} lies below {parent:?}, which is not a directory")));
                }
                Some(_) => {}
                None => drop(self.0.insert(parent.to_owned(), Place::Implied)),
            }
        }
        let place = if is_directory { Place::Directory } else { Place::Leaf };
        match self.0.insert(path.to_owned(), place) {
            None => Ok(()),
            Some(Place::Implied) if is_directory => Ok(()),
            Some(_) => Err(conflict(format!("two entries have the path {path:?}"))),
        }
    }
}

fn conflict(what: String) -> Error {
    Error::new(ErrorCode::EntryConflict, what)
}

/// Whether Windows keeps a component of a path for a device: in any case of letters, whatever follows its first dot or stands as
/// spaces before it.
pub fn is_device_name(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end_matches(' ');
    DEVICE_NAMES.contains(&stem.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_limits() {
        assert!(check_path(&["x"; 128].join("/")).is_ok());
        assert!(check_path(&["x"; 129].join("/")).is_err());
        assert!(check_path(&"x".repeat(4096)).is_ok());
        assert!(check_path(&"é".repeat(2049)).is_err());
        assert!(check_path("a\0b").is_err());
    }

    #[test]
    fn links_stay_inside_by_text() {
        for (path, target) in [("a", "b"), ("a/b", "../c"), ("a/b", ".."), ("a", "."), ("a/b/c", ".././../x/y"), ("a", "b//./c")] {
            assert!(check_stays_inside(path, target).is_ok(), "{path} -> {target}");
        }
        for (path, target) in
            [("a", ".."), ("a/b", "../.."), ("a", "/etc"), ("a", ""), ("a", "b\\c"), ("a", "b\0"), ("a", "b/../../c"), ("a/b", "c/../d")]
        {
            assert_eq!(check_stays_inside(path, target).unwrap_err().code(), ErrorCode::LinkUnsafe, "{path} -> {target}");
        }
        assert!(check_stays_inside("a", &"x".repeat(4096)).is_ok());
        assert!(check_stays_inside("a", &"x".repeat(4097)).is_err());
    }

    #[test]
    fn targets_have_a_normal_form() {
        for (target, normal) in
            [(".", "."), ("./", "."), ("{workenv}", "."), ("{workenv}/", "."), ("{workenv}/a/b", "a/b"), ("./a/", "a"), ("a", "a")]
        {
            assert_eq!(check_target(target).unwrap(), normal, "{target}");
        }
        for target in ["/", "/a", "..", "a/../b", "{workenv}//a", "a//", "a\\b", "././a"] {
            assert_eq!(check_target(target).unwrap_err().code(), ErrorCode::PathUnsafe, "{target}");
        }
    }

    #[test]
    fn a_path_stands_once_and_files_have_nothing_below() {
        let add = |entries: &[(&str, bool)]| {
            let mut paths = PathSet::default();
            entries.iter().try_for_each(|(path, is_directory)| paths.add(path, *is_directory))
        };
        assert!(add(&[("a/b", false), ("a", true), ("a/c", false)]).is_ok());
        for entries in
            [[("a", false), ("a", false)], [("a", true), ("a", true)], [("a", false), ("a/b", false)], [("a/b", false), ("a", false)]]
        {
            assert_eq!(add(&entries).unwrap_err().code(), ErrorCode::EntryConflict, "{entries:?}");
        }
    }
}
