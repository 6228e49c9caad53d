//! Kernel locks: they end with the process that holds them, however it ends.
//!
//! The extraction lock only saves double work; a workenv is right without it. Source: spec/launch.md#extraction.

use crate::system;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(5);

/// What trying to take a lock came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locked {
    Yes,
    ByAnother,
    /// The file system has no locks.
    Unsupported,
}

/// What waiting for the extraction lock came to.
pub enum Waited {
    /// The lock, or none where there are no locks or its holder took too long.
    Proceed(Option<File>),
    /// Another process did the work.
    Ready,
}

/// Wait for the lock at `path`; `is_ready` is asked before each wait.
pub fn wait(path: &Path, mut is_ready: impl FnMut() -> bool) -> Waited {
    let Ok(mut file) = open(path) else { return Waited::Proceed(None) };
    let started = Instant::now();
    loop {
        match system::try_lock(&file) {
            Locked::Yes => {
                note_holder(&mut file);
                return Waited::Proceed(Some(file));
            }
            Locked::Unsupported => return Waited::Proceed(None),
            Locked::ByAnother if is_ready() => return Waited::Ready,
            Locked::ByAnother if started.elapsed() >= PATIENCE => return Waited::Proceed(None),
            Locked::ByAnother => std::thread::sleep(POLL),
        }
    }
}

/// Make the lock file of a temporary tree and hold it. `None`: a sweeper took the tree for a dead one; try another name.
pub fn hold(path: &Path) -> io::Result<Option<File>> {
    let mut file = open(path)?;
    if system::try_lock(&file) == Locked::ByAnother {
        return Ok(None);
    }
    // A sweeper may have removed the file between its opening and its locking.
    let still_there = system::is_same_file(&file, path);
    note_holder(&mut file);
    Ok(still_there.then_some(file))
}

/// Whether the process that made the lock file at `path` is gone; the lock is then held by the caller.
pub fn is_abandoned(path: &Path) -> io::Result<Option<File>> {
    let file = system::open_options(0).read(true).open(path)?;
    Ok((system::try_lock(&file) == Locked::Yes).then_some(file))
}

fn open(path: &Path) -> io::Result<File> {
    system::open_options(0o600).read(true).write(true).create(true).truncate(false).open(path)
}

/// For people who look; nothing reads it.
fn note_holder(file: &mut File) {
    let _ = file.set_len(0);
    let _ = file.write_all(format!("{}\n", std::process::id()).as_bytes());
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn place(name: &str) -> std::path::PathBuf {
        std::env::temp_dir().join(format!("flavor-lock-{name}-{}", std::process::id()))
    }

    #[test]
    fn a_free_lock_is_taken_and_names_its_holder() {
        let path = place("free");
        let Waited::Proceed(Some(_held)) = wait(&path, || false) else { panic!("not taken") };
        assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{}\n", std::process::id()));
        assert!(is_abandoned(&path).unwrap().is_none());
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_waiter_starts_as_soon_as_the_work_is_done() {
        let path = place("busy");
        let held = hold(&path).unwrap().unwrap();
        let mut asked = 0;
        let waited = wait(&path, || {
            asked += 1;
            asked == 3
        });
        assert!(matches!(waited, Waited::Ready));
        drop(held);
        assert!(is_abandoned(&path).unwrap().is_some());
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_removed_lock_file_is_no_lock() {
        let path = place("removed");
        let sweeper = hold(&path).unwrap().unwrap();
        assert!(hold(&path).unwrap().is_none(), "while the sweeper holds it");
        drop(sweeper);
        std::fs::remove_file(&path).unwrap();
        assert!(hold(&path).unwrap().is_some());
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_place_without_locks_does_not_stop_a_start() {
        assert!(matches!(wait(Path::new("/proc/nowhere/lock"), || false), Waited::Proceed(None)));
    }
}
