//! The launcher of a package: where it is searched, and what it is. Source: spec/builder.md#where-a-launcher-is-searched.

use crate::files::unreadable;
use crate::marker::{Marker, VERSION};
use crate::strip;
use flavor_format::{Error, ErrorCode, LauncherInfo, Platform, Result, explicit_cache, hex, own_cache};
use sha2::{Digest, Sha256};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Launchers by name, the preferred one first.
const NAMES: [&str; 2] = ["flavor-rs-launcher", "flavor-go-launcher"];
/// Digests of the helpers in a folder, as sha256sum writes them.
const PINS: &str = "SHA256SUMS";
/// Name and version of a launcher without a marker.
const UNKNOWN: &str = "unknown";

/// A launcher, read and never executed. It is small: a whole package may be many times as large.
pub struct Launcher {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
    /// Of the package that it starts.
    pub platform: Platform,
    /// Bytes that `--strip` dropped.
    pub stripped: usize,
    /// `None` for a launcher of somebody else.
    pub marker: Option<Marker>,
}

/// Where to look.
pub struct Search<'a> {
    /// A path or a name, from `--launcher` or FLAVOR_LAUNCHER_BIN.
    pub given: Option<&'a OsStr>,
    pub target: Option<Platform>,
    pub host: Platform,
    /// Folders that may hold launchers, in order.
    pub folders: &'a [PathBuf],
}

impl Launcher {
    /// Errors: `helper-missing` with every place searched, or for a launcher of another platform; `helper-digest-wrong`;
    /// `file-missing`, `file-unreadable`.
    pub fn find(search: &Search<'_>) -> Result<Self> {
        let wanted = search.given.and_then(OsStr::to_str).filter(|name| NAMES.contains(name));
        if let (Some(path), None) = (search.given, wanted) {
            return Self::given(Path::new(path), search);
        }
        let platform = search.target.unwrap_or(search.host);
        let extension = if platform.os == "windows" { ".exe" } else { "" };
        let names = NAMES.into_iter().filter(|name| wanted.is_none_or(|wanted| wanted == *name));
        let mut searched = Vec::new();
        // A launcher that is not preferred counts only when no folder has the preferred one.
        for name in names {
            for folder in search.folders {
                let path = folder.join(format!("{name}-{platform}{extension}"));
                if path.is_file() {
                    let bytes = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
                    check_pin(folder, &path, &bytes)?;
                    return Self::of(path, bytes, platform);
                }
                searched.push(path.display().to_string());
            }
        }
        let message = format!("no launcher for {platform}: searched {}", searched.join(", "));
        Err(Error::new(ErrorCode::HelperMissing, message)
            .with_hint("run make build-helpers in a checkout, or give one with --launcher or FLAVOR_LAUNCHER_BIN"))
    }

    fn given(path: &Path, search: &Search<'_>) -> Result<Self> {
        if !path.is_file() {
            let message = format!("launcher {} does not exist or is not a file", path.display());
            return Err(Error::new(ErrorCode::FileMissing, message));
        }
        let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
        let own = Marker::find(&bytes).and_then(|marker| Platform::parse(&marker.platform).ok());
        let path = std::path::absolute(path).map_err(|error| unreadable(path, &error))?;
        Self::of(path, bytes, search.target.or(own).unwrap_or(search.host))
    }

    fn of(path: PathBuf, bytes: Vec<u8>, platform: Platform) -> Result<Self> {
        let marker = Marker::find(&bytes);
        if let Some(marker) = marker.as_ref().filter(|marker| marker.platform != platform.to_string()) {
            let message = format!("launcher {} is for {}, the package for {platform}", path.display(), marker.platform);
            return Err(Error::new(ErrorCode::HelperMissing, message).with_hint("give a launcher for the target, or another --target"));
        }
        Ok(Self { path, bytes, platform, stripped: 0, marker })
    }

    /// Drop what is not needed at run time.
    pub fn strip(&mut self) {
        self.stripped = strip::strip(&mut self.bytes);
    }

    /// The name that its marker gives it, `flavor-rs-launcher`, whatever its file is called; `unknown` without a marker.
    pub fn tool(&self) -> String {
        self.marker.as_ref().map_or_else(|| UNKNOWN.to_owned(), Marker::name)
    }

    /// The version in its marker; `unknown` without one.
    pub fn version(&self) -> &str {
        self.marker.as_ref().map_or(UNKNOWN, |marker| &marker.version)
    }

    /// What metadata says about it.
    pub fn info(&self) -> LauncherInfo {
        LauncherInfo {
            tool: self.tool(),
            tool_version: self.version().to_owned(),
            platform: self.marker.as_ref().map(|marker| marker.platform.clone()),
            size: self.bytes.len() as u64,
            checksum: Sha256::digest(&self.bytes).into(),
        }
    }
}

/// Errors: `helper-digest-wrong` when the folder names the helper with another digest.
fn check_pin(folder: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    let pins = folder.join(PINS);
    if !pins.exists() {
        return Ok(());
    }
    let text = fs::read_to_string(&pins).map_err(|error| unreadable(&pins, &error))?;
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    // Two spaces, or a space and a star for files read as binary.
    let pin = text.lines().filter_map(|line| line.split_once(' ')).find(|(_, file)| file.get(1..) == Some(name));
    let digest = hex(&Sha256::digest(bytes));
    match pin {
        Some((pinned, _)) if !pinned.eq_ignore_ascii_case(&digest) => {
            let message = format!("helper {} has the SHA-256 {digest}, {} says {pinned}", path.display(), pins.display());
            Err(Error::new(ErrorCode::HelperDigestWrong, message).with_hint("install or build the helpers again"))
        }
        _ => Ok(()),
    }
}

/// Folders that may hold launchers: the builder's own, `dist/bin` here, the cache's.
pub fn folders(variable: impl Fn(&str) -> Option<PathBuf>) -> Vec<PathBuf> {
    let own = std::env::current_exe().ok().and_then(|path| path.parent().map(Path::to_owned));
    let local = std::env::current_dir().ok().map(|here| here.join("dist").join("bin"));
    let cache = explicit_cache(&variable).or_else(|| own_cache(&variable)).map(|root| root.join("helpers").join(VERSION));
    let mut folders: Vec<PathBuf> = [own, local, cache].into_iter().flatten().collect();
    // From a checkout the builder itself lies in dist/bin.
    folders.dedup();
    folders
}
