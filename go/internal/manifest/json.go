package manifest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"flavorpack/internal/format"
)

// A parser of our own, because encoding/json forgets the order of keys and takes one that is given twice.

// deepest bounds the parser's recursion; no manifest comes near it.
const deepest = 256

var (
	jsonString = regexp.MustCompile(`^"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"`)
	jsonNumber = regexp.MustCompile(`^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?`)
	jsonWord   = regexp.MustCompile(`^(?:true|false|null)`)
)

// jsonFault is where a text stops being JSON; at is the offset in bytes.
type jsonFault struct {
	at   int
	what string
}

func (f *jsonFault) Error() string { return f.what }

// parseJSON reads a document. The name of the file is for messages.
//
// Errors: manifest-invalid, with line and column.
func parseJSON(text, where string) (any, error) {
	parser := jsonParser{text: text}
	value, err := parser.value(0)
	if err == nil {
		parser.space()
		if parser.at == len(text) {
			return value, nil
		}
		err = parser.fault("text after the end")
	}
	fault := err.(*jsonFault)
	before := text[:fault.at]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return nil, format.Errorf(format.CodeManifestInvalid, "%s:%d:%d: not JSON: %s", where, line, column, fault.what)
}

type jsonParser struct {
	text string
	at   int
}

func (p *jsonParser) fault(what string) error { return &jsonFault{p.at, what} }

func (p *jsonParser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\n\r", p.text[p.at]) >= 0 {
		p.at++
	}
}

// next tells whether the next character is the one given, without taking it.
func (p *jsonParser) next(char byte) bool {
	return p.at < len(p.text) && p.text[p.at] == char
}

func (p *jsonParser) match(pattern *regexp.Regexp) (string, bool) {
	found := pattern.FindString(p.text[p.at:])
	p.at += len(found)
	return found, found != ""
}

func (p *jsonParser) expect(char byte) error {
	p.space()
	if !p.next(char) {
		if p.at >= len(p.text) {
			return p.fault(fmt.Sprintf("the text ends where %q is expected", string(char)))
		}
		return p.fault(fmt.Sprintf("expected %q", string(char)))
	}
	p.at++
	return nil
}

func (p *jsonParser) value(depth int) (any, error) {
	p.space()
	if depth > deepest {
		return nil, p.fault("nested too deep")
	}
	if p.next('{') {
		return p.object(depth)
	}
	if p.next('[') {
		list := []any{}
		err := p.items(']', func() error {
			item, err := p.value(depth + 1)
			list = append(list, item)
			return err
		})
		return list, err
	}
	if p.next('"') {
		return p.string("expected a value")
	}
	if text, found := p.match(jsonNumber); found {
		number, _ := strconv.ParseFloat(text, 64)
		return number, nil
	}
	if word, found := p.match(jsonWord); found {
		return map[string]any{"true": true, "false": false, "null": nil}[word], nil
	}
	if p.at >= len(p.text) {
		return nil, p.fault("the text ends where a value is expected")
	}
	return nil, p.fault("expected a value")
}

func (p *jsonParser) object(depth int) (*object, error) {
	members := newObject()
	return members, p.items('}', func() error {
		p.space()
		start := p.at
		key, err := p.string("expected a key in double quotes")
		if err != nil {
			return err
		}
		if members.has(key) {
			return &jsonFault{start, fmt.Sprintf("key %s is given twice", quoted(key))}
		}
		if err := p.expect(':'); err != nil {
			return err
		}
		value, err := p.value(depth + 1)
		members.set(key, value)
		return err
	})
}

// items reads what stands between brackets, separated by commas.
func (p *jsonParser) items(closing byte, item func() error) error {
	p.at++
	p.space()
	if p.next(closing) {
		p.at++
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		p.space()
		if !p.next(',') {
			return p.expect(closing)
		}
		p.at++
	}
}

func (p *jsonParser) string(expected string) (string, error) {
	start := p.at
	literal, found := p.match(jsonString)
	if !found {
		return "", p.fault(expected)
	}
	if hasLoneSurrogate(literal) {
		return "", &jsonFault{start, "a string with half of a surrogate pair"}
	}
	var text string
	// The pattern has accepted the literal: encoding/json has nothing left to refuse.
	err := json.Unmarshal([]byte(literal), &text)
	return text, err
}

// hasLoneSurrogate looks at the escapes \uD800 to \uDFFF of a literal: they stand for a character only in pairs.
func hasLoneSurrogate(literal string) bool {
	high := false
	for at := 0; at < len(literal); at++ {
		unit := rune(0)
		if literal[at] == '\\' {
			at++
			if literal[at] == 'u' {
				code, _ := strconv.ParseUint(literal[at+1:at+5], 16, 16)
				unit = rune(code)
				at += 4
			}
		}
		low := unit >= 0xdc00 && unit <= 0xdfff
		if low != high {
			return true
		}
		high = unit >= 0xd800 && unit <= 0xdbff
	}
	return high
}

// quoted shows a text as JSON writes it.
func quoted(text string) string {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	// Strings always encode, and a strings.Builder takes everything.
	_ = encoder.Encode(text)
	return strings.TrimSuffix(out.String(), "\n")
}
