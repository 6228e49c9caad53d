package format

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// JSON in one spelling a document: a subset of RFC 8785. What reads it is in json_parser.go.
//
// Source: spec/metadata.md, "Canonical JSON".

const safeInteger = 1<<53 - 1

// JSON values: nil, bool, int64, float64, string, List, Object, and RawJSON.
type (
	List   []any
	Object map[string]any
	// RawJSON is written as it stands.
	RawJSON []byte
)

// EncodeJSON writes a value in its canonical form.
//
// Errors: metadata-malformed for a number that is no integer below 2^53, text that is not UTF-8, a key that is not ASCII, or
// nesting above 64.
func EncodeJSON(value any) ([]byte, error) {
	return appendJSON(nil, value, 0)
}

func appendJSON(out []byte, value any, depth int) ([]byte, error) {
	switch value := value.(type) {
	case nil:
		return append(out, "null"...), nil
	case bool:
		return strconv.AppendBool(out, value), nil
	case int64:
		if value < -safeInteger || value > safeInteger {
			return nil, Errorf(CodeMetadataMalformed, "metadata holds the number %d; only integers below 2^53 are allowed", value)
		}
		return strconv.AppendInt(out, value, 10), nil
	case float64:
		isNegativeZero := value == 0 && math.Signbit(value)
		if value != math.Trunc(value) || math.Abs(value) > safeInteger || isNegativeZero {
			return nil, Errorf(CodeMetadataMalformed, "metadata holds the number %v; only integers below 2^53 are allowed", value)
		}
		return strconv.AppendInt(out, int64(value), 10), nil
	case string:
		return appendString(out, value)
	case RawJSON:
		return append(out, value...), nil
	case List:
		return appendList(out, value, depth)
	case Object:
		return appendObject(out, value, depth)
	default:
		return nil, Errorf(CodeInternal, "a value of type %T is not JSON", value)
	}
}

func checkDepth(depth int) error {
	if depth >= LimitJsonDepth {
		return Errorf(CodeMetadataMalformed, "metadata is nested more than %d deep", LimitJsonDepth)
	}
	return nil
}

func appendList(out []byte, list List, depth int) ([]byte, error) {
	err := checkDepth(depth)
	separator := byte('[')
	for _, item := range list {
		if err != nil {
			return nil, err
		}
		out, err = appendJSON(append(out, separator), item, depth+1)
		separator = ','
	}
	if len(list) == 0 {
		out = append(out, '[')
	}
	return append(out, ']'), err
}

func appendObject(out []byte, object Object, depth int) ([]byte, error) {
	if err := checkDepth(depth); err != nil {
		return nil, err
	}
	keys := make([]string, 0, len(object))
	for key := range object {
		if strings.ContainsFunc(key, isNotASCII) {
			return nil, Errorf(CodeMetadataMalformed, "metadata has the key %q; keys are ASCII", key)
		}
		keys = append(keys, key)
	}
	slices.Sort(keys)
	out = append(out, '{')
	for position, key := range keys {
		if position > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = appendString(out, key); err != nil {
			return nil, err
		}
		if out, err = appendJSON(append(out, ':'), object[key], depth+1); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

func isNotASCII(char rune) bool {
	return char > 0x7f
}

func appendString(out []byte, text string) ([]byte, error) {
	if err := checkUTF8(text); err != nil {
		return nil, err
	}
	out = append(out, '"')
	for at := range len(text) {
		switch char := text[at]; {
		case char == '"' || char == '\\':
			out = append(out, '\\', char)
		case char >= 0x20:
			out = append(out, char)
		case shortEscape(char) != 0:
			out = append(out, '\\', shortEscape(char))
		default:
			out = append(out, `\u00`...)
			out = append(out, hexDigits[char>>4], hexDigits[char&0xf])
		}
	}
	return append(out, '"'), nil
}

const hexDigits = "0123456789abcdef"

// shortEscape is the letter after the backslash of a control character that has one; 0 for the others.
func shortEscape(char byte) byte {
	switch char {
	case '\b':
		return 'b'
	case '\t':
		return 't'
	case '\n':
		return 'n'
	case '\f':
		return 'f'
	case '\r':
		return 'r'
	}
	return 0
}
