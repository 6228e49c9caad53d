package builder

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"flavorpack/internal/format"
)

// Folders as canonical tar: the same bytes wherever and whenever they are read.
//
// Source: spec/operations.md, "Canonical tar".

// chunkBytes is how much is read at a time.
const chunkBytes = 1 << 18

// sourceEntry is an entry to write, and the absolute path of the file, directory or link behind it.
type sourceEntry struct {
	format.TarEntry
	file string
}

// tarSink takes an archive in pieces. Headers, extension headers included, come whole: they are never split between frames.
type tarSink interface {
	header(blocks []byte) error
	data(bytes []byte) error
}

// nestedLinks is how many links to folders may lie behind one another: what is copied could double with each.
const nestedLinks = 8

// listFolder finds everything below a folder (an absolute path), in the order of the archive. With copyLinks each symbolic link
// becomes a copy of what it leads to, for targets that have none.
//
// Errors: path-unsafe, link-unsafe and entry-refused for what the format cannot hold, file-unreadable. Source: spec/builder.md,
// "Names of the target", for links that are copied.
func listFolder(folder string, mtimeSeconds int64, copyLinks bool) ([]sourceEntry, error) {
	root, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return nil, fileError(err, folder, "read")
	}
	l := &listing{mtimeSeconds: mtimeSeconds, copyLinks: copyLinks, above: []string{root}}
	if err := l.visit(folder, ""); err != nil {
		return nil, err
	}
	slices.SortFunc(l.found, func(left, right sourceEntry) int { return strings.Compare(left.Path, right.Path) })
	return l.found, nil
}

type listing struct {
	mtimeSeconds int64
	copyLinks    bool
	// above are the folders that are being listed, without links in their paths; the first is the root.
	above []string
	// followed counts those among them that a link led to.
	followed int
	found    []sourceEntry
}

func (l *listing) visit(directory, prefix string) error {
	children, err := os.ReadDir(directory)
	if err != nil {
		return fileError(err, directory, "read")
	}
	for _, child := range children {
		file, path := filepath.Join(directory, child.Name()), prefix+child.Name()
		if err := format.CheckPath(path); err != nil {
			return err
		}
		info, err := child.Info()
		if err != nil {
			return fileError(err, file, "read")
		}
		real, followed := filepath.Join(l.above[len(l.above)-1], child.Name()), 0
		if l.copyLinks && info.Mode()&fs.ModeSymlink != 0 {
			if real, info, err = l.follow(path, file); err != nil {
				return err
			}
			followed = 1
		}
		entry, err := describeEntry(info, file, path)
		if err != nil {
			return err
		}
		entry.MtimeSeconds = l.mtimeSeconds
		l.found = append(l.found, sourceEntry{entry, file})
		if entry.Kind != format.TarDirectory {
			continue
		}
		l.above, l.followed = append(l.above, real), l.followed+followed
		if err := l.visit(file, path+"/"); err != nil {
			return err
		}
		l.above, l.followed = l.above[:len(l.above)-1], l.followed-followed
	}
	return nil
}

// follow gives what a link leads to, and its path without links.
//
// Errors: link-unsafe for nothing, something outside of the root, or a folder that would be copied into itself.
func (l *listing) follow(path, file string) (string, fs.FileInfo, error) {
	refused := func(why string) (string, fs.FileInfo, error) {
		return "", nil, format.Errorf(format.CodeLinkUnsafe, "link %q %s", path, why).
			WithHint("the target has no links, a copy takes their place: put there what the link leads to, or remove it")
	}
	real, err := filepath.EvalSymlinks(file)
	if err != nil {
		return refused("leads nowhere")
	}
	if relative, err := filepath.Rel(l.above[0], real); err != nil || !filepath.IsLocal(relative) {
		return refused("leads out of the folder that is packed")
	}
	if slices.Contains(l.above, real) {
		return refused("leads to a folder that it lies in")
	}
	info, err := os.Stat(real)
	if err != nil {
		return "", nil, fileError(err, real, "read")
	}
	if info.IsDir() && l.followed == nestedLinks {
		return refused(fmt.Sprintf("lies behind %d other links to folders", nestedLinks))
	}
	return real, info, nil
}

func describeEntry(info fs.FileInfo, file, path string) (format.TarEntry, error) {
	entry := format.TarEntry{Path: path}
	switch kind := info.Mode().Type(); {
	case kind.IsDir():
		entry.Kind = format.TarDirectory
	case kind&fs.ModeSymlink != 0:
		target, err := os.Readlink(file)
		if err != nil {
			return entry, fileError(err, file, "read")
		}
		entry.Kind, entry.LinkTarget = format.TarLink, filepath.ToSlash(target)
		return entry, format.CheckLinkTarget(path, entry.LinkTarget)
	case kind.IsRegular():
		executable, err := isExecutable(file, info)
		entry.Size, entry.Executable = uint64(info.Size()), executable
		return entry, err
	default:
		return entry, format.Errorf(format.CodeEntryRefused, "%s is neither file, directory nor symbolic link", file)
	}
	return entry, nil
}

// archiveSize is the number of bytes of file data and headers, for progress.
func archiveSize(entries []sourceEntry) int64 {
	var size int64
	for _, entry := range entries {
		size += int64(entry.Size) + int64(format.TarPadding(entry.Size)) + format.SizeTarBlock
	}
	return size
}

// writeArchive writes the entries of listFolder.
//
// Errors: file-missing, file-unreadable, io-error if a file changes its size while it is read, interrupted, those of the sink.
func writeArchive(ctx context.Context, entries []sourceEntry, sink tarSink) error {
	paxNumber := 1
	for position := range entries {
		entry := &entries[position]
		if err := interrupted(ctx); err != nil {
			return err
		}
		blocks, hasPax := format.EncodeTarHeader(&entry.TarEntry, paxNumber)
		if hasPax {
			paxNumber++
		}
		if err := sink.header(blocks); err != nil {
			return err
		}
		if entry.Kind != format.TarFile {
			continue
		}
		if err := writeFileData(ctx, entry, sink); err != nil {
			return err
		}
	}
	return sink.data(make([]byte, format.TarEndBytes))
}

func writeFileData(ctx context.Context, entry *sourceEntry, sink tarSink) error {
	source, err := openRegular(entry.file)
	if err != nil {
		return err
	}
	defer source.Close()
	copied, err := copyChunks(ctx, dataWriter{sink}, source, entry.file)
	if err != nil {
		return err
	}
	if uint64(copied) != entry.Size {
		return format.Errorf(format.CodeIoError, "%s changed while it was packed: it had %d bytes", entry.file, entry.Size)
	}
	return sink.data(make([]byte, format.TarPadding(entry.Size)))
}

// dataWriter is a sink of file data as an io.Writer.
type dataWriter struct{ sink tarSink }

func (w dataWriter) Write(bytes []byte) (int, error) { return len(bytes), w.sink.data(bytes) }

// openRegular opens a file for reading. The errors are file-missing, file-unreadable and io-error.
func openRegular(path string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fileError(err, path, "read")
	}
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() {
		return file, nil
	}
	_ = file.Close()
	if err == nil {
		return nil, format.Errorf(format.CodeFileUnreadable, "cannot read %s: it is not a regular file", path)
	}
	return nil, fileError(err, path, "read")
}

// copyChunks copies until the source ends, and tells how much that was. What reads fails with the code of reading the path; what
// writes says itself what is wrong.
func copyChunks(ctx context.Context, out io.Writer, source io.Reader, path string) (int64, error) {
	chunk := make([]byte, chunkBytes)
	for copied := int64(0); ; {
		if err := interrupted(ctx); err != nil {
			return copied, err
		}
		count, err := source.Read(chunk)
		if count > 0 {
			if _, err := out.Write(chunk[:count]); err != nil {
				return copied, err
			}
			copied += int64(count)
		}
		if err == io.EOF {
			return copied, nil
		}
		if err != nil {
			return copied, fileError(err, path, "read")
		}
	}
}

// sizeOf is the size of an open file, for progress and bounds; 0 when the system does not tell.
func sizeOf(file *os.File) int64 {
	info, err := file.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}
