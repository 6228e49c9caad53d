//! Where the cache may lie. Source: spec/launch.md#workenv.

use crate::caller::Caller;
use crate::system;
use flavor_format::{Error, ErrorCode, Result, explicit_cache};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A place for the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    pub path: PathBuf,
    pub kind: RootKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootKind {
    /// FLAVOR_CACHE: what is wrong with it is the error.
    Explicit,
    /// Below the user's home, or where the user keeps caches.
    Own,
    /// In a directory for temporary files.
    Shared,
}

/// What a file system says about itself.
pub struct FileSystem {
    pub free_bytes: u64,
    pub no_exec: bool,
}

/// The places, in the order in which they are tried.
pub fn roots(caller: &Caller) -> Vec<Root> {
    if let Some(path) = explicit_cache(|name| caller.directory(name)) {
        return vec![Root { path: system::plain_path(path), kind: RootKind::Explicit }];
    }
    let own = system::own_cache(caller).map(|path| Root { path, kind: RootKind::Own });
    let shared = system::shared_caches().into_iter().map(|path| Root { path, kind: RootKind::Shared });
    own.into_iter().chain(shared).collect()
}

/// Whether what exists at `path` may be trusted with the cache.
///
/// Errors: `cache-untrusted`; `Ok(false)` when nothing is there.
pub fn is_trusted(path: &Path) -> Result<bool> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::PermissionDenied) => {
            return Ok(false);
        }
        Err(error) => return Err(Error::new(ErrorCode::IoError, format!("cannot look at {}: {error}", path.display()))),
    };
    match system::distrust(&metadata) {
        None => Ok(true),
        Some(reason) => Err(Error::new(ErrorCode::CacheUntrusted, format!("cache directory {} {reason}", path.display()))
            .with_hint("remove it or correct its owner and mode, or set FLAVOR_CACHE to another place")),
    }
}

/// Why a root cannot be used for an extraction.
pub enum Unusable {
    /// Another place may do.
    TryNext(String),
    Fatal(Error),
}

impl Root {
    /// Make the root and `ROOT/workenv`, and see whether trees can be written to and executed from it.
    pub fn prepare(&self) -> std::result::Result<(), Unusable> {
        let workenv = self.path.join("workenv");
        let made = match self.kind {
            // Shared places exist; nothing above the root is made there.
            RootKind::Shared => private_directory(&self.path),
            RootKind::Explicit | RootKind::Own => make_directories(&self.path),
        };
        made.map_err(|error| self.unusable("cannot be made", &error))?;
        match is_trusted(&self.path) {
            Ok(_) => {}
            Err(error) if self.kind == RootKind::Shared => return Err(Unusable::TryNext(error.message)),
            Err(error) => return Err(Unusable::Fatal(error)),
        }
        private_directory(&workenv).map_err(|error| self.unusable("cannot be written", &error))?;
        is_trusted(&workenv).map_err(Unusable::Fatal)?;
        system::is_writable(&workenv).map_err(|error| self.unusable("cannot be written", &error))?;
        if system::file_system(&workenv).is_ok_and(|system| system.no_exec) {
            return Err(self.unusable("cannot be used", &io::Error::other("its file system is mounted noexec")));
        }
        Ok(())
    }

    fn unusable(&self, what: &str, error: &io::Error) -> Unusable {
        let reason = format!("{} {what}: {error}", self.path.display());
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Unusable::Fatal(Error::new(ErrorCode::DiskFull, reason)),
            _ if self.kind == RootKind::Explicit => Unusable::Fatal(
                Error::new(ErrorCode::IoError, format!("the cache directory {reason}"))
                    .with_hint("FLAVOR_CACHE names this place; choose another"),
            ),
            _ => Unusable::TryNext(reason),
        }
    }
}

/// Make a directory of mode 0700 unless it exists.
pub fn private_directory(path: &Path) -> io::Result<()> {
    match system::directory_builder(0o700).create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// The same, with its parents.
pub fn make_directories(path: &Path) -> io::Result<()> {
    system::directory_builder(0o700).recursive(true).create(path)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::ffi::CStr;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    fn caller(env: &[&'static CStr]) -> Caller {
        Caller { argv: Vec::new(), env: env.to_vec() }
    }

    #[test]
    fn an_explicit_place_is_the_only_one() {
        let found = roots(&caller(&[c"HOME=/h", c"XDG_CACHE_HOME=/x", c"FLAVOR_CACHE=/c"]));
        assert_eq!(found, [Root { path: "/c".into(), kind: RootKind::Explicit }]);
    }

    #[test]
    fn places_are_tried_in_order() {
        let user = fs::metadata("/proc/self").unwrap().uid();
        let found = roots(&caller(&[c"HOME=/nowhere/h", c"XDG_CACHE_HOME=relative", c"FLAVOR_CACHE="]));
        let paths: Vec<PathBuf> = found.into_iter().map(|root| root.path).collect();
        let shared = [format!("/var/tmp/flavor-{user}"), format!("/tmp/flavor-{user}")].map(PathBuf::from);
        assert_eq!(paths, [PathBuf::from("/nowhere/h/.cache/flavor"), shared[0].clone(), shared[1].clone()]);
        let found = roots(&caller(&[c"HOME=/nowhere/h", c"XDG_CACHE_HOME=/nowhere/x"]));
        assert_eq!(found[0].path, Path::new("/nowhere/x/flavor"));
    }

    #[test]
    fn links_files_and_writable_directories_are_not_trusted() {
        let folder = std::env::temp_dir().join(format!("flavor-cache-test-{}", std::process::id()));
        private_directory(&folder).unwrap();
        assert!(is_trusted(&folder).unwrap());
        assert!(!is_trusted(&folder.join("missing")).unwrap());
        symlink(&folder, folder.join("link")).unwrap();
        assert_eq!(is_trusted(&folder.join("link")).unwrap_err().code(), ErrorCode::CacheUntrusted);
        fs::write(folder.join("file"), "").unwrap();
        assert!(is_trusted(&folder.join("file")).is_err());
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o770)).unwrap();
        assert!(is_trusted(&folder).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
