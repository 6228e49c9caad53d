package reader

import (
	"errors"
	"io"

	"flavorpack/internal/format"
)

// ReadArchive reads a tar stream to its end: entries in order, paths and links checked by the rules for tools, which hold an archive
// to be a tree of its own. The root's entry is passed over.
//
// `visit` is given each entry and the content of a file, of which it need not read anything.
//
// Errors: archive-malformed, path-unsafe, link-unsafe, entry-conflict, entry-refused; those of the source and of `visit`.
//
// Source: spec/operations.md, "Canonical tar" (what readers accept) and "Entry rules".
func ReadArchive(source io.Reader, visit func(entry *format.TarEntry, content io.Reader) error) error {
	var decoder format.TarDecoder
	var paths format.PathSet
	var block [format.SizeTarBlock]byte
	for {
		if err := readFull(source, block[:]); err != nil {
			return err
		}
		header, err := decoder.Header(&block)
		if err != nil {
			return err
		}
		switch header.Kind {
		case format.TarHeaderEnd:
			return readArchiveEnd(source)
		case format.TarHeaderExtension:
			data := make([]byte, header.Extension.Size)
			if err := readFull(source, data); err != nil {
				return err
			}
			padding := make([]byte, format.TarPadding(uint64(len(data))))
			if err := readFull(source, padding); err != nil {
				return err
			}
			if err := decoder.Extend(header.Extension, data); err != nil {
				return err
			}
		case format.TarHeaderEntry:
			if err := visitEntry(source, &header.Entry, &paths, visit); err != nil {
				return err
			}
		}
	}
}

func visitEntry(source io.Reader, entry *format.TarEntry, paths *format.PathSet, visit func(*format.TarEntry, io.Reader) error) error {
	content := &io.LimitedReader{R: source, N: int64(entry.Size)}
	if entry.Path != "" {
		if entry.Kind == format.TarLink {
			if err := format.CheckLinkTarget(entry.Path, entry.LinkTarget); err != nil {
				return err
			}
		}
		if err := paths.Add(entry.Path, entry.Kind != format.TarDirectory); err != nil {
			return err
		}
		if err := visit(entry, content); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, content); err != nil {
		return err
	}
	if content.N > 0 {
		return undecodable("tar: the archive ends in the middle of a file")
	}
	padding := make([]byte, format.TarPadding(entry.Size))
	if err := readFull(source, padding); err != nil {
		return err
	}
	if !format.IsZero(padding) {
		return undecodable("tar: the padding of %q is not zero", entry.Path)
	}
	return nil
}

// readArchiveEnd reads what follows the first zero block: at least one more, and nothing but zero blocks.
func readArchiveEnd(source io.Reader) error {
	buffer := make([]byte, 64*format.SizeTarBlock)
	for size := format.SizeTarBlock; ; {
		count, err := source.Read(buffer)
		size += count
		if !format.IsZero(buffer[:count]) {
			return undecodable("tar: the archive goes on after its end")
		}
		if err == io.EOF {
			if size < format.TarEndBytes || size%format.SizeTarBlock != 0 {
				return undecodable("tar: the archive does not end in two zero blocks")
			}
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// readFull fills the buffer; an end before that is no end of a tar.
func readFull(source io.Reader, buffer []byte) error {
	_, err := io.ReadFull(source, buffer)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return undecodable("tar: the archive is cut off")
	}
	return err
}
