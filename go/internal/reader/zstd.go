package reader

import (
	"encoding/binary"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Zstd streams and frames. Source: spec/operations.md, "Streams" and "Zstd frames"; RFC 8878, section 3.1.1.

const (
	zstdMagic          = 0xfd2fb528
	zstdSkippableMagic = 0x184d2a50
	zstdSkippableMask  = 0xfffffff0
	zstdPrologueBytes  = 5
	zstdBlockHeadBytes = 3
	zstdChecksumBytes  = 4
	zstdRLEBlock       = 1
	zstdReservedBlock  = 3
	// zstdUnknownSize is what the decoder takes for the absence of a declared size; it compares every other with what comes out.
	zstdUnknownSize = ^uint64(0)
)

// zstdHeader is what a frame's header says.
type zstdHeader struct {
	// windowBytes is the plain size for a frame that is a single segment.
	windowBytes     uint64
	isSingleSegment bool
	needsDictionary bool
	// plainBytes counts if the header declares it.
	plainBytes    uint64
	hasPlainBytes bool
}

// zstdOutline walks one or more frames.
type zstdOutline struct {
	walker
	// headers and frames count those that were begun and ended well.
	headers, frames int
	header          zstdHeader
	checkMagic      func(magic uint32) error
	checkHeader     func(zstdHeader) error
	hasChecksum     bool
}

func newZstdOutline(checkMagic func(magic uint32) error, checkHeader func(zstdHeader) error) *zstdOutline {
	o := &zstdOutline{checkMagic: checkMagic, checkHeader: checkHeader}
	o.then(0, zstdPrologueBytes, o.prologue)
	return o
}

func (o *zstdOutline) prologue(piece []byte) error {
	descriptor := piece[4]
	if err := o.checkMagic(binary.LittleEndian.Uint32(piece)); err != nil {
		return err
	}
	o.hasChecksum = descriptor&4 != 0
	isSingleSegment, hasReservedBit := descriptor&0x20 != 0, descriptor&8 != 0
	dictionaryBytes, sizeBytes := [...]int{0, 1, 2, 4}[descriptor&3], [...]int{0, 2, 4, 8}[descriptor>>6]
	windowBytes := 1
	if isSingleSegment {
		sizeBytes, windowBytes = max(1, sizeBytes), 0
	}
	o.then(0, windowBytes+dictionaryBytes+sizeBytes, func(piece []byte) error {
		o.header = zstdHeader{isSingleSegment: isSingleSegment, needsDictionary: dictionaryBytes > 0, hasPlainBytes: sizeBytes > 0}
		if !isSingleSegment {
			base := uint64(1) << (10 + piece[0]>>3)
			o.header.windowBytes = base + base/8*uint64(piece[0]&7)
		}
		switch size := piece[windowBytes+dictionaryBytes:]; sizeBytes {
		case 1:
			o.header.plainBytes = uint64(size[0])
		case 2:
			o.header.plainBytes = uint64(binary.LittleEndian.Uint16(size)) + 256
		case 4:
			o.header.plainBytes = uint64(binary.LittleEndian.Uint32(size))
		case 8:
			o.header.plainBytes = binary.LittleEndian.Uint64(size)
		}
		if isSingleSegment {
			o.header.windowBytes = o.header.plainBytes
		}
		if err := o.checkHeader(o.header); err != nil {
			return err
		}
		o.headers++
		if hasReservedBit {
			return undecodable("zstd: a frame header has the reserved bit set")
		}
		o.then(0, zstdBlockHeadBytes, o.block)
		return nil
	})
	return nil
}

func (o *zstdOutline) block(piece []byte) error {
	head := uint32(piece[0]) | uint32(piece[1])<<8 | uint32(piece[2])<<16
	isLast, kind, size := head&1 != 0, head>>1&3, uint64(head>>3)
	if kind == zstdReservedBlock {
		return undecodable("zstd: a block is of the reserved type")
	}
	if kind == zstdRLEBlock {
		size = 1
	}
	if !isLast {
		o.then(size, zstdBlockHeadBytes, o.block)
		return nil
	}
	if o.hasChecksum {
		size += zstdChecksumBytes
	}
	o.frames++
	o.then(size, zstdPrologueBytes, o.prologue)
	o.mayEnd = true
	return nil
}

func checkStreamMagic(magic uint32) error {
	if magic != zstdMagic {
		return undecodable("zstd: a frame does not begin as one")
	}
	return nil
}

// newZstdReader decodes a stream of frames with windows of at most windowLimit bytes.
func newZstdReader(source io.Reader, windowLimit uint64) (io.Reader, io.Reader, error) {
	outline := newZstdOutline(checkStreamMagic, func(header zstdHeader) error {
		if header.needsDictionary {
			return undecodable("zstd: a frame needs a dictionary")
		}
		if header.hasPlainBytes && header.plainBytes == zstdUnknownSize {
			return undecodable("zstd: a frame declares %d bytes", header.plainBytes)
		}
		if header.windowBytes > windowLimit {
			return undecodable("zstd: a frame needs a window of %d bytes, allowed are %d: compress with --long=25 or less",
				header.windowBytes, windowLimit)
		}
		return nil
	})
	below := walked{source, &outline.walker}
	decoder, err := zstd.NewReader(below, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(windowLimit))
	return decoder, below, err
}
