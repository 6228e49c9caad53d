package builder

import (
	"context"
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

// listFolder finds everything below a folder (an absolute path), in the order of the archive.
//
// Errors: path-unsafe, link-unsafe and entry-refused for what the format cannot hold, file-unreadable.
func listFolder(folder string, mtimeSeconds int64) ([]sourceEntry, error) {
	// A walk does not follow a link that it starts at.
	folder, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return nil, fileError(err, folder, "read")
	}
	var found []sourceEntry
	err = filepath.WalkDir(folder, func(file string, child fs.DirEntry, err error) error {
		if err != nil {
			return fileError(err, file, "read")
		}
		if file == folder {
			return nil
		}
		relative, err := filepath.Rel(folder, file)
		if err != nil {
			return fileError(err, file, "read")
		}
		entry, err := describeEntry(child, file, filepath.ToSlash(relative))
		entry.MtimeSeconds = mtimeSeconds
		found = append(found, sourceEntry{entry, file})
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(left, right sourceEntry) int { return strings.Compare(left.Path, right.Path) })
	return found, nil
}

func describeEntry(child fs.DirEntry, file, path string) (format.TarEntry, error) {
	entry := format.TarEntry{Path: path}
	if err := format.CheckPath(path); err != nil {
		return entry, err
	}
	switch kind := child.Type(); {
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
		info, err := child.Info()
		if err != nil {
			return entry, fileError(err, file, "read")
		}
		entry.Size = uint64(info.Size())
		entry.Executable, err = isExecutable(file, info)
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
