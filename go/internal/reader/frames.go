package reader

import (
	"crypto/sha256"
	"strconv"

	"github.com/klauspost/compress/zstd"

	"flavorpack/internal/format"
)

// FrameDecoder decodes the frames of a frame list one after the other, in two buffers that are kept.
//
// Source: spec/operations.md, "Zstd frames".
type FrameDecoder struct {
	decoder       *zstd.Decoder
	stored, plain []byte
}

// NewFrameDecoder makes a decoder. It is for one goroutine.
func NewFrameDecoder() *FrameDecoder {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxMemory(format.LimitFramePlainBytes),
		zstd.WithDecoderMaxWindow(format.LimitFramePlainBytes))
	if err != nil {
		panic(err) // The options are constants.
	}
	return &FrameDecoder{decoder: decoder}
}

// Read reads a frame of a slot, and tells whether its SHA-256 is the one in the list.
//
// Errors: file-unreadable.
func (d *FrameDecoder) Read(p *Package, position int, frame *format.Frame) (digestFits bool, err error) {
	d.stored = resized(d.stored, frame.Size)
	if err := p.ReadAt(d.stored, p.Slots[position].Offset+frame.Offset); err != nil {
		return false, err
	}
	return sha256.Sum256(d.stored) == frame.SHA256, nil
}

// Decode decodes the frame that was read last. The result is valid until the next call.
//
// Errors: frame-invalid when it is not one frame of the declared size within the limits; archive-malformed.
func (d *FrameDecoder) Decode(frame *format.Frame) ([]byte, error) {
	if err := checkFrame(d.stored, frame.Plain); err != nil {
		return nil, format.AsError(err).Prefixed(frameName(frame))
	}
	plain, err := d.decoder.DecodeAll(d.stored, resized(d.plain, frame.Plain)[:0])
	if err != nil {
		return nil, undecodable("%s: %w", frameName(frame), err)
	}
	d.plain = plain
	if uint64(len(plain)) != frame.Plain {
		return nil, format.Errorf(format.CodeFrameInvalid, "%s: holds %d bytes, the list says %d", frameName(frame), len(plain), frame.Plain)
	}
	return plain, nil
}

// checkFrame refuses what is not exactly one frame of a size within the limits.
//
// Errors: frame-invalid for a header that may not be; archive-malformed for what follows it.
func checkFrame(stored []byte, plain uint64) error {
	invalid := func(layout string, operands ...any) error {
		return format.Errorf(format.CodeFrameInvalid, layout, operands...)
	}
	var outline *zstdOutline
	checkMagic := func(magic uint32) error {
		isFrame := magic == zstdMagic
		switch isSkippable := magic&zstdSkippableMask == zstdSkippableMagic; {
		case outline.frames > 0 && (isFrame || isSkippable):
			return invalid("is not exactly one frame")
		case outline.frames > 0:
			return undecodable("bytes follow it")
		case !isFrame:
			return invalid("does not begin as a zstd frame")
		}
		return nil
	}
	outline = newZstdOutline(checkMagic, func(header zstdHeader) error {
		switch {
		case !header.hasPlainBytes:
			return invalid("does not declare its size")
		case header.plainBytes != plain:
			return invalid("declares %d bytes, the list says %d", header.plainBytes, plain)
		case header.needsDictionary:
			return invalid("needs a dictionary")
		// A single segment has no window of its own: its size is bounded by the limit of plain bytes.
		case !header.isSingleSegment && header.windowBytes > 1<<format.LimitFrameWindowLog:
			return invalid("has a window of %d bytes, allowed are %d", header.windowBytes, 1<<format.LimitFrameWindowLog)
		}
		return nil
	})
	err := outline.walk(stored)
	switch {
	case err == nil && outline.headers == 0:
		return invalid("does not begin as a zstd frame")
	case err == nil && !outline.isAtEnd():
		return undecodable("is not exactly one frame")
	}
	return err
}

func frameName(frame *format.Frame) string {
	return "frame at " + strconv.FormatUint(frame.Offset, 10)
}

// resized is a buffer of the size, the given one if it is large enough.
func resized(buffer []byte, size uint64) []byte {
	if uint64(cap(buffer)) < size {
		return make([]byte, size)
	}
	return buffer[:size]
}
