//! Where the environment places the cache: launchers put workenvs there, builders look for helpers in it. Nothing is made or written.
//!
//! Source: spec/launch.md#workenv.

use std::path::{Path, PathBuf};

/// The variable of the user's home directory.
pub const HOME_VARIABLE: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };

/// The variable of the directory that holds caches.
const CACHES: &str = if cfg!(windows) { "LOCALAPPDATA" } else { "XDG_CACHE_HOME" };

/// Where the cache lies below the user's home.
const BELOW_HOME: &str = if cfg!(windows) {
    r"AppData\Local\flavor"
} else if cfg!(target_os = "macos") {
    "Library/Caches/flavor"
} else {
    ".cache/flavor"
};

/// The cache that FLAVOR_CACHE names.
pub fn explicit_cache<P: AsRef<Path>>(variable: impl Fn(&str) -> Option<P>) -> Option<P> {
    directory(&variable, "FLAVOR_CACHE")
}

/// The user's cache, where the environment names one.
pub fn own_cache<P: AsRef<Path>>(variable: impl Fn(&str) -> Option<P>) -> Option<PathBuf> {
    let caches = directory(&variable, CACHES).map(|caches| caches.as_ref().join("flavor"));
    caches.or_else(|| directory(&variable, HOME_VARIABLE).map(|home| cache_below(home.as_ref())))
}

/// The cache below a home directory.
pub fn cache_below(home: &Path) -> PathBuf {
    home.join(BELOW_HOME)
}

/// Empty and relative values count as unset.
fn directory<P: AsRef<Path>>(variable: &impl Fn(&str) -> Option<P>, name: &str) -> Option<P> {
    variable(name).filter(|path| path.as_ref().is_absolute())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_first_absolute_value_counts() {
        let own = |variables: &[(&str, &'static str)]| {
            own_cache(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| *value))
        };
        assert_eq!(own(&[("XDG_CACHE_HOME", "/x"), ("HOME", "/h")]), Some(PathBuf::from("/x/flavor")));
        assert_eq!(own(&[("XDG_CACHE_HOME", "x"), ("HOME", "/h")]), Some(Path::new("/h").join(BELOW_HOME)));
        assert_eq!(own(&[("XDG_CACHE_HOME", ""), ("HOME", "")]), None);
        assert_eq!(explicit_cache(|_| Some("relative")), None);
    }
}
