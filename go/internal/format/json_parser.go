package format

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Rules tell which documents a Parser takes.
type Rules int

const (
	// Canonical takes one spelling of each document only, and so finds unsorted and duplicate keys without remembering any.
	Canonical Rules = iota
	// Lenient is for packages of earlier implementations: RFC 8259, duplicate keys still refused.
	Lenient
)

// Parser reads JSON without building a tree: the caller asks for what it expects, and skips the rest. At a warm start the
// metadata is read in one pass; a long frame list costs its scan and no memory.
//
// All of its errors are metadata-malformed. Source: spec/metadata.md, "Canonical JSON".
type Parser struct {
	text     string
	at       int
	depth    int
	maxDepth int
	rules    Rules
}

// NewParser begins a document.
func NewParser(document []byte, rules Rules) (*Parser, error) {
	p := &Parser{text: string(document), maxDepth: LimitJsonDepth, rules: rules}
	if err := checkUTF8(p.text); err != nil {
		return nil, err
	}
	p.space()
	return p, nil
}

// WithMaxDepth lets values nest deeper, or less deep, than documents of the format.
func (p *Parser) WithMaxDepth(depth int) *Parser {
	p.maxDepth = depth
	return p
}

func checkUTF8(text string) error {
	if utf8.ValidString(text) {
		return nil
	}
	for at, char := range text {
		if _, size := utf8.DecodeRuneInString(text[at:]); char == utf8.RuneError && size == 1 {
			return Errorf(CodeMetadataMalformed, "metadata: byte %d is not UTF-8", at)
		}
	}
	return nil
}

// Refuse makes the error of what was found here.
func (p *Parser) Refuse(layout string, operands ...any) error {
	return Errorf(CodeMetadataMalformed, "metadata: byte %d: "+layout, append([]any{p.at}, operands...)...)
}

// Position counts bytes from the start of the document.
func (p *Parser) Position() int {
	return p.at
}

// NextIs looks at the next value's first byte, to tell types apart where more than one may come.
func (p *Parser) NextIs(char byte) bool {
	return p.at < len(p.text) && p.text[p.at] == char
}

func (p *Parser) space() {
	for p.rules == Lenient && p.at < len(p.text) && strings.IndexByte(" \t\n\r", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *Parser) take(char byte) bool {
	found := p.NextIs(char)
	if found {
		p.at++
	}
	return found
}

func (p *Parser) expect(char byte) error {
	switch {
	case p.take(char):
		return nil
	case p.at < len(p.text):
		return p.Refuse("expected %q, found %q", char, p.text[p.at])
	default:
		return p.Refuse("expected %q, found the end", char)
	}
}

func (p *Parser) word(word string) bool {
	found := strings.HasPrefix(p.text[p.at:], word)
	if found {
		p.at += len(word)
	}
	return found
}

func (p *Parser) descend() error {
	p.depth++
	if p.depth > p.maxDepth {
		return p.Refuse("nested deeper than %d", p.maxDepth)
	}
	return nil
}

// Object reads an object; `member` is called with each key and must read the value.
func (p *Parser) Object(member func(key string) error) error {
	if err := p.descend(); err != nil {
		return err
	}
	if err := p.expect('{'); err != nil {
		return err
	}
	p.space()
	keys := keySet{rules: p.rules}
	for more := !p.take('}'); more; {
		key, err := p.String()
		if err != nil {
			return err
		}
		if fault := keys.add(key); fault != "" {
			return p.Refuse("key %q %s", key, fault)
		}
		p.space()
		if err := p.expect(':'); err != nil {
			return err
		}
		p.space()
		if err := member(key); err != nil {
			return err
		}
		if more, err = p.goesOn('}'); err != nil {
			return err
		}
	}
	p.depth--
	return nil
}

// goesOn reads what stands after a member or an element: a comma, or the closing bracket.
func (p *Parser) goesOn(closing byte) (bool, error) {
	p.space()
	if p.take(closing) {
		return false, nil
	}
	if err := p.expect(','); err != nil {
		return false, err
	}
	p.space()
	return true, nil
}

// keySet finds what is wrong with the keys of one object.
type keySet struct {
	rules    Rules
	previous string
	any      bool
	seen     map[string]struct{}
}

func (s *keySet) add(key string) (fault string) {
	if s.rules == Lenient {
		if s.seen == nil {
			s.seen = map[string]struct{}{}
		}
		if _, twice := s.seen[key]; twice {
			return "stands twice in one object"
		}
		s.seen[key] = struct{}{}
		return ""
	}
	if strings.ContainsFunc(key, isNotASCII) {
		return "is not ASCII"
	}
	if s.any && s.previous >= key {
		return "stands after " + strconv.Quote(s.previous) + ", keys must be sorted and unique"
	}
	s.previous, s.any = key, true
	return ""
}

// Array reads an array; `element` must read one value.
func (p *Parser) Array(element func() error) error {
	if err := p.descend(); err != nil {
		return err
	}
	if err := p.expect('['); err != nil {
		return err
	}
	p.space()
	for more := !p.take(']'); more; {
		err := element()
		if err != nil {
			return err
		}
		if more, err = p.goesOn(']'); err != nil {
			return err
		}
	}
	p.depth--
	return nil
}

// String reads a string.
func (p *Parser) String() (string, error) {
	if err := p.expect('"'); err != nil {
		return "", err
	}
	var value strings.Builder
	for start := p.at; ; {
		if p.at == len(p.text) {
			p.at = start
			return "", p.Refuse("a string is not closed")
		}
		switch char := p.text[p.at]; {
		case char == '"':
			p.at++
			if value.Len() == 0 {
				return p.text[start : p.at-1], nil
			}
			value.WriteString(p.text[start : p.at-1])
			return value.String(), nil
		case char == '\\':
			value.WriteString(p.text[start:p.at])
			p.at++
			escaped, err := p.escape()
			if err != nil {
				return "", err
			}
			value.WriteRune(escaped)
			start = p.at
		case char < 0x20:
			return "", p.Refuse("a control character stands unescaped in a string")
		default:
			p.at++
		}
	}
}

func (p *Parser) escape() (rune, error) {
	if p.at == len(p.text) {
		return 0, p.Refuse("unknown escape in a string")
	}
	kind := p.text[p.at]
	p.at++
	switch {
	case kind == '"' || kind == '\\' || kind == '/' && p.rules == Lenient:
		return rune(kind), nil
	case kind == 'b':
		return '\b', nil
	case kind == 'f':
		return '\f', nil
	case kind == 'n':
		return '\n', nil
	case kind == 'r':
		return '\r', nil
	case kind == 't':
		return '\t', nil
	case kind == 'u':
		return p.unicodeEscape()
	}
	return 0, p.Refuse("unknown escape in a string")
}

func (p *Parser) unicodeEscape() (rune, error) {
	unit, err := p.hex4()
	if err != nil {
		return 0, err
	}
	if p.rules == Canonical && (unit >= 0x20 || shortEscape(byte(unit)) != 0) {
		return 0, p.Refuse("\\u%04x is not how this character is written", unit)
	}
	if unit < 0xd800 || unit > 0xdfff {
		return unit, nil
	}
	// A high surrogate must be followed by a low one; anything else is a lone surrogate.
	if unit < 0xdc00 && p.word(`\u`) {
		low, err := p.hex4()
		if err != nil {
			return 0, err
		}
		if 0xdc00 <= low && low <= 0xdfff {
			return 0x10000 + (unit-0xd800)<<10 + (low - 0xdc00), nil
		}
	}
	return 0, p.Refuse("a string has a lone surrogate")
}

func (p *Parser) hex4() (rune, error) {
	if p.at+4 > len(p.text) {
		return 0, p.Refuse("an escape is cut off")
	}
	var value rune
	for _, digit := range []byte(p.text[p.at : p.at+4]) {
		switch {
		case '0' <= digit && digit <= '9':
			digit -= '0'
		case 'a' <= digit && digit <= 'f':
			digit -= 'a' - 10
		case 'A' <= digit && digit <= 'F' && p.rules == Lenient:
			digit -= 'A' - 10
		default:
			return 0, p.Refuse("an escape needs four hex digits, in lower case")
		}
		value = value<<4 | rune(digit)
	}
	p.at += 4
	return value, nil
}

// Integer reads an integer with |n| < 2^53.
func (p *Parser) Integer() (int64, error) {
	token, err := p.number()
	if err != nil {
		return 0, err
	}
	value, err := strconv.ParseInt(token, 10, 64)
	if err != nil {
		// Earlier builders pass numbers through a float.
		float, err := strconv.ParseFloat(token, 64)
		if err != nil || float != math.Trunc(float) || math.Abs(float) > safeInteger {
			return 0, p.Refuse("%s is not an integer below 2^53", token)
		}
		value = int64(float)
	}
	if value < -safeInteger || value > safeInteger {
		return 0, p.Refuse("%s is not below 2^53 in magnitude", token)
	}
	return value, nil
}

// Natural reads an integer that counts something.
func (p *Parser) Natural() (uint64, error) {
	value, err := p.Integer()
	if err == nil && value < 0 {
		err = p.Refuse("%d is negative", value)
	}
	return uint64(value), err
}

func (p *Parser) number() (string, error) {
	start := p.at
	p.take('-')
	digits := p.digits()
	hasLeadingZero := digits > 1 && p.text[p.at-digits] == '0'
	isValid, isInteger := digits > 0 && !hasLeadingZero, true
	if p.take('.') {
		isInteger = false
		isValid = p.digits() > 0 && isValid
	}
	if p.take('e') || p.take('E') {
		isInteger = false
		if !p.take('-') {
			p.take('+')
		}
		isValid = p.digits() > 0 && isValid
	}
	token := p.text[start:p.at]
	if !isValid {
		return "", p.Refuse("expected a number")
	}
	if p.rules == Canonical {
		value, err := strconv.ParseInt(token, 10, 64)
		isSafe := err == nil && -safeInteger <= value && value <= safeInteger
		if !isInteger || token == "-0" || !isSafe {
			return "", p.Refuse("number %s is not an integer below 2^53 in shortest form", token)
		}
	}
	return token, nil
}

func (p *Parser) digits() int {
	start := p.at
	for p.at < len(p.text) && '0' <= p.text[p.at] && p.text[p.at] <= '9' {
		p.at++
	}
	return p.at - start
}

// Boolean reads true or false.
func (p *Parser) Boolean() (bool, error) {
	switch {
	case p.word("true"):
		return true, nil
	case p.word("false"):
		return false, nil
	}
	return false, p.Refuse("expected true or false")
}

// Null consumes a null, if one comes next.
func (p *Parser) Null() bool {
	return p.word("null")
}

// Skip reads any value and keeps nothing of it. The rules still hold.
func (p *Parser) Skip() error {
	var err error
	switch {
	case p.NextIs('{'):
		return p.Object(func(string) error { return p.Skip() })
	case p.NextIs('['):
		return p.Array(p.Skip)
	case p.NextIs('"'):
		_, err = p.String()
	case p.NextIs('t') || p.NextIs('f'):
		_, err = p.Boolean()
	case p.Null():
	case p.isAtNumber():
		_, err = p.number()
	default:
		return p.Refuse("expected a value")
	}
	return err
}

func (p *Parser) isAtNumber() bool {
	return p.at < len(p.text) && (p.text[p.at] == '-' || '0' <= p.text[p.at] && p.text[p.at] <= '9')
}

// Value reads any value as a tree of List, Object and plain values. Integers are int64, other numbers float64.
func (p *Parser) Value() (any, error) {
	switch {
	case p.NextIs('{'):
		object := Object{}
		err := p.Object(func(key string) (err error) {
			object[key], err = p.Value()
			return err
		})
		return object, err
	case p.NextIs('['):
		list := List{}
		err := p.Array(func() error {
			item, err := p.Value()
			list = append(list, item)
			return err
		})
		return list, err
	case p.NextIs('"'):
		return p.String()
	case p.NextIs('t') || p.NextIs('f'):
		return p.Boolean()
	case p.Null():
		return nil, nil
	case p.isAtNumber():
		token, err := p.number()
		if err != nil {
			return nil, err
		}
		if value, err := strconv.ParseInt(token, 10, 64); err == nil && token != "-0" {
			return value, nil
		}
		// Out of range is infinite, which nobody takes for an integer.
		value, _ := strconv.ParseFloat(token, 64)
		return value, nil
	}
	return nil, p.Refuse("expected a value")
}

// End refuses whatever follows the document.
func (p *Parser) End() error {
	p.space()
	if p.at != len(p.text) {
		return p.Refuse("the document goes on after its end")
	}
	return nil
}

// DecodeJSON reads a whole document as a tree.
func DecodeJSON(document []byte, rules Rules) (any, error) {
	p, err := NewParser(document, rules)
	if err != nil {
		return nil, err
	}
	value, err := p.Value()
	if err != nil {
		return nil, err
	}
	return value, p.End()
}
