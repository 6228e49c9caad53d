package builder

import (
	"debug/elf"
	"encoding/binary"
	"io"
)

// Where an ELF header says that there are section headers: e_shoff, e_shnum and e_shstrndx. Source: the ELF specification,
// "ELF Header".
var sectionFields = map[elf.Class]struct{ offset, offsetSize, count, names int }{
	elf.ELFCLASS32: {offset: 32, offsetSize: 4, count: 48, names: 50},
	elf.ELFCLASS64: {offset: 40, offsetSize: 8, count: 60, names: 62},
}

// stripELF finds what an ELF file does not need at run time: everything behind its last PT_LOAD. It returns the size to keep and
// the header to write in place of the file's own; the size given and nil for a file that is no ELF, or already ends there.
//
// Source: spec/builder.md, "Strip".
func stripELF(file io.ReaderAt, size int64) (kept int64, header []byte) {
	parsed, err := elf.NewFile(file)
	if err != nil {
		return size, nil
	}
	var end uint64
	for _, program := range parsed.Progs {
		if program.Type == elf.PT_LOAD {
			end = max(end, program.Off+program.Filesz)
		}
	}
	fields, known := sectionFields[parsed.Class]
	if !known || end < 64 || end >= uint64(size) {
		return size, nil
	}
	header = make([]byte, 64)
	if _, err := file.ReadAt(header, 0); err != nil {
		return size, nil
	}
	clear(header[fields.offset : fields.offset+fields.offsetSize])
	binary.LittleEndian.PutUint16(header[fields.count:], 0)
	binary.LittleEndian.PutUint16(header[fields.names:], 0)
	return int64(end), header
}
