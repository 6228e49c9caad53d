//! The system as Windows has it: the same interface as `unix.rs`. Source: spec/launch.md#windows.
//!
//! std opens long paths in their `\\?\` form by itself; only what is called directly here needs it said. Strings that elsewhere
//! are bytes are those of `OsStr::as_encoded_bytes`.

use crate::cache::FileSystem;
use crate::caller::Caller;
use crate::lock::Locked;
use flavor_format::{Error, ErrorCode, Result, is_device_name};
use std::borrow::Cow;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::iter::once;
use std::mem::zeroed;
use std::os::windows::ffi::{OsStrExt, OsStringExt};
use std::os::windows::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::{Component, Path, PathBuf, Prefix, absolute};
use std::process::Command;
use std::ptr::null;
use std::time::{Duration, Instant, SystemTime};
use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_ALREADY_EXISTS, ERROR_DIR_NOT_EMPTY, ERROR_FILE_EXISTS, ERROR_INVALID_FUNCTION, ERROR_LOCK_VIOLATION,
    ERROR_NOT_SUPPORTED, ERROR_SHARING_VIOLATION, HANDLE,
};
use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_ADD_FILE, FILE_ADD_SUBDIRECTORY, FILE_ATTRIBUTE_REPARSE_POINT, FILE_FLAG_BACKUP_SEMANTICS,
    FILE_FLAG_OPEN_REPARSE_POINT, FILE_WRITE_ATTRIBUTES, GetDiskFreeSpaceExW, GetFileInformationByHandle, LOCKFILE_EXCLUSIVE_LOCK,
    LOCKFILE_FAIL_IMMEDIATELY, LockFileEx, MoveFileExW,
};
use windows_sys::Win32::System::Console::{
    CTRL_BREAK_EVENT, CTRL_C_EVENT, ENABLE_VIRTUAL_TERMINAL_PROCESSING, GetConsoleMode, SetConsoleCtrlHandler, SetConsoleMode,
};
use windows_sys::Win32::System::IO::OVERLAPPED;
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectExtendedLimitInformation, SetInformationJobObject,
};
use windows_sys::core::BOOL;

pub const PATH_SEPARATOR: u8 = b';';
/// Whether the launcher cannot be replaced by the program.
pub const ALWAYS_SPAWNS: bool = true;

/// MAX_PATH, without the NUL.
const LONGEST_PLAIN_PATH: usize = 259;
/// How long a rename is tried while somebody, a virus scanner perhaps, has a file of the tree open.
const RENAME_PATIENCE: Duration = Duration::from_secs(5);
const RENAME_POLL: Duration = Duration::from_millis(50);
/// The lock's byte lies where no content is, since locks on Windows keep others from reading.
const LOCK_OFFSET_HIGH: u32 = 1 << 30;

fn result(status: BOOL) -> io::Result<()> {
    if status == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn is_one_of(error: &io::Error, codes: &[u32]) -> bool {
    error.raw_os_error().is_some_and(|code| codes.contains(&(code as u32)))
}

/// A path for a call that has no other way to be told of long paths, NUL-terminated.
fn verbatim(path: &Path) -> io::Result<Vec<u16>> {
    let path = absolute(path)?;
    let plain = path.as_os_str();
    let mut long = OsString::new();
    match path.components().next() {
        Some(Component::Prefix(prefix)) => match prefix.kind() {
            Prefix::Disk(_) => {
                long.push(r"\\?\");
                long.push(plain);
            }
            Prefix::UNC(..) => {
                long.push(r"\\?\UNC");
                // SAFETY: what follows the first backslash, an ASCII character, is as valid as the whole.
                long.push(unsafe { OsStr::from_encoded_bytes_unchecked(&plain.as_encoded_bytes()[1..]) });
            }
            _ => long.push(plain),
        },
        _ => long.push(plain),
    }
    Ok(long.encode_wide().chain(once(0)).collect())
}

/// Arguments and environment.
pub fn caller() -> Caller {
    let leak = |text: Vec<u8>| CString::new(text).ok().map(|text| &*Box::leak(text.into_boxed_c_str()));
    let entry = |(name, value): (OsString, OsString)| leak([name.as_encoded_bytes(), b"=", value.as_encoded_bytes()].concat());
    let argv = std::env::args_os().map(OsString::into_encoded_bytes).filter_map(leak).collect();
    Caller { argv, env: std::env::vars_os().filter_map(entry).collect() }
}

pub fn os_str(bytes: &[u8]) -> &OsStr {
    // SAFETY: all bytes of paths and variables are those of an OsStr, split at ASCII characters, or UTF-8 of the metadata.
    unsafe { OsStr::from_encoded_bytes_unchecked(bytes) }
}

pub fn os_string(bytes: Vec<u8>) -> OsString {
    // SAFETY: as for `os_str`.
    unsafe { OsString::from_encoded_bytes_unchecked(bytes) }
}

/// A path that was put together with `/`.
pub fn native_path(mut path: Vec<u8>) -> Vec<u8> {
    for byte in path.iter_mut().filter(|byte| **byte == b'/') {
        *byte = b'\\';
    }
    path
}

/// A path from the environment, in the form that paths of the workenv have.
pub fn plain_path(path: &Path) -> PathBuf {
    absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Where a path really leads, as people write it.
pub fn real_path(path: &Path) -> io::Result<PathBuf> {
    let real = fs::canonicalize(path)?;
    let plain = real.as_os_str().as_encoded_bytes().strip_prefix(br"\\?\");
    Ok(plain.filter(|plain| plain.get(1) == Some(&b':')).map_or(real.clone(), |plain| PathBuf::from(os_str(plain))))
}

/// The name of a variable, for comparing: in capitals, as far as a letter has one capital.
pub fn variable_name(name: &[u8]) -> Cow<'_, [u8]> {
    let capital = |letter: char| {
        let mut capitals = letter.to_uppercase();
        if capitals.len() == 1 { capitals.next().unwrap_or(letter) } else { letter }
    };
    match std::str::from_utf8(name) {
        Ok(name) => Cow::Owned(name.chars().map(capital).collect::<String>().into_bytes()),
        Err(_) => Cow::Owned(name.to_ascii_uppercase()),
    }
}

/// The name that a package was called by: the last component of argv[0] without `.exe` and `.psp`, in any case of letters.
pub fn command_name(command: &[u8]) -> &[u8] {
    let name = command.rsplit(|byte| matches!(byte, b'/' | b'\\' | b':')).next().unwrap_or_default();
    without_suffix(without_suffix(name, b".exe"), b".psp")
}

fn without_suffix<'a>(name: &'a [u8], suffix: &[u8]) -> &'a [u8] {
    match name.split_at_checked(name.len().wrapping_sub(suffix.len())) {
        Some((stem, end)) if end.eq_ignore_ascii_case(suffix) => stem,
        _ => name,
    }
}

/// There is no set-user-id here, and who runs as administrator chose to.
pub fn is_elevated() -> bool {
    false
}

/// Open the package's own file.
pub fn open_self(_: &[u8]) -> Option<File> {
    File::open(std::env::current_exe().ok()?).ok()
}

/// There is no password database; the variable is set in every session.
pub fn password_home() -> Option<PathBuf> {
    None
}

/// Where the user's cache is.
pub fn own_cache(caller: &Caller) -> Option<PathBuf> {
    flavor_format::own_cache(|name| caller.directory(name)).map(|path| plain_path(&path))
}

/// Places for those who have no cache of their own.
pub fn shared_caches() -> Vec<PathBuf> {
    vec![std::env::temp_dir().join("flavor")]
}

/// Why a cache directory may not be trusted.
pub fn distrust(metadata: &Metadata) -> Option<String> {
    let is_plain = metadata.is_dir() && metadata.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT == 0;
    (!is_plain).then(|| "is a link or no directory".to_owned())
}

pub fn file_system(path: &Path) -> io::Result<FileSystem> {
    let path = verbatim(path)?;
    let mut free_bytes = 0;
    // SAFETY: the path is NUL-terminated; the first pointer is valid, and the others may be null.
    result(unsafe { GetDiskFreeSpaceExW(path.as_ptr(), &raw mut free_bytes, std::ptr::null_mut(), std::ptr::null_mut()) })?;
    Ok(FileSystem { free_bytes, no_exec: false })
}

/// Whether the process may write into a directory.
pub fn is_writable(path: &Path) -> io::Result<()> {
    OpenOptions::new().access_mode(FILE_ADD_FILE | FILE_ADD_SUBDIRECTORY).custom_flags(FILE_FLAG_BACKUP_SEMANTICS).open(path).map(drop)
}

/// Take the kernel lock of an open file if it is free.
pub fn try_lock(file: &File) -> Locked {
    // SAFETY: an all-zero OVERLAPPED is a valid value.
    let mut place: OVERLAPPED = unsafe { zeroed() };
    place.Anonymous.Anonymous.OffsetHigh = LOCK_OFFSET_HIGH;
    let flags = LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY;
    // SAFETY: the handle is open, and the call does not outlast `place`, since it does not wait.
    match result(unsafe { LockFileEx(file.as_raw_handle(), flags, 0, 1, 0, &raw mut place) }) {
        Ok(()) => Locked::Yes,
        Err(error) if is_one_of(&error, &[ERROR_NOT_SUPPORTED, ERROR_INVALID_FUNCTION]) => Locked::Unsupported,
        Err(_) => Locked::ByAnother,
    }
}

/// The launcher stays until the program ends, and its handles with it.
pub fn keep_across_exec(_: &File) -> io::Result<()> {
    Ok(())
}

fn information(file: &File) -> io::Result<BY_HANDLE_FILE_INFORMATION> {
    // SAFETY: all-zero information is a valid value: numbers only.
    let mut answer: BY_HANDLE_FILE_INFORMATION = unsafe { zeroed() };
    // SAFETY: the handle is open and the pointer valid for the call.
    result(unsafe { GetFileInformationByHandle(file.as_raw_handle(), &raw mut answer) })?;
    Ok(answer)
}

/// Whether `path` still names the open file.
pub fn is_same_file(file: &File, path: &Path) -> bool {
    let identity = |file: &File| information(file).map(|found| (found.dwVolumeSerialNumber, found.nFileIndexHigh, found.nFileIndexLow));
    let named = open_options(0).read(true).open(path).and_then(|named| identity(&named));
    named.is_ok_and(|named| identity(file).is_ok_and(|held| held == named))
}

/// What tells one state of a file from another, as text.
pub fn fingerprint(file: &File) -> Option<String> {
    let found = information(file).ok()?;
    let numbers = [
        found.dwVolumeSerialNumber,
        found.nFileIndexHigh,
        found.nFileIndexLow,
        found.nFileSizeHigh,
        found.nFileSizeLow,
        found.ftCreationTime.dwHighDateTime,
        found.ftCreationTime.dwLowDateTime,
        found.ftLastWriteTime.dwHighDateTime,
        found.ftLastWriteTime.dwLowDateTime,
    ];
    Some(numbers.map(|number| format!("{number:08x}")).join(" ") + "\n")
}

/// Modes are not set.
pub fn set_umask(_: u32) -> u32 {
    0
}

pub fn directory_builder(_: u32) -> DirBuilder {
    DirBuilder::new()
}

/// Opens files, links at the end of a path not followed.
pub fn open_options(_: u32) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
    options
}

pub fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

pub fn remove_write_permission(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Rename a tree to where nothing is. False: something is there. Tried again for a while when something in it is open.
pub fn rename_tree(from: &Path, to: &Path) -> io::Result<bool> {
    let (old, new) = (verbatim(from)?, verbatim(to)?);
    let started = Instant::now();
    loop {
        // SAFETY: both paths are NUL-terminated.
        match result(unsafe { MoveFileExW(old.as_ptr(), new.as_ptr(), 0) }) {
            Ok(()) => return Ok(true),
            Err(error) if is_one_of(&error, &[ERROR_ALREADY_EXISTS, ERROR_FILE_EXISTS, ERROR_DIR_NOT_EMPTY]) => return Ok(false),
            // What stands in the way may also show as a refusal.
            Err(error) if is_in_use(&error) && fs::symlink_metadata(to).is_ok() => return Ok(false),
            Err(error) if is_in_use(&error) && started.elapsed() < RENAME_PATIENCE => std::thread::sleep(RENAME_POLL),
            Err(error) => return Err(error),
        }
    }
}

/// Whether a rename was refused because somebody uses what it would move.
pub fn is_in_use(error: &io::Error) -> bool {
    is_one_of(error, &[ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION])
}

/// The program's path, with the suffix that the system's programs have where it was left out.
pub fn program_path(path: PathBuf) -> PathBuf {
    if path.is_file() {
        return path;
    }
    let mut with_suffix = path.clone().into_os_string();
    with_suffix.push(".exe");
    let with_suffix = PathBuf::from(with_suffix);
    if with_suffix.is_file() { with_suffix } else { path }
}

pub fn is_executable(path: &Path) -> bool {
    path.is_file()
}

/// Whether the system can hand arguments to this program unchanged.
///
/// Errors: `exec-failed`.
pub fn check_program(path: &Path) -> Result<()> {
    let name = path.as_os_str().as_encoded_bytes().trim_ascii_end();
    let dots = name.iter().rev().take_while(|byte| matches!(byte, b'.' | b' ')).count();
    let name = &name[..name.len() - dots];
    if without_suffix(name, b".bat").len() == name.len() && without_suffix(name, b".cmd").len() == name.len() {
        return Ok(());
    }
    Err(Error::new(ErrorCode::ExecFailed, format!("cannot execute {}: arguments of batch files cannot be quoted safely", path.display()))
        .with_hint("name the program that the batch file would start"))
}

/// Whether files of this system can have that name.
///
/// Errors: `path-unsafe`.
pub fn check_name(path: &str) -> Result<()> {
    let unsafe_name = |what: &str| Err(Error::new(ErrorCode::PathUnsafe, format!("path {path:?} {what}, which Windows does not allow")));
    for name in path.split('/') {
        if name.contains(|character: char| character < ' ' || "<>:\"|?*\\".contains(character)) {
            return unsafe_name("has a control character or one of <>:\"|?*");
        }
        if name.ends_with(['.', ' ']) {
            return unsafe_name("ends in a dot or a space");
        }
        if is_device_name(name) {
            return unsafe_name("has the name of a device");
        }
    }
    Ok(())
}

/// Whether stderr is a terminal on which a line can be erased.
pub fn is_terminal() -> bool {
    let stderr = io::stderr().as_raw_handle();
    let mut mode = 0;
    // SAFETY: the handle is that of stderr, and the pointer is valid; a handle that is no console is refused.
    unsafe { GetConsoleMode(stderr, &raw mut mode) != 0 && SetConsoleMode(stderr, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0 }
}

pub fn write_all_at(file: &File, mut data: &[u8], mut at: u64) -> io::Result<()> {
    while !data.is_empty() {
        let written = file.seek_write(data, at)?;
        data = &data[written..];
        at += written as u64;
    }
    Ok(())
}

fn time(seconds: i64) -> io::Result<SystemTime> {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let time = if seconds < 0 { SystemTime::UNIX_EPOCH.checked_sub(distance) } else { SystemTime::UNIX_EPOCH.checked_add(distance) };
    time.ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "the time is out of range"))
}

pub fn set_time(file: &File, seconds: i64) -> io::Result<()> {
    file.set_modified(time(seconds)?)
}

/// A directory, below which an archive is unpacked. No link is ever made in it, so no path leads out.
#[derive(Debug)]
pub struct Directory(PathBuf);

impl Directory {
    pub fn open(path: &Path) -> io::Result<Self> {
        if fs::symlink_metadata(path)?.is_dir() { Ok(Self(path.to_owned())) } else { Err(ErrorKind::NotADirectory.into()) }
    }

    /// Make a new file. Fails if anything has that name.
    pub fn create_file(&self, path: &str, _: u32) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).open(self.0.join(path))
    }

    pub fn make_directory(&self, path: &str, _: u32) -> io::Result<()> {
        fs::create_dir(self.0.join(path))
    }

    /// Whether `path` is itself a directory, links not followed.
    pub fn is_directory(&self, path: &str) -> io::Result<bool> {
        Ok(fs::symlink_metadata(self.0.join(path))?.is_dir())
    }

    pub fn make_link(&self, _: &str, _: &str) -> io::Result<()> {
        Err(io::Error::new(ErrorKind::Unsupported, "links are not made on Windows"))
    }

    pub fn set_time(&self, path: &str, seconds: i64) -> io::Result<()> {
        let flags = FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT;
        let directory = OpenOptions::new().access_mode(FILE_WRITE_ATTRIBUTES).custom_flags(flags).open(self.0.join(path))?;
        set_time(&directory, seconds)
    }
}

/// The status of children can always be read.
pub struct ReadableChildren;

impl ReadableChildren {
    pub fn new() -> Self {
        Self
    }
}

/// Nothing replaces a process here: [`ALWAYS_SPAWNS`].
pub fn execute(_: &CStr, _: &[&CStr], _: &[&CStr]) -> io::Error {
    ErrorKind::Unsupported.into()
}

/// Run a program as a child and wait for it. Returns its status: 32 bits, so negative for a crash.
///
/// The child is in the same console and gets its events itself.
pub fn spawn(path: &CStr, argv: &[&CStr], env: &[&CStr]) -> io::Result<i32> {
    // SAFETY: the handler is a function that stays.
    result(unsafe { SetConsoleCtrlHandler(Some(leave_to_program), 1) })?;
    let variable = |entry: &CStr| {
        let bytes = entry.to_bytes().to_owned();
        let equals = bytes.iter().skip(1).position(|&byte| byte == b'=')? + 1;
        Some((os_string(bytes[..equals].to_vec()), os_string(bytes[equals + 1..].to_vec())))
    };
    let mut command = Command::new(program_to_start(Path::new(os_str(path.to_bytes()))));
    command.args(argv.iter().skip(1).map(|word| os_str(word.to_bytes())));
    command.env_clear().envs(env.iter().filter_map(|entry| variable(entry)));
    let mut child = command.spawn()?;
    let _job = end_with_launcher(child.as_raw_handle());
    let status = child.wait()?;
    status.code().ok_or_else(|| io::Error::other("the program ended without a status"))
}

/// A program with a long path is started, and called, by its verbatim form: std has one text for both, and looks no long path up.
fn program_to_start(path: &Path) -> PathBuf {
    match verbatim(path) {
        Ok(long) if path.as_os_str().encode_wide().count() > LONGEST_PLAIN_PATH => {
            PathBuf::from(OsString::from_wide(&long[..long.len() - 1]))
        }
        _ => path.to_owned(),
    }
}

/// Put a process into a job that ends it when the launcher ends, however that comes. Its own children are not in the job.
///
/// Without the job the program runs as well, so that a system that refuses it is no error.
fn end_with_launcher(process: HANDLE) -> io::Result<OwnedHandle> {
    // SAFETY: no attributes and no name.
    let job = unsafe { CreateJobObjectW(null(), null()) };
    if job.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: just made, owned by nobody else.
    let owned = unsafe { OwnedHandle::from_raw_handle(job) };
    // SAFETY: all-zero limits are a valid value: none.
    let mut limits: JOBOBJECT_EXTENDED_LIMIT_INFORMATION = unsafe { zeroed() };
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK;
    let size = size_of_val(&limits) as u32;
    // SAFETY: the handles are open; the pointer is valid for the size that follows it.
    unsafe {
        result(SetInformationJobObject(job, JobObjectExtendedLimitInformation, (&raw const limits).cast(), size))?;
        result(AssignProcessToJobObject(job, process))?;
    }
    Ok(owned)
}

/// What a console tells its processes is the program's to act on.
unsafe extern "system" fn leave_to_program(event: u32) -> BOOL {
    if !matches!(event, CTRL_C_EVENT | CTRL_BREAK_EVENT) {
        // The window closes, or the session ends. To return would end the launcher before its program has ended.
        loop {
            std::thread::park();
        }
    }
    1
}

/// End the process at once.
pub fn exit_now(status: u8) -> ! {
    std::process::exit(i32::from(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_windows_does_not_have_are_refused() {
        for path in ["a/con", "NUL.txt", "com1", "lpt³", "a:b", "a?", "x.", "x ", "a/b /c", "conout$"] {
            assert_eq!(check_name(path).unwrap_err().code(), ErrorCode::PathUnsafe, "{path}");
        }
        for path in ["console", "a/com10/x.y", "名 x", ".x", "null"] {
            assert_eq!(check_name(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn batch_files_are_refused_however_they_are_written() {
        for name in ["a.bat", r"C:\x y\A.CMD", "a.bat.", "a.cmd . "] {
            assert_eq!(check_program(Path::new(name)).unwrap_err().code(), ErrorCode::ExecFailed, "{name}");
        }
        for name in ["a.exe", "bat", "cmd", "a.cmdx"] {
            assert_eq!(check_program(Path::new(name)), Ok(()), "{name}");
        }
    }

    #[test]
    fn names_and_paths_are_compared_as_windows_does() {
        assert_eq!(command_name(br"C:\a b\Tool.psp.EXE"), b"Tool");
        assert_eq!(command_name(b"x/tool.PSP"), b"tool");
        assert_eq!(command_name(b"e"), b"e");
        assert_eq!(variable_name("Päth".as_bytes()), "PÄTH".as_bytes());
        assert_eq!(variable_name("straße".as_bytes()), "STRAßE".as_bytes());
        let wide = |text: &str| OsStr::new(text).encode_wide().chain(once(0)).collect::<Vec<u16>>();
        assert_eq!(verbatim(Path::new("C:/a/b")).unwrap(), wide(r"\\?\C:\a\b"));
        assert_eq!(verbatim(Path::new(r"\\server\share\x")).unwrap(), wide(r"\\?\UNC\server\share\x"));
        assert_eq!(verbatim(Path::new(r"\\?\C:\a")).unwrap(), wide(r"\\?\C:\a"));
    }
}
