//! From `execution` to a path and an argument vector. Source: spec/launch.md#command, #entries.

use crate::caller::Caller;
use crate::placeholders::Placeholders;
use crate::system;
use flavor_format::{Error, ErrorCode, Execution, Result, Words, split_command};
use std::env;
use std::ffi::{CStr, CString, OsStr};
use std::path::{Path, PathBuf};

/// A program and its arguments, ready for execve.
#[derive(Debug, PartialEq, Eq)]
pub struct Command {
    pub path: CString,
    /// argv[0] is `path`.
    pub argv: Vec<CString>,
    /// Whether the program belongs to the package: then its absence is cured by extracting again.
    pub is_packaged: bool,
}

/// The program that the metadata names for this call.
///
/// Errors: `program-missing`, `metadata-malformed`.
pub fn of_execution(execution: &Execution, caller: &Caller, placeholders: &Placeholders<'_>) -> Result<Command> {
    let name = caller.command_name();
    let entry = execution.entries.iter().find(|entry| entry.name.as_bytes() == name);
    let words = match (entry.map(|entry| &entry.argv).or(execution.argv.as_ref()), &execution.command) {
        (Some(argv), _) => argv.clone(),
        (None, Some(command)) => split_command(command)?,
        (None, None) => return Err(Error::new(ErrorCode::MetadataMalformed, "metadata: execution names no program")),
    };
    // Packages of earlier implementations name programs of the host by bare words.
    let bare_means_host = execution.argv.is_none();
    of_words(&words, placeholders, caller.variable("PATH"), bare_means_host)
}

/// A setup command's program. Tools of the host may be named by bare words.
pub fn of_setup(words: &Words, placeholders: &Placeholders<'_>, host_path: Option<&OsStr>) -> Result<Command> {
    match words {
        Words::Argv(argv) => of_words(argv, placeholders, host_path, true),
        Words::Command(command) => of_words(&split_command(command)?, placeholders, host_path, true),
    }
}

fn of_words(words: &[String], placeholders: &Placeholders<'_>, host_path: Option<&OsStr>, bare_means_host: bool) -> Result<Command> {
    let (first, rest) = words.split_first().ok_or_else(|| Error::new(ErrorCode::ProgramMissing, "the command is empty"))?;
    let program = PathBuf::from(system::os_string(system::native_path(placeholders.fill(first))));
    let (path, is_packaged) = locate(&program, placeholders.workenv, host_path, bare_means_host)?;
    let nul = |_| Error::new(ErrorCode::ExecFailed, format!("the command of {first:?} has a NUL in an argument"));
    system::check_program(&path)?;
    let path = CString::new(path.into_os_string().into_encoded_bytes()).map_err(nul)?;
    let mut argv = vec![path.clone()];
    for word in rest {
        argv.push(CString::new(placeholders.fill(word)).map_err(nul)?);
    }
    Ok(Command { path, argv, is_packaged })
}

/// Where the program lies, and whether that is inside the workenv.
fn locate(program: &Path, workenv: &Path, host_path: Option<&OsStr>, bare_means_host: bool) -> Result<(PathBuf, bool)> {
    if program.is_absolute() {
        return Ok((system::program_path(program.to_owned()), program.starts_with(workenv)));
    }
    if let Some(name) = program.as_os_str().as_encoded_bytes().strip_prefix(b"host:") {
        let name = system::os_str(name);
        return Ok((on_host(name, host_path).ok_or_else(|| not_on_host(name))?, false));
    }
    for candidate in [workenv.join("bin").join(program), workenv.join(program)].map(system::program_path) {
        if candidate.is_file() {
            return Ok((candidate, true));
        }
    }
    let is_bare = program.components().count() == 1;
    if is_bare && bare_means_host {
        let name = program.as_os_str();
        return Ok((on_host(name, host_path).ok_or_else(|| not_on_host(name))?, false));
    }
    // The path that it should have had: a broken tree is extracted again, and then this is what is reported.
    Ok((workenv.join("bin").join(program), true))
}

/// Search the caller's PATH. Relative entries are left out: they would let the current directory decide what runs.
fn on_host(name: &OsStr, host_path: Option<&OsStr>) -> Option<PathBuf> {
    if Path::new(name).file_name() != Some(name) {
        return None;
    }
    let entries = env::split_paths(host_path?).filter(|entry| entry.is_absolute());
    entries.map(|entry| system::program_path(entry.join(name))).find(|path| system::is_executable(path))
}

fn not_on_host(name: &OsStr) -> Error {
    Error::new(ErrorCode::ProgramMissing, format!("program {:?} is in no absolute directory of PATH", name.to_string_lossy()))
        .with_hint("the package needs this program from the system: install it, or correct PATH")
}

/// The command's argv, then the caller's arguments, unchanged.
pub fn full_argv<'a>(command: &'a Command, caller: &Caller) -> Vec<&'a CStr> {
    command.argv.iter().map(|word| &**word).chain(caller.arguments().iter().copied()).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn absolute_programs_are_taken_as_they_stand() {
        let workenv = Path::new("/nowhere/w");
        let find = |program: &str| {
            locate(Path::new(program), workenv, Some(OsStr::new("/bin:/usr/bin")), false)
                .map(|(path, own)| (path.display().to_string(), own))
        };
        assert_eq!(find("/nowhere/w/bin/x").unwrap(), ("/nowhere/w/bin/x".into(), true));
        assert_eq!(find("/bin/missing").unwrap(), ("/bin/missing".into(), false));
        assert_eq!(find("x").unwrap(), ("/nowhere/w/bin/x".into(), true), "never from PATH");
        assert!(find("host:sh").unwrap().0.ends_with("/sh"));
        assert_eq!(find("host:no-such-program").unwrap_err().code(), ErrorCode::ProgramMissing);
        assert_eq!(find("host:../sh").unwrap_err().code(), ErrorCode::ProgramMissing);
    }

    #[test]
    fn relative_entries_of_path_are_not_searched() {
        assert_eq!(on_host(OsStr::new("sh"), Some(OsStr::new("bin:.::"))), None);
        assert_eq!(on_host(OsStr::new("sh"), None), None);
        assert!(on_host(OsStr::new("sh"), Some(OsStr::new("nowhere:/bin"))).is_some());
    }
}
