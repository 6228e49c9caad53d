//! Placeholders are filled by the launcher; a mistyped one is found here. Source: spec/launch.md#command.

use super::nearest::nearest;
use flavor_format::{Error, ErrorCode, Result};

const PLACEHOLDERS: [&str; 6] = ["workenv", "package_name", "version", "slot", "platform", "home"];

/// One `{name}` or `{name:argument}` of a text.
struct Candidate<'a> {
    whole: &'a str,
    name: &'a str,
    argument: Option<&'a str>,
}

/// What looks like a placeholder: a lower-case name in braces. Other braces stay as they are.
fn candidates(text: &str) -> impl Iterator<Item = Candidate<'_>> {
    text.match_indices('{').filter_map(move |(start, _)| {
        let inner = &text[start + 1..];
        let inner = &inner[..inner.find(['{', '}']).filter(|&end| inner[end..].starts_with('}'))?];
        let (name, argument) = inner.split_once(':').map_or((inner, None), |(name, argument)| (name, Some(argument)));
        let named = name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        named.then(|| Candidate { whole: &text[start..start + inner.len() + 2], name, argument })
    })
}

/// Refuse `{name}` with a lower-case name that is no placeholder, and `{slot:N}` without a slot N.
///
/// Errors: `placeholder-unknown`. `key` is what the text stands under.
pub fn check_placeholders(text: &str, key: &str, slot_count: usize) -> Result<()> {
    for Candidate { whole, name, argument } in candidates(text) {
        let unknown = |what: String| Error::new(ErrorCode::PlaceholderUnknown, format!("{key}: {whole} {what}"));
        if name == "slot" {
            let number = argument.filter(|digits| digits.len() <= 4 && digits.bytes().all(|digit| digit.is_ascii_digit()));
            let number = number.filter(|digits| *digits == "0" || !digits.starts_with('0')).and_then(|digits| digits.parse().ok());
            if number.is_none_or(|number: usize| number >= slot_count) {
                let last = slot_count as i64 - 1;
                return Err(unknown(format!("names no slot: expected {{slot:N}} with N from 0 to {last}")));
            }
            continue;
        }
        if PLACEHOLDERS.contains(&name) && argument.is_none() {
            continue;
        }
        let meant = nearest(name, &PLACEHOLDERS).filter(|_| argument.is_none());
        return Err(unknown("is not a placeholder".to_owned()).with_hint(match meant {
            Some(meant) => format!("did you mean {{{meant}}}?"),
            None => "the placeholders are {workenv} {package_name} {version} {slot:N} {platform} {home}".to_owned(),
        }));
    }
    Ok(())
}

/// The text with every placeholder-like part replaced by `x`: what stands for one component of a path.
pub fn without_placeholders(text: &str) -> String {
    candidates(text).fold(text.to_owned(), |path, candidate| path.replace(candidate.whole, "x"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_names_are_found_and_other_braces_stay() {
        for text in ["{workenv}/a", "{slot:1}", "{home}{platform}", "{}", "{A}", "{ x }", "{\"a\": 1}", "a{", "${HOME}", "{1}"] {
            assert!(check_placeholders(text, "k", 2).is_ok(), "{text}");
        }
        for text in ["{workenb}", "{slot}", "{slot:2}", "{slot:01}", "{slot:-1}", "{workenv:1}", "{x}", "{{name}}"] {
            assert_eq!(check_placeholders(text, "k", 2).unwrap_err().code(), ErrorCode::PlaceholderUnknown, "{text}");
        }
        assert_eq!(check_placeholders("{workenb}", "k", 0).unwrap_err().hint.as_deref(), Some("did you mean {workenv}?"));
        assert_eq!(without_placeholders("{workenv}/{slot:0}/a"), "x/x/a");
    }
}
