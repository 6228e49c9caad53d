//! The system as Unix has it: what std does not offer, and what differs from `windows.rs`, which has the same interface.
//!
//! The launcher's `unsafe` is here and in the files beside it.

// What Linux and macOS do not have in common.
#[cfg_attr(target_os = "macos", path = "darwin.rs")]
#[cfg_attr(not(target_os = "macos"), path = "linux.rs")]
mod kernel;

use crate::caller::Caller;
use crate::lock::Locked;
use flavor_format::{Result, cache_below};
use kernel::Signals;
use std::borrow::Cow;
use std::ffi::{CStr, CString, OsStr, OsString, c_char, c_int};
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

pub const PATH_SEPARATOR: u8 = b':';
/// Whether the launcher cannot be replaced by the program.
pub const ALWAYS_SPAWNS: bool = false;

pub use kernel::{file_system, is_elevated};

fn result(status: c_int) -> io::Result<c_int> {
    if status < 0 { Err(io::Error::last_os_error()) } else { Ok(status) }
}

fn c_string(bytes: &[u8]) -> io::Result<CString> {
    CString::new(bytes).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))
}

/// Arguments and environment, as they lie in memory.
///
/// # Safety
/// The arguments must be those of C's `main`, and nothing may change them later.
pub unsafe fn caller(argc: c_int, argv: *const *const c_char, envp: *const *const c_char) -> Caller {
    // SAFETY: `argv` has `argc` strings; both vectors end in a null pointer and live as long as the process.
    let argv = unsafe { strings(argv, usize::try_from(argc).unwrap_or(0)) };
    // SAFETY: as above.
    let env = unsafe { strings(envp, usize::MAX) };
    Caller { argv, env }
}

/// # Safety
/// `vector` must hold at least `limit` strings or end in a null pointer, and live as long as the process.
unsafe fn strings(vector: *const *const c_char, limit: usize) -> Vec<&'static CStr> {
    let mut found = Vec::new();
    while found.len() < limit && !vector.is_null() {
        // SAFETY: no null pointer was met before this element.
        let string = unsafe { *vector.add(found.len()) };
        if string.is_null() {
            break;
        }
        // SAFETY: a string of the vector, NUL-terminated.
        found.push(unsafe { CStr::from_ptr(string) });
    }
    found
}

pub fn os_str(bytes: &[u8]) -> &OsStr {
    OsStr::from_bytes(bytes)
}

pub fn os_string(bytes: Vec<u8>) -> OsString {
    OsString::from_vec(bytes)
}

/// A path that was put together with `/`.
pub fn native_path(path: Vec<u8>) -> Vec<u8> {
    path
}

/// A path from the environment, in the form that paths of the workenv have.
pub fn plain_path(path: &Path) -> PathBuf {
    path.to_owned()
}

/// Where a path really leads.
pub fn real_path(path: &Path) -> io::Result<PathBuf> {
    fs::canonicalize(path)
}

/// The name of a variable, for comparing.
pub fn variable_name(name: &[u8]) -> Cow<'_, [u8]> {
    Cow::Borrowed(name)
}

/// The name that a package was called by: the last component of argv[0] without `.psp` or `.exe`.
pub fn command_name(command: &[u8]) -> &[u8] {
    let name = command.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    name.strip_suffix(b".psp").or_else(|| name.strip_suffix(b".exe")).unwrap_or(name)
}

/// Open the package's own file. Everything is read through this one descriptor, whatever happens to the path meanwhile.
pub fn open_self(command: &[u8]) -> Option<File> {
    let typed = command.contains(&b'/').then(|| PathBuf::from(OsStr::from_bytes(command)));
    let open = || kernel::own_paths().into_iter().chain([typed.clone()]).flatten().find_map(|place| File::open(place).ok());
    let file = open()?;
    if file.as_raw_fd() > 2 {
        return Some(file);
    }
    // Closed first, so that its number is filled too.
    drop(file);
    fill_standard_descriptors();
    open()
}

fn effective_user() -> u32 {
    // SAFETY: takes nothing, cannot fail.
    unsafe { libc::geteuid() }
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

/// Where the user's cache is.
pub fn own_cache(caller: &Caller) -> Option<PathBuf> {
    let named = flavor_format::own_cache(|name| caller.directory(name));
    // With sudo, HOME may still be that of the user who called it.
    let own = named.filter(|root| fs::metadata(root).map_or(true, |metadata| metadata.uid() == effective_user()));
    own.or_else(|| password_home().as_deref().map(cache_below))
}

/// Places for those who have no cache of their own.
pub fn shared_caches() -> Vec<PathBuf> {
    ["/var/tmp", "/tmp"].iter().map(|place| PathBuf::from(format!("{place}/flavor-{}", effective_user()))).collect()
}

/// Why a cache directory may not be trusted.
pub fn distrust(metadata: &Metadata) -> Option<String> {
    let user = effective_user();
    if !metadata.is_dir() {
        return Some("is a link or no directory".to_owned());
    }
    if metadata.uid() != user && metadata.uid() != 0 {
        return Some(format!("belongs to user {}, expected {user}", metadata.uid()));
    }
    if metadata.mode() & 0o022 != 0 {
        return Some(format!("is writable by others: mode {:04o}", metadata.mode() & 0o7777));
    }
    None
}

/// Whether the process may write into a directory, by its mode and by its file system.
pub fn is_writable(path: &Path) -> io::Result<()> {
    let path = c_string(path.as_os_str().as_bytes())?;
    // SAFETY: the string is valid for the call.
    result(unsafe { libc::faccessat(libc::AT_FDCWD, path.as_ptr(), libc::W_OK | libc::X_OK, libc::AT_EACCESS) }).map(drop)
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

/// Whether `path` still names the open file.
pub fn is_same_file(file: &File, path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|named| file.metadata().is_ok_and(|held| held.ino() == named.ino()))
}

/// What tells one state of a file from another, as text.
pub fn fingerprint(file: &File) -> Option<String> {
    let metadata = file.metadata().ok()?;
    let (modified, changed) = (metadata.mtime_nsec(), metadata.ctime_nsec());
    Some(format!(
        "{} {} {} {}.{modified:09} {}.{changed:09}\n",
        metadata.dev(),
        metadata.ino(),
        metadata.size(),
        metadata.mtime(),
        metadata.ctime()
    ))
}

/// Set the file mode creation mask; gives the one before.
pub fn set_umask(mask: u32) -> u32 {
    // SAFETY: takes a plain number, cannot fail.
    unsafe { libc::umask(mask as libc::mode_t) as u32 }
}

/// Makes directories of this mode.
pub fn directory_builder(mode: u32) -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(mode);
    builder
}

/// Opens files, links at the end of a path not followed; those that it makes have this mode.
pub fn open_options(mode: u32) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(mode).custom_flags(libc::O_NOFOLLOW);
    options
}

pub fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
}

/// Take write permission from group and others, in a tree.
pub fn remove_write_permission(path: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    if metadata.is_symlink() {
        return Ok(());
    }
    let mode = metadata.permissions().mode();
    if mode & 0o022 != 0 {
        set_mode(path, mode & 0o7755)?;
    }
    if metadata.is_dir() {
        for entry in fs::read_dir(path)? {
            remove_write_permission(&entry?.path())?;
        }
    }
    Ok(())
}

/// Rename a tree to where nothing, or an empty directory, is. False: something is there.
pub fn rename_tree(from: &Path, to: &Path) -> io::Result<bool> {
    // rename(2) replaces no directory that has something in it.
    match fs::rename(from, to) {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.raw_os_error(), Some(libc::ENOTEMPTY | libc::EEXIST | libc::ENOTDIR)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether a rename was refused because somebody uses what it would move.
pub fn is_in_use(_: &io::Error) -> bool {
    false
}

/// The program's path, with the suffix that the system's programs have where it was left out.
pub fn program_path(path: PathBuf) -> PathBuf {
    path
}

pub fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Whether the system can hand arguments to this program unchanged.
///
/// Errors: `exec-failed`.
pub fn check_program(_: &Path) -> Result<()> {
    Ok(())
}

/// Whether files of this system can have that name.
///
/// Errors: `path-unsafe`.
pub fn check_name(_: &str) -> Result<()> {
    Ok(())
}

/// Whether stderr is a terminal on which a line can be erased.
pub fn is_terminal() -> bool {
    io::IsTerminal::is_terminal(&io::stderr())
}

pub fn write_all_at(file: &File, data: &[u8], at: u64) -> io::Result<()> {
    file.write_all_at(data, at)
}

/// An open directory, below which an archive is unpacked.
#[derive(Debug)]
pub struct Directory(File);

impl Directory {
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = c_string(path.as_os_str().as_bytes())?;
        let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_NOFOLLOW | libc::O_CLOEXEC;
        // SAFETY: the string is valid for the call.
        let descriptor = result(unsafe { libc::open(path.as_ptr(), flags) })?;
        // SAFETY: just opened, owned by nobody else.
        Ok(Self(unsafe { File::from_raw_fd(descriptor) }))
    }

    /// Make a new file. Fails if anything has that name, and never follows a link at its end.
    pub fn create_file(&self, path: &str, mode: u32) -> io::Result<File> {
        let path = c_string(path.as_bytes())?;
        let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL | libc::O_NOFOLLOW | libc::O_CLOEXEC;
        // SAFETY: the string is valid for the call and the directory's descriptor is open.
        let descriptor = result(unsafe { libc::openat(self.0.as_raw_fd(), path.as_ptr(), flags, mode) })?;
        // SAFETY: just opened, owned by nobody else.
        Ok(unsafe { File::from_raw_fd(descriptor) })
    }

    pub fn make_directory(&self, path: &str, mode: u32) -> io::Result<()> {
        let path = c_string(path.as_bytes())?;
        // SAFETY: the string is valid for the call and the directory's descriptor is open.
        result(unsafe { libc::mkdirat(self.0.as_raw_fd(), path.as_ptr(), mode as libc::mode_t) }).map(drop)
    }

    /// Whether `path` is itself a directory, links not followed.
    pub fn is_directory(&self, path: &str) -> io::Result<bool> {
        let path = c_string(path.as_bytes())?;
        // SAFETY: an all-zero stat is a valid value: numbers only.
        let mut answer: libc::stat = unsafe { std::mem::zeroed() };
        // SAFETY: both pointers are valid for the call and the directory's descriptor is open.
        result(unsafe { libc::fstatat(self.0.as_raw_fd(), path.as_ptr(), &raw mut answer, libc::AT_SYMLINK_NOFOLLOW) })?;
        Ok(answer.st_mode & libc::S_IFMT == libc::S_IFDIR)
    }

    pub fn make_link(&self, path: &str, target: &str) -> io::Result<()> {
        let (path, target) = (c_string(path.as_bytes())?, c_string(target.as_bytes())?);
        // SAFETY: the strings are valid for the call and the directory's descriptor is open.
        result(unsafe { libc::symlinkat(target.as_ptr(), self.0.as_raw_fd(), path.as_ptr()) }).map(drop)
    }

    /// Set the time of what has that name, of a link itself.
    pub fn set_time(&self, path: &str, seconds: i64) -> io::Result<()> {
        let path = c_string(path.as_bytes())?;
        let times = both_times(seconds);
        // SAFETY: the string and the array are valid for the call and the directory's descriptor is open.
        result(unsafe { libc::utimensat(self.0.as_raw_fd(), path.as_ptr(), times.as_ptr(), libc::AT_SYMLINK_NOFOLLOW) }).map(drop)
    }
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

/// Signals that spawn mode passes on to the program, and SIGCHLD.
const TAKEN: [c_int; 10] = [
    libc::SIGTERM,
    libc::SIGINT,
    libc::SIGHUP,
    libc::SIGQUIT,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGWINCH,
    libc::SIGCONT,
    libc::SIGTSTP,
    libc::SIGCHLD,
];

/// Run a program as a child and wait for it, passing signals on. Returns its status, or 128 and the signal that ended it.
///
/// The signals are blocked in the launcher and taken one by one. What the terminal sends it sends to the whole group, and so
/// to the child too. The child gets the mask that the launcher was started with.
pub fn spawn(path: &CStr, argv: &[&CStr], env: &[&CStr]) -> io::Result<i32> {
    let (argv, env) = (pointers(argv), pointers(env));
    let taken = signal_set(&TAKEN);
    let mut inherited = signal_set(&[]);
    // SAFETY: both pointers are valid for the call.
    unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const taken, &raw mut inherited) };
    let children = ReadableChildren::new();
    let signals = Signals::watch(&TAKEN)?;
    let (mut read_end, mut write_end) = kernel::failure_pipe()?;
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
        let Some((signal, by_terminal)) = signals.next() else { continue };
        if signal == libc::SIGCHLD {
            if let Some(status) = wait_for(child, libc::WNOHANG)? {
                return Ok(status);
            }
            continue;
        }
        if !(by_terminal && matches!(signal, libc::SIGINT | libc::SIGQUIT | libc::SIGTSTP)) {
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

fn signal_set(signals: &[c_int]) -> libc::sigset_t {
    // SAFETY: an all-zero set is a valid value, and is initialized by the call below.
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is valid for the calls.
    unsafe {
        libc::sigemptyset(&raw mut set);
        for &signal in signals {
            libc::sigaddset(&raw mut set, signal);
        }
    }
    set
}

fn wait_for(child: libc::pid_t, flags: c_int) -> io::Result<Option<i32>> {
    let mut status = 0;
    // SAFETY: the pointer is valid for the call.
    if result(unsafe { libc::waitpid(child, &raw mut status, flags) })? == 0 {
        return Ok(None);
    }
    Ok(Some(if libc::WIFSIGNALED(status) { 128 + libc::WTERMSIG(status) } else { libc::WEXITSTATUS(status) }))
}

/// Fill closed standard descriptors, so that no file of the launcher becomes somebody's stderr. They close again on exec.
fn fill_standard_descriptors() {
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
