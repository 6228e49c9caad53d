package format

import (
	"strings"
	"testing"
)

func reads(document string, rules Rules) bool {
	_, err := DecodeJSON([]byte(document), rules)
	parser, parserErr := NewParser([]byte(document), rules)
	if parserErr == nil {
		parserErr = parser.Skip()
	}
	if parserErr == nil {
		parserErr = parser.End()
	}
	if (err == nil) != (parserErr == nil) {
		panic("Value and Skip disagree on " + document)
	}
	return err == nil
}

func TestCanonicalDocumentsHaveOneSpelling(t *testing.T) {
	for _, document := range []string{
		`{}`, `[]`, `""`, `{"a":1,"b":[true,false,null,"x",-5,0,9007199254740991]}`, `"é\u0001\n\"\\ 😀"`, `"/"`, "\"\u2028\"",
		strings.Repeat("[", 64) + strings.Repeat("]", 64),
	} {
		if !reads(document, Canonical) {
			t.Errorf("refused: %s", document)
			continue
		}
		value, _ := DecodeJSON([]byte(document), Canonical)
		if encoded, err := EncodeJSON(value); err != nil || string(encoded) != document {
			t.Errorf("%s is encoded as %s, %v", document, encoded, err)
		}
	}
	for _, document := range []string{
		` {}`, `{} `, `{"a": 1}`, `{"b":1,"a":2}`, `{"é":1}`, `"\/"`, `"\u0041"`, `"\u000A"`, `"\u001F"`, `"\u000a"`,
		`"\ud83d\ude00"`, `1.0`, `1e3`, `-0`, `9007199254740992`, `-9007199254740992`, `{"a":1,"\u0062":2}`,
	} {
		if reads(document, Canonical) || !reads(document, Lenient) {
			t.Errorf("lenient only: %s", document)
		}
	}
}

func TestBrokenDocumentsAreRefusedByBothRules(t *testing.T) {
	for _, document := range []string{
		``, `{`, `[1,]`, `{"a":1,}`, `01`, `-`, `1.`, `"`, `"\x"`, `"\`, `"\ud800"`, `"\udc00\ud800"`, "\"a\nb\"", `tru`,
		`{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{}{}`, `nul`, `"\u00"`, `'a'`, `{1:2}`, "\ufeff{}", "\"\xff\"", `{"a"`, `[1 2]`,
		strings.Repeat("[", 65) + strings.Repeat("]", 65), strings.Repeat("[", 100000),
	} {
		for _, rules := range []Rules{Canonical, Lenient} {
			if reads(document, rules) {
				t.Errorf("taken by rules %d: %.40q", rules, document)
			}
		}
	}
}

func TestIntegersMayHavePassedThroughAFloat(t *testing.T) {
	for document, wanted := range map[string]int64{`420.0`: 420, `1e3`: 1000, `-7`: -7, `9007199254740991`: 9007199254740991} {
		parser, _ := NewParser([]byte(document), Lenient)
		if found, err := parser.Integer(); err != nil || found != wanted {
			t.Errorf("%s is read as %d, %v", document, found, err)
		}
	}
	for _, document := range []string{`1.5`, `1e300`, `9007199254740992`, `1e999`, `"1"`} {
		parser, _ := NewParser([]byte(document), Lenient)
		if found, err := parser.Integer(); err == nil {
			t.Errorf("%s is read as %d", document, found)
		}
	}
}

func TestEncodeJSONRefusesWhatCanonicalDocumentsDoNotHold(t *testing.T) {
	deep := any(List{})
	for range 64 {
		deep = List{deep}
	}
	for name, value := range map[string]any{
		"fraction": 1.5, "large": int64(1 << 53), "large float": 1e16, "key": Object{"é": nil}, "text": "\xff", "depth": deep,
	} {
		if encoded, err := EncodeJSON(value); codeOf(err) != CodeMetadataMalformed {
			t.Errorf("%s: %.40s, %v", name, encoded, err)
		}
	}
}
