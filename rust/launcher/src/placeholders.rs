//! `{workenv}`, `{slot:N}` and the like, filled in argv, environment values, setup commands and directories.
//!
//! One pass: what a placeholder brings is not looked at again. A brace that is no placeholder stays, since shell and Python
//! use braces too. Source: spec/launch.md#command.

use crate::marker;
use crate::system;
use flavor_format::{Metadata, check_target};
use std::ffi::OsStr;
use std::path::Path;

pub struct Placeholders<'a> {
    pub workenv: &'a Path,
    pub metadata: &'a Metadata,
    pub home: Option<&'a OsStr>,
}

impl Placeholders<'_> {
    pub fn fill(&self, template: &str) -> Vec<u8> {
        let mut filled = Vec::with_capacity(template.len());
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            filled.extend_from_slice(&rest.as_bytes()[..open]);
            rest = &rest[open..];
            let value = rest.find('}').and_then(|close| Some((self.value(&rest[1..close])?, close)));
            match value {
                Some((value, close)) => {
                    filled.extend_from_slice(&value);
                    rest = &rest[close + 1..];
                }
                None => {
                    filled.push(b'{');
                    rest = &rest[1..];
                }
            }
        }
        filled.extend_from_slice(rest.as_bytes());
        filled
    }

    fn value(&self, name: &str) -> Option<Vec<u8>> {
        let workenv = self.workenv.as_os_str().as_encoded_bytes();
        Some(match name {
            "workenv" => workenv.to_vec(),
            "package_name" => self.metadata.package.name.clone().into_bytes(),
            "version" => self.metadata.package.version.clone().into_bytes(),
            "platform" => marker::PLATFORM.into(),
            "home" => self.home?.as_encoded_bytes().to_vec(),
            _ => {
                let position: usize = name.strip_prefix("slot:")?.parse().ok()?;
                let target = slot_target(&self.metadata.slots.get(position)?.target);
                if target.is_empty() { workenv.to_vec() } else { system::native_path([workenv, b"/", target.as_bytes()].concat()) }
            }
        })
    }
}

/// A slot's target as a path below the workenv, empty for its root. Earlier builders wrote `{workenv}/` in front.
pub fn slot_target(target: &str) -> &str {
    match check_target(target) {
        Ok(".") => "",
        Ok(path) => path,
        // Refused where it is used.
        Err(_) => target,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use flavor_format::{Package, SlotEntry};

    fn fill(template: &str) -> String {
        let slot = |target: &str| SlotEntry { target: target.into(), ..SlotEntry::default() };
        let metadata = Metadata {
            package: Package { name: "{version}".into(), version: "1.0".into(), sequence: 0 },
            slots: vec![slot("."), slot("lib/x"), slot("{workenv}/old")],
            ..Metadata::default()
        };
        let placeholders = Placeholders { workenv: Path::new("/w e"), metadata: &metadata, home: None };
        String::from_utf8(placeholders.fill(template)).unwrap()
    }

    #[test]
    fn known_placeholders_are_filled_once() {
        assert_eq!(fill("{workenv}/bin:{workenv}"), "/w e/bin:/w e");
        assert_eq!(fill("{package_name} {version}"), "{version} 1.0");
        assert_eq!(fill("{slot:0} {slot:1} {slot:2}"), "/w e /w e/lib/x /w e/old");
        assert_eq!(fill("{platform}"), marker::PLATFORM);
    }

    #[test]
    fn other_braces_stay() {
        for text in ["{", "}", "{}", "${HOME}", "{ workenv }", "{slot:9}", "{slot:x}", "a{b{", "{home}"] {
            assert_eq!(fill(text), text);
        }
        assert_eq!(fill("{{version}}"), "{1.0}");
    }
}
