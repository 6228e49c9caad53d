package manifest

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"flavorpack/internal/format"
)

// Input is what an author wrote, after the schema has accepted it and before any default is filled in.
type Input struct {
	Package struct {
		Name        string
		Version     string
		Description *string
		Sequence    uint64
	}
	Execution ExecutionInput
	Slots     []SlotInput
	Runtime   struct {
		Env struct {
			Unset, Pass []string
			Map, Set    Texts
		}
	}
	Workenv struct {
		Name        *string
		Env         Texts
		Directories []struct{ Path, Mode string }
	}
	SetupCommands   []SetupInput `json:"setup_commands"`
	CacheValidation *struct {
		CheckFile       string `json:"check_file"`
		ExpectedContent string `json:"expected_content"`
	} `json:"cache_validation"`
	Requirements *struct {
		Libc        string
		LibcVersion string `json:"libc_version"`
	}
	Verification struct {
		MinimumLevel string `json:"minimum_level"`
	}
}

// Texts are texts by name; nil when they were not written.
type Texts map[string]string

// pairs are the texts sorted by name; nil stays nil.
func (t Texts) pairs() format.Map {
	if t == nil {
		return nil
	}
	pairs := make(format.Map, 0, len(t))
	for _, name := range slices.Sorted(maps.Keys(t)) {
		pairs = append(pairs, format.Pair{Name: name, Value: t[name]})
	}
	return pairs
}

// ProgramInput is a program: its words, or a command line to be split into words.
type ProgramInput struct {
	Argv    []string
	Command *string
}

// ExecutionInput is the default program and the others.
type ExecutionInput struct {
	ProgramInput
	Args        []string
	Env         Texts
	Environment Texts
	PrimarySlot float64 `json:"primary_slot"`
	Entry       *string
	Entries     EntriesInput
}

// EntriesInput are programs in the order of the text: the first may be the default.
type EntriesInput []EntryInput

// EntryInput is one program and the name that it is called by.
type EntryInput struct {
	Name string
	ProgramInput
}

// UnmarshalJSON reads an object of programs.
func (e *EntriesInput) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if _, err := decoder.Token(); err != nil {
		return err
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		entry := EntryInput{Name: name.(string)}
		if err := decoder.Decode(&entry.ProgramInput); err != nil {
			return err
		}
		*e = append(*e, entry)
	}
	return nil
}

// SlotInput is one slot as written; absent members are empty or nil.
type SlotInput struct {
	Slot        *float64
	ID          string
	Source      string
	Target      string
	Operations  *string
	Purpose     string
	Lifecycle   string
	Permissions string
	Resolution  string
	Platform    string
}

// SetupInput is a setup command as an object, or a command line alone.
type SetupInput struct {
	ProgramInput
	Type      string
	Enumerate struct{ Path, Pattern string }
	Path      string
	Content   string
	Mode      string
}

// UnmarshalJSON reads either form.
func (s *SetupInput) UnmarshalJSON(text []byte) error {
	var line string
	if json.Unmarshal(text, &line) == nil {
		s.Type, s.Command = string(format.SetupExecute), &line
		return nil
	}
	type members SetupInput
	return json.Unmarshal(text, (*members)(s))
}

// keysWithoutEffect are what manifests for earlier implementations carry at the top.
var keysWithoutEffect = []string{"name", "version", "description", "command", "environment", "format", "manifest", "launcher"}

// decodeInput turns an accepted document into records, and names the keys in it that have no effect.
func decodeInput(document *object) (input *Input, idle []string, err error) {
	accepted := newObject()
	for _, key := range document.keys {
		if !slices.Contains(keysWithoutEffect, key) {
			accepted.set(key, document.values[key])
		}
	}
	for _, key := range keysWithoutEffect {
		if document.has(key) {
			idle = append(idle, key)
		}
	}
	text, err := json.Marshal(accepted)
	if err != nil {
		return nil, nil, err
	}
	input = &Input{}
	return input, idle, json.Unmarshal(text, input)
}
