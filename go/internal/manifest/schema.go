package manifest

import (
	_ "embed"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"flavorpack/internal/format"
)

// The schema that documents the manifest for editors (spec/schema/manifest.schema.json; scripts/generate-constants copies it here)
// is what a document is held to. Its dialect is small, and what is said about a fault is ours, in an order that never changes:
// libraries for JSON Schema collect their faults from maps.

//go:embed schema_gen.json
var schemaText string

// schema walks a document beside the schema and collects what does not fit.
type schema struct {
	root   *object
	where  string
	faults []fault
}

type fault struct {
	isUnknownKey bool
	err          *format.Error
}

// validate holds a document to the schema. Its name is for messages.
//
// Errors: manifest-key-unknown with the nearest key that exists, manifest-invalid for a value that does not fit.
func validate(document any, where string) error {
	parsed, err := parseJSON(schemaText, "manifest.schema.json")
	if err != nil {
		return err
	}
	s := &schema{root: parsed.(*object), where: where}
	s.check(s.root, document, "")
	if unknown := slices.IndexFunc(s.faults, func(f fault) bool { return f.isUnknownKey }); unknown >= 0 {
		return s.faults[unknown].err
	}
	if len(s.faults) > 0 {
		return s.faults[0].err
	}
	return nil
}

// check compares one value with one schema; path is the value's key, such as slots[0].id.
func (s *schema) check(rule *object, value any, path string) {
	s.compare(rule, value, func(expected, hint string) {
		s.invalid(fmt.Sprintf("%s: expected %s, found %s", s.subject(path), expected, shown(value)), hint)
	}, path)
}

// compare calls refuse for each keyword that the value itself does not fit; what lies inside it reports by itself.
func (s *schema) compare(rule *object, value any, refuse func(expected, hint string), path string) {
	rule = s.resolve(rule)
	described := func(otherwise string) string {
		if description, ok := rule.values["description"].(string); ok {
			return description
		}
		return otherwise
	}
	if types := wordsOf(rule.values["type"]); len(types) > 0 && !slices.ContainsFunc(types, func(name string) bool { return isOfType(value, name) }) {
		refuse(described(withArticle(strings.Join(types, " or "))), "")
		return
	}
	if allowed, ok := rule.values["enum"].([]any); ok && !slices.Contains(allowed, value) {
		words := wordsOf(allowed)
		hint := ""
		if text, ok := value.(string); ok {
			if meant := nearest(text, words); meant != "" {
				hint = fmt.Sprintf("did you mean %s?", quoted(meant))
			}
		}
		refuse("one of "+strings.Join(words, ", "), hint)
	}
	switch value := value.(type) {
	case float64:
		if least, ok := rule.values["minimum"].(float64); ok && value < least {
			refuse(described(fmt.Sprintf("it to be >= %.0f", least)), "")
		}
		if most, ok := rule.values["maximum"].(float64); ok && value > most {
			refuse(described(fmt.Sprintf("it to be <= %.0f", most)), "")
		}
	case string:
		s.bounds(rule, "Length", "characters", utf8.RuneCountInString(value), described, refuse)
		if pattern, ok := rule.values["pattern"].(string); ok && !compilePattern(pattern).MatchString(value) {
			refuse(described(fmt.Sprintf("it to match %s", quoted(pattern))), "")
		}
	case []any:
		s.bounds(rule, "Items", "items", len(value), described, refuse)
		if items, ok := rule.values["items"].(*object); ok {
			for position, item := range value {
				s.check(items, item, fmt.Sprintf("%s[%d]", path, position))
			}
		}
	case *object:
		s.members(rule, value, path)
	}
}

func (s *schema) bounds(rule *object, suffix, unit string, count int, described func(string) string, refuse func(expected, hint string)) {
	if least, ok := rule.values["min"+suffix].(float64); ok && count < int(least) {
		refuse(described(fmt.Sprintf("it to NOT have fewer than %.0f %s", least, unit)), "")
	}
	if most, ok := rule.values["max"+suffix].(float64); ok && count > int(most) {
		refuse(described(fmt.Sprintf("it to NOT have more than %.0f %s", most, unit)), "")
	}
}

// members checks required members, names, unknown members and then each known one, in the schema's order.
func (s *schema) members(rule, value *object, path string) {
	for _, name := range wordsOf(rule.values["required"]) {
		if !value.has(name) {
			s.invalid(fmt.Sprintf("%s lacks %s", s.subject(path), quoted(name)), "")
		}
	}
	if then, ok := rule.values["then"].(*object); ok {
		s.alternative(then, value, path)
	}
	properties, _ := rule.values["properties"].(*object)
	if properties == nil {
		properties = newObject()
	}
	for _, name := range value.keys {
		if names, ok := rule.values["propertyNames"].(*object); ok {
			s.compare(names, name, func(expected, _ string) {
				s.invalid(fmt.Sprintf("%s has the name %s: expected %s", s.subject(path), quoted(name), expected), "")
			}, path)
		}
		if properties.has(name) {
			continue
		}
		switch others := rule.values["additionalProperties"].(type) {
		case *object:
			s.check(others, value.values[name], join(path, name))
		case bool:
			if !others {
				s.unknownKey(join(path, name), name, properties)
			}
		}
	}
	for _, name := range properties.keys {
		if value.has(name) {
			s.check(properties.values[name].(*object), value.values[name], join(path, name))
		}
	}
}

// alternative holds an object to the one of several schemas that its discriminator names.
func (s *schema) alternative(rule, value *object, path string) {
	discriminator, _ := rule.values["discriminator"].(*object)
	if discriminator == nil {
		s.check(rule, value, path)
		return
	}
	tag := discriminator.values["propertyName"].(string)
	names := []string{}
	for _, choice := range rule.values["oneOf"].([]any) {
		constant := choice.(*object).values["properties"].(*object).values[tag].(*object).values["const"]
		if value.values[tag] == constant {
			s.check(choice.(*object), value, path)
			return
		}
		names = append(names, constant.(string))
	}
	if !value.has(tag) {
		s.invalid(fmt.Sprintf("%s lacks %s", s.subject(path), quoted(tag)), "")
		return
	}
	last := len(names) - 1
	expected := strings.Join(names[:last], ", ") + " or " + names[last]
	s.invalid(fmt.Sprintf("%s: expected %s, found %s", s.subject(join(path, tag)), expected, shown(value.values[tag])), "")
}

func (s *schema) resolve(rule *object) *object {
	for {
		reference, ok := rule.values["$ref"].(string)
		if !ok {
			return rule
		}
		name := strings.TrimPrefix(reference, "#/$defs/")
		rule = s.root.values["$defs"].(*object).values[name].(*object)
	}
}

func (s *schema) subject(path string) string {
	if path == "" {
		path = "the document"
	}
	return s.where + ": " + path
}

func (s *schema) invalid(message, hint string) {
	s.faults = append(s.faults, fault{err: format.Errorf(format.CodeManifestInvalid, "%s", message).WithHint(hint)})
}

func (s *schema) unknownKey(path, name string, properties *object) {
	known := slices.DeleteFunc(slices.Clone(properties.keys), func(key string) bool { return properties.values[key].(*object).has("deprecated") })
	hint := "the keys here are " + strings.Join(known, ", ")
	if meant := nearest(name, known); meant != "" {
		hint = fmt.Sprintf("did you mean %s?", meant)
	}
	err := format.Errorf(format.CodeManifestKeyUnknown, "%s: %s is not a key", s.where, path).WithHint(hint)
	s.faults = append(s.faults, fault{isUnknownKey: true, err: err})
}

// compilePattern reads a pattern of the schema, whose \u0000 is RE2's \x{0000}.
func compilePattern(pattern string) *regexp.Regexp {
	return regexp.MustCompile(regexp.MustCompile(`\\u([0-9a-fA-F]{4})`).ReplaceAllString(pattern, `\x{$1}`))
}

func isOfType(value any, name string) bool {
	switch value := value.(type) {
	case nil:
		return name == "null"
	case bool:
		return name == "boolean"
	case float64:
		return name == "number" || name == "integer" && value == math.Trunc(value) && !math.IsInf(value, 0)
	case string:
		return name == "string"
	case []any:
		return name == "array"
	case *object:
		return name == "object"
	default:
		return false
	}
}

// shown is a found value as a person would name it: its kind, and the value when it is short.
func shown(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case []any:
		if len(value) == 0 {
			return "an empty array"
		}
		return "an array"
	case *object:
		return "an object"
	case string:
		return "the string " + shortened(quoted(value))
	case float64:
		return "the number " + strconv.FormatFloat(value, 'f', -1, 64)
	case time.Time:
		return "a date"
	default:
		return fmt.Sprintf("the boolean %v", value)
	}
}

func shortened(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:57]) + "..."
	}
	return text
}

func withArticle(name string) string {
	if strings.ContainsRune("aeiou", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// wordsOf reads a keyword whose value is one word or a list of them.
func wordsOf(value any) []string {
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		words := make([]string, 0, len(value))
		for _, item := range value {
			if word, ok := item.(string); ok {
				words = append(words, word)
			}
		}
		return words
	default:
		return nil
	}
}
