//go:build unix

package launcher

import (
	"os"
	"slices"
	"strconv"
	"testing"

	"flavorpack/internal/cacheroot"
	"flavorpack/internal/format"
)

func paths(roots []cacheRoot) []string {
	found := make([]string, len(roots))
	for position, root := range roots {
		found[position] = root.path
	}
	return found
}

func TestCacheRoots(t *testing.T) {
	user := strconv.Itoa(os.Geteuid())
	shared := []string{"/var/tmp/flavor-" + user, "/tmp/flavor-" + user}
	for name, test := range map[string]struct {
		env      []string
		expected []string
	}{
		"explicit": {[]string{"HOME=/h", "XDG_CACHE_HOME=/x", "FLAVOR_CACHE=/c"}, []string{"/c"}},
		"home":     {[]string{"HOME=/nowhere/h", "XDG_CACHE_HOME=relative", "FLAVOR_CACHE="}, append([]string{below("/nowhere/h", cacheroot.BelowHome)}, shared...)},
		"xdg":      {[]string{"HOME=/nowhere/h", "XDG_CACHE_HOME=/nowhere/x"}, append([]string{"/nowhere/x/flavor"}, shared...)},
	} {
		t.Run(name, func(t *testing.T) {
			if found := paths(cacheRoots(Caller{Env: test.env})); !slices.Equal(found, test.expected) {
				t.Errorf("%q, expected %q", found, test.expected)
			}
		})
	}
}

func TestIsTrusted(t *testing.T) {
	folder := t.TempDir()
	place := below(folder, "place")
	for _, err := range []error{
		os.Mkdir(place, 0o700), os.Symlink(place, below(folder, "link")), os.WriteFile(below(folder, "file"), nil, 0o600),
		os.Mkdir(below(folder, "open"), 0o700), os.Chmod(below(folder, "open"), 0o770),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if trusted, err := isTrusted(place); !trusted || err != nil {
		t.Errorf("a private directory: %v, %v", trusted, err)
	}
	if trusted, err := isTrusted(below(folder, "missing")); trusted || err != nil {
		t.Errorf("nothing: %v, %v", trusted, err)
	}
	for _, name := range []string{"link", "file", "open"} {
		if _, err := isTrusted(below(folder, name)); err == nil || format.AsError(err).Code != format.CodeCacheUntrusted {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMakeDirectories(t *testing.T) {
	folder := t.TempDir()
	for range 2 {
		if err := makeDirectories(below(folder, "a/b/c")); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(below(folder, "a/b"))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.WriteFile(below(folder, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, words := range map[string]string{"file": "File exists (os error 17)", "file/x": "Not a directory (os error 20)"} {
		if err := makeDirectories(below(folder, path)); err == nil || systemWords(err).Error() != words {
			t.Errorf("%s: %v", path, err)
		}
	}
}
