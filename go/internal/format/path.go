package format

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Paths inside archives and targets of slots: one rule for builders, readers and launchers.
//
// Source: spec/operations.md, "Entry rules".

// CheckPath tells whether a path may name something below a workenv: relative and normal, no component that climbs, within the
// limits.
//
// Errors: path-unsafe.
func CheckPath(path string) error {
	refuse := func(layout string, operands ...any) error {
		return Errorf(CodePathUnsafe, "path %q "+layout, append([]any{path}, operands...)...)
	}
	if len(path) > LimitPathBytes {
		return Errorf(CodePathUnsafe, "path %q... is %d bytes long, allowed are %d", path[:60], len(path), LimitPathBytes)
	}
	if !utf8.ValidString(path) {
		return refuse("is not UTF-8")
	}
	if strings.ContainsAny(path, "\x00\\") {
		return refuse("has a NUL or a backslash")
	}
	if strings.HasPrefix(path, "/") {
		return refuse("is absolute")
	}
	components := strings.Split(path, "/")
	for _, component := range components {
		if component == "" || component == "." || component == ".." {
			return refuse("has the component %q", component)
		}
	}
	if len(components) > LimitPathDepth {
		return refuse("has more than %d components", LimitPathDepth)
	}
	if components[0] == MagicStampFile {
		return refuse("is the place of the stamp")
	}
	return nil
}

// CheckEntryPath brings the path of an archive's entry into its normal form: one leading `./` and a directory's trailing `/` are
// removed. The root, which only a directory can name, is the empty string.
//
// Errors: path-unsafe.
func CheckEntryPath(name string, isDirectory bool) (string, error) {
	path := strings.TrimPrefix(name, "./")
	if isDirectory {
		path = strings.TrimSuffix(path, "/")
		if (path == "" || path == ".") && name != "" && name != "/" {
			return "", nil
		}
	}
	return path, CheckPath(path)
}

// CheckTarget brings the target of a slot, as manifests may write it, into its normal form: `.` or `{workenv}` for the root, else
// a path, with or without a leading `{workenv}/` or `./` and a trailing `/`.
//
// Errors: path-unsafe.
func CheckTarget(target string) (string, error) {
	below := strings.TrimPrefix(target, "{workenv}/")
	if target == "{workenv}" {
		below = ""
	}
	normal := strings.TrimSuffix(strings.TrimPrefix(below, "./"), "/")
	if (normal == "" || normal == ".") && below != "/" {
		return ".", nil
	}
	if strings.HasPrefix(below, "/") {
		normal = below
	}
	return normal, CheckPath(normal)
}

// CheckLinkTarget tells whether the link at a normal path (from the root of the tree) stays inside the tree when its target is
// resolved by text.
//
// Errors: link-unsafe.
func CheckLinkTarget(path, target string) error {
	refuse := func(what string) error {
		return Errorf(CodeLinkUnsafe, "link %q: its target %q %s", path, target, what)
	}
	if target == "" || strings.HasPrefix(target, "/") || strings.ContainsAny(target, "\x00\\") || !utf8.ValidString(target) {
		return refuse("is empty, absolute, not UTF-8, or has a NUL or a backslash")
	}
	if len(target) > LimitPathBytes {
		return Errorf(CodeLinkUnsafe, "link %q: its target is %d bytes long, allowed are %d", path, len(target), LimitPathBytes)
	}
	depth, descended := strings.Count(path, "/"), false
	for component := range strings.SplitSeq(target, "/") {
		switch component {
		case "", ".":
		case "..":
			// What a name leads to may be another link: to climb from there is to climb from an unknown place.
			if descended {
				return refuse("climbs after a name")
			}
			depth--
			if depth < 0 {
				return refuse("leaves the tree")
			}
		default:
			descended = true
		}
	}
	return nil
}

type pathKind int

const (
	pathUnknown pathKind = iota
	// pathImplied is a directory that only paths below it speak of.
	pathImplied
	pathDirectory
	pathLeaf
)

// PathSet holds the paths of one tree, and refuses doubles and a file where a directory is. Its zero value is empty.
type PathSet struct {
	kinds map[string]pathKind
}

// Add takes a normal path; a leaf is what has nothing below it: a file or a link.
//
// Errors: entry-conflict.
func (s *PathSet) Add(path string, isLeaf bool) error {
	if s.kinds == nil {
		s.kinds = map[string]pathKind{}
	}
	for at := range len(path) {
		if path[at] != '/' {
			continue
		}
		switch parent := path[:at]; s.kinds[parent] {
		case pathLeaf:
			return Errorf(CodeEntryConflict, "entry %q lies below %q, which is not a directory", path, parent)
		case pathUnknown:
			s.kinds[parent] = pathImplied
		}
	}
	known := s.kinds[path]
	if known == pathLeaf || known == pathDirectory || known == pathImplied && isLeaf {
		return Errorf(CodeEntryConflict, "two entries have the path %q", path)
	}
	s.kinds[path] = pathDirectory
	if isLeaf {
		s.kinds[path] = pathLeaf
	}
	return nil
}

// IsDeviceName tells whether Windows keeps a component of a path for a device: in any case of letters, whatever follows its first
// dot or stands as spaces before it.
func IsDeviceName(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	return slices.Contains(deviceNames[:], strings.ToLower(strings.TrimRight(stem, " ")))
}
