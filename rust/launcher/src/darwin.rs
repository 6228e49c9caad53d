//! What macOS does its own way. Built and linked on Linux; what it does was not tried on a Mac.

use super::result;
use crate::cache::FileSystem;
use std::ffi::c_int;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr::{null, null_mut};

/// Whether the process has rights that its caller does not have.
pub fn is_elevated() -> bool {
    // SAFETY: these take nothing and cannot fail.
    unsafe { libc::issetugid() != 0 || libc::getuid() != libc::geteuid() || libc::getgid() != libc::getegid() }
}

/// Where the package's own file may be found: by the path that the kernel was given to execute.
pub fn own_paths() -> [Option<PathBuf>; 1] {
    // Of std this is a mere _NSGetExecutablePath.
    [std::env::current_exe().ok()]
}

pub fn file_system(path: &Path) -> io::Result<FileSystem> {
    let path = super::c_string(path.as_os_str().as_bytes())?;
    // SAFETY: an all-zero statfs is a valid value: numbers only.
    let mut answer: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are valid for the call.
    result(unsafe { libc::statfs(path.as_ptr(), &raw mut answer) })?;
    let free_bytes = answer.f_bavail.saturating_mul(u64::from(answer.f_bsize));
    Ok(FileSystem { free_bytes, no_exec: answer.f_flags & libc::MNT_NOEXEC as u32 != 0 })
}

/// A pipe by which a child that cannot execute its program says why; exec closes it.
pub fn failure_pipe() -> io::Result<(File, File)> {
    let mut ends = [0; 2];
    // SAFETY: the array has the two elements that are written.
    result(unsafe { libc::pipe(ends.as_mut_ptr()) })?;
    // SAFETY: just opened, owned by nobody else.
    let ends = ends.map(|end| unsafe { File::from_raw_fd(end) });
    for end in &ends {
        // SAFETY: the descriptor is open.
        result(unsafe { libc::fcntl(end.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC) })?;
    }
    let [read_end, write_end] = ends;
    Ok((read_end, write_end))
}

/// Signals that are taken instead of delivered. They must be blocked.
///
/// There is no sigwaitinfo here, and sigwait does not see signals that are ignored by default; a kernel queue sees them all.
pub struct Signals(File);

impl Signals {
    pub fn watch(taken: &[c_int]) -> io::Result<Self> {
        // SAFETY: takes nothing; the descriptor is owned by nobody else.
        let queue = unsafe { File::from_raw_fd(result(libc::kqueue())?) };
        for &signal in taken {
            let change = libc::kevent {
                ident: signal as usize,
                filter: libc::EVFILT_SIGNAL,
                flags: libc::EV_ADD,
                fflags: 0,
                data: 0,
                udata: null_mut(),
            };
            // SAFETY: one change is read, no event is written.
            result(unsafe { libc::kevent(queue.as_raw_fd(), &raw const change, 1, null_mut(), 0, null()) })?;
        }
        Ok(Self(queue))
    }

    /// Wait for one: its number, and whether the terminal sent it.
    pub fn next(&self) -> Option<(c_int, bool)> {
        // SAFETY: an all-zero kevent is a valid value: numbers and a null pointer.
        let mut event: libc::kevent = unsafe { std::mem::zeroed() };
        // SAFETY: no change is read, one event is written.
        let count = unsafe { libc::kevent(self.0.as_raw_fd(), null(), 0, &raw mut event, 1, null()) };
        (count == 1).then_some((event.ident as c_int, is_in_foreground()))
    }
}

/// The system does not say who sent a signal. The terminal sends to its foreground group, so there it is taken for the sender.
fn is_in_foreground() -> bool {
    // SAFETY: plain numbers; a descriptor that is no terminal gives -1.
    (0..=2).any(|descriptor| unsafe { libc::tcgetpgrp(descriptor) == libc::getpgrp() })
}
