package launcher

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"flavorpack/internal/format"
	"flavorpack/internal/reader"
)

// The directory that a package is extracted to: its names, its stamp, its publication.
//
// Ready means that the stamp inside the tree holds the package id. The tree is renamed into place complete, so there is never
// half of one. Source: spec/launch.md, "Workenv".

// freshTree: a temporary tree without a lock file may have been made this very moment.
const freshTree = 60 * time.Second

type workenv struct {
	// The cache root.
	root string
	// ROOT/workenv/NAME.
	content string
	// ROOT/workenv/.NAME.pspf.
	state string
	id    string
}

func newWorkenv(root string, pkg *reader.Package) workenv {
	id := hexText(pkg.ID[:])
	name := format.WorkenvName(pkg.Metadata.Package.Name, pkg.Metadata.Package.Version, id)
	parent := below(root, "workenv")
	return workenv{root: root, content: below(parent, name), state: below(parent, "."+name+".pspf"), id: id}
}

// isReady tells whether the tree is there and its stamp holds the package id.
//
// Errors: cache-untrusted, io-error.
func (w workenv) isReady() (bool, error) {
	trusted, err := isTrusted(w.content)
	return err == nil && trusted && w.hasStamp(), err
}

func (w workenv) hasStamp() bool {
	stamp, err := openToRead(below(w.content, format.MagicStampFile))
	if err != nil {
		return false
	}
	defer closeFile(stamp)
	text := make([]byte, len(w.id)+2)
	length, err := stamp.Read(text)
	return (err == nil || err == io.EOF) && string(text[:length]) == w.id+"\n"
}

// makeState makes the directories beside the tree.
//
// Errors: cache-untrusted, disk-full, io-error.
func (w workenv) makeState() error {
	for _, path := range [...]string{w.content, w.state} {
		if _, err := isTrusted(path); err != nil {
			return err
		}
	}
	for _, path := range [...]string{w.state, w.inState("instance"), w.inState("instance/extract"), w.inState("package"), w.inState("tmp")} {
		if err := makePrivateDirectory(path); err != nil {
			return ioError("cannot make", path, err)
		}
	}
	_, err := isTrusted(w.state)
	return err
}

func (w workenv) inState(path string) string {
	return below(w.state, nativePath(path))
}

func (w workenv) extractionLock() string {
	return w.inState("instance/extract/lock")
}

// verified is where level strict remembers its verdict.
func (w workenv) verified() string {
	return w.inState("instance/verified")
}

// sweep removes the temporary trees of processes that are gone.
func (w workenv) sweep() {
	trees := w.inState("tmp")
	entries, err := os.ReadDir(trees)
	if err != nil {
		return
	}
	for _, entry := range entries {
		path := below(trees, entry.Name())
		held, err := claimAbandoned(below(path, "lock"))
		switch {
		case held != nil:
			// Held until the tree is removed, so that its maker cannot come to life meanwhile.
			removeTreeAndLock(path, held)
		case errors.Is(err, fs.ErrNotExist):
			if info, err := entry.Info(); err == nil && time.Since(info.ModTime()) > freshTree {
				removeTree(path)
			}
		}
	}
}

// temporaryTree is a tree being made, in tmp/PID.
type temporaryTree struct {
	path, tree string
	lock       *os.File
	isKept     bool
}

// temporary makes a new temporary directory, held by a lock.
func (w workenv) temporary() (*temporaryTree, error) {
	process := strconv.Itoa(os.Getpid())
	for number := 0; ; number++ {
		path := below(w.inState("tmp"), process)
		if number > 0 {
			path += "." + strconv.Itoa(number)
		}
		if err := os.Mkdir(path, 0o700); errors.Is(err, fs.ErrExist) {
			continue
		} else if err != nil {
			return nil, ioError("cannot make", path, err)
		}
		lock, err := holdLock(below(path, "lock"))
		if errors.Is(err, fs.ErrNotExist) || err == nil && lock == nil {
			continue
		}
		if err != nil {
			return nil, ioError("cannot lock", path, err)
		}
		made := &temporaryTree{path: path, tree: below(path, "tree"), lock: lock}
		if err := makePrivateDirectory(made.tree); err != nil {
			made.end()
			return nil, ioError("cannot make", made.tree, err)
		}
		return made, nil
	}
}

// keep keeps the tree and its lock for the program to run from: the lock lives as long as the program does, and a later start
// sweeps the tree.
func (t *temporaryTree) keep() error {
	if err := keepLock(t.lock); err != nil {
		return ioError("cannot keep the lock of", t.path, err)
	}
	t.isKept = true
	return nil
}

// end removes the tree, unless it is kept.
func (t *temporaryTree) end() {
	if t.isKept {
		closeFile(t.lock)
	} else {
		removeTreeAndLock(t.path, t.lock)
	}
}

// stamp writes the stamp into a finished tree.
func (w workenv) stamp(tree string) error {
	path := below(tree, format.MagicStampFile)
	// A setup command may have left something here.
	_ = os.Remove(path)
	if err := writeNew(path, []byte(w.id+"\n"), 0o644); err != nil {
		return ioError("cannot write", path, err)
	}
	return nil
}

// publish renames a finished tree to its place. An existing tree that is ready wins; any other is moved aside. It returns false
// where the system keeps refusing because something has a file open: then the tree stays private.
//
// Errors: cache-untrusted, io-error, disk-full.
func (w workenv) publish(temporary *temporaryTree, isReady func() (bool, error)) (isPublished bool, err error) {
	for attempt := range 10 {
		err := renameDirectory(temporary.tree, w.content)
		switch {
		case err == nil:
			return true, nil
		case isHeldOpen(err):
			return false, nil
		case !isTaken(err):
			return false, ioError("cannot rename the tree to", w.content, err)
		}
		if ready, err := isReady(); ready || err != nil {
			return ready, err
		}
		old := below(temporary.path, "old"+strconv.Itoa(attempt))
		err = renameDirectory(w.content, old)
		switch {
		case err == nil, errors.Is(err, fs.ErrNotExist):
		case isHeldOpen(err):
			return false, nil
		default:
			return false, ioError("cannot move aside", w.content, err)
		}
	}
	return false, format.Errorf(format.CodeIoError, "cannot publish %s: others keep replacing it", w.content)
}

// describe writes what describes the tree to people and tools. Nothing is decided by these files, so their failure is none.
func (w workenv) describe(pkg *reader.Package) {
	_ = writeWhole(w.inState("package/psp.json"), pkg.MetadataJSON, 0o444)
	_ = writeWhole(w.inState("instance/index.json"), []byte(indexJSON(&pkg.Index, w.id)), 0o644)
	_ = writeWhole(w.inState("instance/package.checksum"), []byte(w.id), 0o644)
	_ = writeWhole(w.inState("instance/extract/complete"), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644)
}

// removeTree removes a tree, directories without write permission included. What is left is swept by a later start.
func removeTree(path string) {
	if os.RemoveAll(path) == nil {
		return
	}
	unlockDirectories(path)
	_ = os.RemoveAll(path)
}

func unlockDirectories(path string) {
	if info, err := os.Lstat(path); err != nil || !info.IsDir() {
		return
	}
	_ = os.Chmod(path, 0o700)
	entries, _ := os.ReadDir(path)
	for _, entry := range entries {
		unlockDirectories(below(path, entry.Name()))
	}
}

// ioError is the error for a failed operation on path. A full disk has its own code.
func ioError(what, path string, err error) error {
	return codedIOError(format.CodeIoError, what, path, err)
}

func codedIOError(otherwise format.ErrorCode, what, path string, err error) error {
	if isDiskFull(err) {
		return format.Errorf(format.CodeDiskFull, "%s %s: %w", what, path, systemWords(err)).
			WithHint("free some space, or set FLAVOR_CACHE to a place that has some")
	}
	return format.Errorf(otherwise, "%s %s: %w", what, path, systemWords(err))
}

// writeWhole writes a file under a temporary name and renames it.
func writeWhole(path string, content []byte, mode fs.FileMode) error {
	temporary := path
	if dot := strings.LastIndexByte(lastComponent(path), '.'); dot > 0 {
		temporary = path[:len(path)-len(lastComponent(path))+dot]
	}
	temporary += ".tmp-" + strconv.Itoa(os.Getpid())
	_ = os.Remove(temporary)
	err := writeNew(temporary, content, mode)
	if err == nil {
		err = os.Chmod(temporary, mode)
	}
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		_ = os.Remove(temporary)
	}
	return err
}

// writeNew writes a file that does not exist yet.
func writeNew(path string, content []byte, mode fs.FileMode) error {
	file, err := createFile(path, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Close())
}

func indexJSON(index *format.IndexBlock, id string) string {
	number := func(value uint64) string { return strconv.FormatUint(value, 10) }
	checksum := strconv.FormatUint(uint64(index.IndexChecksum), 16)
	members := [...]member{
		{"build_timestamp", number(index.BuildTimestamp)},
		{"capabilities", number(index.Capabilities)},
		{"flags", number(uint64(index.Flags))},
		{"format_version", number(uint64(index.FormatVersion))},
		{"index_checksum", jsonText(strings.Repeat("0", 8-len(checksum)) + checksum)},
		{"launcher_size", number(index.LauncherSize)},
		{"metadata_checksum", jsonText(hexText(index.MetadataChecksum[:]))},
		{"metadata_offset", number(index.MetadataOffset)},
		{"metadata_size", number(index.MetadataSize)},
		{"package_id", jsonText(id)},
		{"package_size", number(index.PackageSize)},
		{"page_size", number(uint64(index.PageSize))},
		{"slot_count", number(uint64(index.SlotCount))},
		{"slot_table_offset", number(index.SlotTableOffset)},
		{"slot_table_size", number(index.SlotTableSize)},
	}
	lines := make([]string, len(members))
	for position, member := range members {
		lines[position] = "  " + jsonText(member.name) + ": " + member.value
	}
	return "{\n" + strings.Join(lines, ",\n") + "\n}\n"
}
