package manifest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"flavorpack/internal/format"
)

// write puts a manifest (JSON, unless the name ends in .toml) and its sources into a folder, and gives the manifest's path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	folder := t.TempDir()
	for path, content := range map[string]string{"file": "x", "other": "y", "folder/bin/run": "z", name: text} {
		path = filepath.Join(folder, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(folder, name)
}

func read(t *testing.T, name, text string) (*Manifest, []string, error) {
	t.Helper()
	path := write(t, name, text)
	return Read(path, filepath.Dir(path))
}

// accept reads the members of a manifest besides its package.
func accept(t *testing.T, members string) (*Manifest, []string) {
	t.Helper()
	manifest, warnings, err := read(t, "m.json", `{"package":{"name":"a","version":"1"},`+members+`}`)
	if err != nil {
		t.Fatalf("%s: %v", members, err)
	}
	return manifest, warnings
}

func TestRefusals(t *testing.T) {
	const execution = `"execution":{"argv":["/x"]}`
	for name, test := range map[string]struct {
		members string
		code    format.ErrorCode
		message string
		hint    string
	}{
		"unknown_key_names_the_nearest":    {execution + `,"slotz":[]`, format.CodeManifestKeyUnknown, "m.json: slotz is not a key", "did you mean slots?"},
		"unknown_key_lists_the_keys":       {`"execution":{"zzzzzz":1}`, format.CodeManifestKeyUnknown, "m.json: execution.zzzzzz is not a key", "the keys here are argv, command, args, env, environment, primary_slot, entry, entries"},
		"unknown_key_counts_before_values": {`"execution":{"argv":3},"verification":{"x":1}`, format.CodeManifestKeyUnknown, "m.json: verification.x is not a key", "the keys here are minimum_level"},
		"entries_without_an_order":         {`"execution":{"entries":{"a":{"argv":["/x"]},"10":{"argv":["/y"]}}}`, format.CodeManifestInvalid, `m.json: execution.entry: missing, and entries of which one is called "10" have no order`, "name the default entry in execution.entry"},
		"type":                             {`"execution":{"argv":"x"}`, format.CodeManifestInvalid, `m.json: execution.argv: expected an array, found the string "x"`, ""},
		"missing_member":                   {execution + `,"slots":[{"id":"a"}]`, format.CodeManifestInvalid, `m.json: slots[0] lacks "source"`, ""},
		"enum_names_the_nearest":           {execution + `,"verification":{"minimum_level":"strickt"}`, format.CodeManifestInvalid, `m.json: verification.minimum_level: expected one of none, minimal, relaxed, standard, strict, found the string "strickt"`, `did you mean "strict"?`},
		"variable_name":                    {`"execution":{"argv":["/x"],"env":{"A=":"1"}}`, format.CodeManifestInvalid, `m.json: execution.env has the name "A=": expected a variable name, without = and NUL`, ""},
		"setup_type":                       {execution + `,"setup_commands":[{"type":"run"}]`, format.CodeManifestInvalid, `m.json: setup_commands[0].type: expected execute, enumerate_and_execute, write_file or chmod, found the string "run"`, ""},
		"two_programs":                     {`"execution":{"argv":["/x"],"command":"/x"}`, format.CodeManifestInvalid, "m.json: execution has both argv and command: one of them says what to start", ""},
		"no_program":                       {`"execution":{}`, format.CodeEntryMissing, "m.json: execution names no program: it has neither argv nor command", `write for example argv = ["{workenv}/bin/hello"]`},
		"bare_word_in_argv":                {`"execution":{"argv":["date"]}`, format.CodeEntryMissing, "m.json: execution: date is not in the package: looked for bin/date and date", "write host:date to use the one on the machine that runs it, or an absolute path"},
		"program_outside_the_slots":        {`"execution":{"argv":["{workenv}/bin/no"]},"slots":[{"id":"f","source":"folder"}]`, format.CodeEntryMissing, "m.json: execution: {workenv}/bin/no is not in the package: looked for bin/no", "check the targets of the slots"},
		"host_with_path":                   {`"execution":{"argv":["host:/bin/x"]}`, format.CodeManifestInvalid, `m.json: execution: "host:/bin/x": expected host:NAME with a bare name`, ""},
		"open_quote":                       {`"execution":{"command":"/x 'a"}`, format.CodeManifestInvalid, `m.json: execution.command: a quote of the command "/x 'a" is not closed`, ""},
		"unknown_placeholder":              {`"execution":{"argv":["/x","{workev}"]}`, format.CodePlaceholderUnknown, "m.json: execution.argv[1]: {workev} is not a placeholder", "did you mean {workenv}?"},
		"placeholder_of_no_slot":           {`"execution":{"argv":["/x","{slot:0}"]}`, format.CodePlaceholderUnknown, "m.json: execution.argv[1]: {slot:0} names no slot: expected {slot:N} with N from 0 to -1", ""},
		"same_id":                          {execution + `,"slots":[{"id":"a","source":"file"},{"id":"a","source":"other"}]`, format.CodeManifestInvalid, `m.json: slots[1] ("a"): two slots have this id`, ""},
		"same_target":                      {execution + `,"slots":[{"id":"a","source":"file","target":"x"},{"id":"b","source":"other","target":"{workenv}/x"}]`, format.CodeEntryConflict, "m.json: slots a and b have the target x", ""},
		"wrong_position":                   {execution + `,"slots":[{"id":"a","source":"file","slot":1}]`, format.CodeManifestInvalid, `m.json: slots[0] ("a").slot: expected 0, its position, found 1`, ""},
		"folder_without_tar":               {execution + `,"slots":[{"id":"a","source":"folder","operations":"gzip"}]`, format.CodeManifestInvalid, `m.json: slots[0] ("a").operations: "gzip" makes no archive, but the source is a folder`, "use tar, tar.gz or tar.zst"},
		"directory_outside_the_tree":       {execution + `,"workenv":{"directories":[{"path":"{home}/../x"}]}`, format.CodePathUnsafe, "", ""},
		"target_outside_the_tree":          {execution + `,"slots":[{"id":"a","source":"file","target":"../x"}]`, format.CodePathUnsafe, "", ""},
		"unknown_operation":                {execution + `,"slots":[{"id":"a","source":"file","operations":"zip"}]`, format.CodeOperationUnknown, "", ""},
		"operation_not_implemented":        {execution + `,"slots":[{"id":"a","source":"folder","operations":"gzip|tar"}]`, format.CodeOperationUnsupported, "", ""},
		"missing_source":                   {execution + `,"slots":[{"id":"a","source":"nowhere"}]`, format.CodeFileMissing, "", ""},
		"source_below_a_file":              {execution + `,"slots":[{"id":"a","source":"file/x"}]`, format.CodeFileMissing, "", ""},
		"pinned_workenv":                   {execution + `,"workenv":{"name":"x"}`, format.CodeManifestInvalid, "m.json: workenv.name (a pinned workenv) is reserved and not supported by this version", "remove it: the workenv is named by package, version and content"},
		"wheel_before_the_last":            {execution + `,"slots":[{"id":"a","source":"file","purpose":"wheel"},{"id":"b","source":"other"}]`, format.CodeManifestInvalid, `m.json: slots[0] ("a").purpose: "wheel" is for the last slot: the wheel ends where the package's trailer begins`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := read(t, "m.json", `{"package":{"name":"a","version":"1"},`+test.members+`}`)
			if err == nil {
				t.Fatal("accepted")
			}
			got := format.AsError(err)
			if got.Code != test.code || test.message != "" && (got.Message != test.message || got.Hint != test.hint) {
				t.Errorf("got  %s: %s (%s)\nwant %s: %s (%s)", got.Code, got.Message, got.Hint, test.code, test.message, test.hint)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	for text, want := range map[string]string{
		"{":                      `m.json:1:2: not JSON: expected a key in double quotes`,
		"{\"a\":1,\n \"a\":2}":   `m.json:2:2: not JSON: key "a" is given twice`,
		`{"a":1,"\u0061":2}`:     `m.json:1:8: not JSON: key "a" is given twice`,
		"{} x":                   `m.json:1:4: not JSON: text after the end`,
		"":                       `m.json:1:1: not JSON: the text ends where a value is expected`,
		`{"a":"\ud800"}`:         `m.json:1:6: not JSON: a string with half of a surrogate pair`,
		`{"a":"\\ud800"`:         `m.json:1:15: not JSON: the text ends where "}" is expected`,
		strings.Repeat("[", 300): `m.json:1:258: not JSON: nested too deep`,
	} {
		t.Run(text, func(t *testing.T) {
			_, err := parseJSON(text, "m.json")
			if got := format.AsError(err); got.Code != format.CodeManifestInvalid || got.Message != want {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
	t.Run("values", func(t *testing.T) {
		value, err := parseJSON(` {"b":[1,-2.5e1,true,null,"\ud83d\ude00\n"],"a":{}} `, "m.json")
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(value)
		if want := `{"b":[1,-25,true,null,"😀\n"],"a":{}}`; err != nil || string(text) != want {
			t.Errorf("got %s, %v", text, err)
		}
	})
}

func TestTOML(t *testing.T) {
	for text, want := range map[string]string{
		"[package]\nname = 'a'\nname = 'b'\n": "not TOML: key 'package.name' has already been defined",
		"x = 99999999999999999":               "not TOML: the integer 99999999999999999 is beyond 2^53 - 1",
	} {
		_, err := parseTOML(text, "m.toml")
		if got := format.AsError(err); got.Code != format.CodeManifestInvalid || !strings.Contains(got.Message, want) {
			t.Errorf("%s: got %v", text, err)
		}
	}
	manifest, _, err := read(t, "m.toml", `
package = { name = "a", version = "1", sequence = 3 }
[execution.entries]
second = { argv = ["/b"] }
first = { command = "/a 'x y'" }
[[slots]]
id = "s"
source = "file"
`)
	if err != nil {
		t.Fatal(err)
	}
	if got := manifest.Execution; *got.Entry != "second" || !reflect.DeepEqual(got.Argv, []string{"/b"}) || !reflect.DeepEqual(got.Entries[1].Argv, []string{"/a", "x y"}) {
		t.Errorf("the first entry of the text is not the default one: %+v", got)
	}
	if manifest.Package.Sequence != 3 || manifest.Slots[0].Target != "file" {
		t.Errorf("got %+v", manifest)
	}
}

func TestDefaults(t *testing.T) {
	t.Run("of_slots", func(t *testing.T) {
		manifest, _ := accept(t, `"execution":{"argv":["run"]},"slots":[
			{"id":"a","source":"folder"},
			{"id":"b","source":"{workenv}/file","lifecycle":"temporary","platform":"any","permissions":"755"},
			{"id":"c","source":"other","purpose":"wheel"}]`)
		for position, want := range []string{"a . tar.zst data runtime", "b file raw data temp", "c other raw wheel lazy"} {
			slot := manifest.Slots[position]
			if got := strings.Join([]string{slot.ID, slot.Target, slot.Operations.Canonical(), slot.Purpose, slot.Lifecycle}, " "); got != want || slot.Platform != nil {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		if mode := manifest.Slots[1].Permissions; mode == nil || *mode != 0o755 {
			t.Errorf("permissions %v", mode)
		}
	})
	t.Run("of_environments", func(t *testing.T) {
		manifest, _ := accept(t, `"execution":{"argv":["/x"],"env":{"B":"1"},"environment":{"B":"2","A":"3"}},"runtime":{"env":{"unset":[]}}`)
		if want := (format.Map{{Name: "A", Value: "3"}, {Name: "B", Value: "1"}}); !reflect.DeepEqual(manifest.Execution.Env, want) {
			t.Errorf("got %v", manifest.Execution.Env)
		}
		if env := manifest.RuntimeEnv; env.Unset == nil || env.Pass != nil {
			t.Errorf("what was written and what was not is not told apart: %+v", env)
		}
	})
	t.Run("of_setup_commands", func(t *testing.T) {
		manifest, _ := accept(t, `"execution":{"argv":["bin/made"]},"setup_commands":["a 'b c'",
			{"type":"write_file","path":"{workenv}/x","content":"{any}"},{"type":"chmod","path":"y","mode":"700"}]`)
		want := []format.SetupCommand{
			{Kind: format.SetupExecute, Argv: []string{"a", "b c"}},
			{Kind: format.SetupWriteFile, Path: "{workenv}/x", Content: "{any}", Mode: 0o644},
			{Kind: format.SetupChmod, Path: "y", Mode: 0o700},
		}
		if !reflect.DeepEqual(manifest.SetupCommands, want) {
			t.Errorf("got %+v", manifest.SetupCommands)
		}
	})
}

func TestWarnings(t *testing.T) {
	t.Run("keys_without_effect", func(t *testing.T) {
		_, warnings := accept(t, `"execution":{"argv":["/x"]},"launcher":1,"name":[]`)
		if want := []string{"m.json: name, launcher at the top of the manifest have no effect"}; !reflect.DeepEqual(warnings, want) {
			t.Errorf("got %q", warnings)
		}
	})
	t.Run("command_of_the_host", func(t *testing.T) {
		manifest, warnings := accept(t, `"execution":{"command":"date -u","args":["x"]}`)
		if want := []string{"host:date", "-u", "x"}; !reflect.DeepEqual(manifest.Execution.Argv, want) || len(warnings) != 1 {
			t.Errorf("got %q, %q", manifest.Execution.Argv, warnings)
		}
	})
}

// A keyword that the walk does not know would be a rule that nobody checks.
func TestEveryKeywordOfTheSchemaIsKnown(t *testing.T) {
	known := "$schema $id title $comment description deprecated $defs $ref type enum const required properties additionalProperties propertyNames " +
		"items pattern minLength maxLength minItems maxItems minimum maximum if then oneOf discriminator propertyName"
	isKnown := map[string]bool{}
	for _, keyword := range strings.Fields(known) {
		isKnown[keyword] = true
	}
	document, err := parseJSON(schemaText, "schema")
	if err != nil {
		t.Fatal(err)
	}
	var walk func(value any, isRule bool)
	walk = func(value any, isRule bool) {
		switch value := value.(type) {
		case []any:
			for _, item := range value {
				walk(item, isRule)
			}
		case *object:
			for _, key := range value.keys {
				if isRule && !isKnown[key] {
					t.Errorf("keyword %s", key)
				}
				// Below these stand names, not keywords.
				walk(value.values[key], key != "properties" && key != "$defs" || !isRule)
			}
		}
	}
	walk(document, true)
}

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{"agrv": "argv", "ENV": "env", "enviroment": "environment", "xyz": ""} {
		if got := nearest(word, []string{"argv", "env", "environment"}); got != want {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
}
