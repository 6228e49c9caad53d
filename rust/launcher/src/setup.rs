//! Setup commands, run in the temporary tree before it is published. Source: spec/launch.md#setup-commands.

use crate::command::{self, Command};
use crate::environment::{self, Environment};
use crate::placeholders::Placeholders;
use crate::system;
use flavor_format::{Error, ErrorCode, Result, SetupCommand, Words};
use flavor_messages::Log;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Where setup commands run, and with what.
pub struct Setup<'a> {
    pub tree: &'a Path,
    pub placeholders: Placeholders<'a>,
    /// The same for what is written into files: there `{workenv}` is where the tree will be.
    pub lasting: Placeholders<'a>,
    pub environment: Environment,
    pub host_path: Option<&'a OsStr>,
    pub log: Log,
}

fn failed(what: impl Into<String>) -> Error {
    Error::new(ErrorCode::SetupFailed, what)
}

impl Setup<'_> {
    /// Errors: `setup-failed`.
    pub fn run(&self, commands: &[SetupCommand]) -> Result<()> {
        let _readable = system::ReadableChildren::new();
        commands.iter().enumerate().try_for_each(|(number, command)| {
            self.step(command).map_err(|error| failed(format!("setup command {number}: {}", error.message)))
        })
    }

    fn step(&self, command: &SetupCommand) -> Result<()> {
        match command {
            SetupCommand::Execute(words) => self.execute(words, None),
            SetupCommand::EnumerateAndExecute { words, path, pattern } => {
                let matches = self.matches(&self.inside(path)?, &self.placeholders.fill(pattern))?;
                matches.iter().try_for_each(|found| self.execute(words, Some(found)))
            }
            SetupCommand::WriteFile { path, content, mode } => {
                let path = self.inside(path)?;
                let written = make_parents(&path)
                    .and_then(|()| fs::File::create(&path))
                    .and_then(|mut file| file.write_all(&self.lasting.fill(content)))
                    .and_then(|()| system::set_mode(&path, *mode));
                written.map_err(|error| failed(format!("cannot write {}: {error}", path.display())))
            }
            SetupCommand::Chmod { path, mode } => {
                let path = self.inside(path)?;
                let name = path.file_name().unwrap_or_default().as_encoded_bytes();
                let paths = match (name.iter().any(|byte| matches!(byte, b'*' | b'?')), path.parent()) {
                    (true, Some(parent)) => self.matches(parent, name)?,
                    _ => vec![path],
                };
                paths.iter().try_for_each(|path| {
                    let changed = system::set_mode(path, *mode);
                    changed.map_err(|error| failed(format!("cannot change the mode of {}: {error}", path.display())))
                })
            }
        }
    }

    fn execute(&self, words: &Words, argument: Option<&Path>) -> Result<()> {
        let Command { path, argv, .. } = command::of_setup(words, &self.placeholders, self.host_path)?;
        let path = system::os_str(path.to_bytes());
        self.log.info(|| format!("setup: {}", path.to_string_lossy()));
        let output = std::process::Command::new(path)
            .args(argv.iter().skip(1).map(|word| system::os_str(word.to_bytes())))
            .args(argument)
            .env_clear()
            .envs(self.environment.pairs().map(|(name, value)| (system::os_str(name), system::os_str(value))))
            .current_dir(self.tree)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| failed(format!("cannot execute {}: {error}", path.to_string_lossy())))?;
        if output.status.success() {
            return Ok(());
        }
        let _ = std::io::stderr().write_all(&output.stdout);
        let _ = std::io::stderr().write_all(&output.stderr);
        Err(failed(format!("{}: {}", path.to_string_lossy(), output.status)))
    }

    /// A path of a setup command, which may be relative to the tree and must lie in it, links resolved.
    fn inside(&self, template: &str) -> Result<PathBuf> {
        resolve_inside(self.tree, system::os_string(self.placeholders.fill(template)))
    }

    /// What in `directory` a glob matches, sorted by bytes.
    fn matches(&self, directory: &Path, pattern: &[u8]) -> Result<Vec<PathBuf>> {
        let entries = fs::read_dir(directory).map_err(|error| failed(format!("cannot list {}: {error}", directory.display())))?;
        let names = entries.flatten().map(|entry| entry.file_name());
        let mut found: Vec<PathBuf> = names
            .filter(|name| environment::matches(pattern, name.as_encoded_bytes()))
            .map(|name| directory.join(name))
            // What a link outside leads to is none of this package's business.
            .filter(|path| path.canonicalize().is_ok_and(|real| self.tree.canonicalize().is_ok_and(|tree| real.starts_with(tree))))
            .collect();
        found.sort_unstable();
        Ok(found)
    }
}

/// A path below `tree`, by its text and by what its existing part really is.
///
/// Errors: `setup-failed`.
pub fn resolve_inside(tree: &Path, path: OsString) -> Result<PathBuf> {
    let outside = |path: &Path| failed(format!("path {} leaves the tree", path.display()));
    let path = tree.join(PathBuf::from(path));
    let relative = path.strip_prefix(tree).map_err(|_| outside(&path))?;
    if relative.components().any(|component| !matches!(component, std::path::Component::Normal(_))) {
        return Err(outside(&path));
    }
    let real_tree = tree.canonicalize().map_err(|error| failed(format!("cannot resolve {}: {error}", tree.display())))?;
    let mut existing = path.as_path();
    let real = loop {
        match (existing.canonicalize(), existing.parent()) {
            (Ok(real), _) => break real,
            // A link that leads nowhere would be written through.
            (Err(_), Some(parent)) if fs::symlink_metadata(existing).is_err() => existing = parent,
            (Err(_), _) => return Err(outside(&path)),
        }
    };
    if real.starts_with(&real_tree) { Ok(path) } else { Err(outside(&path)) }
}

fn make_parents(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn paths_stay_inside_by_text_and_in_fact() {
        let tree = std::env::temp_dir().join(format!("flavor-setup-{}", std::process::id()));
        fs::create_dir_all(tree.join("a")).unwrap();
        symlink("/tmp", tree.join("out")).unwrap();
        symlink("/nowhere/x", tree.join("dangling")).unwrap();
        symlink("a", tree.join("in")).unwrap();
        for path in ["x", "a/b/c", "in/x", ""] {
            assert!(resolve_inside(&tree, path.into()).is_ok(), "{path}");
        }
        assert!(resolve_inside(&tree, tree.join("a/x").into_os_string()).is_ok());
        for path in ["../x", "/etc/passwd", "a/../../x", "out/x", "out", "dangling", "a/../b"] {
            assert_eq!(resolve_inside(&tree, path.into()).unwrap_err().code(), ErrorCode::SetupFailed, "{path}");
        }
        fs::remove_dir_all(tree).unwrap();
    }
}
