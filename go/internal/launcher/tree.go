package launcher

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"flavorpack/internal/format"
)

// tree is the tree being extracted. Nothing outside it is ever written.
//
// Files are made with O_EXCL, and links only after all files of all slots: while files are written there is no link in the tree
// that a path could lead through, so conflicts show as EEXIST and ENOTDIR, and nothing needs to be remembered.
type tree struct{ root directory }

func openTree(path string) (tree, error) {
	root, err := openDirectory(path)
	if err != nil {
		return tree{}, ioError("cannot open", path, err)
	}
	return tree{root}, nil
}

func (t tree) close() {
	t.root.close()
}

// createFile makes a file, and its parents if they are missing.
//
// Errors: entry-conflict, extraction-failed, disk-full; path-unsafe for a name that the system cannot have.
func (t tree) createFile(path string, mode fs.FileMode) (file *os.File, err error) {
	if err := checkName(path); err != nil {
		return nil, err
	}
	err = t.withParents(path, func() (err error) {
		file, err = t.root.createFile(path, mode)
		return err
	})
	return file, err
}

// makeDirectory makes a directory; one that exists is fine.
func (t tree) makeDirectory(path string) error {
	if path == "" {
		return nil
	}
	if err := checkName(path); err != nil {
		return err
	}
	return t.withParents(path, func() error {
		err := t.root.makeDirectory(path, 0o755)
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		if isDirectory, statErr := t.root.isDirectory(path); statErr != nil || isDirectory {
			return statErr
		}
		return err
	})
}

func (t tree) makeLink(path, target string, mtimeSeconds int64) error {
	if err := t.withParents(path, func() error { return t.root.makeLink(path, target) }); err != nil {
		return err
	}
	return t.setTime(path, mtimeSeconds)
}

func (t tree) setTime(path string, mtimeSeconds int64) error {
	if err := t.root.setTime(path, mtimeSeconds); err != nil {
		return entryError(path, err)
	}
	return nil
}

// withParents runs `make`. Parents are there nearly always, so they are made only when their absence shows.
func (t tree) withParents(path string, make func() error) error {
	err := make()
	if errors.Is(err, fs.ErrNotExist) {
		if slash := strings.LastIndexByte(path, '/'); slash >= 0 {
			if err := t.makeDirectory(path[:slash]); err != nil {
				return err
			}
		}
		err = make()
	}
	if err != nil {
		return entryError(path, err)
	}
	return nil
}

// entryError is the error for an entry that could not be written.
func entryError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrExist):
		return format.Errorf(format.CodeEntryConflict, "two entries have the path %q", path)
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR):
		return format.Errorf(format.CodeEntryConflict, "entry %q needs a directory where a file stands", path)
	}
	return codedIOError(format.CodeExtractionFailed, "cannot write", path, err)
}
