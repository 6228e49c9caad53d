package launcher

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"flavorpack/internal/format"
)

// Whether this system has the C library that the package's programs need. Asked at extraction only.
//
// The library is looked up as the kernel would: the loader's path stands in every ELF program's header. `libc.so.6` lies beside
// the file that the loader's link leads to (Debian, RHEL, Arch, NixOS shims), or in the usual directories; it carries its version
// as text, "release version 2.36", in every release since 1997. Running the loader would cost a process, and symbol versions do
// not exist for each release.

// checkRequirements errors: platform-unfit.
func checkRequirements(needs format.Requirements) error {
	switch needs.Libc {
	case "glibc":
		return checkGlibc(glibcLoader, needs.LibcVersion)
	case "musl":
		if _, err := os.Stat(muslLoader); err != nil {
			return unfit("the package needs musl, and this system has none (%s is missing)", muslLoader)
		}
	}
	return nil
}

func unfit(layout string, operands ...any) error {
	return format.Errorf(format.CodePlatformUnfit, layout, operands...).
		WithHint("use a newer system, or a package that was built for this one")
}

func checkGlibc(loader, needed string) error {
	if needed == "" {
		needed = "2.0"
	}
	realLoader, err := filepath.EvalSymlinks(loader)
	if err != nil {
		return unfit("the package needs glibc %s, and this system has none (%s is missing)", needed, loader)
	}
	// An unusual system whose library cannot be found gets the benefit of the doubt: its loader has the last word.
	found, isFound := findGlibcVersion(realLoader)
	least, isVersion := parseLibcVersion(needed)
	if isFound && isVersion && found.isBelow(least) {
		return unfit("the package needs glibc %s, this system has %d.%d", needed, found.major, found.minor)
	}
	return nil
}

type libcVersion struct{ major, minor uint64 }

func (v libcVersion) isBelow(other libcVersion) bool {
	return v.major < other.major || v.major == other.major && v.minor < other.minor
}

func findGlibcVersion(realLoader string) (libcVersion, bool) {
	for _, directory := range append([]string{filepath.Dir(realLoader)}, libraryDirectories[:]...) {
		library, err := os.ReadFile(below(directory, "libc.so.6"))
		if err != nil {
			continue
		}
		if version, found := bannerVersion(library); found {
			return version, true
		}
	}
	return libcVersion{}, false
}

func bannerVersion(library []byte) (libcVersion, bool) {
	banner := []byte("release version ")
	for {
		_, after, found := bytes.Cut(library, banner)
		if !found {
			return libcVersion{}, false
		}
		library = after
		length := bytes.IndexFunc(after, func(char rune) bool { return char != '.' && (char < '0' || '9' < char) })
		if length < 0 {
			length = len(after)
		}
		if version, ok := parseLibcVersion(strings.TrimRight(string(after[:length]), ".")); ok {
			return version, true
		}
	}
}

func parseLibcVersion(text string) (libcVersion, bool) {
	majorText, rest, _ := strings.Cut(text, ".")
	minorText, _, _ := strings.Cut(rest, ".")
	major, err := strconv.ParseUint(majorText, 10, 32)
	minor, minorErr := strconv.ParseUint(minorText, 10, 32)
	return libcVersion{major, minor}, err == nil && minorErr == nil
}
