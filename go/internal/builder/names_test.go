package builder

import (
	"fmt"
	"path/filepath"
	"strings"
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
	for _, path := range []string{"a/con", "NUL.txt", "Com1", "lpt³", "CONIN$", "con .x", "a:b", "what?", "dot.", "space /x", "tab\t"} {
		wantCode(t, addAll("windows", path), format.CodePathUnsafe)
		if err := addAll("darwin", path); err != nil {
			t.Error(err)
		}
	}
	if err := addAll("windows", "console", "com0", ".nul", "lpt10.txt"); err != nil {
		t.Error(err)
	}
}

func TestWindowsTakesNoLinksAndTellsOfLongPaths(t *testing.T) {
	link := &format.TarEntry{Path: "l", Kind: format.TarLink, LinkTarget: "x"}
	wantCode(t, newTargetNames("windows").addBelow("t", link), format.CodeEntryRefused)
	if err := newTargetNames("darwin").addBelow("t", link); err != nil {
		t.Error(err)
	}
	for length, isLong := range map[int]bool{139: false, 140: true} {
		names := newTargetNames("windows")
		if err := names.add(strings.Repeat("x", length)); err != nil {
			t.Fatal(err)
		}
		if (names.warning() != "") != isLong {
			t.Errorf("%d: %q", length, names.warning())
		}
	}
}

func TestLinksForWindowsAreCopies(t *testing.T) {
	list := func(files map[string]string) ([]sourceEntry, error) {
		return listFolder(filepath.Join(writeFiles(t, files), "t"), 0, true)
	}
	entries, err := list(map[string]string{"t/f": "content", "t/l": "-> f", "t/d/x": "", "t/e": "-> d", "t/g/back": "-> ../d"})
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, entry := range entries {
		found = append(found, fmt.Sprintf("%s %d %d", entry.Path, entry.Kind, entry.Size))
	}
	file, folder := format.TarFile, format.TarDirectory
	want := fmt.Sprintf("d %[2]d 0,d/x %[1]d 0,e %[2]d 0,e/x %[1]d 0,f %[1]d 7,g %[2]d 0,g/back %[2]d 0,g/back/x %[1]d 0,l %[1]d 7", file, folder)
	if got := strings.Join(found, ","); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	nested := map[string]string{"t/d9/x": ""}
	for depth := range 9 {
		nested[fmt.Sprintf("t/d%d/next", depth)] = fmt.Sprintf("-> ../d%d", depth+1)
	}
	for name, files := range map[string]map[string]string{
		"dangles":         {"t/l": "-> nothing"},
		"leaves":          {"t/l": "-> ../x", "x": ""},
		"is_a_cycle":      {"t/a/l": "-> ../b", "t/b/l": "-> ../a"},
		"leads_to_itself": {"t/l": "-> l"},
		"leads_up":        {"t/a/l": "-> .."},
		"is_nested":       nested,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := list(files)
			wantCode(t, err, format.CodeLinkUnsafe)
		})
	}
}
