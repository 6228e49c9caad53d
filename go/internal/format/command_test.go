package format

import (
	"slices"
	"testing"
)

func TestCommandsAreSplitAsAShellWould(t *testing.T) {
	for command, words := range map[string][]string{
		"a b  c": {"a", "b", "c"}, "  a\t\nb ": {"a", "b"}, `'a b' "c d"`: {"a b", "c d"}, `a'b'"c"d`: {"abcd"}, `'' ""`: {"", ""},
		`"\$x \n \" \\ \` + "`" + `"`: {"$x \\n \" \\ `"}, `a\ b \'`: {"a b", "'"}, `'a\b'`: {`a\b`}, "": {}, `"é 😀"`: {"é 😀"},
	} {
		if found, err := SplitCommand(command); err != nil || !slices.Equal(found, words) {
			t.Errorf("%s is split into %q, %v", command, found, err)
		}
	}
	for _, command := range []string{"'a", `"a`, `a\`, `"a\`} {
		if found, err := SplitCommand(command); codeOf(err) != CodeMetadataMalformed {
			t.Errorf("%s is split into %q, %v", command, found, err)
		}
	}
}

func TestQuotedCommandsAreReadBack(t *testing.T) {
	for quoted, words := range map[string][]string{
		"/bin/sh {workenv}/a.sh": {"/bin/sh", "{workenv}/a.sh"}, "'' 'a b' 'é'": {"", "a b", "é"}, `'it'\''s'`: {"it's"}, "'$x' '`y`'": {"$x", "`y`"},
	} {
		if found := QuoteCommand(words); found != quoted {
			t.Errorf("%q is quoted as %s, expected %s", words, found, quoted)
		}
		if found, err := SplitCommand(quoted); err != nil || !slices.Equal(found, words) {
			t.Errorf("%s is split into %q, %v", quoted, found, err)
		}
	}
}

func TestWorkenvNames(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef"
	for _, test := range [][3]string{
		{"Hello", "1.0", "hello-1.0-0123456789abcdef"},
		{"a b/ü", "..1", "a-b----1-0123456789abcdef"},
		{"", "", "_-_-0123456789abcdef"},
		{"...", "CON", "_-_con-0123456789abcdef"},
		{"com1.x", "lpt0", "_com1.x-lpt0-0123456789abcdef"},
		{"console", "com10", "console-com10-0123456789abcdef"},
		{"x0123456789012345678901234567890123456789", "1", "x012345678901234567890123456789012345678-1-0123456789abcdef"},
	} {
		if found := WorkenvName(test[0], test[1], id); found != test[2] {
			t.Errorf("%q %q: %s, expected %s", test[0], test[1], found, test[2])
		}
	}
}

func TestMarkersAreCompleteOrNone(t *testing.T) {
	wanted := Marker{Kind: "go", Version: "0.1.0", Platform: "linux_amd64"}
	complete := MagicLauncherMarker + "go\x000.1.0\x00linux_amd64\x00"
	for text, has := range map[string]bool{
		complete: true, "x" + MagicLauncherMarker + "\n" + complete: true,
		MagicLauncherMarker: false, MagicLauncherMarker + "go\x000.1.0\x00linux_amd64": false, MagicLauncherMarker + "go\x00\x00linux_amd64\x00": false,
		MagicLauncherMarker + "g\n\x000.1.0\x00linux_amd64\x00": false, MagicBuilderMarker + "go\x000.1.0\x00linux_amd64\x00": false,
	} {
		found, ok := FindMarker(MagicLauncherMarker, []byte(text))
		if ok != has || ok && found != wanted {
			t.Errorf("%q: %+v, %v", text, found, ok)
		}
	}
}
