package launcher

import (
	"os"
	"testing"
)

func TestWriteWhole(t *testing.T) {
	folder := t.TempDir()
	path := below(folder, "index.json")
	for _, content := range []string{"one", "two"} {
		if err := writeWhole(path, []byte(content), 0o444); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		info, statErr := os.Stat(path)
		if err != nil || statErr != nil || string(text) != content || info.Mode().Perm() != 0o444 {
			t.Errorf("%q, %v, %v, %v", text, info, err, statErr)
		}
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestRemoveTree(t *testing.T) {
	tree := below(t.TempDir(), "tree")
	if err := os.MkdirAll(below(tree, "locked"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(below(below(tree, "locked"), "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(below(tree, "locked"), 0o500); err != nil {
		t.Fatal(err)
	}
	removeTree(tree)
	if exists(tree) {
		t.Error("a directory without write permission is left")
	}
}

func TestRemovePassing(t *testing.T) {
	tree := t.TempDir()
	for _, path := range []string{"a", "a/b", "kept"} {
		if err := os.Mkdir(below(tree, nativePath(path)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"a/b/x", "kept/x", "kept/y"} {
		if err := os.WriteFile(below(tree, nativePath(path)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	removePassing(tree, []string{"a/b/x", "kept/x", "gone"})
	if exists(below(tree, "a")) || exists(below(tree, nativePath("kept/x"))) || !exists(below(tree, nativePath("kept/y"))) {
		t.Error("passing files, and only they and the directories that they leave empty, must go")
	}
}
