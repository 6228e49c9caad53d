package reader

import (
	"encoding/binary"
	"io"

	"github.com/mikelolasagasti/xz"
)

// XZ streams: one stream, LZMA2 alone, a dictionary within the limit, nothing after it.
//
// Source: spec/operations.md, "Streams"; "The .xz File Format", version 1.2.

const (
	xzStreamHeaderBytes = 12
	xzFooterBytes       = 12
	xzIndexCRCBytes     = 4
	xzFilterLZMA2       = 0x21
	// xzLongestNumber is the most bytes of a number of variable length.
	xzLongestNumber = 9
)

// xzOutline walks one stream. What it passes over (check sums, sizes, magic bytes) the decoder verifies.
type xzOutline struct {
	walker
	checkBytes uint64
	// blockBytes counts those of the block, or of the index, so far: both are padded to a multiple of four.
	blockBytes uint64
	// windowLimit is the largest dictionary that is taken.
	windowLimit uint64
}

func newXzOutline(windowLimit uint64) *xzOutline {
	o := &xzOutline{windowLimit: windowLimit}
	o.then(0, xzStreamHeaderBytes, o.streamHeader)
	return o
}

func (o *xzOutline) streamHeader(piece []byte) error {
	// The size of a check follows from the type: none, then three types of each size.
	o.checkBytes = [...]uint64{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}[piece[7]&0xf]
	o.then(0, 1, o.blockOrIndex)
	return nil
}

func (o *xzOutline) blockOrIndex(piece []byte) error {
	o.blockBytes = 1
	if piece[0] == 0 {
		return o.number(func(records uint64) error { return o.indexRecords(2 * records) })
	}
	// The header's size is in units of four bytes, and counts this one.
	o.then(0, 4*int(piece[0])+3, o.blockHeader)
	return nil
}

func (o *xzOutline) blockHeader(piece []byte) error {
	flags, rest := piece[0], piece[1:]
	if flags&3 != 0 {
		return undecodable("xz: a block has more filters than LZMA2")
	}
	// Compressed and uncompressed size, if they are there.
	for sizes := flags >> 6; sizes != 0; sizes &= sizes - 1 {
		_, length := xzNumber(rest)
		rest = rest[length:]
	}
	if len(rest) < 3 || rest[0] != xzFilterLZMA2 || rest[1] != 1 {
		return undecodable("xz: a block is not compressed by LZMA2 alone")
	}
	// The decoder refuses sizes that this formula does not give.
	bits := rest[2] & 0x3f
	if dictionary := (2 | uint64(bits&1)) << (bits/2 + 11); dictionary > o.windowLimit {
		return undecodable("xz: a block needs a dictionary of %d bytes, allowed are %d: compress with xz -8 or less",
			dictionary, o.windowLimit)
	}
	// The header's own size is a multiple of four: only the chunks count for the padding.
	o.blockBytes = 0
	o.then(0, 1, o.chunk)
	return nil
}

// chunk reads the control byte of a chunk of LZMA2.
func (o *xzOutline) chunk(piece []byte) error {
	control := piece[0]
	o.blockBytes++
	switch {
	case control == 0:
		padding := -o.blockBytes % 4
		o.then(padding+o.checkBytes, 1, o.blockOrIndex)
	case control == 1 || control == 2:
		o.then(0, 2, func(piece []byte) error {
			size := uint64(binary.BigEndian.Uint16(piece)) + 1
			o.blockBytes += 2 + size
			o.then(size, 1, o.chunk)
			return nil
		})
	case control >= 0x80:
		properties := 0
		if control >= 0xc0 {
			properties = 1
		}
		// The first byte of the range coder is zero, and the decoder passes over it.
		o.then(0, 4+properties+1, func(piece []byte) error {
			if piece[len(piece)-1] != 0 {
				return undecodable("xz: the data of a chunk does not begin with zero")
			}
			size := uint64(binary.BigEndian.Uint16(piece[2:]))
			o.blockBytes += uint64(len(piece)) + size
			o.then(size, 1, o.chunk)
			return nil
		})
	default:
		return undecodable("xz: a chunk has the control byte 0x%02x", control)
	}
	return nil
}

// indexRecords passes over the numbers of the index, then to the end of the stream.
func (o *xzOutline) indexRecords(left uint64) error {
	if left > 0 {
		return o.number(func(uint64) error { return o.indexRecords(left - 1) })
	}
	padding := -o.blockBytes % 4
	o.then(padding+xzIndexCRCBytes+xzFooterBytes, 1, func([]byte) error {
		return undecodable("xz: bytes follow the stream")
	})
	o.mayEnd = true
	return nil
}

// number reads a number of variable length, a byte at a time.
func (o *xzOutline) number(found func(uint64) error) error {
	var digits []byte
	var step func(piece []byte) error
	step = func(piece []byte) error {
		o.blockBytes++
		digits = append(digits, piece[0])
		if piece[0]&0x80 == 0 {
			value, _ := xzNumber(digits)
			return found(value)
		}
		if len(digits) == xzLongestNumber {
			return undecodable("xz: a number is too long")
		}
		o.then(0, 1, step)
		return nil
	}
	o.then(0, 1, step)
	return nil
}

// xzNumber reads a number of variable length: seven bits a byte, the lowest first. The decoder refuses odd spellings.
func xzNumber(data []byte) (value uint64, length int) {
	for length < min(len(data), xzLongestNumber) {
		digit := data[length]
		value |= uint64(digit&0x7f) << (7 * length)
		length++
		if digit&0x80 == 0 {
			break
		}
	}
	return value, length
}

// newXzReader decodes a stream with a dictionary of at most windowLimit bytes.
func newXzReader(source io.Reader, windowLimit uint64) (io.Reader, io.Reader, error) {
	below := walked{source, &newXzOutline(windowLimit).walker}
	decoder, err := xz.NewReader(below, uint32(windowLimit))
	return decoder, below, err
}
