package main

import (
	"encoding/hex"

	"flavorpack/internal/format"
)

// question is one JSON object as asked.
type question format.Object

// readQuestion reads a line. The value of encode_json stands one level below it, and may be as deep as a document.
func readQuestion(line []byte) (question, error) {
	parser, err := format.NewParser(line, format.Lenient)
	if err != nil {
		return nil, err
	}
	value, err := parser.WithMaxDepth(format.LimitJsonDepth + 2).Value()
	if err != nil {
		return nil, err
	}
	object, ok := value.(format.Object)
	if !ok {
		return nil, format.Errorf(format.CodeUsage, "a question is an object")
	}
	return question(object), parser.End()
}

func (q question) text(key string) (string, error) {
	text, ok := q[key].(string)
	if !ok {
		return "", format.Errorf(format.CodeUsage, "member %s is not a text", key)
	}
	return text, nil
}

func (q question) number(key string) (int64, error) {
	number, ok := q[key].(int64)
	if !ok || number < 0 {
		return 0, format.Errorf(format.CodeUsage, "member %s is not a number", key)
	}
	return number, nil
}

func (q question) bytes(key string) ([]byte, error) {
	text, err := q.text(key)
	if err != nil {
		return nil, err
	}
	decoded, err := hex.DecodeString(text)
	if err != nil {
		return nil, format.Errorf(format.CodeUsage, "member %s is not hex", key)
	}
	return decoded, nil
}

// texts is a list of texts.
func texts(value any) ([]string, error) {
	list, ok := value.(format.List)
	words := make([]string, len(list))
	for position, item := range list {
		word, isText := item.(string)
		ok = ok && isText
		words[position] = word
	}
	if !ok {
		return nil, format.Errorf(format.CodeUsage, "a member is not a list of texts")
	}
	return words, nil
}
