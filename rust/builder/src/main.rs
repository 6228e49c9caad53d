//! `flavor-rs-builder`: a manifest, files and a launcher in; a signed package out. Source: spec/builder.md.

#![forbid(unsafe_code)]

mod archive;
mod arguments;
mod blob;
mod build;
mod compress;
mod files;
mod frames;
mod interrupt;
mod keys;
mod launcher;
mod layout;
mod manifest;
mod marker;
mod names;
mod output;
mod package;
mod progress;
mod report;
mod strip;
mod wheel;

use arguments::{Arguments, HELP, Request};
use flavor_format::{Error, Json};
use flavor_messages::Log;
use std::env;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    marker::keep();
    match Request::parse(env::args_os(), variable) {
        Ok(Request::Help) => say(HELP),
        Ok(Request::Version) => say(&format!("flavor-rs-builder {} {}_{}\n", marker::VERSION, marker::OS, marker::ARCH)),
        Ok(Request::Build(arguments)) => return run(&arguments),
        // What is wrong on the command line is told as it asks for, as far as it was understood.
        Err(error) => {
            return fail(
                &error,
                Log::from_environment(variable("FLAVOR_LOG_LEVEL").as_deref()),
                env::args_os().any(|word| word == "--json"),
            );
        }
    }
    ExitCode::SUCCESS
}

fn run(arguments: &Arguments) -> ExitCode {
    let log = Log::from_environment(arguments.log_level.as_deref());
    match build::build(arguments, log, variable) {
        Ok(built) if arguments.json => say_json(&report::result_json(&built)),
        Ok(built) => log.note(&report::summary(&built)),
        Err(error) => return fail(&error, log, arguments.json),
    }
    ExitCode::SUCCESS
}

fn fail(error: &Error, log: Log, json: bool) -> ExitCode {
    if json {
        say_json(&report::error_json(error))
    } else {
        log.error(error)
    }
    ExitCode::from(error.code().exit())
}

/// A variable that is set to something.
fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn say_json(value: &Json) {
    // Texts, sizes and lists of them always have an encoding.
    say(&format!("{}\n", String::from_utf8_lossy(&value.encode().unwrap_or_default())));
}

fn say(text: &str) {
    // Nobody is left to tell when stdout is closed.
    let _ = std::io::stdout().write_all(text.as_bytes());
}
