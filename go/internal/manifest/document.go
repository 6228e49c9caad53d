package manifest

import (
	"bytes"
	"encoding/json"
)

// A document is what JSON and TOML have in common: nil, bool, float64, string, []any, *object, and for TOML time.Time.

// object is a JSON object or TOML table. It keeps the order of the text: the first of execution.entries is the default one.
type object struct {
	keys   []string
	values map[string]any
}

func newObject() *object {
	return &object{values: map[string]any{}}
}

// set adds a member, or replaces the value of one that is there.
func (o *object) set(key string, value any) {
	if !o.has(key) {
		o.keys = append(o.keys, key)
	}
	o.values[key] = value
}

func (o *object) has(key string) bool {
	_, known := o.values[key]
	return known
}

// MarshalJSON writes the members in order, so that encoding/json can decode an accepted document into Input.
func (o *object) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for position, key := range o.keys {
		if position > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(key)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(o.values[key])
		if err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}
