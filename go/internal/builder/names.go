package builder

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"

	"flavorpack/internal/format"
)

const (
	// cachePart is what a path of a workenv has in front, in characters: a user's folder, the cache's, and the name of the workenv.
	cachePart = 120
	// longestPlainPath is MAX_PATH without the zero at the end.
	longestPlainPath = 259
)

// targetNames are the names of one tree, held to what the target's file system keeps apart and has. Linux takes every name; macOS
// and Windows do not. (golang.org/x/text, BSD-3-Clause, brings the normal form.)
//
// Source: spec/builder.md, "Names of the target".
type targetNames struct {
	// os is that of the target: linux, darwin or windows.
	os string
	// paths are those that were added, as they are written, by the folded path.
	paths map[string]string
	// longest is the longest of them, in UTF-16 units.
	longest       string
	longestLength int
}

func newTargetNames(os string) *targetNames {
	return &targetNames{os: os, paths: map[string]string{}}
}

// copiesLinks tells what becomes of links in folders that are packed: Windows has none.
func (n *targetNames) copiesLinks() bool {
	return n.os == "windows"
}

// addBelow takes an entry below a slot's target.
//
// Errors: entry-refused for a link on Windows; those of add.
func (n *targetNames) addBelow(target string, entry *format.TarEntry) error {
	if n.os == "windows" && entry.Kind == format.TarLink {
		return format.Errorf(format.CodeEntryRefused, "tar entry %q: symbolic links are not allowed on windows", entry.Path).
			WithHint("give the folder in place of the archive: links in it are packed as copies")
	}
	if target == "." {
		return n.add(entry.Path)
	}
	return n.add(target + "/" + entry.Path)
}

// warning is what users should know of the names, or empty: a path that is too long for many programs of Windows, wherever the cache
// lies.
func (n *targetNames) warning() string {
	if n.os != "windows" || cachePart+n.longestLength <= longestPlainPath {
		return ""
	}
	return fmt.Sprintf("path %q has %d characters: with a cache in front it may be longer than the %d that many programs take on windows", n.longest, n.longestLength, longestPlainPath)
}

// add takes a normal path, from the root of the tree.
//
// Errors: entry-conflict for a path that differs from an earlier one by letter case or normal form alone; path-unsafe for a name
// that Windows does not have.
func (n *targetNames) add(path string) error {
	if n.os == "linux" {
		return nil
	}
	if n.os == "windows" {
		for name := range strings.SplitSeq(path, "/") {
			if err := checkWindowsName(name, path); err != nil {
				return err
			}
		}
	}
	if length := len(utf16.Encode([]rune(path))); length > n.longestLength {
		n.longest, n.longestLength = path, length
	}
	// Folders too: what two of them hold would be mixed.
	for at := 0; at <= len(path); at++ {
		if at < len(path) && path[at] != '/' {
			continue
		}
		written := path[:at]
		folded := foldPath(written)
		other, isKnown := n.paths[folded]
		if !isKnown {
			n.paths[folded] = written
		} else if other != written {
			return format.Errorf(format.CodeEntryConflict, "%q and %q are one path on %s", other, written, n.os).
				WithHint("rename one of them: they differ by letter case or Unicode normal form alone")
		}
	}
	return nil
}

// foldPath gives normal form C, and the lower case of each character that has one of one character. U+0130 has none in every
// language.
func foldPath(path string) string {
	return strings.Map(func(character rune) rune {
		if character == '\u0130' {
			return character
		}
		return unicode.ToLower(character)
	}, norm.NFC.String(path))
}

func checkWindowsName(name, path string) error {
	refuse := func(why string) error {
		return format.Errorf(format.CodePathUnsafe, "path %q is none on windows: %q %s", path, name, why)
	}
	switch {
	case strings.ContainsFunc(name, func(char rune) bool { return char < ' ' || strings.ContainsRune(`<>:"|?*`, char) }):
		return refuse(`has a control character or one of < > : " | ? *`)
	case strings.HasSuffix(name, ".") || strings.HasSuffix(name, " "):
		return refuse("ends in a dot or a space")
	case format.IsDeviceName(name):
		return refuse("names a device")
	}
	return nil
}
