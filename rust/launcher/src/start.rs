//! One start, step by step. Source: spec/launch.md#order-of-one-start.

use crate::cache::{self, RootKind, Unusable};
use crate::caller::Caller;
use crate::cli;
use crate::command;
use crate::environment;
use crate::execute;
use crate::extract::{self, Placement};
use crate::lock::{self, Waited};
use crate::marker;
use crate::placeholders::Placeholders;
use crate::progress::Progress;
use crate::requirements;
use crate::setup::{self, Setup};
use crate::shebang;
use crate::system;
use crate::tree::Tree;
use crate::workenv::{self, Temporary, Workenv, io_error};
use flavor_format::{Error, ErrorCode, HOME_VARIABLE, Result};
use flavor_messages::Log;
use flavor_reader::{Action, Finding, Level, Opened, Package, verify};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Everything that the environment says about how to start.
struct Settings {
    level: Level,
    cli: bool,
    spawn: bool,
}

impl Settings {
    /// Errors: `level-unknown`.
    fn from_environment(caller: &Caller) -> Result<Self> {
        let text = |name| caller.variable(name).and_then(OsStr::to_str).unwrap_or_default();
        let validation = caller.variable("FLAVOR_VALIDATION").unwrap_or_default().to_string_lossy();
        let level = if validation.is_empty() { Some(Level::Standard) } else { Level::parse(&validation) };
        let level = level.ok_or_else(|| {
            Error::new(ErrorCode::LevelUnknown, "FLAVOR_VALIDATION is not a level")
                .with_hint("use strict, standard, relaxed, minimal or none")
        })?;
        let cli = text("FLAVOR_LAUNCHER_CLI");
        Ok(Self {
            level,
            cli: cli == "1" || cli.eq_ignore_ascii_case("true"),
            spawn: system::ALWAYS_SPAWNS || text("FLAVOR_EXEC_MODE").eq_ignore_ascii_case("spawn"),
        })
    }
}

/// Start the package that this executable is part of. Returns only in spawn mode, in CLI mode, or with an error.
pub fn run(caller: &Caller, log: Log) -> Result<i32> {
    if system::is_elevated() {
        return Err(Error::new(ErrorCode::Elevated, "packages do not start with raised privileges (setuid, setgid or file capabilities)"));
    }
    let file = system::open_self(caller.command()).ok_or_else(|| {
        Error::new(ErrorCode::FileUnreadable, "cannot open the package's own file").with_hint("it must be readable, not only executable")
    })?;
    let settings = Settings::from_environment(caller)?;
    if settings.cli {
        return cli::run(caller, file, settings.level, settings.spawn, log);
    }
    start(caller, file, settings.level, settings.spawn, log)
}

/// A normal start.
pub fn start(caller: &Caller, file: File, environment_level: Level, spawn: bool, log: Log) -> Result<i32> {
    let opened = flavor_reader::open(file, environment_level)?;
    let level = opened.level(environment_level);
    let Opened { package, findings } = opened;
    let mut start = Start { caller, package: &package, level, log, tainted: judge(&findings, level, log)? };
    let (workenv, ready) = choose(caller, &package)?;
    let verified = level != Level::Strict || start.is_remembered(&workenv);
    if !verified {
        start.verify_all()?;
    }
    let mut content = if ready { workenv.content.clone() } else { start.extract(&workenv, None)? };
    if !verified {
        start.remember(&workenv);
    }
    // A tree made just now is not made again.
    let mut repairable = ready;
    loop {
        let home = caller.directory(HOME_VARIABLE).map(Path::to_owned).or_else(system::password_home);
        let placeholders = Placeholders { workenv: &content, metadata: &package.metadata, home: home.as_deref().map(Path::as_os_str) };
        let command = command::of_execution(&package.metadata.execution, caller, &placeholders)?;
        let environment = environment::build(caller, &package.metadata, &content, &workenv.root, &placeholders);
        let (argv, entries) = (command::full_argv(&command, caller), environment.entries());
        log.debug(|| format!("executing {}", command.path.to_string_lossy()));
        let error = if spawn {
            match execute::spawn(&command, &argv, &entries) {
                Ok(status) => return Ok(status),
                Err(error) => error,
            }
        } else {
            execute::replace(&command, &argv, &entries)
        };
        let program = Path::new(system::os_str(command.path.to_bytes()));
        if !(repairable && command.is_packaged && fs::symlink_metadata(program).is_err()) {
            return Err(error);
        }
        log.info(|| format!("{} is missing: extracting again", program.display()));
        repairable = false;
        drop(entries);
        content = start.extract(&workenv, Some(program))?;
    }
}

/// Act on findings: refuse, or warn. Returns whether level standard would have refused.
pub fn judge(findings: &[Finding], level: Level, log: Log) -> Result<bool> {
    if let Some(refused) = findings.iter().find(|finding| level.action(finding.fault) == Action::Refuse) {
        return Err(refused.error.clone());
    }
    for finding in findings.iter().filter(|finding| level.action(finding.fault) == Action::Warn) {
        log.warn(&finding.error);
    }
    Ok(findings.iter().any(|finding| Level::Standard.action(finding.fault) == Action::Refuse))
}

/// The workenv of a package, and whether it is ready. If it is not, its root can be written to.
pub fn choose(caller: &Caller, package: &Package) -> Result<(Workenv, bool)> {
    let mut reasons = Vec::new();
    for root in cache::roots(caller) {
        let workenv = Workenv::new(&root.path, package);
        let shared = root.kind == RootKind::Shared;
        if (!shared || cache::is_trusted(&root.path).unwrap_or(false)) && workenv.is_ready()? {
            return Ok((workenv, true));
        }
        match root.prepare() {
            Ok(()) => return Ok((workenv, false)),
            Err(Unusable::TryNext(reason)) => reasons.push(reason),
            Err(Unusable::Fatal(error)) => return Err(error),
        }
    }
    Err(Error::new(ErrorCode::IoError, format!("no place for the cache: {}", reasons.join("; ")))
        .with_hint("set FLAVOR_CACHE to a directory that can be written"))
}

/// The same without making anything: the first workenv that is ready, else the one that would be tried first.
pub fn choose_existing(caller: &Caller, package: &Package) -> Result<(Workenv, bool)> {
    let workenvs: Vec<Workenv> = cache::roots(caller).iter().map(|root| Workenv::new(&root.path, package)).collect();
    for workenv in &workenvs {
        if workenv.is_ready()? {
            return Ok((workenv.clone(), true));
        }
    }
    let first = workenvs.into_iter().next().ok_or_else(|| Error::new(ErrorCode::IoError, "no place for the cache"))?;
    Ok((first, false))
}

struct Start<'a> {
    caller: &'a Caller,
    package: &'a Package,
    level: Level,
    log: Log,
    /// Something was tolerated that level standard refuses: what is extracted stays private.
    tainted: bool,
}

impl Start<'_> {
    /// Level strict: everything that `open` did not look at.
    fn verify_all(&mut self) -> Result<()> {
        let name = &self.package.metadata.package.name;
        let progress = Progress::new(name, "verifying", self.package.index.package_size, self.log);
        let checks = verify::whole_file(self.package, |bytes| progress.advance(bytes))?;
        drop(progress);
        let findings: Vec<Finding> = checks.into_iter().filter_map(|check| check.finding).collect();
        self.tainted |= judge(&findings, self.level, self.log)?;
        Ok(())
    }

    fn is_remembered(&self, workenv: &Workenv) -> bool {
        let trusted = cache::is_trusted(&workenv.state).unwrap_or(false);
        trusted
            && system::fingerprint(&self.package.file)
                .is_some_and(|now| fs::read_to_string(workenv.verified()).is_ok_and(|then| then == now))
    }

    fn remember(&self, workenv: &Workenv) {
        if let Some(now) = system::fingerprint(&self.package.file) {
            // A verdict that cannot be kept is reached again.
            let _ = workenv::write_whole(&workenv.verified(), now.as_bytes(), 0o600);
        }
    }

    /// Extract, and publish unless the tree is private. Returns where the program runs from.
    ///
    /// `missing` is the program that a stamped tree lacks: such a tree is not ready, unless another process repairs it first.
    fn extract(&mut self, workenv: &Workenv, missing: Option<&Path>) -> Result<PathBuf> {
        let is_ready = || Ok(workenv.is_ready()? && missing.is_none_or(|program| fs::symlink_metadata(program).is_ok()));
        requirements::check(&self.package.metadata.requirements)?;
        let findings = verify::before_extraction(self.package)?;
        self.tainted |= judge(&findings, self.level, self.log)?;
        workenv.make_state()?;
        workenv.sweep();
        // A private tree is nobody else's work, so there is nothing to wait for.
        let waited =
            if self.tainted { Waited::Proceed(None) } else { lock::wait(&workenv.extraction_lock(), || is_ready().unwrap_or(false)) };
        let Waited::Proceed(_held) = waited else { return Ok(workenv.content.clone()) };
        if !self.tainted && is_ready()? {
            return Ok(workenv.content.clone());
        }
        let positions = self.wanted_slots();
        self.check_space(workenv, &positions)?;
        let temporary = workenv.temporary()?;
        self.fill(workenv, &temporary, &positions)?;
        if self.tainted {
            return temporary.keep();
        }
        let metadata = &self.package.metadata;
        if !metadata.setup_commands.is_empty() {
            shebang::rewrite(&temporary.tree, &workenv.content)
                .map_err(|error| io_error("cannot rewrite scripts in", &temporary.tree, &error))?;
        }
        workenv.stamp(&temporary.tree)?;
        if !metadata.setup_commands.is_empty() {
            // A setup command may have used a wide umask.
            system::remove_write_permission(&temporary.tree)
                .map_err(|error| io_error("cannot change modes in", &temporary.tree, &error))?;
        }
        let content = workenv.publish(temporary, is_ready)?;
        workenv.describe(self.package);
        Ok(content)
    }

    /// Positions of the slots that belong into the tree.
    fn wanted_slots(&self) -> Vec<usize> {
        let entries = self.package.metadata.slots.iter().enumerate();
        let wanted = entries.filter(|(_, entry)| {
            let elsewhere = entry.platform.as_deref().is_some_and(|platform| platform != "any" && platform != marker::OS);
            // Earlier launchers extracted every slot.
            !self.package.is_sealed() || !(elsewhere || matches!(entry.lifecycle.as_str(), "lazy" | "dev"))
        });
        wanted.map(|(position, _)| position).collect()
    }

    fn check_space(&self, workenv: &Workenv, positions: &[usize]) -> Result<()> {
        let plain: u64 = positions.iter().map(|&position| self.package.slots[position].original_size).sum();
        let needed = plain + plain / 20;
        match system::file_system(&workenv.state) {
            Ok(system) if system.free_bytes < needed => Err(Error::new(
                ErrorCode::DiskFull,
                format!("{} needs {needed} bytes, {} are free", workenv.content.display(), system.free_bytes),
            )
            .with_hint("free some space, or set FLAVOR_CACHE to a place that has some")),
            _ => Ok(()),
        }
    }

    /// Slots, directories, setup commands; then what was there for setup only goes.
    fn fill(&mut self, workenv: &Workenv, temporary: &Temporary, positions: &[usize]) -> Result<()> {
        let metadata = &self.package.metadata;
        let total = positions.iter().map(|&position| self.package.slots[position].original_size).sum();
        let progress = Progress::new(&metadata.package.name, "unpacking", total, self.log);
        // Modes are those of the archive: the umask of the caller counts for what setup commands and the program make.
        let umask = system::set_umask(0);
        let extracted = Tree::open(&temporary.tree)
            .and_then(|tree| extract::extract(self.package, positions, Placement::Workenv, &tree, self.level, &progress));
        system::set_umask(umask);
        drop(progress);
        let extracted = extracted?;
        self.tainted |= judge(&extracted.tolerated, self.level, self.log)?;

        let home = self.caller.directory(HOME_VARIABLE).map(Path::to_owned).or_else(system::password_home);
        let placeholders_in = |tree| Placeholders { workenv: tree, metadata, home: home.as_deref().map(Path::as_os_str) };
        let placeholders = || placeholders_in(temporary.tree.as_path());
        for directory in &metadata.workenv.directories {
            make_directory(&temporary.tree, system::os_string(placeholders().fill(&directory.path)), directory.mode)?;
        }
        if !metadata.setup_commands.is_empty() {
            let environment = environment::build(self.caller, metadata, &temporary.tree, &workenv.root, &placeholders());
            let host_path = self.caller.variable("PATH");
            let lasting = placeholders_in(if self.tainted { temporary.tree.as_path() } else { workenv.content.as_path() });
            let setup = Setup { tree: &temporary.tree, placeholders: placeholders(), lasting, environment, host_path, log: self.log };
            setup.run(&metadata.setup_commands)?;
        }
        remove_passing(&temporary.tree, &extracted.passing);
        Ok(())
    }
}

fn make_directory(tree: &Path, path: OsString, mode: u32) -> Result<()> {
    let path = setup::resolve_inside(tree, path)
        .map_err(|error| Error::new(ErrorCode::PathUnsafe, format!("workenv.directories: {}", error.message)))?;
    // No directory of a workenv is writable for others.
    cache::make_directories(&path)
        .and_then(|()| system::set_mode(&path, mode & 0o755))
        .map_err(|error| io_error("cannot make", &path, &error))
}

/// Remove what passing slots brought, and the directories that this leaves empty.
fn remove_passing(tree: &Path, paths: &[String]) {
    for path in paths {
        let path = tree.join(path);
        // A directory goes once it is empty, with the last of its files or here; what setup added keeps it.
        if fs::remove_file(&path).is_err() && fs::remove_dir(&path).is_err() {
            continue;
        }
        let empty = path.ancestors().skip(1).take_while(|parent| *parent != tree);
        for parent in empty {
            if fs::remove_dir(parent).is_err() {
                break;
            }
        }
    }
}
