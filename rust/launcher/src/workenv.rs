//! The directory that a package is extracted to: its names, its stamp, its publication.
//!
//! Ready means that the stamp inside the tree holds the package id. The tree is renamed into place complete, so there is never
//! half of one. Source: spec/launch.md#workenv.

use crate::cache;
use crate::lock;
use crate::system;
use flavor_format::constants::magic;
use flavor_format::{Error, ErrorCode, Result, hex, workenv_name};
use flavor_messages::json;
use flavor_reader::Package;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A temporary tree without a lock file may have been made this very moment.
const FRESH: Duration = Duration::from_secs(60);

#[derive(Debug, Clone)]
pub struct Workenv {
    /// The cache root.
    pub root: PathBuf,
    /// `ROOT/workenv/NAME`.
    pub content: PathBuf,
    /// `ROOT/workenv/.NAME.pspf`.
    pub state: PathBuf,
    id: String,
}

impl Workenv {
    pub fn new(root: &Path, package: &Package) -> Self {
        let name = workenv_name(&package.metadata.package.name, &package.metadata.package.version, &package.id);
        let parent = root.join("workenv");
        Self { root: root.to_owned(), content: parent.join(&name), state: parent.join(format!(".{name}.pspf")), id: hex(&package.id) }
    }

    /// Whether the tree is there and its stamp holds the package id.
    ///
    /// Errors: `cache-untrusted`.
    pub fn is_ready(&self) -> Result<bool> {
        Ok(cache::is_trusted(&self.content)? && self.has_stamp())
    }

    fn has_stamp(&self) -> bool {
        let stamp = system::open_options(0).read(true).open(self.content.join(magic::STAMP_FILE));
        let mut text = [0; 66];
        let length = stamp.and_then(|mut stamp| stamp.read(&mut text)).unwrap_or(0);
        text[..length] == *format!("{}\n", self.id).as_bytes()
    }

    /// Make the directories beside the tree.
    ///
    /// Errors: `cache-untrusted`, `disk-full`, `io-error`.
    pub fn make_state(&self) -> Result<()> {
        cache::is_trusted(&self.content)?;
        cache::is_trusted(&self.state)?;
        for part in ["", "instance", "instance/extract", "package", "tmp"] {
            let path = self.state.join(part);
            cache::private_directory(&path).map_err(|error| io_error("cannot make", &path, &error))?;
        }
        cache::is_trusted(&self.state).map(drop)
    }

    pub fn extraction_lock(&self) -> PathBuf {
        self.state.join("instance/extract/lock")
    }

    /// Where level strict remembers its verdict.
    pub fn verified(&self) -> PathBuf {
        self.state.join("instance/verified")
    }

    /// Remove the temporary trees of processes that are gone.
    pub fn sweep(&self) {
        let Ok(entries) = fs::read_dir(self.state.join("tmp")) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            let gone = match lock::is_abandoned(&path.join("lock")) {
                // Held until the tree is removed, so that its maker cannot come to life meanwhile.
                Ok(held) => held.map(Some),
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    let age = entry.metadata().and_then(|metadata| metadata.modified()).map(|time| time.elapsed().unwrap_or_default());
                    age.is_ok_and(|age| age > FRESH).then_some(None)
                }
                Err(_) => None,
            };
            if let Some(_held) = gone {
                remove_tree(&path);
            }
        }
    }

    /// A new temporary directory, held by a lock.
    pub fn temporary(&self) -> Result<Temporary> {
        let mut number = 0;
        loop {
            let process = std::process::id();
            let name = if number == 0 { process.to_string() } else { format!("{process}.{number}") };
            let path = self.state.join("tmp").join(name);
            number += 1;
            match system::directory_builder(0o700).create(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(io_error("cannot make", &path, &error)),
            }
            match lock::hold(&path.join("lock")) {
                Ok(Some(lock)) => {
                    let tree = path.join("tree");
                    cache::private_directory(&tree).map_err(|error| io_error("cannot make", &tree, &error))?;
                    return Ok(Temporary { path, tree, lock: Some(lock) });
                }
                Ok(None) => continue,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(io_error("cannot lock", &path, &error)),
            }
        }
    }

    /// Write the stamp into a finished tree.
    pub fn stamp(&self, tree: &Path) -> Result<()> {
        let path = tree.join(magic::STAMP_FILE);
        // A setup command may have left something here.
        let _ = fs::remove_file(&path);
        let file = system::open_options(0o644).write(true).create_new(true).open(&path);
        file.and_then(|mut file| file.write_all(format!("{}\n", self.id).as_bytes()))
            .map_err(|error| io_error("cannot write", &path, &error))
    }

    /// Rename a finished tree to its place, and say where the program runs from. An existing tree that is ready wins; any other
    /// is moved aside. Where the system refuses to rename what is in use, the program runs from the temporary tree.
    ///
    /// Errors: `cache-untrusted`, `io-error`, `disk-full`.
    pub fn publish(&self, temporary: Temporary, is_ready: impl Fn() -> Result<bool>) -> Result<PathBuf> {
        for attempt in 0..10 {
            match system::rename_tree(&temporary.tree, &self.content) {
                Ok(true) => return Ok(self.content.clone()),
                Ok(false) => {}
                Err(error) if system::is_in_use(&error) => return temporary.keep(),
                Err(error) => return Err(io_error("cannot rename the tree to", &self.content, &error)),
            }
            if is_ready()? {
                return Ok(self.content.clone());
            }
            match system::rename_tree(&self.content, &temporary.path.join(format!("old{attempt}"))) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) if system::is_in_use(&error) => return temporary.keep(),
                Err(error) => return Err(io_error("cannot move aside", &self.content, &error)),
            }
        }
        Err(Error::new(ErrorCode::IoError, format!("cannot publish {}: others keep replacing it", self.content.display())))
    }

    /// Write what describes the tree to people and tools. Nothing is decided by these files, so their failure is none.
    pub fn describe(&self, package: &Package) {
        let instance = self.state.join("instance");
        let psp = self.state.join("package/psp.json");
        let _ = write_whole(&psp, &package.metadata_json, 0o444);
        let _ = write_whole(&instance.join("index.json"), index_json(package, &self.id).as_bytes(), 0o644);
        let _ = write_whole(&instance.join("package.checksum"), self.id.as_bytes(), 0o644);
        let _ = write_whole(&instance.join("extract/complete"), format!("{}\n", std::process::id()).as_bytes(), 0o644);
    }
}

/// A tree being made, in `tmp/PID`. Removed when dropped, unless it is kept.
#[derive(Debug)]
pub struct Temporary {
    path: PathBuf,
    pub tree: PathBuf,
    lock: Option<File>,
}

impl Temporary {
    /// Keep the tree and its lock for the program to run from: the lock lives as long as the program does, and a later start
    /// sweeps the tree.
    pub fn keep(mut self) -> Result<PathBuf> {
        if let Some(lock) = self.lock.take() {
            system::keep_across_exec(&lock).map_err(|error| io_error("cannot keep the lock of", &self.path, &error))?;
            std::mem::forget(lock);
        }
        Ok(std::mem::take(&mut self.tree))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.tree.as_os_str().is_empty() {
            // Closed first: Windows may keep the name of an open file, and so its directory.
            drop(self.lock.take());
            remove_tree(&self.path);
        }
    }
}

/// Remove a tree, directories without write permission included.
pub fn remove_tree(path: &Path) {
    if fs::remove_dir_all(path).is_ok() {
        return;
    }
    unlock_directories(path);
    // What is left is swept by a later start.
    let _ = fs::remove_dir_all(path);
}

fn unlock_directories(path: &Path) {
    if !fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
        return;
    }
    let _ = system::set_mode(path, 0o700);
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        unlock_directories(&entry.path());
    }
}

/// The error for a failed operation on `path`. A full disk has its own code.
pub fn io_error(what: &str, path: &Path, error: &io::Error) -> Error {
    coded_io_error(ErrorCode::IoError, what, path, error)
}

pub fn coded_io_error(otherwise: ErrorCode, what: &str, path: &Path, error: &io::Error) -> Error {
    let full = matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
    let code = if full { ErrorCode::DiskFull } else { otherwise };
    let made = Error::new(code, format!("{what} {}: {error}", path.display()));
    if full { made.with_hint("free some space, or set FLAVOR_CACHE to a place that has some") } else { made }
}

/// Write a file under a temporary name and rename it.
pub fn write_whole(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let temporary = path.with_extension(format!("tmp-{}", std::process::id()));
    let _ = fs::remove_file(&temporary);
    let mut file = system::open_options(mode).write(true).create_new(true).open(&temporary)?;
    let written = file.write_all(content).and_then(|()| system::set_mode(&temporary, mode)).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn index_json(package: &Package, id: &str) -> String {
    let index = &package.index;
    let members = [
        ("build_timestamp", index.build_timestamp.to_string()),
        ("capabilities", index.capabilities.to_string()),
        ("flags", index.flags.to_string()),
        ("format_version", index.format_version.to_string()),
        ("index_checksum", json::text(&format!("{:08x}", index.index_checksum))),
        ("launcher_size", index.launcher_size.to_string()),
        ("metadata_checksum", json::text(&hex(&index.metadata_checksum))),
        ("metadata_offset", index.metadata_offset.to_string()),
        ("metadata_size", index.metadata_size.to_string()),
        ("package_id", json::text(id)),
        ("package_size", index.package_size.to_string()),
        ("page_size", index.page_size.to_string()),
        ("slot_count", index.slot_count.to_string()),
        ("slot_table_offset", index.slot_table_offset.to_string()),
        ("slot_table_size", index.slot_table_size.to_string()),
    ];
    let lines: Vec<String> = members.iter().map(|(name, value)| format!("  {}: {value}", json::text(name))).collect();
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn files_are_replaced_whole() {
        let path = std::env::temp_dir().join(format!("flavor-write-{}.json", std::process::id()));
        for content in ["one", "two"] {
            write_whole(&path, content.as_bytes(), 0o444).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o444);
        }
        fs::remove_file(path).unwrap();
    }
}
