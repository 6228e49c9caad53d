//! The program to start, as far as it can be known before a package exists.
//!
//! A bare word is looked up in the package; the host's PATH is searched for `host:NAME` only. Source: spec/launch.md#command.

use super::{ManifestSlot, Value};
use flavor_format::{Error, ErrorCode, Result, split_command};

/// Where content comes from: the slots, and whether setup commands may add more.
pub struct Content<'a> {
    pub slots: &'a [ManifestSlot],
    pub has_setup: bool,
}

/// Words of a program, and whether they were given as a command line.
pub struct Words {
    pub argv: Vec<String>,
    pub is_command: bool,
}

/// The words of an object with `argv` or `command`. `key` is what it stands under, such as `execution`.
///
/// Errors: `entry-missing` without a program, `manifest-invalid` with two, or for a command that does not split.
pub fn program_words(input: &Value, key: &str) -> Result<Words> {
    match (input.texts_at("argv"), input.text_at("command")) {
        (Some(_), Some(_)) => Err(invalid(format!("{key} has both argv and command: one of them says what to start"))),
        (Some(argv), None) => Ok(Words { argv, is_command: false }),
        (None, Some(command)) => command_words(command, &format!("{key}.command")),
        (None, None) => Err(Error::new(ErrorCode::EntryMissing, format!("{key} names no program: it has neither argv nor command"))
            .with_hint("write for example argv = [\"{workenv}/bin/hello\"]")),
    }
}

/// The words of a command line.
pub fn command_words(command: &str, key: &str) -> Result<Words> {
    let argv = split_command(command).map_err(|error| invalid(format!("{key}: {}", error.message)))?;
    if argv.is_empty() {
        return Err(invalid(format!("{key} holds no word")));
    }
    Ok(Words { argv, is_command: true })
}

fn invalid(what: String) -> Error {
    Error::new(ErrorCode::ManifestInvalid, what)
}

/// Settle argv[0]. A warning is added when the host's PATH decides.
///
/// Errors: `entry-missing` for a program that the package will not hold.
pub fn settle_program(words: Words, content: &Content<'_>, key: &str, warnings: &mut Vec<String>) -> Result<Vec<String>> {
    let Words { mut argv, is_command } = words;
    let program = argv.first().cloned().unwrap_or_default();
    if program.is_empty() {
        return Err(Error::new(ErrorCode::EntryMissing, format!("{key}: the program's name is empty")));
    }
    if program.starts_with('/') || starts_with_place(&program) {
        return Ok(argv);
    }
    if let Some(name) = program.strip_prefix("host:") {
        if name.is_empty() || name.contains('/') {
            return Err(invalid(format!("{key}: {program:?}: expected host:NAME with a bare name")));
        }
        return Ok(argv);
    }
    let below = program.strip_prefix("{workenv}/");
    let places = below.map_or_else(|| vec![format!("bin/{program}"), program.clone()], |below| vec![below.to_owned()]);
    let answers: Vec<Answer> = places.iter().map(|place| holds(content, place)).collect();
    let unsure = answers.contains(&Answer::Unknown) || places.iter().any(|place| place.contains('{'));
    if answers.contains(&Answer::Yes) || unsure {
        return Ok(argv);
    }
    let bare = below.is_none() && !program.contains('/');
    if bare && is_command {
        warnings.push(format!(
            "{key}: {program} is not in the package and will be searched on the PATH of the machine that runs it; write host:{program} to say so, or put it into a slot"
        ));
        argv[0] = format!("host:{program}");
        return Ok(argv);
    }
    let message = format!("{key}: {program} is not in the package: looked for {}", places.join(" and "));
    Err(Error::new(ErrorCode::EntryMissing, message).with_hint(if bare {
        format!("write host:{program} to use the one on the machine that runs it, or an absolute path")
    } else {
        "check the targets of the slots".to_owned()
    }))
}

/// Whether the program is named by `{slot:N}` or `{home}`.
fn starts_with_place(program: &str) -> bool {
    let slot = program.strip_prefix("{slot:").and_then(|rest| rest.split_once('}'));
    program.starts_with("{home}") || slot.is_some_and(|(number, _)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[derive(PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    /// Archives that are taken as they come are not opened; setup commands may do anything.
    Unknown,
}

/// Whether a path below the workenv will exist.
fn holds(content: &Content<'_>, path: &str) -> Answer {
    let mut answer = if content.has_setup { Answer::Unknown } else { Answer::No };
    for slot in content.slots {
        if !slot.operations.is_archive() {
            if slot.target == path {
                return Answer::Yes;
            }
            continue;
        }
        let inside = match slot.target.as_str() {
            "." => Some(path),
            target => path.strip_prefix(target).and_then(|rest| rest.strip_prefix('/')),
        };
        let Some(inside) = inside else { continue };
        if !slot.source.is_dir() {
            answer = Answer::Unknown;
        } else if slot.source.join(inside).exists() {
            return Answer::Yes;
        }
    }
    answer
}
