package launcher

import (
	"encoding/hex"
	"strings"

	"flavorpack/internal/format"
)

// The little JSON that the launcher writes: values are given as JSON text, members stay in the order in which people read them.

type member struct{ name, value string }

func jsonText(value string) string {
	// What the system said, or was typed, need not be UTF-8.
	text, err := format.EncodeJSON(strings.ToValidUTF8(value, "\ufffd"))
	if err != nil {
		return "null"
	}
	return string(text)
}

func jsonObject(members ...member) string {
	parts := make([]string, len(members))
	for position, member := range members {
		parts[position] = jsonText(member.name) + ":" + member.value
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func jsonArray(values []string) string {
	return "[" + strings.Join(values, ",") + "]"
}

func jsonTexts(values []string) string {
	texts := make([]string, len(values))
	for position, value := range values {
		texts[position] = jsonText(value)
	}
	return jsonArray(texts)
}

// jsonTextOrNull is null for the empty text.
func jsonTextOrNull(value string) string {
	if value == "" {
		return "null"
	}
	return jsonText(value)
}

func hexText(bytes []byte) string {
	return hex.EncodeToString(bytes)
}
