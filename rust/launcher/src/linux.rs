//! What only Linux has: the auxiliary vector, /proc, and signals that say who sent them.

use super::result;
use crate::cache::FileSystem;
use std::ffi::{CStr, OsStr, c_char, c_int};
use std::fs::File;
use std::io;
use std::os::fd::FromRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Whether the process has rights that its caller does not have.
pub fn is_elevated() -> bool {
    // SAFETY: these take plain numbers or nothing, and cannot fail.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 || libc::getuid() != libc::geteuid() || libc::getgid() != libc::getegid() }
}

/// Where the package's own file may be found: through /proc, or by the path that the kernel was given to execute.
pub fn own_paths() -> [Option<PathBuf>; 2] {
    // SAFETY: a plain number goes in; the answer is null or a string that lives as long as the process.
    let executed = unsafe { libc::getauxval(libc::AT_EXECFN) as *const c_char };
    // SAFETY: as above.
    let executed = (!executed.is_null()).then(|| unsafe { CStr::from_ptr(executed) });
    [Some(PathBuf::from("/proc/self/exe")), executed.map(|path| PathBuf::from(OsStr::from_bytes(path.to_bytes())))]
}

pub fn file_system(path: &Path) -> io::Result<FileSystem> {
    let path = super::c_string(path.as_os_str().as_bytes())?;
    // SAFETY: an all-zero statvfs is a valid value: numbers only.
    let mut answer: libc::statvfs = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are valid for the call.
    result(unsafe { libc::statvfs(path.as_ptr(), &raw mut answer) })?;
    let fragment = if answer.f_frsize == 0 { answer.f_bsize } else { answer.f_frsize };
    Ok(FileSystem { free_bytes: answer.f_bavail.saturating_mul(fragment), no_exec: answer.f_flag & libc::ST_NOEXEC != 0 })
}

/// A pipe by which a child that cannot execute its program says why; exec closes it.
pub fn failure_pipe() -> io::Result<(File, File)> {
    let mut ends = [0; 2];
    // SAFETY: the array has the two elements that are written.
    result(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    // SAFETY: just opened, owned by nobody else.
    Ok(unsafe { (File::from_raw_fd(ends[0]), File::from_raw_fd(ends[1])) })
}

/// Signals that are taken instead of delivered. They must be blocked.
pub struct Signals(libc::sigset_t);

impl Signals {
    pub fn watch(taken: &[c_int]) -> io::Result<Self> {
        Ok(Self(super::signal_set(taken)))
    }

    /// Wait for one: its number, and whether the terminal sent it.
    pub fn next(&self) -> Option<(c_int, bool)> {
        // SAFETY: an all-zero siginfo is a valid value, filled by the call.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        // SAFETY: both pointers are valid for the call.
        let signal = unsafe { libc::sigwaitinfo(&raw const self.0, &raw mut info) };
        (signal > 0).then_some((signal, info.si_code == libc::SI_KERNEL))
    }
}
