package builder

import (
	"crypto/sha256"
	"encoding/binary"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"

	"flavorpack/internal/format"
)

// The frame list of an archive that is stored as it comes. Without one it is extracted as one stream.
//
// Source: spec/operations.md, "Zstd frames"; RFC 8878, section 3.1.1.

// headerSpan is where an entry's header lies in the plain archive, extension headers included.
type headerSpan struct{ start, end uint64 }

// headerList finds the headers of an archive while it is read from front to back.
type headerList struct {
	spans []headerSpan
	// next is where the data of the entry before ends.
	next uint64
}

// add takes an entry when the archive has been read up to the end of its header.
func (l *headerList) add(headerEnd int64, dataBytes uint64) {
	end := uint64(headerEnd)
	l.spans = append(l.spans, headerSpan{l.next, end})
	l.next = end + dataBytes + uint64(format.TarPadding(dataBytes))
}

// cut takes the headers that start before an offset, and tells whether none of them goes on behind it.
func (l *headerList) cut(offset uint64) (taken []headerSpan, isWhole bool) {
	count := 0
	for count < len(l.spans) && l.spans[count].start < offset {
		count++
	}
	taken, l.spans = l.spans[:count], l.spans[count:]
	return taken, count == 0 || taken[count-1].end <= offset
}

// listFrames gives the frame list of a stored archive; none if a frame does not declare its size, is skippable, has a dictionary
// or a checksum, breaks a limit, or is cut inside a header.
func listFrames(path string, size int64, headers headerList) ([]format.Frame, error) {
	file, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var frames []format.Frame
	plainOffset := uint64(0)
	for at := int64(0); at < size; {
		frame, isFit, err := readFrame(file, at, size)
		if err != nil || !isFit || len(frames) == format.LimitFramesPerSlot {
			return nil, err
		}
		starting, isWhole := headers.cut(plainOffset + frame.Plain)
		if !isWhole {
			return nil, nil
		}
		if len(starting) > 0 {
			first := starting[0].start - plainOffset
			frame.First = &first
		}
		frames = append(frames, frame)
		plainOffset += frame.Plain
		at += int64(frame.Size)
	}
	return frames, nil
}

const (
	longestFrameHeader = 18
	blockHeaderBytes   = 3
	blockTypeRepeated  = 1
)

// readFrame reads one frame; isFit tells whether a frame list may name it.
func readFrame(file *os.File, at, size int64) (frame format.Frame, isFit bool, err error) {
	head := make([]byte, min(longestFrameHeader, size-at))
	if _, err := file.ReadAt(head, at); err != nil {
		return frame, false, fileError(err, file.Name(), "read")
	}
	var header zstd.Header
	if err := header.Decode(head); err != nil || header.Skippable || !header.HasFCS || header.HasCheckSum || header.DictionaryID != 0 {
		return frame, false, nil
	}
	plain := header.FrameContentSize
	if plain == 0 || plain > format.LimitFramePlainBytes || plain%format.SizeTarBlock != 0 || !header.SingleSegment && header.WindowSize > largestWindow {
		return frame, false, nil
	}
	end, err := frameEnd(file, at+int64(header.HeaderSize), size)
	if err != nil || end-at > format.LimitFrameStoredBytes {
		return frame, false, err
	}
	digest := sha256.New()
	if _, err := io.Copy(digest, io.NewSectionReader(file, at, end-at)); err != nil {
		return frame, false, fileError(err, file.Name(), "read")
	}
	return format.Frame{Offset: uint64(at), Size: uint64(end - at), Plain: plain, SHA256: [32]byte(digest.Sum(nil))}, true, nil
}

// frameEnd walks over the blocks of a frame. The frame has been decoded before: its blocks lie inside the file, unless that changed.
func frameEnd(file *os.File, at, size int64) (int64, error) {
	for {
		head := make([]byte, 4)
		if _, err := file.ReadAt(head[:blockHeaderBytes], at); err != nil {
			return 0, fileError(err, file.Name(), "read")
		}
		block := binary.LittleEndian.Uint32(head)
		isLast, kind, blockSize := block&1 == 1, block>>1&3, int64(block>>3)
		if kind == blockTypeRepeated {
			blockSize = 1
		}
		at += blockHeaderBytes + blockSize
		if at > size {
			return 0, format.Errorf(format.CodeIoError, "%s changed while it was packed", file.Name())
		}
		if isLast {
			return at, nil
		}
	}
}
