package manifest

import (
	"errors"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"flavorpack/internal/format"
)

// largestInteger is the largest that JSON and the metadata carry without loss.
const largestInteger = 1<<53 - 1

// parseTOML reads a document, with BurntSushi/toml (MIT): it refuses doubles, tells line and column, and gives the keys in their
// order. The name of the file is for messages.
//
// Errors: manifest-invalid, with line and column.
func parseTOML(text, where string) (any, error) {
	var tables map[string]any
	meta, err := toml.Decode(text, &tables)
	var fault toml.ParseError
	if errors.As(err, &fault) {
		return nil, format.Errorf(format.CodeManifestInvalid, "%s:%d:%d: not TOML: %s", where, fault.Position.Line, fault.Position.Col, lowered(fault.Message))
	}
	if err != nil {
		return nil, format.Errorf(format.CodeManifestInvalid, "%s: not TOML: %w", where, err)
	}
	// The library's maps have no order; its list of keys has the text's.
	order := map[string]int{}
	for rank, key := range meta.Keys() {
		path := strings.Join(key, "\x00")
		if _, known := order[path]; !known {
			order[path] = rank
		}
	}
	return fromTOML(tables, "", order, where)
}

// lowered is what a library says in the form of this project's messages: lower case, no full stop.
func lowered(message string) string {
	first, size := utf8.DecodeRuneInString(message)
	return string(unicode.ToLower(first)) + strings.TrimSuffix(message[size:], ".")
}

func fromTOML(value any, path string, order map[string]int, where string) (any, error) {
	switch value := value.(type) {
	case map[string]any:
		keys := make([]string, 0, len(value))
		for key := range value {
			keys = append(keys, key)
		}
		below := func(key string) string { return strings.TrimPrefix(path+"\x00"+key, "\x00") }
		sort.Slice(keys, func(i, j int) bool { return order[below(keys[i])] < order[below(keys[j])] })
		table := newObject()
		for _, key := range keys {
			member, err := fromTOML(value[key], below(key), order, where)
			if err != nil {
				return nil, err
			}
			table.set(key, member)
		}
		return table, nil
	case []map[string]any:
		list := make([]any, len(value))
		for position := range value {
			list[position] = value[position]
		}
		return fromTOML(list, path, order, where)
	case []any:
		list := make([]any, len(value))
		for position := range value {
			item, err := fromTOML(value[position], path, order, where)
			if err != nil {
				return nil, err
			}
			list[position] = item
		}
		return list, nil
	case int64:
		if value > largestInteger || value < -largestInteger {
			return nil, format.Errorf(format.CodeManifestInvalid, "%s: not TOML: the integer %d is beyond 2^53 - 1", where, value)
		}
		return float64(value), nil
	default:
		return value, nil
	}
}
