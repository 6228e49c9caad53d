//! A manifest against its JSON Schema: the same file that documents manifests for editors and checks them for `flavor pack`.
//!
//! The part of JSON Schema that this file uses, and no more. Keywords are looked at in the order in which `flavor pack` reports
//! them. Source: spec/manifest.md; spec/schema/manifest.schema.json.

use super::nearest::{nearest, unknown_key};
use super::value::Value;
use flavor_format::{Error, ErrorCode, Result};
use regex_lite::Regex;

const SCHEMA: &str = include_str!("../../../../spec/schema/manifest.schema.json");

/// Errors: `manifest-key-unknown` with the nearest key that exists, `manifest-invalid` for the first value that does not fit.
pub fn validate(document: &Value, place: &str) -> Result<()> {
    let root: Value = serde_json::from_str(SCHEMA)
        .map_err(|error| Error::new(ErrorCode::Internal, format!("the schema of manifests is not JSON: {error}")))?;
    let mut check = Check { root: &root, place, unknown: None, fault: None };
    check.value(document, &root, "");
    check.unknown.or(check.fault).map_or(Ok(()), Err)
}

struct Check<'a> {
    root: &'a Value,
    place: &'a str,
    /// The first unknown key counts before everything else.
    unknown: Option<Error>,
    fault: Option<Error>,
}

impl<'a> Check<'a> {
    fn value(&mut self, value: &Value, schema: &'a Value, path: &str) {
        if let Some(name) = schema.text_at("$ref").and_then(|reference| reference.strip_prefix("#/$defs/")) {
            if let Some(target) = self.root.get("$defs").and_then(|definitions| definitions.get(name)) {
                self.value(value, target, path);
            }
            return;
        }
        if !self.has_type(value, schema, path) {
            return;
        }
        if schema.get("if").is_some() {
            // The only condition of the schema: an object, not a text.
            if let (Value::Object(_), Some(then)) = (value, schema.get("then")) {
                self.variant(value, then, path);
            }
        }
        if let Some(allowed) = schema.get("enum") {
            self.one_of(value, allowed.items(), path);
        }
        match value {
            Value::Integer(_) | Value::Float(_) => self.number(value, schema, path),
            Value::Text(text) => self.text(text, value, schema, path),
            Value::List(items) => self.list(items, value, schema, path),
            Value::Object(members) => self.object(members, schema, path),
            Value::Null | Value::Boolean(_) | Value::Date => {}
        }
    }

    fn has_type(&mut self, value: &Value, schema: &'a Value, path: &str) -> bool {
        let types: Vec<&str> = match schema.get("type") {
            None => return true,
            Some(Value::Text(name)) => vec![name],
            Some(names) => names.items().iter().filter_map(Value::text).collect(),
        };
        let fits = types.iter().any(|name| match *name {
            "object" => matches!(value, Value::Object(_)),
            "array" => matches!(value, Value::List(_)),
            "string" => matches!(value, Value::Text(_)),
            "boolean" => matches!(value, Value::Boolean(_)),
            "integer" => value.integer().is_some(),
            _ => false,
        });
        if !fits {
            let names = types.join(" or ");
            let article = if names.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
            self.expected(value, schema, path, &format!("{article} {names}"));
        }
        fits
    }

    /// An object whose `type` chooses its schema.
    fn variant(&mut self, value: &Value, schema: &'a Value, path: &str) {
        let alternatives = schema.get("oneOf").map(Value::items).unwrap_or_default();
        let kind = |schema: &'a Value| schema.get("properties")?.get("type")?.text_at("const");
        let tag = value.get("type");
        match alternatives.iter().find(|alternative| tag.and_then(Value::text).is_some_and(|tag| kind(alternative) == Some(tag))) {
            Some(alternative) => self.value(value, alternative, path),
            None if tag.is_none() => self.refuse(format!("{} lacks \"type\"", self.subject(path)), None),
            None => {
                let kinds: Vec<&str> = alternatives.iter().filter_map(kind).collect();
                let (last, others) = kinds.split_last().unwrap_or((&"", &[]));
                let found = shown(tag.unwrap_or(&Value::Null));
                self.refuse(format!("{}.type: expected {} or {last}, found {found}", self.subject(path), others.join(", ")), None);
            }
        }
    }

    fn one_of(&mut self, value: &Value, allowed: &[Value], path: &str) {
        if allowed.contains(value) {
            return;
        }
        let names: Vec<&str> = allowed.iter().filter_map(Value::text).collect();
        let meant = value.text().and_then(|text| nearest(text, &names)).map(|meant| format!("did you mean {meant:?}?"));
        self.refuse(format!("{}: expected one of {}, found {}", self.subject(path), names.join(", "), shown(value)), meant);
    }

    fn number(&mut self, value: &Value, schema: &'a Value, path: &str) {
        let number = value.integer();
        let limit = |key: &str| schema.get(key).and_then(Value::integer);
        if let (Some(number), Some(most)) = (number, limit("maximum"))
            && number > most
        {
            self.expected(value, schema, path, &format!("it to be <= {most}"));
        }
        if let (Some(number), Some(least)) = (number, limit("minimum"))
            && number < least
        {
            self.expected(value, schema, path, &format!("it to be >= {least}"));
        }
    }

    fn text(&mut self, text: &str, value: &Value, schema: &'a Value, path: &str) {
        if let Some(fault) = text_fault(text, schema) {
            self.expected(value, schema, path, &fault);
        }
    }

    fn list(&mut self, items: &[Value], value: &Value, schema: &'a Value, path: &str) {
        if let Some(item_schema) = schema.get("items") {
            for (position, item) in items.iter().enumerate() {
                self.value(item, item_schema, &format!("{path}[{position}]"));
            }
        }
        let limit = |key: &str| schema.get(key).and_then(Value::integer).and_then(|limit| usize::try_from(limit).ok());
        if let Some(most) = limit("maxItems").filter(|most| items.len() > *most) {
            self.expected(value, schema, path, &format!("it to NOT have more than {most} items"));
        }
        if let Some(least) = limit("minItems").filter(|least| items.len() < *least) {
            self.expected(value, schema, path, &format!("it to NOT have fewer than {least} items"));
        }
    }

    fn object(&mut self, members: &[(String, Value)], schema: &'a Value, path: &str) {
        let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        let properties = schema.get("properties").map(Value::members).unwrap_or_default();
        if let Some(names) = schema.get("propertyNames") {
            self.names(members, names, path);
        }
        for (key, value) in members {
            if properties.iter().any(|(name, _)| name == key) {
                continue;
            }
            match schema.get("additionalProperties") {
                Some(Value::Boolean(false)) => {
                    let known: Vec<&str> =
                        properties.iter().filter(|(_, schema)| schema.get("deprecated").is_none()).map(|(name, _)| name.as_str()).collect();
                    self.unknown.get_or_insert_with(|| unknown_key(self.place, &below(key), &known));
                }
                Some(other @ Value::Object(_)) => self.value(value, other, &below(key)),
                _ => {}
            }
        }
        for (key, property) in properties {
            if let Some((_, value)) = members.iter().find(|(name, _)| name == key) {
                self.value(value, property, &below(key));
            }
        }
        for key in schema.get("required").map(Value::items).unwrap_or_default().iter().filter_map(Value::text) {
            if !members.iter().any(|(name, _)| name == key) {
                self.refuse(format!("{} lacks {key:?}", self.subject(path)), None);
            }
        }
    }

    fn names(&mut self, members: &[(String, Value)], schema: &'a Value, path: &str) {
        let target = schema.text_at("$ref").and_then(|reference| reference.strip_prefix("#/$defs/"));
        let Some(schema) = target.and_then(|name| self.root.get("$defs")?.get(name)) else { return };
        for (key, _) in members {
            if let Some(fault) = text_fault(key, schema) {
                let expected = schema.text_at("description").map_or(fault, str::to_owned);
                self.refuse(format!("{} has the name {key:?}: expected {expected}", self.subject(path)), None);
            }
        }
    }

    fn subject(&self, path: &str) -> String {
        format!("{}: {}", self.place, if path.is_empty() { "the document" } else { path })
    }

    /// A value that is not what its schema describes; `otherwise` is said where the schema has no words for it.
    fn expected(&mut self, value: &Value, schema: &Value, path: &str, otherwise: &str) {
        let expected = schema.text_at("description").unwrap_or(otherwise);
        self.refuse(format!("{}: expected {expected}, found {}", self.subject(path), shown(value)), None);
    }

    fn refuse(&mut self, message: String, hint: Option<String>) {
        self.fault.get_or_insert_with(|| {
            let error = Error::new(ErrorCode::ManifestInvalid, message);
            match hint {
                Some(hint) => error.with_hint(hint),
                None => error,
            }
        });
    }
}

/// What a schema has against a text.
fn text_fault(text: &str, schema: &Value) -> Option<String> {
    let limit = |key: &str| schema.get(key).and_then(Value::integer).and_then(|limit| usize::try_from(limit).ok());
    let length = text.chars().count();
    if let Some(most) = limit("maxLength").filter(|most| length > *most) {
        return Some(format!("it to NOT have more than {most} characters"));
    }
    if let Some(least) = limit("minLength").filter(|least| length < *least) {
        return Some(format!("it to NOT have fewer than {least} characters"));
    }
    let pattern = schema.text_at("pattern")?;
    // In JavaScript `$` is the end of the text and nothing before it, as it is here without the multi-line flag.
    let matches = Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text));
    (!matches).then(|| format!("it to match pattern {pattern:?}"))
}

/// A found value as a person would name it: its kind, and the value when it is short.
fn shown(value: &Value) -> String {
    let (kind, text) = match value {
        Value::List(items) if items.is_empty() => return "an empty array".to_owned(),
        Value::List(_) => return "an array".to_owned(),
        Value::Object(_) => return "an object".to_owned(),
        Value::Date => return "a date".to_owned(),
        Value::Null => ("", "null".to_owned()),
        Value::Boolean(value) => ("the boolean ", value.to_string()),
        Value::Integer(value) => ("the number ", value.to_string()),
        Value::Float(value) => ("the number ", value.to_string()),
        Value::Text(text) => ("the string ", format!("{text:?}")),
    };
    if text.chars().count() > 60 { format!("{kind}{}...", text.chars().take(57).collect::<String>()) } else { format!("{kind}{text}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(json: &str) -> Option<Error> {
        validate(&serde_json::from_str(json).unwrap(), "m.json").err()
    }

    fn with(member: &str) -> Option<Error> {
        refusal(&format!(r#"{{"package": {{"name": "a", "version": "1"}}, "execution": {{"argv": ["host:a"]}}, {member}}}"#))
    }

    #[test]
    fn the_examples_of_the_specification_fit() {
        let spec = include_str!("../../../../spec/manifest.md");
        for (start, _) in spec.match_indices("```json manifest\n") {
            let text = &spec[start + "```json manifest\n".len()..];
            assert_eq!(refusal(&text[..text.find("```").unwrap()]), None);
        }
        assert_eq!(with(r#""format": 1, "name": {}"#), None, "upstream's keys at the top");
    }

    #[test]
    fn each_refusal_names_key_expectation_and_finding() {
        let cases = [
            (r#""slots": [{"id": "a", "source": "b", "sorce": "c"}]"#, "manifest-key-unknown", "m.json: slots[0].sorce is not a key"),
            (
                r#""workenv": {"directories": [{"path": "a", "mode": "999"}]}"#,
                "manifest-invalid",
                "workenv.directories[0].mode: expected an octal mode as text, such as \"0755\", found the string \"999\"",
            ),
            (r#""slots": {}"#, "manifest-invalid", "slots: expected an array, found an object"),
            (r#""slots": [{"id": "a"}]"#, "manifest-invalid", "slots[0] lacks \"source\""),
            (
                r#""slots": [{"id": "-a", "source": "b"}]"#,
                "manifest-invalid",
                "slots[0].id: expected 1 to 64 of A-Z a-z 0-9 . _ - beginning with a letter or digit",
            ),
            (
                r#""slots": [{"id": "a", "source": "b", "slot": 1.5}]"#,
                "manifest-invalid",
                "slots[0].slot: expected an integer, found the number 1.5",
            ),
            (
                r#""setup_commands": [{"type": "chmood", "path": "a"}]"#,
                "manifest-invalid",
                "setup_commands[0].type: expected execute, enumerate_and_execute, write_file or chmod, found the string \"chmood\"",
            ),
            (r#""setup_commands": [{"path": "a"}]"#, "manifest-invalid", "setup_commands[0] lacks \"type\""),
            (r#""setup_commands": [3]"#, "manifest-invalid", "setup_commands[0]: expected a string or object, found the number 3"),
            (
                r#""runtime": {"env": {"set": {"A=B": "c"}}}"#,
                "manifest-invalid",
                "runtime.env.set has the name \"A=B\": expected a variable name, without = and NUL",
            ),
            (
                r#""verification": {"minimum_level": "strickt"}"#,
                "manifest-invalid",
                "verification.minimum_level: expected one of none, minimal, relaxed, standard, strict, found the string \"strickt\"",
            ),
        ];
        for (member, code, message) in cases {
            let error = with(member).unwrap_or_else(|| panic!("{member} passes"));
            assert_eq!(error.code().as_str(), code, "{error}");
            assert!(error.message.contains(message), "{error}");
        }
        assert_eq!(with(r#""verification": {"minimum_level": "strickt"}"#).unwrap().hint.as_deref(), Some("did you mean \"strict\"?"));
        assert!(refusal("[]").unwrap().message.contains("the document: expected an object, found an empty array"));
        let slash = refusal(r#"{"package": {"name": "a/b", "version": "1"}, "execution": {}}"#).unwrap();
        assert!(slash.message.contains("package.name: expected text without control characters"), "{slash}");
        assert!(refusal(r#"{"package": {"name": "a", "version": "1\n"}, "execution": {}}"#).is_some());
        assert!(refusal(r#"{"package": {"name": "a", "version": "1\u0000"}, "execution": {}}"#).is_some());
    }

    #[test]
    fn an_unknown_key_counts_before_other_faults() {
        let error = with(r#""slots": 5, "verification": {"level": "x"}"#).unwrap();
        assert_eq!(error.code(), ErrorCode::ManifestKeyUnknown);
    }
}
