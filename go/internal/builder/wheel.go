package builder

import (
	"bytes"
	"cmp"
	"io"
	"os"
	"slices"

	"flavorpack/internal/format"
)

// The wheel slot: a zip at the end of a package, whose comment is the trailer.
//
// Source: spec/pspf-2025.md, "The wheel slot".

const (
	// A wheel slot ends at this offset modulo the file's alignment, so that the trailer follows it at once.
	trailerPhase = 8
	// zipOffsetLimit is where the offsets of a zip end.
	zipOffsetLimit = 1 << 32
)

// wheelZip is a plain zip, taken apart: its local entries stay as they are, what follows them is made anew.
type wheelZip struct {
	path          string
	centralOffset int64
	central       []byte
	end           []byte
}

// readWheelZip takes a zip apart.
//
// Errors: file-missing, file-unreadable, build-failed for a zip with a comment, zip64 records or gaps.
func readWheelZip(path string) (*wheelZip, error) {
	file, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	size := sizeOf(file)
	record := make([]byte, min(format.ZipEndBytes, size))
	if _, err := file.ReadAt(record, size-int64(len(record))); err != nil && err != io.EOF {
		return nil, fileError(err, path, "read")
	}
	refused := format.Errorf(format.CodeBuildFailed, "%s cannot be the wheel of a package: it is no plain zip without comment, zip64 records and gaps", path)
	end, isEnd := format.DecodeZipEnd(record)
	centralEnd := int64(end.CentralOffset) + int64(end.CentralSize)
	if !isEnd || end.CommentSize != 0 || centralEnd+format.ZipEndBytes != size {
		return nil, refused
	}
	central := make([]byte, end.CentralSize)
	if _, err := file.ReadAt(central, int64(end.CentralOffset)); err != nil {
		return nil, fileError(err, path, "read")
	}
	// A data descriptor behind the last entry is a gap too: who takes the wheel out again could not tell it from padding.
	entriesEnd, err := zipEntriesEnd(file, central)
	if err != nil {
		return nil, err
	}
	if entriesEnd != int64(end.CentralOffset) {
		return nil, refused
	}
	return &wheelZip{path: path, centralOffset: int64(end.CentralOffset), central: central, end: record}, nil
}

// zipEntriesEnd is where the entry that lies last ends; -1 when it lies outside the file.
func zipEntriesEnd(file *os.File, central []byte) (int64, error) {
	entries, err := format.ZipEntries(central)
	if err != nil || len(entries) == 0 {
		return 0, err
	}
	last := slices.MaxFunc(entries, func(left, right format.ZipEntry) int { return cmp.Compare(left.LocalOffset, right.LocalOffset) })
	header := make([]byte, format.ZipLocalBytes)
	if _, err := file.ReadAt(header, int64(last.LocalOffset)); err == io.EOF {
		return -1, nil
	} else if err != nil {
		return 0, fileError(err, file.Name(), "read")
	}
	return int64(last.LocalOffset) + int64(format.ZipLocalSize(header)) + int64(last.CompressedSize), nil
}

// slotSize is the stored size with `padding` bytes before the central directory.
func (w *wheelZip) slotSize(padding int64) int64 {
	return w.centralOffset + padding + int64(len(w.central)) + format.ZipEndBytes
}

// content is the slot's bytes when it stands at an offset of the package: local entries, padding, central directory and end record
// with offsets from the start of the package, and the trailer for a comment.
//
// Errors: build-failed when an offset reaches 2^32, archive-malformed for a damaged directory.
func (w *wheelZip) content(slotOffset, padding int64) (content, error) {
	size := w.slotSize(padding)
	if slotOffset+size >= zipOffsetLimit {
		return content{}, format.Errorf(format.CodeBuildFailed, "the wheel ends at byte %d, and zip offsets end at 2^32", slotOffset+size).
			WithHint("leave out the wheel slot")
	}
	central, err := format.ShiftZipCentral(w.central, slotOffset)
	if err != nil {
		return content{}, err
	}
	end := format.WithZipEnd(w.end, uint32(slotOffset+w.centralOffset+padding), format.SizeTrailer)
	tail := bytes.Join([][]byte{make([]byte, padding), central, end}, nil)
	return measured(content{name: w.path, size: size, open: func() (io.ReadCloser, error) {
		file, err := openRegular(w.path)
		if err != nil {
			return nil, err
		}
		return struct {
			io.Reader
			io.Closer
		}{io.MultiReader(io.NewSectionReader(file, 0, w.centralOffset), bytes.NewReader(tail)), file}, nil
	}})
}
