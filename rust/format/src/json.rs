//! A JSON reader that never builds a tree: the caller asks for what it expects, and skips the rest.
//!
//! With `Rules::Canonical` it accepts one spelling of each document only (spec/metadata.md#canonical-json), and so
//! finds unsorted and duplicate keys without remembering any. `Rules::Lenient` is for packages of earlier
//! implementations: RFC 8259, duplicate keys still refused.
//!
//! At a warm start the metadata is read in one pass; a long frame list costs its scan and no memory.

use crate::constants::limits::JSON_DEPTH;
use crate::{Error, ErrorCode, Result};
use std::borrow::Cow;
use std::collections::BTreeSet;

pub(crate) const SAFE_INTEGER: i64 = (1 << 53) - 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    Canonical,
    Lenient,
}

pub struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    rules: Rules,
}

impl<'a> Parser<'a> {
    pub fn new(bytes: &'a [u8], rules: Rules) -> Result<Self> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| Error::new(ErrorCode::MetadataMalformed, format!("metadata: byte {} is not UTF-8", error.valid_up_to())))?;
        let mut parser = Self { text, at: 0, depth: 0, rules };
        parser.space();
        Ok(parser)
    }

    pub fn refuse(&self, what: impl std::fmt::Display) -> Error {
        Error::new(ErrorCode::MetadataMalformed, format!("metadata: byte {}: {what}", self.at))
    }

    pub fn position(&self) -> usize {
        self.at
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        if self.rules == Rules::Lenient {
            while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
                self.at += 1;
            }
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
        }
        found
    }

    fn expect(&mut self, byte: u8) -> Result<()> {
        if self.take(byte) {
            return Ok(());
        }
        Err(self.refuse(match self.peek() {
            Some(found) => format!("expected {:?}, found {:?}", char::from(byte), char::from(found)),
            None => format!("expected {:?}, found the end", char::from(byte)),
        }))
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.text[self.at..].starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    fn descend(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > JSON_DEPTH {
            return Err(self.refuse(format!("nested deeper than {JSON_DEPTH}")));
        }
        Ok(())
    }

    /// Read an object; `member` is called with each key and must read the value.
    pub fn object(&mut self, mut member: impl FnMut(&mut Self, &str) -> Result<()>) -> Result<()> {
        self.descend()?;
        self.expect(b'{')?;
        self.space();
        let mut previous: Option<Cow<'a, str>> = None;
        let mut seen = BTreeSet::new();
        if !self.take(b'}') {
            loop {
                let key = self.string()?;
                match self.rules {
                    Rules::Canonical => {
                        if !key.is_ascii() {
                            return Err(self.refuse(format!("key {key:?} is not ASCII")));
                        }
                        if let Some(previous) = previous.as_deref()
                            && previous >= &*key
                        {
                            return Err(self.refuse(format!("key {key:?} stands after {previous:?}, keys must be sorted and unique")));
                        }
                        previous = Some(key.clone());
                    }
                    Rules::Lenient => {
                        if !seen.insert(key.clone()) {
                            return Err(self.refuse(format!("key {key:?} stands twice in one object")));
                        }
                    }
                }
                self.space();
                self.expect(b':')?;
                self.space();
                member(self, &key)?;
                self.space();
                if self.take(b'}') {
                    break;
                }
                self.expect(b',')?;
                self.space();
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Read an array; `element` must read one value.
    pub fn array(&mut self, mut element: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.descend()?;
        self.expect(b'[')?;
        self.space();
        if !self.take(b']') {
            loop {
                element(self)?;
                self.space();
                if self.take(b']') {
                    break;
                }
                self.expect(b',')?;
                self.space();
            }
        }
        self.depth -= 1;
        Ok(())
    }

    pub fn string(&mut self) -> Result<Cow<'a, str>> {
        self.expect(b'"')?;
        let text = self.text;
        let start = self.at;
        let plain_end = |from: usize| {
            text.as_bytes()[from..].iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20).map(|length| from + length)
        };
        let unclosed = |parser: &Self| parser.refuse("a string is not closed");
        let mut end = plain_end(start).ok_or_else(|| unclosed(self))?;
        if text.as_bytes()[end] == b'"' {
            self.at = end + 1;
            return Ok(Cow::Borrowed(&text[start..end]));
        }
        let mut value = String::from(&text[start..end]);
        loop {
            self.at = end;
            match text.as_bytes()[end] {
                b'"' => {
                    self.at += 1;
                    return Ok(Cow::Owned(value));
                }
                b'\\' => value.push(self.escape()?),
                _ => return Err(self.refuse("a control character stands unescaped in a string")),
            }
            let from = self.at;
            end = plain_end(from).ok_or_else(|| unclosed(self))?;
            value.push_str(&text[from..end]);
        }
    }

    fn escape(&mut self) -> Result<char> {
        self.at += 1;
        let kind = self.peek();
        self.at += 1;
        let canonical = self.rules == Rules::Canonical;
        match kind {
            Some(b'"') => Ok('"'),
            Some(b'\\') => Ok('\\'),
            Some(b'b') => Ok('\u{8}'),
            Some(b'f') => Ok('\u{c}'),
            Some(b'n') => Ok('\n'),
            Some(b'r') => Ok('\r'),
            Some(b't') => Ok('\t'),
            Some(b'/') if !canonical => Ok('/'),
            Some(b'u') => {
                let unit = self.hex4()?;
                if canonical && (unit >= 0x20 || matches!(unit, 8 | 9 | 10 | 12 | 13)) {
                    return Err(self.refuse(format!("\\u{unit:04x} is not how this character is written")));
                }
                if let Some(character) = char::from_u32(unit) {
                    return Ok(character);
                }
                // A high surrogate must be followed by a low one; anything else is a lone surrogate.
                if unit < 0xdc00 && self.word("\\u") {
                    let low = self.hex4()?;
                    if (0xdc00..0xe000).contains(&low)
                        && let Some(character) = char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
                    {
                        return Ok(character);
                    }
                }
                Err(self.refuse("a string has a lone surrogate"))
            }
            _ => Err(self.refuse("unknown escape in a string")),
        }
    }

    fn hex4(&mut self) -> Result<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).ok_or_else(|| self.refuse("an escape is cut off"))?;
        let mut value = 0;
        for &digit in digits {
            let digit = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                b'A'..=b'F' if self.rules == Rules::Lenient => digit - b'A' + 10,
                _ => return Err(self.refuse("an escape needs four hex digits, in lower case")),
            };
            value = value << 4 | u32::from(digit);
        }
        self.at += 4;
        Ok(value)
    }

    /// Read an integer with |n| < 2^53.
    pub fn integer(&mut self) -> Result<i64> {
        let token = self.number()?;
        let value = match token.parse::<i64>() {
            Ok(value) => value,
            // Earlier builders pass numbers through a float.
            Err(_) => match token.parse::<f64>() {
                Ok(float) if float.fract() == 0.0 && float.abs() <= SAFE_INTEGER as f64 => float as i64,
                _ => return Err(self.refuse(format!("{token} is not an integer below 2^53"))),
            },
        };
        if value.abs() > SAFE_INTEGER {
            return Err(self.refuse(format!("{token} is not below 2^53 in magnitude")));
        }
        Ok(value)
    }

    /// Read an integer that counts something.
    pub fn natural(&mut self) -> Result<u64> {
        let value = self.integer()?;
        u64::try_from(value).map_err(|_| self.refuse(format!("{value} is negative")))
    }

    fn number(&mut self) -> Result<&'a str> {
        let start = self.at;
        self.take(b'-');
        let digits = self.digits();
        let leading_zero = digits > 1 && self.text.as_bytes().get(self.at - digits) == Some(&b'0');
        let mut valid = digits > 0 && !leading_zero;
        let mut integer = true;
        if self.take(b'.') {
            integer = false;
            valid &= self.digits() > 0;
        }
        if self.take(b'e') || self.take(b'E') {
            integer = false;
            if !self.take(b'-') {
                self.take(b'+');
            }
            valid &= self.digits() > 0;
        }
        let token = &self.text[start..self.at];
        if !valid {
            return Err(self.refuse("expected a number"));
        }
        if self.rules == Rules::Canonical {
            let safe = token.parse::<i64>().is_ok_and(|value| value.abs() <= SAFE_INTEGER);
            if !integer || token == "-0" || !safe {
                return Err(self.refuse(format!("number {token} is not an integer below 2^53 in shortest form")));
            }
        }
        Ok(token)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    pub fn boolean(&mut self) -> Result<bool> {
        if self.word("true") {
            Ok(true)
        } else if self.word("false") {
            Ok(false)
        } else {
            Err(self.refuse("expected true or false"))
        }
    }

    /// Consume a null, if one comes next.
    pub fn null(&mut self) -> bool {
        self.word("null")
    }

    /// The next value's first byte, to tell types apart where more than one may come.
    pub fn next_is(&self, byte: u8) -> bool {
        self.peek() == Some(byte)
    }

    /// Read any value and keep nothing of it. The rules still hold.
    pub fn skip(&mut self) -> Result<()> {
        match self.peek() {
            Some(b'{') => self.object(|parser, _| parser.skip()),
            Some(b'[') => self.array(Self::skip),
            Some(b'"') => self.string().map(drop),
            Some(b't' | b'f') => self.boolean().map(drop),
            Some(b'n') if self.null() => Ok(()),
            Some(b'-' | b'0'..=b'9') => self.number().map(drop),
            _ => Err(self.refuse("expected a value")),
        }
    }

    /// Nothing may follow the document.
    pub fn end(&mut self) -> Result<()> {
        self.space();
        if self.at != self.text.len() {
            return Err(self.refuse("the document goes on after its end"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(document: &str, rules: Rules) -> bool {
        let run = || {
            let mut parser = Parser::new(document.as_bytes(), rules)?;
            parser.skip()?;
            parser.end()
        };
        run().is_ok()
    }

    #[test]
    fn canonical_documents_have_one_spelling() {
        for document in ["{}", "[]", r#"{"a":1,"b":[true,false,null,"x",-5,0,9007199254740991]}"#, r#""é\u0001\n\"\\ 😀""#, r#""/""#] {
            assert!(accepts(document, Rules::Canonical), "{document}");
        }
        let lenient_only = [
            " {}",
            "{} ",
            r#"{"a": 1}"#,
            r#"{"b":1,"a":2}"#,
            r#"{"é":1}"#,
            r#""\/""#,
            r#""\u0041""#,
            r#""\u000A""#,
            r#""\u001F""#,
            r#""\u000a""#,
            r#""\ud83d\ude00""#,
            "1.0",
            "1e3",
            "-0",
            "9007199254740992",
            "-9007199254740992",
        ];
        for document in lenient_only {
            assert!(!accepts(document, Rules::Canonical), "{document}");
            assert!(accepts(document, Rules::Lenient), "{document}");
        }
    }

    #[test]
    fn broken_documents_are_refused_by_both() {
        let broken = [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "01",
            "-",
            "1.",
            "\"",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\\udc00\\ud800\"",
            "\"a\nb\"",
            "tru",
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":2}"#,
            "{}{}",
            "nul",
            "\"\\u00\"",
            "'a'",
            "{1:2}",
            "\u{feff}{}",
        ];
        for document in broken {
            for rules in [Rules::Canonical, Rules::Lenient] {
                assert!(!accepts(document, rules), "{document:?} {rules:?}");
            }
        }
        assert!(Parser::new(&[b'"', 0xff, b'"'], Rules::Lenient).is_err());
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(accepts(&nested(64), Rules::Canonical));
        assert!(!accepts(&nested(65), Rules::Canonical));
        assert!(!accepts(&nested(100_000), Rules::Lenient));
    }

    #[test]
    fn integers_of_earlier_builders_may_have_passed_through_a_float() {
        let read = |text: &str| Parser::new(text.as_bytes(), Rules::Lenient).unwrap().integer();
        assert_eq!(read("420.0").unwrap(), 420);
        assert_eq!(read("1e3").unwrap(), 1000);
        assert!(read("1.5").is_err());
        assert!(read("1e300").is_err());
    }
}
