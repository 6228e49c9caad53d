package format

import "strings"

// Command strings and argument vectors.
//
// Source: spec/launch.md, "Command" (splitting) and spec/metadata.md (quoting).

// SplitCommand splits a command by POSIX rules: single quotes are literal; in double quotes a backslash escapes `"`, `\`, `$` and
// the backquote; elsewhere it escapes the next character. Nothing is expanded.
//
// Errors: metadata-malformed for an open quote or a backslash at the end.
func SplitCommand(command string) ([]string, error) {
	words := []string{}
	var word strings.Builder
	inWord, quote := false, byte(0)
	for at := 0; at < len(command); at++ {
		char := command[at]
		switch {
		case quote == '\'':
			if char == '\'' {
				quote = 0
			} else {
				word.WriteByte(char)
			}
		case char == '\\':
			inWord = true
			at++
			if at == len(command) {
				return nil, unclosed(command)
			}
			if quote == '"' && !strings.ContainsRune("\"\\$`", rune(command[at])) {
				word.WriteByte('\\')
			}
			word.WriteByte(command[at])
		case quote == '"':
			if char == '"' {
				quote = 0
			} else {
				word.WriteByte(char)
			}
		case char == '\'' || char == '"':
			quote, inWord = char, true
		case char == ' ' || char == '\t' || char == '\n' || char == '\r':
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteByte(char)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, unclosed(command)
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}

func unclosed(command string) error {
	return Errorf(CodeMetadataMalformed, "a quote of the command %q is not closed", command)
}

// QuoteCommand is the vector as one line that a POSIX shell, and SplitCommand, read back as the same words.
func QuoteCommand(argv []string) string {
	quoted := make([]string, len(argv))
	for position, word := range argv {
		quoted[position] = word
		if word == "" || strings.ContainsFunc(word, needsQuotes) {
			quoted[position] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

func needsQuotes(char rune) bool {
	return !isAlphanumeric(char) && !strings.ContainsRune("_@%+=:,./{}-", char)
}

// isAlphanumeric: an ASCII letter or digit.
func isAlphanumeric(char rune) bool {
	return 'A' <= char && char <= 'Z' || 'a' <= char && char <= 'z' || '0' <= char && char <= '9'
}
