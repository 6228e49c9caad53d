package launcher

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"flavorpack/internal/cacheroot"
	"flavorpack/internal/format"
)

// Where the cache may lie. Source: spec/launch.md, "Workenv".

// cacheRoot is a place for the cache.
type cacheRoot struct {
	path string
	kind rootKind
}

type rootKind int

const (
	// FLAVOR_CACHE: what is wrong with it is the error.
	explicitRoot rootKind = iota
	// Below the user's home, or where the user keeps caches.
	ownRoot
	// In a directory for temporary files.
	sharedRoot
)

// cacheRoots are the places, in the order in which they are tried.
func cacheRoots(caller Caller) []cacheRoot {
	if path := cacheroot.Explicit(caller.environment); path != "" {
		return []cacheRoot{{plainPath(path), explicitRoot}}
	}
	var roots []cacheRoot
	if path := cacheroot.Own(caller.environment); path != "" {
		roots = append(roots, cacheRoot{path, ownRoot})
	}
	for _, path := range sharedCaches() {
		roots = append(roots, cacheRoot{path, sharedRoot})
	}
	return roots
}

// below is a path below a directory.
func below(directory, path string) string {
	if strings.HasSuffix(directory, separator) {
		return directory + path
	}
	return directory + separator + path
}

func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// exists tells whether anything has that name, be it a link that leads nowhere.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// isTrusted tells whether what exists at path may hold the cache; false when nothing is there.
//
// Errors: cache-untrusted, io-error.
func isTrusted(path string) (bool, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, fs.ErrPermission) {
		return false, nil
	}
	if err != nil {
		return false, format.Errorf(format.CodeIoError, "cannot look at %s: %w", path, systemWords(err))
	}
	if reason := cacheDistrust(info); reason != "" {
		return false, format.Errorf(format.CodeCacheUntrusted, "cache directory %s %s", path, reason).
			WithHint("remove it or correct its owner and mode, or set FLAVOR_CACHE to another place")
	}
	return true, nil
}

// errTryNext is why a root cannot be used when another place may do.
type errTryNext struct{ reason string }

func (e errTryNext) Error() string { return e.reason }

// prepare makes the root and ROOT/workenv, and sees whether trees can be written to and executed from it.
//
// Errors: errTryNext; cache-untrusted, disk-full, io-error.
func (r cacheRoot) prepare() error {
	workenv := below(r.path, "workenv")
	// Shared places exist; nothing above the root is made there.
	make := makeDirectories
	if r.kind == sharedRoot {
		make = makePrivateDirectory
	}
	if err := make(r.path); err != nil {
		return r.unusable("cannot be made", systemWords(err))
	}
	if _, err := isTrusted(r.path); err != nil {
		if r.kind == sharedRoot {
			return errTryNext{format.AsError(err).Message}
		}
		return err
	}
	if err := makePrivateDirectory(workenv); err != nil {
		return r.unusable("cannot be written", systemWords(err))
	}
	if _, err := isTrusted(workenv); err != nil {
		return err
	}
	if err := checkWritable(workenv); err != nil {
		return r.unusable("cannot be written", systemWords(err))
	}
	if _, noExec, err := fileSystem(workenv); err == nil && noExec {
		return r.unusable("cannot be used", errors.New("its file system is mounted noexec"))
	}
	return nil
}

func (r cacheRoot) unusable(what string, err error) error {
	reason := r.path + " " + what + ": " + err.Error()
	switch {
	case isDiskFull(err):
		return format.Errorf(format.CodeDiskFull, "%s", reason)
	case r.kind == explicitRoot:
		return format.Errorf(format.CodeIoError, "the cache directory %s", reason).WithHint("FLAVOR_CACHE names this place; choose another")
	}
	return errTryNext{reason}
}

// makePrivateDirectory makes a directory of mode 0700 unless something of that name exists.
func makePrivateDirectory(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// makeDirectories makes a directory of mode 0700, and its parents.
func makeDirectories(path string) error {
	err := os.Mkdir(path, 0o700)
	if errors.Is(err, fs.ErrNotExist) {
		if parent := filepath.Dir(path); parent != path {
			if err := makeDirectories(parent); err != nil {
				return err
			}
			err = os.Mkdir(path, 0o700)
		}
	}
	if err != nil && !isDirectory(path) {
		return err
	}
	return nil
}

// systemError is an error of the system in its own words, without the names of calls and paths that Go adds: messages of the
// launcher name the path themselves.
type systemError struct{ number syscall.Errno }

func (e systemError) Error() string { return errnoWords(e.number) }

func (e systemError) Unwrap() error { return e.number }

func systemWords(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) {
		return systemError{number}
	}
	return err
}
