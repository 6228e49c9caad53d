//! What is said on stderr: nothing, unless something is wrong or FLAVOR_LOG_LEVEL asks for it, or a command was run for it.
//!
//! Values of environment variables are never printed. Source: spec/launch.md#messages.

use crate::json;
use flavor_format::Error;
use std::ffi::OsStr;
use std::io::Write;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Off,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    from: Severity,
    json: bool,
}

impl Log {
    /// From the value of FLAVOR_LOG_LEVEL. A value that means nothing counts as unset.
    pub fn from_environment(value: Option<&OsStr>) -> Self {
        let value = value.and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase();
        let (json, name) = match value.split_once(':') {
            Some(("json", name)) => (true, name),
            _ => (value == "json", value.as_str()),
        };
        let from = match name {
            "trace" => Severity::Trace,
            "debug" => Severity::Debug,
            "info" => Severity::Info,
            "error" => Severity::Error,
            "off" => Severity::Off,
            _ => Severity::Warn,
        };
        Self { from, json }
    }

    pub fn error(self, error: &Error) {
        self.fault(Severity::Error, "error", error);
    }

    pub fn warn(self, error: &Error) {
        self.fault(Severity::Warn, "warn", error);
    }

    /// A warning that no code belongs to.
    pub fn warn_that(self, message: &str) {
        self.talk(Severity::Warn, "warn", || message.to_owned());
    }

    /// What a command was run for: not said when only errors are asked for.
    pub fn note(self, message: &str) {
        if self.from > Severity::Warn {
            return;
        }
        if self.json {
            say(&json::object(&[("level", json::text("info")), ("message", json::text(message))]));
        } else {
            message.lines().for_each(|line| say(&visible(line)));
        }
    }

    pub fn info(self, message: impl FnOnce() -> String) {
        self.talk(Severity::Info, "info", message);
    }

    pub fn debug(self, message: impl FnOnce() -> String) {
        self.talk(Severity::Debug, "debug", message);
    }

    /// Whether a progress line may be shown: not between lines for machines.
    pub fn allows_progress(self) -> bool {
        !self.json && self.from <= Severity::Warn
    }

    fn fault(self, severity: Severity, name: &str, error: &Error) {
        if severity < self.from {
            return;
        }
        let code = error.code().as_str();
        if self.json {
            let mut members = vec![("level", json::text(name)), ("code", json::text(code)), ("message", json::text(&error.message))];
            if let Some(hint) = &error.hint {
                members.push(("hint", json::text(hint)));
            }
            say(&json::object(&members));
            return;
        }
        let name = if severity == Severity::Warn { "warning" } else { name };
        say(&visible(&format!("flavor: {name}: {} [{code}]", error.message)));
        if let (Some(hint), Severity::Error) = (&error.hint, severity) {
            say(&visible(&format!("hint: {hint}")));
        }
    }

    fn talk(self, severity: Severity, name: &str, message: impl FnOnce() -> String) {
        if severity < self.from {
            return;
        }
        let message = message();
        say(&if self.json {
            json::object(&[("level", json::text(name)), ("message", json::text(&message))])
        } else {
            visible(&format!("flavor: {}: {message}", if severity == Severity::Warn { "warning" } else { name }))
        });
    }
}

/// Text from a package, on one line of a terminal that must not obey it: control characters and those that turn the direction
/// of writing become `?`.
pub fn visible(text: &str) -> String {
    let obeyed = |character: char| {
        character.is_control()
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().map(|character| if obeyed(character) { '?' } else { character }).collect()
}

/// One write a line, so that lines of several processes do not mix.
fn say(line: &str) {
    // Nobody is left to tell when stderr is closed.
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_packages_does_not_command_the_terminal() {
        assert_eq!(visible("a\u{1b}[2J\nb\u{9b}c\u{202e}d\u{7f}é 名"), "a?[2J?b?c?d?é 名");
    }

    #[test]
    fn levels_are_read_with_and_without_json() {
        let read = |value: &str| Log::from_environment(Some(OsStr::new(value)));
        let warn = Log { from: Severity::Warn, json: false };
        assert_eq!(Log::from_environment(None), warn);
        assert_eq!(read(""), warn);
        assert_eq!(read("loud"), warn);
        assert_eq!(read("TRACE"), Log { from: Severity::Trace, json: false });
        assert_eq!(read("json"), Log { from: Severity::Warn, json: true });
        assert_eq!(read("json:debug"), Log { from: Severity::Debug, json: true });
        assert_eq!(read("off"), Log { from: Severity::Off, json: false });
    }
}
