//! The nearest known word to one that was mistyped.

use flavor_format::{Error, ErrorCode};

/// Insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.to_lowercase().chars().collect(), b.to_lowercase().chars().collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for row in 1..=a.len() {
        let mut current = vec![row];
        for column in 1..=b.len() {
            let replaced = last[column - 1] + usize::from(a[row - 1] != b[column - 1]);
            let mut best = replaced.min(last[column] + 1).min(current[column - 1] + 1);
            if row > 1 && column > 1 && a[row - 1] == b[column - 2] && a[row - 2] == b[column - 1] {
                best = best.min(before_last[column - 2] + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[b.len()]
}

/// The nearest known word, if one is near enough to be what was meant.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let limit = (word.chars().count() / 2).max(1);
    let ranked = known.iter().map(|candidate| (distance(word, candidate), *candidate));
    ranked.min().filter(|(steps, _)| *steps <= limit).map(|(_, candidate)| candidate)
}

/// The error for a key that does not exist. `key` is its whole path, `known` are the keys that exist there.
pub fn unknown_key(place: &str, key: &str, known: &[&str]) -> Error {
    let name = key.rsplit('.').next().unwrap_or_default();
    let hint = match nearest(name, known) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("the keys here are {}", known.join(", ")),
    };
    Error::new(ErrorCode::ManifestKeyUnknown, format!("{place}: {key} is not a key")).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_found() {
        let known = ["name", "version", "description", "sequence"];
        assert_eq!(nearest("nmae", &known), Some("name"));
        assert_eq!(nearest("Versoin", &known), Some("version"));
        assert_eq!(nearest("zzz", &known), None);
        assert!(unknown_key("m", "package.nmae", &known).hint.unwrap().contains("did you mean name?"));
    }
}
