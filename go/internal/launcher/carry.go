package launcher

import (
	"os"
	"sync/atomic"

	"flavorpack/internal/format"
)

// What one frame leaves to the next: a file whose data goes on, or the end of the archive.
//
// The rule that keeps two workers from waiting in a circle is told in extract.go.

const tarBlock = format.SizeTarBlock

type carryKind int

const (
	// Not known yet: the frame before is still at work.
	carryUnknown carryKind = iota
	// The next frame begins with a header.
	carryNothing
	// The next frame begins with data of `file`, `at` bytes from its start, or with the zeros that fill its last block.
	carryFile
	// The archive has ended; `zeroBlocks` zero blocks were seen.
	carryEnd
)

// carry is what one frame leaves to the next.
type carry struct {
	kind       carryKind
	file       *spanningFile
	at         uint64
	zeroBlocks uint64
}

// spanningFile is a file whose data lies in more than one frame. Whoever writes its last byte closes it and sets its time.
type spanningFile struct {
	tree         tree
	file         *os.File
	path         string
	size         uint64
	mtimeSeconds int64
	unwritten    atomic.Int64
}

func newSpanningFile(tree tree, file *os.File, path string, size uint64, mtimeSeconds int64) *spanningFile {
	made := &spanningFile{tree: tree, file: file, path: path, size: size, mtimeSeconds: mtimeSeconds}
	made.unwritten.Store(int64(size))
	return made
}

func (f *spanningFile) write(data []byte, at uint64) error {
	if _, err := f.file.WriteAt(data, int64(at)); err != nil {
		return entryError(f.path, err)
	}
	if f.unwritten.Add(-int64(len(data))) > 0 {
		return nil
	}
	return finishFile(f.tree, f.file, f.path, f.mtimeSeconds)
}

// finishFile closes a file that was written, and sets its time.
func finishFile(tree tree, file *os.File, path string, mtimeSeconds int64) error {
	if err := file.Close(); err != nil {
		return entryError(path, err)
	}
	return tree.setTime(path, mtimeSeconds)
}

func malformed(layout string, operands ...any) error {
	return format.Errorf(format.CodeArchiveMalformed, layout, operands...)
}

// padded is a size with what fills its last block.
func padded(size uint64) uint64 {
	return size + uint64(format.TarPadding(size))
}

func requireZeros(bytes []byte, what string) error {
	if !format.IsZero(bytes) {
		return malformed("tar: %s is not zero", what)
	}
	return nil
}

// length is the bytes of archive that a carry still covers: data and what fills its last block.
func (c carry) length() uint64 {
	if c.kind != carryFile {
		return 0
	}
	return padded(c.file.size) - c.at
}

// after is what a frame without header leaves: `length` bytes of it were of this carry, `zeros` bytes followed.
func (c carry) after(length, zeros uint64) carry {
	switch {
	case c.kind == carryFile && c.at+length < padded(c.file.size):
		return carry{kind: carryFile, file: c.file, at: c.at + length}
	case c.kind == carryEnd:
		return carry{kind: carryEnd, zeroBlocks: c.zeroBlocks + zeros/tarBlock}
	case zeros == 0:
		return carry{kind: carryNothing}
	}
	return carry{kind: carryEnd, zeroBlocks: zeros / tarBlock}
}

// write writes a carried file's part: `bytes` are data, then perhaps what fills the last block.
func (c carry) write(bytes []byte) error {
	if c.kind != carryFile {
		return nil
	}
	data := uint64(0)
	if c.at < c.file.size {
		data = min(uint64(len(bytes)), c.file.size-c.at)
	}
	if err := requireZeros(bytes[data:], "the filling of a block"); err != nil || data == 0 {
		return err
	}
	return c.file.write(bytes[:data], c.at)
}
