package builder

import (
	"compress/gzip"
	"errors"
	"io"
	"math"

	"github.com/dsnet/compress/bzip2"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"flavorpack/internal/format"
	"flavorpack/internal/reader"
)

// The standard library writes gzip alone. Of the others there is one encoder each in pure Go that is widely used and tested:
// klauspost/compress (BSD-3-Clause; reads zstd here too), ulikunitz/xz and dsnet/compress (both BSD-3-Clause).

// Compression is how hard zstd tries.
type Compression string

// The values of --compression.
const (
	CompressionFast    Compression = "fast"
	CompressionDefault Compression = "default"
	CompressionBest    Compression = "best"
)

// level is the one of the zstd tool; the library has four of its own.
func (c Compression) level() zstd.EncoderLevel {
	levels := map[Compression]int{CompressionFast: 3, CompressionDefault: 9, CompressionBest: 19}
	return zstd.EncoderLevelFromZstd(levels[c])
}

const (
	bzip2Level = 9
	// largestWindow is that of a listed frame, and the dictionary of XZ's preset 6, in bytes.
	largestWindow = 1 << format.LimitFrameWindowLog
)

// newZstd makes an encoder of frames without checksum; with a nil output it is for EncodeAll, whose frames declare their size.
func newZstd(out io.Writer, compression Compression, windowBytes int) (*zstd.Encoder, error) {
	return zstd.NewWriter(out,
		zstd.WithEncoderLevel(compression.level()),
		zstd.WithWindowSize(windowBytes),
		zstd.WithEncoderCRC(false),
		zstd.WithZeroFrames(true),
		// One core, and less memory: a frame is compressed while nothing else is.
		zstd.WithEncoderConcurrency(1),
	)
}

// encoder applies compressing operations to a stream, first to last. Close ends them all; the output stays open.
type encoder struct {
	io.Writer
	// stages are in the order in which they end.
	stages []io.Closer
}

func newEncoder(out io.Writer, chain format.Chain, compression Compression) (*encoder, error) {
	e := &encoder{Writer: out, stages: make([]io.Closer, len(chain))}
	windowBytes := windowOf(chain)
	for position := len(chain) - 1; position >= 0; position-- {
		stage, err := newStage(e.Writer, chain[position], compression, windowBytes)
		if err != nil {
			return nil, format.Errorf(format.CodeInternal, "%s does not start: %w", chain[position], err)
		}
		e.Writer, e.stages[position] = stage, stage
	}
	return e, nil
}

// windowOf is the window in bytes of each XZ and ZSTD operation of a chain: the largest power of two that readers take.
func windowOf(chain format.Chain) int {
	window := largestWindow
	for uint64(window) > reader.StreamWindowLimit(chain) {
		window /= 2
	}
	return window
}

func newStage(out io.Writer, operation format.Operation, compression Compression, windowBytes int) (io.WriteCloser, error) {
	switch operation {
	case format.OperationGzip:
		// Its header has no date and the OS byte 255, as the format asks.
		return gzip.NewWriterLevel(out, gzip.BestCompression)
	case format.OperationBzip2:
		return bzip2.NewWriter(out, &bzip2.WriterConfig{Level: bzip2Level})
	case format.OperationXz:
		return xz.WriterConfig{DictCap: windowBytes, CheckSum: xz.CRC64, BlockSize: math.MaxInt64}.NewWriter(out)
	case format.OperationZstd:
		return newZstd(out, compression, windowBytes)
	default:
		return nil, errors.New("it does not compress")
	}
}

// Close ends every operation, first to last: each still writes into the next.
func (e *encoder) Close() error {
	for _, stage := range e.stages {
		if err := stage.Close(); err != nil {
			return err
		}
	}
	return nil
}
