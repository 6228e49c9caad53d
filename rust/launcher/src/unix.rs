//! System calls that std does not offer. The launcher's `unsafe` is here, but for what C's `main` is given (main.rs, caller.rs).

use std::ffi::{CStr, CString, OsStr, OsString, c_char, c_int};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

fn result(status: c_int) -> io::Result<c_int> {
    if status < 0 { Err(io::Error::last_os_error()) } else { Ok(status) }
}

fn c_string(bytes: &[u8]) -> io::Result<CString> {
    CString::new(bytes).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))
}

pub fn effective_user() -> u32 {
    // SAFETY: takes nothing, cannot fail.
    unsafe { libc::geteuid() }
}

/// Whether the process has rights that its caller does not have.
pub fn is_elevated() -> bool {
    // SAFETY: these take plain numbers or nothing, and cannot fail.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 || libc::getuid() != libc::geteuid() || libc::getgid() != libc::getegid() }
}

/// The path that the kernel was given to execute.
pub fn executed_path() -> Option<PathBuf> {
    // SAFETY: a plain number goes in; the answer is null or a string that lives as long as the process.
    let path = unsafe { libc::getauxval(libc::AT_EXECFN) as *const c_char };
    if path.is_null() {
        return None;
    }
    // SAFETY: as above.
    let path = unsafe { CStr::from_ptr(path) };
    Some(PathBuf::from(OsStr::from_bytes(path.to_bytes())))
}

/// The home directory that the password database names for the effective user.
pub fn password_home() -> Option<PathBuf> {
    let mut buffer = vec![0; 16 * 1024];
    // SAFETY: an all-zero passwd is a valid value: numbers and null pointers.
    let mut entry: libc::passwd = unsafe { std::mem::zeroed() };
    let mut found = std::ptr::null_mut();
    // SAFETY: every pointer is valid for the call, and the length is that of the buffer.
    unsafe { libc::getpwuid_r(effective_user(), &raw mut entry, buffer.as_mut_ptr(), buffer.len(), &raw mut found) };
    if found.is_null() || entry.pw_dir.is_null() {
        return None;
    }
    // SAFETY: a string inside `buffer`, which is still alive.
    let home = unsafe { CStr::from_ptr(entry.pw_dir) };
    let home = PathBuf::from(OsString::from_vec(home.to_bytes().to_vec()));
    home.is_absolute().then_some(home)
}

pub fn process_id() -> u32 {
    std::process::id()
}

/// What a file system says about itself.
pub struct FileSystem {
    pub free_bytes: u64,
    pub no_exec: bool,
}

pub fn file_system(path: &Path) -> io::Result<FileSystem> {
    let path = c_string(path.as_os_str().as_bytes())?;
    // SAFETY: an all-zero statvfs is a valid value: numbers only.
    let mut answer: libc::statvfs = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are valid for the call.
    result(unsafe { libc::statvfs(path.as_ptr(), &raw mut answer) })?;
    let fragment = if answer.f_frsize == 0 { answer.f_bsize } else { answer.f_frsize };
    Ok(FileSystem { free_bytes: answer.f_bavail.saturating_mul(fragment), no_exec: answer.f_flag & libc::ST_NOEXEC != 0 })
}

/// Whether the process may write into a directory, by its mode and by its file system.
pub fn is_writable(path: &Path) -> io::Result<()> {
    let path = c_string(path.as_os_str().as_bytes())?;
    // SAFETY: the string is valid for the call.
    result(unsafe { libc::faccessat(libc::AT_FDCWD, path.as_ptr(), libc::W_OK | libc::X_OK, libc::AT_EACCESS) }).map(drop)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locked {
    Yes,
    ByAnother,
    /// The file system has no locks.
    Unsupported,
}

/// Take the kernel lock of an open file if it is free.
pub fn try_lock(file: &File) -> Locked {
    loop {
        // SAFETY: the descriptor is open.
        match result(unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) }) {
            Ok(_) => return Locked::Yes,
            Err(error) if error.raw_os_error() == Some(libc::EWOULDBLOCK) => return Locked::ByAnother,
            Err(error) if error.raw_os_error() == Some(libc::EINTR) => {}
            Err(_) => return Locked::Unsupported,
        }
    }
}

/// Keep a descriptor open across exec.
pub fn keep_across_exec(file: &File) -> io::Result<()> {
    // SAFETY: the descriptor is open; 0 clears close-on-exec, the only descriptor flag.
    result(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETFD, 0) }).map(drop)
}

/// Set the file mode creation mask; gives the one before.
pub fn set_umask(mask: u32) -> u32 {
    // SAFETY: takes a plain number, cannot fail.
    unsafe { libc::umask(mask as libc::mode_t) as u32 }
}

pub fn open_directory(path: &Path) -> io::Result<File> {
    let path = c_string(path.as_os_str().as_bytes())?;
    let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_NOFOLLOW | libc::O_CLOEXEC;
    // SAFETY: the string is valid for the call.
    let descriptor = result(unsafe { libc::open(path.as_ptr(), flags) })?;
    // SAFETY: just opened, owned by nobody else.
    Ok(unsafe { File::from_raw_fd(descriptor) })
}

/// Make a new file below an open directory. Fails if anything has that name, and never follows a link at its end.
pub fn create_at(directory: &File, path: &str, mode: u32) -> io::Result<File> {
    let path = c_string(path.as_bytes())?;
    let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL | libc::O_NOFOLLOW | libc::O_CLOEXEC;
    // SAFETY: the string is valid for the call and the directory's descriptor is open.
    let descriptor = result(unsafe { libc::openat(directory.as_raw_fd(), path.as_ptr(), flags, mode) })?;
    // SAFETY: just opened, owned by nobody else.
    Ok(unsafe { File::from_raw_fd(descriptor) })
}

pub fn make_directory_at(directory: &File, path: &str, mode: u32) -> io::Result<()> {
    let path = c_string(path.as_bytes())?;
    // SAFETY: the string is valid for the call and the directory's descriptor is open.
    result(unsafe { libc::mkdirat(directory.as_raw_fd(), path.as_ptr(), mode as libc::mode_t) }).map(drop)
}

/// Whether `path` below an open directory is itself a directory, links not followed.
pub fn is_directory_at(directory: &File, path: &str) -> io::Result<bool> {
    let path = c_string(path.as_bytes())?;
    // SAFETY: an all-zero stat is a valid value: numbers only.
    let mut answer: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are valid for the call and the directory's descriptor is open.
    result(unsafe { libc::fstatat(directory.as_raw_fd(), path.as_ptr(), &raw mut answer, libc::AT_SYMLINK_NOFOLLOW) })?;
    Ok(answer.st_mode & libc::S_IFMT == libc::S_IFDIR)
}

pub fn make_link_at(directory: &File, path: &str, target: &str) -> io::Result<()> {
    let (path, target) = (c_string(path.as_bytes())?, c_string(target.as_bytes())?);
    // SAFETY: the strings are valid for the call and the directory's descriptor is open.
    result(unsafe { libc::symlinkat(target.as_ptr(), directory.as_raw_fd(), path.as_ptr()) }).map(drop)
}

fn both_times(seconds: i64) -> [libc::timespec; 2] {
    // SAFETY: an all-zero timespec is a valid value. (Its fields differ between C libraries.)
    let mut time: libc::timespec = unsafe { std::mem::zeroed() };
    time.tv_sec = seconds;
    [time; 2]
}

pub fn set_time(file: &File, seconds: i64) -> io::Result<()> {
    let times = both_times(seconds);
    // SAFETY: the descriptor is open and the array has the two elements that are read.
    result(unsafe { libc::futimens(file.as_raw_fd(), times.as_ptr()) }).map(drop)
}

/// Set the time of what has that name, of a link itself.
pub fn set_time_at(directory: &File, path: &str, seconds: i64) -> io::Result<()> {
    let path = c_string(path.as_bytes())?;
    let times = both_times(seconds);
    // SAFETY: the string and the array are valid for the call and the directory's descriptor is open.
    result(unsafe { libc::utimensat(directory.as_raw_fd(), path.as_ptr(), times.as_ptr(), libc::AT_SYMLINK_NOFOLLOW) }).map(drop)
}

fn pointers(strings: &[&CStr]) -> Vec<*const c_char> {
    strings.iter().map(|string| string.as_ptr()).chain([std::ptr::null()]).collect()
}

/// Replace the process. Returns only the error.
pub fn execute(path: &CStr, argv: &[&CStr], env: &[&CStr]) -> io::Error {
    let (argv, env) = (pointers(argv), pointers(env));
    // SAFETY: `path` is a string, both vectors hold strings and end in a null pointer.
    unsafe { libc::execve(path.as_ptr(), argv.as_ptr(), env.as_ptr()) };
    io::Error::last_os_error()
}

/// While it lives, the status of children can be read: a caller may have left SIGCHLD ignored, which reaps them unseen.
pub struct ReadableChildren(libc::sighandler_t);

impl ReadableChildren {
    pub fn new() -> Self {
        // SAFETY: SIG_DFL is a valid disposition.
        Self(unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) })
    }
}

impl Drop for ReadableChildren {
    fn drop(&mut self) {
        // SAFETY: the disposition that was there before. The launcher has no handlers, so it is "default" or "ignore".
        unsafe { libc::signal(libc::SIGCHLD, self.0) };
    }
}

/// Signals that spawn mode passes on to the program.
const FORWARDED: [c_int; 9] =
    [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT, libc::SIGUSR1, libc::SIGUSR2, libc::SIGWINCH, libc::SIGCONT, libc::SIGTSTP];

/// How a child ended.
pub enum Ended {
    Status(u8),
    Signal(c_int),
}

/// Run a program as a child and wait for it, passing signals on.
///
/// The signals are blocked in the launcher and taken with sigwaitinfo, which tells who sent them: what the terminal sends it
/// sends to the whole group, and so to the child too. The child gets the mask that the launcher was started with.
pub fn spawn(path: &CStr, argv: &[&CStr], env: &[&CStr]) -> io::Result<Ended> {
    let (argv, env) = (pointers(argv), pointers(env));
    // SAFETY: all-zero signal sets are valid values, and are initialized by the calls below.
    let (mut taken, mut inherited): (libc::sigset_t, libc::sigset_t) = unsafe { std::mem::zeroed() };
    // SAFETY: every pointer is valid for the calls.
    unsafe {
        libc::sigemptyset(&raw mut taken);
        for signal in FORWARDED {
            libc::sigaddset(&raw mut taken, signal);
        }
        libc::sigaddset(&raw mut taken, libc::SIGCHLD);
        libc::sigprocmask(libc::SIG_BLOCK, &raw const taken, &raw mut inherited);
    }
    let children = ReadableChildren::new();
    let (mut read_end, mut write_end) = failure_pipe()?;
    // SAFETY: the process has one thread, so the child may do anything; it only calls what is safe after fork anyway.
    let child = result(unsafe { libc::fork() })?;
    if child == 0 {
        drop(children);
        // SAFETY: mask and vectors are valid; both calls may be made after fork.
        unsafe {
            libc::sigprocmask(libc::SIG_SETMASK, &raw const inherited, std::ptr::null_mut());
            libc::execve(path.as_ptr(), argv.as_ptr(), env.as_ptr());
        }
        let code = io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO);
        let _ = io::Write::write_all(&mut write_end, &code.to_ne_bytes());
        exit_now(127);
    }
    drop(write_end);
    let mut code = [0; 4];
    if io::Read::read_exact(&mut read_end, &mut code).is_ok() {
        wait_for(child, 0)?;
        return Err(io::Error::from_raw_os_error(i32::from_ne_bytes(code)));
    }
    loop {
        // SAFETY: an all-zero siginfo is a valid value, filled by the call; the set was initialized above.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        // SAFETY: as above.
        let signal = unsafe { libc::sigwaitinfo(&raw const taken, &raw mut info) };
        if signal == libc::SIGCHLD {
            if let Some(ended) = wait_for(child, libc::WNOHANG)? {
                return Ok(ended);
            }
        } else if signal > 0 {
            let by_terminal = info.si_code == libc::SI_KERNEL && matches!(signal, libc::SIGINT | libc::SIGQUIT | libc::SIGTSTP);
            if !by_terminal {
                // SAFETY: plain numbers; the child has not been waited for, so its number is still its own.
                unsafe { libc::kill(child, signal) };
            }
            if signal == libc::SIGTSTP {
                // The program stops, and the launcher with it, so that the shell sees the job stopped.
                // SAFETY: plain numbers.
                unsafe { libc::raise(libc::SIGSTOP) };
            }
        }
    }
}

/// A pipe by which a child that cannot execute its program says why; exec closes it.
fn failure_pipe() -> io::Result<(File, File)> {
    let mut ends = [0; 2];
    // SAFETY: the array has the two elements that are written.
    result(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    // SAFETY: just opened, owned by nobody else.
    Ok(unsafe { (File::from_raw_fd(ends[0]), File::from_raw_fd(ends[1])) })
}

fn wait_for(child: libc::pid_t, flags: c_int) -> io::Result<Option<Ended>> {
    let mut status = 0;
    // SAFETY: the pointer is valid for the call.
    if result(unsafe { libc::waitpid(child, &raw mut status, flags) })? == 0 {
        return Ok(None);
    }
    if libc::WIFSIGNALED(status) {
        return Ok(Some(Ended::Signal(libc::WTERMSIG(status))));
    }
    // An exit status has eight bits.
    Ok(Some(Ended::Status(libc::WEXITSTATUS(status) as u8)))
}

/// Fill closed standard descriptors, so that no file of the launcher becomes somebody's stderr. They close again on exec.
pub fn fill_standard_descriptors() {
    loop {
        let flags = libc::O_RDWR | libc::O_CLOEXEC;
        // SAFETY: a constant string.
        let descriptor = unsafe { libc::open(c"/dev/null".as_ptr(), flags) };
        if descriptor > 2 {
            // SAFETY: just opened, owned by nobody else.
            unsafe { libc::close(descriptor) };
        }
        if !(0..2).contains(&descriptor) {
            return;
        }
    }
}

/// End the process at once, without running anything.
pub fn exit_now(status: u8) -> ! {
    // SAFETY: takes a plain number, does not return.
    unsafe { libc::_exit(c_int::from(status)) }
}
