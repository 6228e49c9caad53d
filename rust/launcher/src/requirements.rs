//! Whether this system has the C library that the package's programs need. Asked at extraction only.
//!
//! The library is looked up as the kernel would: the loader's path stands in every ELF program's header. `libc.so.6` lies beside
//! the file that the loader's link leads to (Debian, RHEL, Arch, NixOS shims), or in the usual directories; it carries its
//! version as text, "release version 2.36", in every release since 1997. Running the loader would cost a process, and symbol
//! versions do not exist for each release.

use flavor_format::{Error, ErrorCode, Requirements, Result};
use std::fs;
use std::path::{Path, PathBuf};

#[cfg(target_arch = "x86_64")]
const GLIBC_LOADER: &str = "/lib64/ld-linux-x86-64.so.2";
#[cfg(target_arch = "x86_64")]
const LIBRARY_DIRECTORIES: [&str; 5] = ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib"];
#[cfg(target_arch = "x86_64")]
const MUSL_LOADER: &str = "/lib/ld-musl-x86_64.so.1";
#[cfg(target_arch = "aarch64")]
const GLIBC_LOADER: &str = "/lib/ld-linux-aarch64.so.1";
#[cfg(target_arch = "aarch64")]
const LIBRARY_DIRECTORIES: [&str; 5] = ["/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib"];
#[cfg(target_arch = "aarch64")]
const MUSL_LOADER: &str = "/lib/ld-musl-aarch64.so.1";

/// Errors: `platform-unfit`.
pub fn check(requirements: &Requirements) -> Result<()> {
    match requirements.libc.as_deref() {
        Some("glibc") => check_glibc(Path::new(GLIBC_LOADER), requirements.libc_version.as_deref()),
        Some("musl") if !Path::new(MUSL_LOADER).exists() => {
            Err(unfit(format!("the package needs musl, and this system has none ({MUSL_LOADER} is missing)")))
        }
        _ => Ok(()),
    }
}

fn unfit(message: String) -> Error {
    Error::new(ErrorCode::PlatformUnfit, message).with_hint("use a newer system, or a package that was built for this one")
}

fn check_glibc(loader: &Path, needed: Option<&str>) -> Result<()> {
    let needed = needed.unwrap_or("2.0");
    let Ok(real_loader) = loader.canonicalize() else {
        return Err(unfit(format!("the package needs glibc {needed}, and this system has none ({} is missing)", loader.display())));
    };
    // An unusual system whose library cannot be found gets the benefit of the doubt: its loader has the last word.
    match (find_glibc_version(&real_loader), version(needed)) {
        (Some(found), Some(least)) if found < least => {
            Err(unfit(format!("the package needs glibc {needed}, this system has {}.{}", found.0, found.1)))
        }
        _ => Ok(()),
    }
}

fn find_glibc_version(real_loader: &Path) -> Option<(u32, u32)> {
    let beside = real_loader.parent().map(Path::to_owned);
    let directories = beside.into_iter().chain(LIBRARY_DIRECTORIES.iter().map(PathBuf::from));
    directories.map(|directory| directory.join("libc.so.6")).find_map(|library| banner_version(&fs::read(library).ok()?))
}

fn banner_version(library: &[u8]) -> Option<(u32, u32)> {
    let needle = b"release version ";
    library.windows(needle.len()).enumerate().filter(|(_, window)| window == needle).find_map(|(at, _)| {
        let text = library.get(at + needle.len()..)?;
        let length = text.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'.')).unwrap_or(text.len());
        version(std::str::from_utf8(&text[..length]).ok()?.trim_end_matches('.'))
    })
}

fn version(text: &str) -> Option<(u32, u32)> {
    let (major, rest) = text.split_once('.')?;
    Some((major.parse().ok()?, rest.split('.').next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_banner_names_the_version() {
        assert_eq!(banner_version(b"..GNU C Library (X 2.31-13) stable release version 2.36.\nCopyright"), Some((2, 36)));
        assert_eq!(banner_version(b"release version .release version 2.4"), Some((2, 4)));
        assert_eq!(banner_version(b"nothing"), None);
        assert!(version("2.9") < version("2.35"), "numbers, not text");
    }

    #[test]
    fn this_system_is_measured() {
        let need = |version: &str| check(&Requirements { libc: Some("glibc".into()), libc_version: Some(version.into()) });
        if Path::new(GLIBC_LOADER).exists() {
            assert_eq!(need("2.2"), Ok(()));
            assert_eq!(need("2.999").unwrap_err().code(), ErrorCode::PlatformUnfit);
        }
        assert!(check_glibc(Path::new("/nowhere/ld.so"), Some("2.2")).unwrap_err().message.contains("has none"));
        assert_eq!(check(&Requirements::default()), Ok(()));
    }
}
