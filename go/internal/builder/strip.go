package builder

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
)

// Fields of an ELF file of 64 bits. Source: the ELF specification, "ELF Header" and "Program Header".
const (
	elfHeaderBytes        = 64
	elfProgramHeaderBytes = 56
	elfLoad               = 1
	elfProgramsAt         = 32
	elfSectionsAt         = 40
	elfProgramSizeAt      = 54
	elfProgramCountAt     = 56
	elfSectionCountAt     = 60
)

// elfMagic: 64 bits, little-endian.
var elfMagic = []byte{0x7f, 'E', 'L', 'F', 2, 1}

// stripELF finds what a 64-bit little-endian ELF file does not need at run time: everything behind its last PT_LOAD. It returns the
// size to keep and the header to write in place of the file's own; the size given and nil for a file that is none, or already ends
// there.
//
// Source: spec/builder.md, "Strip".
func stripELF(file io.ReaderAt, size int64) (kept int64, header []byte) {
	header = make([]byte, elfHeaderBytes)
	if _, err := file.ReadAt(header, 0); err != nil || !bytes.HasPrefix(header, elfMagic) {
		return size, nil
	}
	table := binary.LittleEndian.Uint64(header[elfProgramsAt:])
	count := int(binary.LittleEndian.Uint16(header[elfProgramCountAt:]))
	if binary.LittleEndian.Uint16(header[elfProgramSizeAt:]) != elfProgramHeaderBytes || table > uint64(size) {
		return size, nil
	}
	programs := make([]byte, count*elfProgramHeaderBytes)
	if _, err := file.ReadAt(programs, int64(table)); err != nil {
		return size, nil
	}
	var end uint64
	for program := range slices.Chunk(programs, elfProgramHeaderBytes) {
		if binary.LittleEndian.Uint32(program) != elfLoad {
			continue
		}
		offset, length := binary.LittleEndian.Uint64(program[8:]), binary.LittleEndian.Uint64(program[32:])
		if offset > uint64(size) || length > uint64(size) {
			return size, nil
		}
		end = max(end, offset+length)
	}
	// The headers themselves must stay.
	if end < max(elfHeaderBytes, table+uint64(len(programs))) || end >= uint64(size) {
		return size, nil
	}
	clear(header[elfSectionsAt : elfSectionsAt+8])
	clear(header[elfSectionCountAt:]) // and the index of their names, the last field
	return int64(end), header
}
