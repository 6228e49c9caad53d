package builder

import (
	"testing"

	"flavorpack/internal/format"
)

func addAll(os string, paths ...string) error {
	names := newTargetNames(os)
	for _, path := range paths {
		if err := names.add(path); err != nil {
			return err
		}
	}
	return nil
}

func TestNamesThatFoldToOne(t *testing.T) {
	for _, paths := range [][]string{{"a/README", "a/readme"}, {"a/x", "A/y"}, {"e\u0301", "\u00e9"}, {"\u00c9", "e\u0301"}, {"\u03a3x", "\u03c3x"}} {
		for _, os := range []string{"darwin", "windows"} {
			wantCode(t, addAll(os, paths...), format.CodeEntryConflict)
		}
		if err := addAll("linux", paths...); err != nil {
			t.Error(err)
		}
	}
	for _, paths := range [][]string{{"a/x", "a/y"}, {"a", "a"}, {"\u0130", "i"}, {"ss", "\u00df"}} {
		if err := addAll("darwin", paths...); err != nil {
			t.Error(err)
		}
	}
}

func TestNamesThatWindowsLacks(t *testing.T) {
	for _, path := range []string{"a/con", "NUL.txt", "Com1", "a:b", "what?", "dot.", "space /x", "tab\t"} {
		wantCode(t, addAll("windows", path), format.CodePathUnsafe)
		if err := addAll("darwin", path); err != nil {
			t.Error(err)
		}
	}
	if err := addAll("windows", "console", "com0", ".nul", "lpt10.txt"); err != nil {
		t.Error(err)
	}
}
