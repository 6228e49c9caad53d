//! A manifest as it was written, in TOML or JSON: one tree for both, members in the order of the file.

use flavor_format::{Error, ErrorCode, Result};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::ffi::OsStr;
use std::fmt;
use std::path::Path;

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    /// A number that is no integer, or too large for one.
    Float(f64),
    Text(String),
    /// TOML has dates; a manifest has no use for them.
    Date,
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// The key under which `toml` hands out a date.
const DATE: &str = "$__toml_private_datetime";
/// What some editors put in front of a text in UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';

impl Value {
    /// Read a manifest file, `.json` or `.toml`.
    ///
    /// Errors: `file-missing`, `file-unreadable`, `manifest-missing` for another name, `manifest-invalid` with line and column.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|error| crate::files::unreadable(path, &error))?;
        let place = path.display().to_string();
        let text = || match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)),
            Err(_) => Err(invalid(format!("{place} is not UTF-8 text"))),
        };
        match path.extension().and_then(OsStr::to_str) {
            Some("json") => Self::from_json(text()?, &place),
            Some("toml") => Self::from_toml(text()?, &place),
            _ => {
                let message = format!("{place} is not a manifest: its name ends neither in .toml nor in .json");
                Err(Error::new(ErrorCode::ManifestMissing, message))
            }
        }
    }

    fn from_json(text: &str, place: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let what = error.to_string();
            let what = what.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&what);
            invalid(format!("{place}:{line}:{column}: not JSON: {what}"))
        })
    }

    fn from_toml(text: &str, place: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|&character| character != '\n').count() + 1;
            invalid(format!("{place}:{line}:{column}: not TOML: {}", error.message().lines().next().unwrap_or_default()))
        })
    }

    pub fn get(&self, key: &str) -> Option<&Self> {
        self.members().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The members of an object; none of anything else.
    pub fn members(&self) -> &[(String, Self)] {
        if let Self::Object(members) = self { members } else { &[] }
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// An integer, `1.0` included: JSON does not tell them apart.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            Self::Float(value) if value.fract() == 0.0 && value.abs() < 9.0e15 => Some(*value as i64),
            _ => None,
        }
    }

    /// The text under a key.
    pub fn text_at(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::text)
    }

    /// The texts of a list under a key, if there is one.
    pub fn texts_at(&self, key: &str) -> Option<Vec<String>> {
        let items = self.get(key)?.items();
        Some(items.iter().filter_map(Self::text).map(str::to_owned).collect())
    }
}

fn invalid(what: String) -> Error {
    Error::new(ErrorCode::ManifestInvalid, what)
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(Tree)
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Value, E> {
        Ok(Value::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Value, E> {
        Ok(Value::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<Value, E> {
        Ok(i64::try_from(value).map_or(Value::Float(value as f64), Value::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> std::result::Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> std::result::Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> std::result::Result<Value, A::Error> {
        let mut members: Vec<(String, Value)> = Vec::new();
        while let Some((key, value)) = entries.next_entry::<String, Value>()? {
            if key == DATE {
                return Ok(Value::Date);
            }
            if members.iter().any(|(known, _)| *known == key) {
                return Err(A::Error::custom(format!("key {key:?} is given twice")));
            }
            members.push((key, value));
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_the_same() {
        let json = Value::from_json(r#"{"z": {"b": [1, true, "é"], "a": 1.0}, "c": {}}"#, "m").unwrap();
        let toml = Value::from_toml("z = { b = [1, true, \"é\"], a = 1.0 }\n[c]\n", "m").unwrap();
        assert_eq!(json, toml);
        assert_eq!(json.members()[0].0, "z");
        assert_eq!(json.get("z").unwrap().members()[0].0, "b");
        assert_eq!(json.get("z").unwrap().get("a").unwrap().integer(), Some(1));
        assert_eq!(Value::from_toml("d = 2020-01-01", "m").unwrap().get("d"), Some(&Value::Date));
    }

    #[test]
    fn faults_are_told_with_their_place() {
        let json = |text: &str| Value::from_json(text, "m.json").unwrap_err().message;
        assert!(json("{\n  \"a\": }").starts_with("m.json:2:8: not JSON: "), "{}", json("{\n  \"a\": }"));
        assert!(json("{\"a\": 1, \"a\": 2}").contains("key \"a\" is given twice"));
        assert!(json("{\"a\": {\"b\": 1, \"\\u0062\": 2}}").contains("given twice"));
        let toml = Value::from_toml("a = 1\nb = = 2\n", "m.toml").unwrap_err().message;
        assert!(toml.starts_with("m.toml:2:5: not TOML: "), "{toml}");
        assert!(Value::from_toml("a = 1\na = 2\n", "m").is_err());
    }
}
