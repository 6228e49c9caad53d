package format

import (
	"bytes"
	"encoding/binary"
	"math"
)

// The records of a zip that change when it becomes the wheel slot of a package, and back.
//
// Source: spec/pspf-2025.md, "The wheel slot"; APPNOTE.TXT 4.3.7 (local headers), 4.3.12 (central entries), 4.3.16 (end record).

const (
	// ZipEndBytes is the size of an end record without its comment.
	ZipEndBytes = 22
	// ZipLocalBytes is the fixed part of a local header.
	ZipLocalBytes = 30

	zipEndMagic         = 0x06054b50
	zipEndEntriesAt     = 10
	zipEndCentralSizeAt = 12
	zipEndCentralAt     = 16
	zipEndCommentSizeAt = 20

	zipCentralMagic         = 0x02014b50
	zipCentralBytes         = 46
	zipCentralCompressedAt  = 20
	zipCentralNameSizeAt    = 28
	zipCentralExtraSizeAt   = 30
	zipCentralCommentSizeAt = 32
	zipCentralLocalAt       = 42

	zipLocalNameSizeAt  = 26
	zipLocalExtraSizeAt = 28
)

// ZipEnd is what an end record says of the archive.
type ZipEnd struct {
	CentralOffset, CentralSize uint32
	CommentSize                uint16
}

// DecodeZipEnd reads the fixed part of an end record; false if the bytes are none, or the archive needs zip64.
func DecodeZipEnd(record []byte) (ZipEnd, bool) {
	if len(record) != ZipEndBytes || binary.LittleEndian.Uint32(record) != zipEndMagic {
		return ZipEnd{}, false
	}
	end := ZipEnd{
		CentralSize:   binary.LittleEndian.Uint32(record[zipEndCentralSizeAt:]),
		CentralOffset: binary.LittleEndian.Uint32(record[zipEndCentralAt:]),
		CommentSize:   binary.LittleEndian.Uint16(record[zipEndCommentSizeAt:]),
	}
	isZip64 := end.CentralOffset == math.MaxUint32 || binary.LittleEndian.Uint16(record[zipEndEntriesAt:]) == math.MaxUint16
	return end, !isZip64
}

// WithZipEnd copies an end record, with another offset of the central directory and another comment length.
func WithZipEnd(record []byte, centralOffset uint32, commentSize uint16) []byte {
	end := bytes.Clone(record)
	binary.LittleEndian.PutUint32(end[zipEndCentralAt:], centralOffset)
	binary.LittleEndian.PutUint16(end[zipEndCommentSizeAt:], commentSize)
	return end
}

// ZipEntry is where an entry of a zip lies.
type ZipEntry struct {
	LocalOffset, CompressedSize uint32
}

// ZipEntries reads a central directory.
//
// Errors: archive-malformed for a damaged one.
func ZipEntries(directory []byte) ([]ZipEntry, error) {
	positions, err := zipCentralPositions(directory)
	entries := make([]ZipEntry, len(positions))
	for number, at := range positions {
		entries[number] = ZipEntry{
			LocalOffset:    binary.LittleEndian.Uint32(directory[at+zipCentralLocalAt:]),
			CompressedSize: binary.LittleEndian.Uint32(directory[at+zipCentralCompressedAt:]),
		}
	}
	return entries, err
}

// ShiftZipCentral copies a central directory and adds to the local-header offset of every entry; the shift may be negative.
//
// Errors: archive-malformed for a damaged directory or an offset that leaves 32 bits.
func ShiftZipCentral(directory []byte, shift int64) ([]byte, error) {
	positions, err := zipCentralPositions(directory)
	if err != nil {
		return nil, err
	}
	central := bytes.Clone(directory)
	for _, at := range positions {
		field := central[at+zipCentralLocalAt:]
		offset := int64(binary.LittleEndian.Uint32(field)) + shift
		if offset < 0 || offset > math.MaxUint32 {
			return nil, Errorf(CodeArchiveMalformed, "an entry of a wheel would lie at byte %d", offset)
		}
		binary.LittleEndian.PutUint32(field, uint32(offset))
	}
	return central, nil
}

// zipCentralPositions are where the entries of a central directory begin.
func zipCentralPositions(directory []byte) ([]int, error) {
	var positions []int
	at := 0
	for at < len(directory) {
		entry := directory[at:]
		if len(entry) < zipCentralBytes || binary.LittleEndian.Uint32(entry) != zipCentralMagic {
			return nil, Errorf(CodeArchiveMalformed, "the central directory of a wheel is damaged at byte %d", at)
		}
		positions = append(positions, at)
		at += zipCentralBytes
		for _, field := range [...]int{zipCentralNameSizeAt, zipCentralExtraSizeAt, zipCentralCommentSizeAt} {
			at += int(binary.LittleEndian.Uint16(entry[field:]))
		}
	}
	if at > len(directory) {
		return nil, Errorf(CodeArchiveMalformed, "the central directory of a wheel ends inside an entry")
	}
	return positions, nil
}

// ZipLocalSize is the size of a local header with name and extra field, from its fixed part.
func ZipLocalSize(header []byte) uint64 {
	return ZipLocalBytes + uint64(binary.LittleEndian.Uint16(header[zipLocalNameSizeAt:])) +
		uint64(binary.LittleEndian.Uint16(header[zipLocalExtraSizeAt:]))
}
