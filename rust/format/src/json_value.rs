//! JSON as a tree, and its one encoding. For builders and tools: a start reads its metadata without a tree (`json.rs`).
//!
//! Source: spec/metadata.md#canonical-json.

use crate::constants::limits::JSON_DEPTH;
use crate::json::{Parser, Rules, SAFE_INTEGER};
use crate::{Error, ErrorCode, Result};
use std::collections::BTreeMap;
use std::fmt::Write;

/// A value that metadata may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    Null,
    Boolean(bool),
    Integer(i64),
    Text(String),
    List(Vec<Json>),
    /// Sorted by key, as it is written.
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// An object of these members.
    pub fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Object(members.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// A list of these values.
    pub fn list<T: Into<Self>>(values: impl IntoIterator<Item = T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }

    /// The canonical encoding.
    ///
    /// Errors: `metadata-malformed` for an integer of 2^53 or more, a key that is not ASCII, nesting above 64.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let mut out = String::new();
        self.write(&mut out, 0)?;
        Ok(out.into_bytes())
    }

    fn write(&self, out: &mut String, depth: usize) -> Result<()> {
        if depth >= JSON_DEPTH && matches!(self, Self::List(_) | Self::Object(_)) {
            return Err(malformed(format!("it is nested more than {JSON_DEPTH} deep")));
        }
        match self {
            Self::Null => out.push_str("null"),
            Self::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Integer(value) if value.unsigned_abs() > SAFE_INTEGER.unsigned_abs() => {
                return Err(malformed(format!("it holds the number {value}; only integers below 2^53 are allowed")));
            }
            // Writing to a string cannot fail.
            Self::Integer(value) => drop(write!(out, "{value}")),
            Self::Text(value) => write_text(out, value),
            Self::List(values) => {
                out.push('[');
                for (position, value) in values.iter().enumerate() {
                    if position > 0 {
                        out.push(',');
                    }
                    value.write(out, depth + 1)?;
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (position, (key, value)) in members.iter().enumerate() {
                    if !key.is_ascii() {
                        return Err(malformed(format!("it has the key {key:?}; keys are ASCII")));
                    }
                    if position > 0 {
                        out.push(',');
                    }
                    write_text(out, key);
                    out.push(':');
                    value.write(out, depth + 1)?;
                }
                out.push('}');
            }
        }
        Ok(())
    }

    /// Decode a document that must be canonical.
    ///
    /// Errors: `metadata-malformed`.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut parser = Parser::new(bytes, Rules::Canonical)?;
        let value = Self::read(&mut parser)?;
        parser.end()?;
        Ok(value)
    }

    fn read(parser: &mut Parser<'_>) -> Result<Self> {
        if parser.next_is(b'{') {
            let mut members = BTreeMap::new();
            parser.object(|parser, key| {
                members.insert(key.to_owned(), Self::read(parser)?);
                Ok(())
            })?;
            Ok(Self::Object(members))
        } else if parser.next_is(b'[') {
            let mut values = Vec::new();
            parser.array(|parser| {
                values.push(Self::read(parser)?);
                Ok(())
            })?;
            Ok(Self::List(values))
        } else if parser.next_is(b'"') {
            Ok(Self::Text(parser.string()?.into_owned()))
        } else if parser.next_is(b't') || parser.next_is(b'f') {
            Ok(Self::Boolean(parser.boolean()?))
        } else if parser.null() {
            Ok(Self::Null)
        } else {
            Ok(Self::Integer(parser.integer()?))
        }
    }
}

fn malformed(what: String) -> Error {
    Error::new(ErrorCode::MetadataMalformed, format!("metadata: {what}"))
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            control if control < ' ' => drop(write!(out, "\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
}

impl From<&str> for Json {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<&String> for Json {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<String> for Json {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<u64> for Json {
    /// What does not fit is too large to be encoded, and is refused there.
    fn from(value: u64) -> Self {
        Self::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_canonical_and_comes_back() {
        let value = Json::object([
            ("b", Json::list(["a\"\\\u{8}\t\n\u{c}\r\u{1f}é\u{2028}😀\u{7f}/"])),
            ("a", Json::List(vec![Json::Null, true.into(), false.into(), Json::Integer(-5), 9_007_199_254_740_991_u64.into()])),
            ("B", Json::Object(BTreeMap::new())),
        ]);
        let bytes = value.encode().unwrap();
        let text = "{\"B\":{},\"a\":[null,true,false,-5,9007199254740991],\"b\":[\"a\\\"\\\\\\b\\t\\n\\f\\r\\u001fé\u{2028}😀\u{7f}/\"]}";
        assert_eq!(String::from_utf8(bytes.clone()).unwrap(), text);
        assert_eq!(Json::decode(&bytes).unwrap(), value);
    }

    #[test]
    fn what_has_no_encoding_is_refused() {
        assert!(Json::from(1_u64 << 53).encode().is_err());
        assert!(Json::from(u64::MAX).encode().is_err());
        assert!(Json::object([("é", Json::Null)]).encode().is_err());
        let nested = |depth| (0..depth).fold(Json::Null, |inner, _| Json::List(vec![inner]));
        assert!(nested(64).encode().is_ok());
        assert!(nested(65).encode().is_err());
    }
}
