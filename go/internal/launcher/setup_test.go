//go:build unix

package launcher

import (
	"os"
	"testing"

	"flavorpack/internal/format"
)

func TestResolveInside(t *testing.T) {
	tree := t.TempDir()
	for _, err := range []error{
		os.Mkdir(below(tree, "a"), 0o700), os.Symlink("/tmp", below(tree, "out")),
		os.Symlink("/nowhere/x", below(tree, "dangling")), os.Symlink("a", below(tree, "in")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"x", "a/b/c", "in/x", "", "./x", below(tree, "a/x")} {
		if _, err := resolveInside(tree, path); err != nil {
			t.Errorf("%q: %v", path, err)
		}
	}
	for _, path := range []string{"../x", "/etc/passwd", "a/../../x", "out/x", "out", "dangling", "a/../b", tree + "x"} {
		if found, err := resolveInside(tree, path); err == nil || format.AsError(err).Code != format.CodeSetupFailed {
			t.Errorf("%q: %q, %v", path, found, err)
		}
	}
}
