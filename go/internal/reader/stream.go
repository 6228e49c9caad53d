package reader

import (
	"bufio"
	"compress/gzip"
	"io"
	"slices"

	"flavorpack/internal/format"
)

// Stream undoes the compressing operations of a chain, from the last to the first. Memory is bounded by the windows of the
// formats, before it is taken.
//
// Read it to the end, then call Finish: only that says whether the input was one well-formed stream.
//
// Source: spec/operations.md, "Streams".
type Stream struct {
	top io.Reader
	// left are the inputs of the decoders, in the order of decoding: nothing may be in them at the end.
	left []io.Reader
	// fault is the first error of this project's own. Libraries may hide it behind one of theirs.
	fault error
	size  uint64
	// expected is the plain size, if it is known.
	expected    uint64
	hasExpected bool
}

// AnySize is the plain size of a Stream whose content may have any.
const AnySize = ^uint64(0)

const (
	intermediateFactor = 64
	intermediateBytes  = 1 << 20
)

// NewStream decodes what was stored by the chain, TAR aside. `plain` is the size that the content must have, or AnySize.
//
// Errors: archive-malformed, and those of the source.
func NewStream(source io.Reader, chain format.Chain, plain uint64) (*Stream, error) {
	s := &Stream{expected: plain, hasExpected: plain != AnySize}
	s.top = s.watched(source, AnySize)
	operations := chain.Compressions()
	windowLimit := StreamWindowLimit(operations)
	for position := len(operations) - 1; position >= 0; position-- {
		decoded, left, err := decoderOf(operations[position], s.top, windowLimit)
		if err != nil {
			return nil, s.failed(err)
		}
		s.left = append(s.left, left)
		s.top = decoded
		if position > 0 {
			s.top = s.watched(decoded, s.intermediateLimit())
		}
	}
	return s, nil
}

// StreamWindowLimit is the largest window, in bytes, that one operation of a chain may ask for: the windows of all add up.
func StreamWindowLimit(operations []format.Operation) uint64 {
	windows := uint64(0)
	for _, operation := range operations {
		if operation == format.OperationXz || operation == format.OperationZstd {
			windows++
		}
	}
	return format.LimitStreamWindowBytes / max(1, windows)
}

// decoderOf gives the decoder of an operation, and its input, which must be used up when the decoder ends.
func decoderOf(operation format.Operation, source io.Reader, windowLimit uint64) (decoded, left io.Reader, err error) {
	switch operation {
	case format.OperationGzip:
		return newGzipReader(source)
	case format.OperationBzip2:
		return newBzip2Reader(source)
	case format.OperationXz:
		return newXzReader(source, windowLimit)
	case format.OperationZstd:
		return newZstdReader(source, windowLimit)
	}
	return nil, nil, format.Errorf(format.CodeInternal, "operation %s does not compress", operation)
}

// gzipReservedFlags must be zero. Source: RFC 1952, section 2.3.1.
const gzipReservedFlags = 0xe0

func newGzipReader(source io.Reader) (io.Reader, io.Reader, error) {
	below := bufio.NewReaderSize(source, chunkBytes/4)
	if head, err := below.Peek(4); err == nil && head[3]&gzipReservedFlags != 0 {
		return nil, nil, undecodable("gzip: the header has reserved flags set")
	}
	decoder, err := gzip.NewReader(below)
	if err != nil {
		return nil, nil, err
	}
	decoder.Multistream(false)
	return decoder, below, nil
}

// intermediateLimit bounds what lies between two operations.
func (s *Stream) intermediateLimit() uint64 {
	if !s.hasExpected || s.expected > (AnySize-intermediateBytes)/intermediateFactor {
		return AnySize
	}
	return s.expected*intermediateFactor + intermediateBytes
}

// Read gives content. Its errors are io.EOF and this project's own.
func (s *Stream) Read(buffer []byte) (int, error) {
	count, err := s.top.Read(buffer)
	s.size += uint64(count)
	if s.hasExpected && s.size > s.expected {
		return 0, undecodable("it holds more than the %d bytes that it should", s.expected)
	}
	if err != nil && err != io.EOF {
		return count, s.failed(err)
	}
	return count, err
}

// Finish checks that the content had its size, and that nothing is left of the input.
//
// Errors: archive-malformed, and those of the source.
func (s *Stream) Finish() error {
	if s.hasExpected && s.size != s.expected {
		return undecodable("it holds %d bytes, expected %d", s.size, s.expected)
	}
	// From the last decoder to the first: to look for more makes those before it read to their ends.
	for _, left := range slices.Backward(s.left) {
		var rest [1]byte
		count, err := io.ReadFull(left, rest[:])
		if count > 0 {
			return undecodable("bytes follow the compressed stream")
		}
		if err != io.EOF {
			return s.failed(err)
		}
	}
	return nil
}

// failed is the error behind a failed read: the source's own, or else that the bytes do not decode.
func (s *Stream) failed(err error) error {
	if s.fault != nil {
		return s.fault
	}
	if own := format.AsError(err); own.Code != format.CodeInternal {
		return own
	}
	return undecodable("a compressed stream does not decode: %w", err)
}

// watched remembers the first error of a source, and refuses more than `limit` bytes of it.
func (s *Stream) watched(source io.Reader, limit uint64) io.Reader {
	return &watched{source: source, left: limit, stream: s}
}

type watched struct {
	source io.Reader
	left   uint64
	stream *Stream
}

func (w *watched) Read(buffer []byte) (int, error) {
	count, err := w.source.Read(buffer)
	if uint64(count) > w.left {
		count, err = 0, undecodable("the result of one operation is far longer than the content")
	}
	w.left -= uint64(count)
	if err != nil && err != io.EOF && w.stream.fault == nil {
		if own := format.AsError(err); own.Code != format.CodeInternal {
			w.stream.fault = own
		}
	}
	return count, err
}
