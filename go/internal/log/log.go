// Package log is what a program of this project says on stderr: nothing, unless something is wrong or FLAVOR_LOG_LEVEL asks for it.
//
// Values of environment variables are never printed. Source: spec/launch.md, "Messages".
package log

import (
	"io"
	"strings"
	"unicode"

	"flavorpack/internal/format"
)

// Severity is how much something matters.
type Severity int

// The severities, in the order of FLAVOR_LOG_LEVEL.
const (
	Trace Severity = iota
	Debug
	Info
	Warn
	Error
	Off
)

// Log writes messages of a severity or above, as lines for people or as JSON objects.
type Log struct {
	out    io.Writer
	from   Severity
	isJSON bool
}

// New reads the value of FLAVOR_LOG_LEVEL, or of an option that stands for it. A value that means nothing counts as unset.
func New(out io.Writer, level string) *Log {
	name := strings.ToLower(level)
	isJSON := name == "json"
	if rest, found := strings.CutPrefix(name, "json:"); found {
		name, isJSON = rest, true
	}
	from := Warn
	switch name {
	case "trace":
		from = Trace
	case "debug":
		from = Debug
	case "info":
		from = Info
	case "error":
		from = Error
	case "off":
		from = Off
	}
	return &Log{out: out, from: from, isJSON: isJSON}
}

// allows tells whether a message of the severity is shown.
func (l *Log) allows(severity Severity) bool {
	return severity >= l.from
}

// AllowsProgress tells whether a progress line may be shown: not between lines for machines.
func (l *Log) AllowsProgress() bool {
	return !l.isJSON && l.from <= Warn
}

// Error tells why the program fails.
func (l *Log) Error(err *format.Error) {
	l.fault(Error, "error", err)
}

// Warning tells of a failure that does not end the program.
func (l *Log) Warning(err *format.Error) {
	l.fault(Warn, "warn", err)
}

// Say tells something that has no code.
func (l *Log) Say(severity Severity, message string) {
	if !l.allows(severity) {
		return
	}
	if l.isJSON {
		l.object("level", levelNames[severity], "message", message)
		return
	}
	l.line("flavor: " + lineNames[severity] + ": " + message)
}

var (
	levelNames = [...]string{"trace", "debug", "info", "warn", "error"}
	lineNames  = [...]string{"trace", "debug", "info", "warning", "error"}
)

func (l *Log) fault(severity Severity, level string, err *format.Error) {
	if !l.allows(severity) {
		return
	}
	if l.isJSON {
		members := []string{"level", level, "code", string(err.Code), "message", err.Message}
		if err.Hint != "" {
			members = append(members, "hint", err.Hint)
		}
		l.object(members...)
		return
	}
	l.line("flavor: " + lineNames[severity] + ": " + err.Message + " [" + string(err.Code) + "]")
	if err.Hint != "" && severity == Error {
		l.line("hint: " + err.Hint)
	}
}

// object writes names and values in the order given: people read these lines too.
func (l *Log) object(members ...string) {
	var out strings.Builder
	separators := [2]string{",", ":"}
	for position, text := range members {
		out.WriteString(separators[position%2])
		// What the system said need not be UTF-8.
		encoded, err := format.EncodeJSON(strings.ToValidUTF8(text, "\ufffd"))
		if err == nil {
			out.Write(encoded)
		}
	}
	l.write("{" + strings.TrimPrefix(out.String(), ",") + "}")
}

func (l *Log) line(text string) {
	l.write(Visible(text))
}

// write is one call a line, so that lines of several processes do not mix.
func (l *Log) write(line string) {
	// Nobody is left to tell when stderr is closed.
	_, _ = io.WriteString(l.out, line+"\n")
}

// Visible is text on one line of a terminal that must not obey it: control characters and those that turn the direction of writing
// become `?`.
func Visible(text string) string {
	return strings.Map(func(char rune) rune {
		if isObeyed(char) {
			return '?'
		}
		return char
	}, text)
}

func isObeyed(char rune) bool {
	switch {
	case unicode.IsControl(char), char == '\u200e', char == '\u200f', char == '\ufeff':
		return true
	default:
		return '\u2028' <= char && char <= '\u202e' || '\u2066' <= char && char <= '\u2069'
	}
}
