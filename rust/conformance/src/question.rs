//! Members of a question. One that is missing or of another type is `usage`.

use flavor_format::{Error, ErrorCode, Json, Result};
use serde_json::Value;

pub struct Question(Value);

fn usage(what: impl Into<String>) -> Error {
    Error::new(ErrorCode::Usage, what)
}

impl Question {
    pub fn parse(line: &str) -> Result<Self> {
        serde_json::from_str(line).map(Self).map_err(|error| usage(error.to_string()))
    }

    pub fn text(&self, key: &str) -> Result<&str> {
        self.0[key].as_str().ok_or_else(|| usage(format!("member {key} is not a text")))
    }

    pub fn number(&self, key: &str) -> Result<u64> {
        self.0[key].as_u64().ok_or_else(|| usage(format!("member {key} is not a number")))
    }

    pub fn items(&self, key: &str) -> Result<&[Value]> {
        self.0[key].as_array().map(Vec::as_slice).ok_or_else(|| usage(format!("member {key} is not a list")))
    }

    pub fn texts(&self, key: &str) -> Result<Vec<&str>> {
        self.items(key)?.iter().map(|item| item.as_str().ok_or_else(|| usage(format!("member {key} is not a list of texts")))).collect()
    }

    pub fn bytes(&self, key: &str) -> Result<Vec<u8>> {
        from_hex(self.text(key)?).ok_or_else(|| usage(format!("member {key} is not in hex")))
    }

    /// A value that canonical JSON may or may not have an encoding for.
    pub fn value(&self, key: &str) -> Result<Json> {
        to_json(&self.0[key])
    }
}

pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|digit| digit.to_digit(16).map(|digit| digit as u8)).collect();
    let (pairs, rest) = digits.as_ref()?.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Errors: `metadata-malformed` for a number that is no integer, as canonical JSON has none.
fn to_json(value: &Value) -> Result<Json> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Boolean(*value),
        Value::Number(number) => {
            let whole = number
                .as_f64()
                .filter(|float| float.fract() == 0.0 && float.abs() < 9.1e15 && !(*float == 0.0 && float.is_sign_negative()));
            let integer = number.as_i64().or(whole.map(|float| float as i64));
            let malformed = || Error::new(ErrorCode::MetadataMalformed, format!("the number {number} has no encoding"));
            Json::Integer(integer.ok_or_else(malformed)?)
        }
        Value::String(text) => text.into(),
        Value::Array(items) => Json::List(items.iter().map(to_json).collect::<Result<_>>()?),
        Value::Object(members) => {
            Json::Object(members.iter().map(|(key, value)| Ok((key.clone(), to_json(value)?))).collect::<Result<_>>()?)
        }
    })
}
