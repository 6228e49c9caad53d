package format

import (
	"strings"
	"testing"
)

func TestCheckPath(t *testing.T) {
	for _, path := range []string{"a", "a/b.c", "..a", "...", "Ünï/😀", "a\nb", strings.Repeat("x/", 127) + "x", strings.Repeat("x", 4096)} {
		if err := CheckPath(path); err != nil {
			t.Errorf("%v", err)
		}
	}
	for _, path := range []string{
		"", ".", "..", "/a", "../a", "a/../b", "a//b", "a/./b", "a/", "a\\b", "a\x00b", "\xff", ".pspf-package-id", ".pspf-package-id/x",
		strings.Repeat("x/", 128) + "x", strings.Repeat("é", 2049),
	} {
		if err := CheckPath(path); codeOf(err) != CodePathUnsafe {
			t.Errorf("%.40q: %v", path, err)
		}
	}
}

func TestCheckTarget(t *testing.T) {
	for target, normal := range map[string]string{
		"": ".", ".": ".", "./": ".", "{workenv}": ".", "{workenv}/": ".", "a": "a", "./a/b/": "a/b", "{workenv}/a": "a", "a/{workenv}": "a/{workenv}",
	} {
		if found, err := CheckTarget(target); err != nil || found != normal {
			t.Errorf("%q is %q, %v", target, found, err)
		}
	}
	for _, target := range []string{"/", "//", "/a", "{workenv}//a", "../a", "{workenv}/../a", "a\\b", "././a"} {
		if found, err := CheckTarget(target); codeOf(err) != CodePathUnsafe {
			t.Errorf("%q is %q, %v", target, found, err)
		}
	}
}

func TestLinksStayInsideByText(t *testing.T) {
	for _, link := range [][2]string{{"a", "b"}, {"a/b", "../c"}, {"a/b", ".."}, {"a", "."}, {"a/b/c", ".././../x/y"}, {"a", "b//./c"}} {
		if err := CheckLinkTarget(link[0], link[1]); err != nil {
			t.Errorf("%v", err)
		}
	}
	for _, link := range [][2]string{
		{"a", ".."}, {"a/b", "../.."}, {"a", "/etc"}, {"a", ""}, {"a", "b\\c"}, {"a", "b\x00"}, {"a", "b/../../c"}, {"a/b", "c/../d"},
		{"a", "\xff"}, {"a", strings.Repeat("x", 4097)},
	} {
		if err := CheckLinkTarget(link[0], link[1]); codeOf(err) != CodeLinkUnsafe {
			t.Errorf("%s -> %.40s: %v", link[0], link[1], err)
		}
	}
}

func TestPathSetRefusesDoublesAndFilesAgainstDirectories(t *testing.T) {
	type path struct {
		name   string
		isLeaf bool
	}
	for name, test := range map[string]struct {
		paths    []path
		conflict bool
	}{
		"a tree":                    {[]path{{"d", false}, {"d/a", true}, {"e/f/g", true}}, false},
		"a directory, after all":    {[]path{{"d/a", true}, {"d", false}}, false},
		"two files":                 {[]path{{"a", true}, {"a", true}}, true},
		"two directories":           {[]path{{"a", false}, {"a", false}}, true},
		"below a file":              {[]path{{"a", true}, {"a/b", true}}, true},
		"a file for a directory":    {[]path{{"a/b", true}, {"a", true}}, true},
		"a file after a directory":  {[]path{{"a", false}, {"a", true}}, true},
		"a directory after a file":  {[]path{{"a", true}, {"a", false}}, true},
		"deep below a file":         {[]path{{"a", true}, {"a/b/c/d", true}}, true},
		"names that begin the same": {[]path{{"a", true}, {"ab/c", true}}, false},
	} {
		var set PathSet
		var err error
		for _, path := range test.paths {
			if err == nil {
				err = set.Add(path.name, path.isLeaf)
			}
		}
		if (codeOf(err) == CodeEntryConflict) != test.conflict {
			t.Errorf("%s: %v", name, err)
		}
	}
}
