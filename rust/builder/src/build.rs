//! One build, from the command line to a verified file under its name. Read this first.
//!
//! Source: spec/builder.md#what-a-builder-does.

use crate::arguments::{Arguments, Key};
use crate::blob::{Blob, BlobMaker};
use crate::files::unreadable;
use crate::interrupt::Interrupt;
use crate::keys::{Signer, is_guessable, read_public_key};
use crate::launcher::{Launcher, Search, folders};
use crate::manifest::{self, Manifest, ManifestSlot};
use crate::marker::{ARCH, OS, VERSION};
use crate::names::TargetNames;
use crate::output::Temporary;
use crate::package::{self, Parts, Written};
use crate::progress::Progress;
use crate::wheel::WheelZip;
use flavor_format::{BuildInfo, Document, DocumentSlot, Error, ErrorCode, Platform, Result};
use flavor_messages::Log;
use flavor_reader::{Fault, Level, verify};
use std::cell::RefCell;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// The mtime of everything when SOURCE_DATE_EPOCH is not set: 1980-01-01.
const DEFAULT_MTIME: u64 = 315_532_800;
/// What a tar header can hold: eleven octal digits.
const LATEST_MTIME: u64 = (1 << 33) - 1;

/// A build that was done.
pub struct Built {
    /// Absolute.
    pub output: PathBuf,
    pub written: Written,
    pub launcher: Launcher,
    pub signer: Option<Signer>,
    pub verified: bool,
}

/// Errors: every code that spec/builder.md and spec/manifest.md name; nothing is left behind, and an existing output stays as it was.
pub fn build(arguments: &Arguments, log: Log, variable: impl Fn(&str) -> Option<OsString>) -> Result<Built> {
    let interrupt = Interrupt::on_signals();
    let epoch = source_date_epoch(variable("SOURCE_DATE_EPOCH"))?;
    let output = absolute(&arguments.output)?;
    check_output(&output, arguments.force)?;
    let signer = choose_signer(arguments, log)?;
    let base = absolute(arguments.workenv_base.as_deref().unwrap_or(Path::new(".")))?;
    let manifest::Resolved { manifest, warnings } = manifest::read(&arguments.manifest, &base)?;
    for warning in &warnings {
        log.warn_that(warning);
    }
    let launcher = find_launcher(arguments, log, |name| variable(name).map(PathBuf::from))?;

    let key = if let Key::File(path) = &arguments.key { Some(path.as_path()) } else { None };
    let sources = manifest.slots.iter().map(|slot| slot.source.as_path());
    check_not_input(&output, sources.chain([arguments.manifest.as_path(), launcher.path.as_path()]).chain(key))?;

    let mut progress = Progress::new(log, interrupt);
    let folder = Temporary::folder(&output)?;
    let blobs = make_blobs(&manifest, arguments, launcher.platform, epoch, folder.path(), &mut progress, log)?;
    let wheel = manifest.slots.last().filter(|slot| slot.is_wheel()).map(|slot| WheelZip::read(&slot.source)).transpose()?;
    let mut document = describe(manifest, &blobs, &launcher, signer.as_ref(), epoch);
    if let (Some(wheel), Some(slot)) = (&wheel, document.slots.last_mut()) {
        slot.permissions.get_or_insert(wheel.mode);
    }
    let parts = Parts { document, blobs: &blobs, wheel, launcher: &launcher.bytes, signer: signer.as_ref(), timestamp: epoch.unwrap_or(0) };
    let written = package::write(
        parts,
        &output,
        &mut progress,
        |path, progress| {
            if arguments.verify { verify_package(path, progress) } else { Ok(()) }
        },
    )?;
    Ok(Built { output, written, launcher, signer, verified: arguments.verify })
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| unreadable(path, &error))
}

/// Errors: `usage` for a value that is no number of seconds that an archive can hold.
fn source_date_epoch(value: Option<OsString>) -> Result<Option<u64>> {
    let Some(value) = value else { return Ok(None) };
    let seconds = value.to_str().filter(|text| text.len() <= 11 && text.bytes().all(|digit| digit.is_ascii_digit()));
    let seconds = seconds.and_then(|text| text.parse().ok()).filter(|seconds| *seconds <= LATEST_MTIME);
    let wrong = || format!("SOURCE_DATE_EPOCH: expected seconds since 1970, found {:?}", value.to_string_lossy());
    seconds.map(Some).ok_or_else(|| Error::new(ErrorCode::Usage, wrong()))
}

fn choose_signer(arguments: &Arguments, log: Log) -> Result<Option<Signer>> {
    let signer = match &arguments.key {
        Key::Unsigned => {
            log.warn_that("the package will be unsigned: nobody can tell whether it was changed");
            return Ok(None);
        }
        Key::Ephemeral => Signer::ephemeral()?,
        Key::File(path) => Signer::of_file(path)?,
        Key::Seed(text) => {
            if is_guessable(text) {
                log.warn_that(
                    "the key seed can be guessed (under 128 bits): whoever guesses it can sign as you; use flavor keygen and --private-key for what you publish",
                );
            }
            Signer::of_seed(text)?
        }
    };
    if let Some(place) = &arguments.public_key {
        signer.expect(&read_public_key(place)?)?;
    }
    Ok(Some(signer))
}

/// Whether the output can be written, before any work begins.
///
/// Errors: `output-exists`, `output-unwritable`.
fn check_output(output: &Path, force: bool) -> Result<()> {
    let folder = output.parent().unwrap_or(output);
    let (place, parent) = (output.display(), folder.display());
    let unwritable = |why: &str| Error::new(ErrorCode::OutputUnwritable, format!("cannot write {place}: {why}"));
    let Ok(found) = fs::metadata(folder) else {
        return Err(unwritable(&format!("the folder {parent} does not exist")).with_hint(format!("make it first: mkdir -p {parent}")));
    };
    if !found.is_dir() {
        return Err(unwritable(&format!("{parent} is not a folder")));
    }
    let exists = |what: &str, hint: &str| Err(Error::new(ErrorCode::OutputExists, format!("{place} {what}")).with_hint(hint));
    match fs::symlink_metadata(output) {
        Ok(found) if found.is_dir() => exists("is a folder", "give a file name with -o"),
        Ok(found) if !found.is_file() && !found.is_symlink() => exists("is a device or pipe", "give a file name with -o"),
        Ok(_) if !force => exists("exists already", "give --force to replace it, or another name with -o"),
        _ => Ok(()),
    }
}

/// What is read must not be replaced, `--force` or not: a key that is gone is gone.
///
/// Errors: `output-exists`.
fn check_not_input<'a>(output: &Path, inputs: impl IntoIterator<Item = &'a Path>) -> Result<()> {
    let Ok(place) = fs::canonicalize(output) else { return Ok(()) };
    for input in inputs {
        if fs::canonicalize(input).is_ok_and(|found| found == place) {
            let message = format!("{} is {}, which the package is made from", output.display(), input.display());
            return Err(Error::new(ErrorCode::OutputExists, message).with_hint("give another name with -o"));
        }
    }
    Ok(())
}

fn find_launcher(arguments: &Arguments, log: Log, variable: impl Fn(&str) -> Option<PathBuf>) -> Result<Launcher> {
    let search = Search {
        given: arguments.launcher.as_deref(),
        target: arguments.target,
        host: Platform { os: OS, arch: ARCH },
        folders: &folders(variable),
    };
    let mut launcher = Launcher::find(&search)?;
    log.debug(|| format!("launcher {}", launcher.path.display()));
    if arguments.strip {
        launcher.strip();
        let path = launcher.path.display();
        match launcher.stripped {
            0 => log.note(&format!("--strip: {path} is no ELF file, or has nothing to drop")),
            dropped => log.note(&format!("--strip: {dropped} bytes of {path} dropped, {} left", launcher.bytes.len())),
        }
    }
    Ok(launcher)
}

/// The blobs of all slots but the wheel, which is laid out with the package.
fn make_blobs(
    manifest: &Manifest,
    arguments: &Arguments,
    target: Platform,
    epoch: Option<u64>,
    folder: &Path,
    progress: &mut Progress,
    log: Log,
) -> Result<Vec<Blob>> {
    // LATEST_MTIME fits.
    let mtime = epoch.unwrap_or(DEFAULT_MTIME) as i64;
    let names = RefCell::new(TargetNames::new(target.os));
    let maker = BlobMaker { mtime, compression: arguments.compression, progress: RefCell::new(progress), names };
    let slots = manifest.slots.iter().filter(|slot| !slot.is_wheel());
    let blobs = slots.map(|slot| maker.make(slot, &folder.join(&slot.id))).collect::<Result<_>>()?;
    if let Some(warning) = maker.names.borrow().warning() {
        log.warn_that(&warning);
    }
    Ok(blobs)
}

/// From a manifest to the metadata that a package carries. What is known of a wheel slot only later is filled in then.
fn describe(manifest: Manifest, blobs: &[Blob], launcher: &Launcher, signer: Option<&Signer>, epoch: Option<u64>) -> Document {
    let sequence = if manifest.sequence == 0 { epoch.unwrap_or(0) } else { manifest.sequence };
    let blobs = blobs.iter().map(Some).chain(std::iter::repeat(None));
    Document {
        name: manifest.name,
        version: manifest.version,
        description: manifest.description,
        sequence,
        slots: manifest.slots.into_iter().zip(blobs).map(|(slot, blob)| describe_slot(slot, blob)).collect(),
        execution: manifest.execution,
        runtime_env: manifest.runtime_env,
        workenv: manifest.workenv,
        setup_commands: manifest.setup_commands,
        cache_validation: manifest.cache_validation,
        requirements: manifest.requirements,
        minimum_level: manifest.minimum_level,
        key_lifetime: signer.map(|signer| signer.lifetime),
        build: BuildInfo {
            tool_version: VERSION.to_owned(),
            timestamp: rfc3339(epoch.unwrap_or(DEFAULT_MTIME)),
            platform: launcher.platform,
        },
        launcher: launcher.info(),
    }
}

fn describe_slot(slot: ManifestSlot, blob: Option<&Blob>) -> DocumentSlot {
    let is_archive = slot.operations.is_archive();
    DocumentSlot {
        id: slot.id,
        target: slot.target,
        size: blob.map_or(0, |blob| blob.size),
        original_size: blob.map_or(0, |blob| blob.original_size),
        checksum: blob.map_or([0; 32], |blob| blob.digest),
        operations: slot.operations,
        purpose: slot.purpose,
        lifecycle: slot.lifecycle,
        permissions: slot.permissions.filter(|_| !is_archive).or(blob.and_then(|blob| blob.mode)),
        platform: slot.platform,
        frames: blob.and_then(|blob| blob.frames.clone()),
    }
}

/// Seconds since 1970 as `2025-01-31T23:59:59Z`.
fn rfc3339(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Years from March on, in cycles of 400 years that have 146,097 days; 1970-01-01 is day 719,468 of year 0.
    let day = days + 719_468;
    let (cycle, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, year) = (day - (153 * month + 2) / 5 + 1, 400 * cycle + year + u64::from(month >= 10));
    let month = if month < 10 { month + 3 } else { month - 9 };
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

/// Errors: `verification-failed`, naming what does not verify.
fn verify_package(path: &Path, progress: &mut Progress) -> Result<()> {
    let failed =
        |error: &Error| Error::new(ErrorCode::VerificationFailed, format!("the package that was just built does not verify: {error}"));
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    progress.step("verify".to_owned(), file.metadata().map_or(0, |metadata| metadata.len()));
    let opened = flavor_reader::open(file, Level::Strict).map_err(|error| failed(&error))?;
    let mut interrupted = Ok(());
    let checks = verify::whole_file(&opened.package, |bytes| {
        let advanced = progress.advance(usize::try_from(bytes).unwrap_or(0));
        interrupted = interrupted.clone().and(advanced);
    });
    interrupted?;
    let findings = checks.map_err(|error| failed(&error))?.into_iter().filter_map(|check| check.finding);
    match opened.findings.into_iter().chain(findings).find(|finding| finding.fault != Fault::Unsigned) {
        Some(finding) => Err(failed(&finding.error)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (315_532_800, "1980-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (LATEST_MTIME, "2242-03-16T12:56:31Z"),
        ] {
            assert_eq!(rfc3339(seconds), text);
        }
    }

    #[test]
    fn the_epoch_is_a_number_of_seconds() {
        let read = |text: &str| source_date_epoch(Some(text.into()));
        assert_eq!(
            (source_date_epoch(None).unwrap(), read("0").unwrap(), read("1700000000").unwrap()),
            (None, Some(0), Some(1_700_000_000))
        );
        for text in ["-1", "1.5", "now", "99999999999", "123456789012"] {
            assert_eq!(read(text).unwrap_err().code(), ErrorCode::Usage, "{text}");
        }
    }
}
