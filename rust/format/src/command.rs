//! Command lines and argument vectors. Source: spec/launch.md#command (splitting), spec/metadata.md (quoting).

use crate::{Error, ErrorCode, Result};

/// Split a command as a POSIX shell would, without expanding anything.
///
/// Errors: `metadata-malformed` for an open quote or a backslash at the end.
pub fn split_command(command: &str) -> Result<Vec<String>> {
    let unclosed = || Error::new(ErrorCode::MetadataMalformed, format!("a quote of the command {command:?} is not closed"));
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = command.chars();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' | '\n' | '\r' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next().ok_or_else(unclosed)? {
                        '\'' => break,
                        inside => word.push(inside),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next().ok_or_else(unclosed)? {
                        '"' => break,
                        '\\' => match characters.next().ok_or_else(unclosed)? {
                            escaped @ ('"' | '\\' | '$' | '`') => word.push(escaped),
                            other => word.extend(['\\', other]),
                        },
                        inside => word.push(inside),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(characters.next().ok_or_else(unclosed)?),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

/// The vector as one line that a POSIX shell, and [`split_command`], read back as the same words.
pub fn quote_command<S: AsRef<str>>(argv: &[S]) -> String {
    let quoted = |word: &str| {
        let bare = |byte: u8| byte.is_ascii_alphanumeric() || b"_@%+=:,./{}-".contains(&byte);
        if !word.is_empty() && word.bytes().all(bare) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
    };
    argv.iter().map(|word| quoted(word.as_ref())).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_split_as_a_shell_would() {
        let cases: [(&str, &[&str]); 9] = [
            ("a b  c", &["a", "b", "c"]),
            ("  a\t\nb ", &["a", "b"]),
            ("'a b' \"c d\"", &["a b", "c d"]),
            (r#"a'b'"c"d"#, &["abcd"]),
            (r#"'' """#, &["", ""]),
            (r#""\$x \n \" \\ \`""#, &["$x \\n \" \\ `"]),
            (r"a\ b \'", &["a b", "'"]),
            (r"'a\b'", &["a\\b"]),
            ("", &[]),
        ];
        for (command, words) in cases {
            assert_eq!(split_command(command).unwrap(), words, "{command}");
        }
        for command in ["'a", "\"a", "a\\", "\"a\\"] {
            assert!(split_command(command).is_err(), "{command}");
        }
    }

    #[test]
    fn quoted_words_come_back() {
        let words = ["/bin/sh", "{workenv}/a-b", "a b", "", "it's", "é", "$x\n", "\"", "\\"];
        let line = quote_command(&words);
        assert!(line.starts_with(r"/bin/sh {workenv}/a-b 'a b' '' 'it'\''s' 'é' "), "{line}");
        assert_eq!(split_command(&line).unwrap(), words);
    }
}
