//! FLAVOR_LAUNCHER_CLI=1: questions about the package instead of a start. Source: spec/launch.md#flavor_launcher_cli.

use crate::cache;
use crate::caller::Caller;
use crate::extract::{self, Placement};
use crate::marker;
use crate::progress::Progress;
use crate::start::{self, choose_existing, judge};
use crate::system;
use crate::tree::Tree;
use crate::workenv::io_error;
use flavor_format::{Error, ErrorCode, Result, hex};
use flavor_messages::json;
use flavor_messages::{Log, visible};
use flavor_reader::{Fault, Finding, Level, Opened, Package, key_id, plain_wheel, verify};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

const HELP: &str = "\
FLAVOR_LAUNCHER_CLI=1 PACKAGE [COMMAND] [--json]

  info              name, version, package id, signer, launcher, slots, command
  verify            check the whole file; one line a check
  metadata          the signed metadata
  extract SLOT DIR  unpack a slot, by position or id, into DIR
  run [ARGS]        a normal start
  trust             the signer's key id, and what verification proves
  cache             where the package is extracted to, and whether it is
  version           of this launcher; works without a package too
  help              this list

Exit status: 0; 10 to 13 and 18 when the package is not intact; 105 for wrong arguments; 103 and 106 when extraction fails.
Without the variable every argument belongs to the program.
";

/// Answer one command.
///
/// Errors: those of a start, for `run`. Other commands report their own, with the exit codes of `verify`.
pub fn run(caller: &Caller, file: File, level: Level, spawn: bool, log: Log) -> Result<i32> {
    if caller.arguments().first().is_some_and(|command| command.to_bytes() == b"run") {
        let argv = caller.argv.iter().enumerate().filter(|(position, _)| *position != 1).map(|(_, word)| *word).collect();
        return start::start(&Caller { argv, env: caller.env.clone() }, file, level, spawn, log);
    }
    Ok(answer(caller, file, level, log).unwrap_or_else(|error| {
        log.error(&error);
        i32::from(if error.code() == ErrorCode::ArgumentsInvalid { error.code().exit() } else { error.code().verify_exit() })
    }))
}

fn answer(caller: &Caller, file: File, level: Level, log: Log) -> Result<i32> {
    let words: Vec<String> = caller.arguments().iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let as_json = words.iter().any(|word| word == "--json");
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "--json").collect();
    match words[..] {
        [] | ["info"] => with_package(file, level, log, |package| Ok(info(package, as_json))),
        ["verify"] => verify_package(file, as_json, log),
        ["metadata"] => with_package(file, level, log, |package| {
            let mut bytes = package.metadata_json.clone();
            bytes.push(b'\n');
            Ok(bytes)
        }),
        ["extract", slot, directory] => {
            with_package(file, level, log, |package| extract_slot(package, slot, Path::new(directory), level, as_json, log))
        }
        ["trust"] => with_package(file, level, log, |package| Ok(trust(package, as_json))),
        ["cache"] => with_package(file, level, log, |package| cache_state(caller, package, as_json)),
        ["version" | "--version"] => {
            print(&version(as_json))?;
            Ok(0)
        }
        ["help" | "--help"] => {
            print(if as_json { json::object(&[("help", json::text(HELP))]) + "\n" } else { HELP.to_owned() }.as_bytes())?;
            Ok(0)
        }
        _ => {
            Err(Error::new(ErrorCode::ArgumentsInvalid, format!("FLAVOR_LAUNCHER_CLI: unknown command or arguments: {}", words.join(" ")))
                .with_hint("help lists the commands; unset FLAVOR_LAUNCHER_CLI to start the program"))
        }
    }
}

fn version(as_json: bool) -> Vec<u8> {
    let (name, version, platform) = (marker::NAME, marker::VERSION, marker::PLATFORM);
    let answer = if as_json {
        json::object(&[("name", json::text(name)), ("version", json::text(version)), ("platform", json::text(platform))])
    } else {
        format!("{name} {version} {platform}")
    };
    (answer + "\n").into_bytes()
}

fn print(bytes: &[u8]) -> Result<()> {
    std::io::stdout().write_all(bytes).map_err(|error| Error::new(ErrorCode::OutputUnwritable, format!("cannot write to stdout: {error}")))
}

/// Open at the level of the environment, answer, and print the answer.
fn with_package(file: File, level: Level, log: Log, answer: impl FnOnce(&Package) -> Result<Vec<u8>>) -> Result<i32> {
    let opened = flavor_reader::open(file, level)?;
    judge(&opened.findings, opened.level(level), log)?;
    print(&answer(&opened.package)?)?;
    Ok(0)
}

fn table(rows: &[(&str, String)]) -> String {
    rows.iter().map(|(name, value)| format!("{name:<12} {}\n", visible(value))).collect()
}

fn signer(package: &Package) -> Option<String> {
    package.index.has_signature().then(|| key_id(&package.index.public_key))
}

fn command_words(package: &Package) -> Vec<String> {
    let execution = &package.metadata.execution;
    execution.argv.clone().unwrap_or_else(|| execution.command.clone().into_iter().collect())
}

fn info(package: &Package, as_json: bool) -> Vec<u8> {
    let metadata = &package.metadata;
    let launcher = metadata.launcher.as_ref().map(|launcher| format!("{} {}", launcher.tool, launcher.tool_version));
    let launcher = launcher.unwrap_or_else(|| "unknown".to_owned());
    let signer = signer(package);
    let slots = package.slots.iter().zip(&metadata.slots).enumerate();
    if as_json {
        let slots: Vec<String> = slots
            .map(|(position, (slot, entry))| {
                json::object(&[
                    ("slot", position.to_string()),
                    ("id", json::text(&entry.id)),
                    ("target", json::text(&entry.target)),
                    ("operations", json::text(&entry.operations)),
                    ("purpose", json::text(&entry.purpose)),
                    ("lifecycle", json::text(&entry.lifecycle)),
                    ("size", slot.size.to_string()),
                    ("original_size", slot.original_size.to_string()),
                ])
            })
            .collect();
        let command: Vec<String> = command_words(package).iter().map(|word| json::text(word)).collect();
        let entries: Vec<String> = metadata.execution.entries.iter().map(|entry| json::text(&entry.name)).collect();
        let answer = json::object(&[
            ("name", json::text(&metadata.package.name)),
            ("version", json::text(&metadata.package.version)),
            ("sequence", metadata.package.sequence.to_string()),
            ("package_id", json::text(&hex(&package.id))),
            ("signer", signer.map_or("null".to_owned(), |signer| json::text(&signer))),
            ("sealed", package.is_sealed().to_string()),
            ("launcher", json::text(&launcher)),
            ("platform", json::text(marker::PLATFORM)),
            ("package_size", package.index.package_size.to_string()),
            ("build_tool", json::text(&metadata.build_tool)),
            ("build_timestamp", json::text(&metadata.build_timestamp)),
            ("command", json::array(&command)),
            ("entries", json::array(&entries)),
            ("slots", json::array(&slots)),
        ]);
        return (answer + "\n").into_bytes();
    }
    let mut text = visible(&format!("{} {}", metadata.package.name, metadata.package.version)) + "\n";
    text += &table(&[
        ("package id", hex(&package.id)),
        ("signer", signer.unwrap_or_else(|| "unsigned".to_owned())),
        (
            "launcher",
            format!(
                "{launcher}, {} bytes; this one: {} {} {}",
                package.index.launcher_size,
                marker::NAME,
                marker::VERSION,
                marker::PLATFORM
            ),
        ),
        ("built", format!("{} {}", metadata.build_tool, metadata.build_timestamp)),
        ("command", format!("{:?}", command_words(package))),
    ]);
    for entry in &metadata.execution.entries {
        text += &table(&[("entry", format!("{} {:?}", entry.name, entry.argv))]);
    }
    for (position, (slot, entry)) in slots {
        let sizes = format!("{} of {} bytes", slot.size, slot.original_size);
        text +=
            &table(&[("slot", format!("{position} {} -> {} ({}, {}) {sizes}", entry.id, entry.target, entry.operations, entry.lifecycle))]);
    }
    text.into_bytes()
}

fn trust(package: &Package, as_json: bool) -> Vec<u8> {
    let lifetime = &package.metadata.verification.key_lifetime;
    let proves = match (package.index.has_signature(), package.is_sealed(), lifetime.as_str()) {
        (false, ..) => "nothing: the package is unsigned",
        (true, false, _) => "that the metadata is what the key signed; slots are tied to it by their digests",
        (true, true, "build") => "that the file is what its builder signed, bit for bit; the key was made for this build and is gone",
        (true, true, _) => {
            "that the file is what the key signed, bit for bit; not whose key it is: compare the key id with the publisher's"
        }
    };
    let signer = signer(package);
    if as_json {
        let signer = signer.map_or("null".to_owned(), |signer| json::text(&signer));
        let answer = json::object(&[("signer", signer), ("key_lifetime", json::text(lifetime)), ("proves", json::text(proves))]);
        return (answer + "\n").into_bytes();
    }
    table(&[("signer", signer.unwrap_or_else(|| "unsigned".to_owned())), ("proves", proves.to_owned())]).into_bytes()
}

fn cache_state(caller: &Caller, package: &Package, as_json: bool) -> Result<Vec<u8>> {
    let (workenv, ready) = choose_existing(caller, package)?;
    let (root, content) = (workenv.root.display().to_string(), workenv.content.display().to_string());
    if as_json {
        let answer = json::object(&[("root", json::text(&root)), ("workenv", json::text(&content)), ("ready", ready.to_string())]);
        return Ok((answer + "\n").into_bytes());
    }
    let ready = if ready { "yes" } else { "no" }.to_owned();
    Ok(table(&[("root", root), ("workenv", content), ("ready", ready)]).into_bytes())
}

fn extract_slot(package: &Package, slot: &str, directory: &Path, level: Level, as_json: bool, log: Log) -> Result<Vec<u8>> {
    let by_id = || package.metadata.slots.iter().position(|entry| entry.id == slot);
    let position = slot.parse().ok().filter(|position| *position < package.slots.len()).or_else(by_id).ok_or_else(|| {
        Error::new(ErrorCode::ArgumentsInvalid, format!("no slot {slot:?}: the package has {} slots", package.slots.len()))
            .with_hint("info lists them")
    })?;
    judge(&verify::before_extraction(package)?, level, log)?;
    cache::make_directories(directory).map_err(|error| io_error("cannot make", directory, &error))?;
    // A link is followed here: the directory is the caller's own choice.
    let directory = system::real_path(directory).map_err(|error| io_error("cannot open", directory, &error))?;
    let progress = Progress::new(&package.metadata.slots[position].id, "extracting", package.slots[position].original_size, log);
    let umask = system::set_umask(0);
    let extracted =
        Tree::open(&directory).and_then(|tree| extract::extract(package, &[position], Placement::Alone, &tree, level, &progress));
    system::set_umask(umask);
    drop(progress);
    let extracted = extracted.map_err(|error| match error.code() {
        ErrorCode::EntryConflict => {
            Error::new(ErrorCode::OutputExists, format!("{}: {}; existing files are not replaced", directory.display(), error.message))
        }
        _ => error,
    })?;
    judge(&extracted.tolerated, level, log)?;
    if package.metadata.slots[position].purpose == "wheel" {
        restore_wheel(package, position, &directory)?;
    }
    let (id, place) = (&package.metadata.slots[position].id, directory.display().to_string());
    Ok(if as_json {
        json::object(&[("slot", position.to_string()), ("id", json::text(id)), ("directory", json::text(&place))]) + "\n"
    } else {
        visible(&format!("slot {position} ({id}) extracted into {place}")) + "\n"
    }
    .into_bytes())
}

/// A wheel is given back as it was before it became part of a package.
fn restore_wheel(package: &Package, position: usize, directory: &Path) -> Result<()> {
    let path = directory.join(package.metadata.slots[position].target.rsplit('/').next().unwrap_or_default());
    let stored = fs::read(&path).map_err(|error| io_error("cannot read", &path, &error))?;
    let wheel = plain_wheel(&stored, package.slots[position].offset)?;
    fs::write(&path, wheel).map_err(|error| io_error("cannot write", &path, &error))
}

/// What was checked, and with what result.
struct Line {
    name: String,
    finding: Option<Finding>,
}

impl Line {
    /// Unsigned and not sealed are no faults of the bytes: they are said, and the package is intact.
    fn is_notice(&self) -> bool {
        self.finding.as_ref().is_some_and(|finding| matches!(finding.fault, Fault::Unsigned | Fault::SealNotAnnounced))
    }

    fn result(&self) -> &'static str {
        match &self.finding {
            None => "ok",
            Some(_) if self.is_notice() => "note",
            Some(_) => "fail",
        }
    }
}

/// The strictness is that of level strict, whatever the environment says.
fn verify_package(file: File, as_json: bool, log: Log) -> Result<i32> {
    let lines = flavor_reader::open(file, Level::Strict).and_then(|opened| {
        let mut lines = opening_lines(&opened);
        let package = &opened.package;
        let progress = Progress::new(&package.metadata.package.name, "verifying", package.index.package_size, log);
        let checks = verify::whole_file(package, |bytes| progress.advance(bytes))?;
        lines.extend(checks.into_iter().map(|check| Line { name: check.name, finding: check.finding }));
        Ok((lines, signer(package)))
    });
    let (lines, signer) = match lines {
        Ok(lines) => lines,
        Err(error) if as_json => {
            let fault = json::object(&[("code", json::text(error.code().as_str())), ("message", json::text(&error.message))]);
            print((json::object(&[("intact", "false".to_owned()), ("error", fault)]) + "\n").as_bytes())?;
            return Ok(error.code().verify_exit().into());
        }
        Err(error) => return Err(error),
    };
    let fault = lines.iter().filter(|line| !line.is_notice()).find_map(|line| line.finding.as_ref());
    let status = fault.map_or(0, |finding| i32::from(finding.error.code().verify_exit()));
    if as_json {
        let checks: Vec<String> = lines
            .iter()
            .map(|line| {
                let mut members = vec![("name", json::text(&line.name)), ("result", json::text(line.result()))];
                if let Some(finding) = &line.finding {
                    members.push(("code", json::text(finding.error.code().as_str())));
                    members.push(("message", json::text(&finding.error.message)));
                }
                json::object(&members)
            })
            .collect();
        let signer = signer.map_or("null".to_owned(), |signer| json::text(&signer));
        let answer = json::object(&[("intact", (status == 0).to_string()), ("signer", signer), ("checks", json::array(&checks))]);
        print((answer + "\n").as_bytes())?;
        return Ok(status);
    }
    let mut text = String::new();
    for line in &lines {
        let detail = line.finding.as_ref().map_or(String::new(), |finding| format!(": {}", finding.error));
        text += &(visible(&format!("{:<5} {}{detail}", line.result(), line.name)) + "\n");
    }
    text += &match (status, signer) {
        (0, Some(signer)) => format!("intact; signed by {signer}, which is not known here\n"),
        (0, None) => "intact; unsigned\n".to_owned(),
        _ => "not intact\n".to_owned(),
    };
    print(text.as_bytes())?;
    Ok(status)
}

/// The checks that opening made.
fn opening_lines(opened: &Opened) -> Vec<Line> {
    use ErrorCode as Code;
    let sealed: [(&str, &[Code]); 4] = [
        ("trailer and index block", &[Code::IndexChecksumWrong, Code::IndexFieldInvalid]),
        ("index block, copy A", &[Code::IndexCopyDiffers]),
        ("seal", &[Code::SealWrong, Code::SealMissing, Code::Unsigned]),
        ("metadata digest", &[Code::MetadataChecksumWrong]),
    ];
    let upstream: [(&str, &[Code]); 4] = [
        ("trailer and index block", &[Code::IndexChecksumWrong]),
        ("metadata digest", &[Code::MetadataChecksumWrong]),
        ("seal", &[Code::SealNotAnnounced]),
        ("metadata signature", &[Code::MetadataSignatureWrong, Code::Unsigned]),
    ];
    let names = if opened.package.is_sealed() { sealed } else { upstream };
    names
        .iter()
        .map(|(name, codes)| {
            let finding = opened.findings.iter().find(|finding| codes.contains(&finding.error.code()));
            Line { name: (*name).to_owned(), finding: finding.cloned() }
        })
        .collect()
}
