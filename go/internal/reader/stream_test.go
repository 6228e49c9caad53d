package reader

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/dsnet/compress/bzip2"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"flavorpack/internal/format"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// compressed makes one member by another library than the one that reads it, where there is one.
func compressed(operation format.Operation, plain []byte) []byte {
	var out bytes.Buffer
	var writer io.WriteCloser
	switch operation {
	case format.OperationGzip:
		writer = gzip.NewWriter(&out)
	case format.OperationBzip2:
		writer = must(bzip2.NewWriter(&out, nil))
	case format.OperationXz:
		writer = must(xz.NewWriter(&out))
	case format.OperationZstd:
		writer = must(zstd.NewWriter(&out))
	}
	must(writer.Write(plain))
	if err := writer.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func decoded(data []byte, chain format.Chain, size uint64) ([]byte, error) {
	stream, err := NewStream(bytes.NewReader(data), chain, size)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(stream)
	if err != nil {
		return nil, err
	}
	return content, stream.Finish()
}

var compressions = format.Chain{format.OperationGzip, format.OperationBzip2, format.OperationXz, format.OperationZstd}

// samples are contents of several kinds: nothing, little, much that repeats, much that does not.
func samples() [][]byte {
	random := make([]byte, 300000)
	must(rand.NewChaCha8([32]byte{}).Read(random))
	return [][]byte{{}, []byte("x"), bytes.Repeat([]byte("content "), 200000), random}
}

func TestStreamsAreDecoded(t *testing.T) {
	for _, operation := range compressions {
		for number, plain := range samples() {
			data := compressed(operation, plain)
			if found, err := decoded(data, format.Chain{operation}, uint64(len(plain))); err != nil || !bytes.Equal(found, plain) {
				t.Errorf("%s, sample %d: %d bytes, %v", operation, number, len(found), err)
			}
			if found, err := decoded(data, format.Chain{operation}, AnySize); err != nil || !bytes.Equal(found, plain) {
				t.Errorf("%s, sample %d, of any size: %d bytes, %v", operation, number, len(found), err)
			}
		}
	}
	plain := samples()[2]
	data := plain
	for _, operation := range compressions {
		data = compressed(operation, data)
	}
	if found, err := decoded(data, append(format.Chain{format.OperationTar}, compressions...), uint64(len(plain))); err != nil || !bytes.Equal(found, plain) {
		t.Errorf("a chain: %d bytes, %v", len(found), err)
	}
}

func TestAStreamIsOneMemberOfTheSize(t *testing.T) {
	for _, operation := range compressions {
		for number, plain := range samples() {
			data, size := compressed(operation, plain), uint64(len(plain))
			twice := append(bytes.Clone(data), data...)
			for name, test := range map[string]struct {
				data []byte
				size uint64
			}{
				"trailing byte":  {append(bytes.Clone(data), 0), size},
				"trailing text":  {append(bytes.Clone(data), "BZx"...), size},
				"two members":    {twice, size},
				"of both's size": {twice, 2 * size},
				"cut":            {data[:len(data)-1], size},
				"nothing":        {nil, size},
				"longer":         {data, size - 1},
				"shorter":        {data, size + 1},
			} {
				isTwoFrames := operation == format.OperationZstd && name == "of both's size"
				isEmptyTwice := operation == format.OperationZstd && name == "two members" && size == 0
				if name == "longer" && size == 0 || isTwoFrames || isEmptyTwice {
					continue
				}
				if _, err := decoded(test.data, format.Chain{operation}, test.size); codeOf(err) != format.CodeArchiveMalformed {
					t.Errorf("%s, sample %d, %s: %v", operation, number, name, err)
				}
			}
		}
	}
}

func TestChangedStreamsDoNotDecodeToSomethingElse(t *testing.T) {
	plain := bytes.Repeat([]byte("some content "), 50)
	for _, operation := range compressions {
		data := compressed(operation, plain)
		for at := range data {
			data[at] ^= 1 << (at % 8)
			// Some bits mean nothing, such as gzip's time. Zstd's check sum has 32 bits.
			if found, err := decoded(data, format.Chain{operation}, uint64(len(plain))); err == nil && !bytes.Equal(found, plain) {
				t.Errorf("%s: byte %d changed", operation, at)
			} else if err != nil && codeOf(err) != format.CodeArchiveMalformed {
				t.Errorf("%s: byte %d: %v", operation, at, err)
			}
			data[at] ^= 1 << (at % 8)
		}
	}
}

func TestZstdFramesMayFollowEachOtherAndSkippableOnesMayNot(t *testing.T) {
	frame, chain := compressed(format.OperationZstd, []byte("ab")), format.Chain{format.OperationZstd}
	if found, err := decoded(append(bytes.Clone(frame), frame...), chain, 4); err != nil || string(found) != "abab" {
		t.Errorf("%q, %v", found, err)
	}
	skippable := must(hex.DecodeString("502a4d180100000000"))
	for _, data := range [][]byte{append(bytes.Clone(skippable), frame...), append(bytes.Clone(frame), skippable...), skippable} {
		if _, err := decoded(data, chain, 2); codeOf(err) != format.CodeArchiveMalformed {
			t.Errorf("%x: %v", data, err)
		}
	}
}

func TestWindowsAboveTheLimitAreRefusedBeforeMemoryIsTaken(t *testing.T) {
	var largeXz bytes.Buffer
	writer := must(xz.WriterConfig{DictCap: 48 << 20}.NewWriter(&largeXz))
	must(writer.Write([]byte("x")))
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	// A frame that declares a window of 2^31 bytes; one of a single segment of 2^40 bytes.
	for name, data := range map[string][]byte{
		"ZSTD window":  must(hex.DecodeString("28b52ffd00a8010000")),
		"ZSTD segment": must(hex.DecodeString("28b52ffde00000000000010000010000")),
		"XZ":           largeXz.Bytes(),
	} {
		chain := format.Chain{format.OperationZstd}
		if name == "XZ" {
			chain = format.Chain{format.OperationXz}
		}
		if _, err := decoded(data, chain, 1); codeOf(err) != format.CodeArchiveMalformed || !bytes.Contains([]byte(err.Error()), []byte("allowed are 33554432")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestIntermediateResultsAreBounded(t *testing.T) {
	// Nothing, with two MiB of it in between: a gzip of empty gzip blocks would do; here zstd's empty frames.
	frames := bytes.Repeat(compressed(format.OperationZstd, nil), 1<<20)
	data := compressed(format.OperationGzip, frames)
	chain := format.Chain{format.OperationZstd, format.OperationGzip}
	if _, err := decoded(data, chain, 0); codeOf(err) != format.CodeArchiveMalformed {
		t.Errorf("%v", err)
	}
	if _, err := decoded(data, chain, AnySize); err != nil {
		t.Errorf("of any size: %v", err)
	}
}

func TestErrorsOfTheSourceAreToldAsTheyAre(t *testing.T) {
	broken := format.Errorf(format.CodeFileUnreadable, "the disk is gone")
	for _, operation := range compressions {
		data := compressed(operation, samples()[3])
		source := io.MultiReader(bytes.NewReader(data[:len(data)/2]), failing{broken})
		stream, err := NewStream(source, format.Chain{operation}, AnySize)
		if err == nil {
			_, err = io.ReadAll(stream)
		}
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v", operation, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// An outline is the same in whatever pieces its input comes.
func TestOutlinesDoNotDependOnPieces(t *testing.T) {
	for _, operation := range []format.Operation{format.OperationXz, format.OperationZstd} {
		data := compressed(operation, samples()[2])
		for length := range 60 {
			part := data[:len(data)-length]
			var whole, pieces *walker
			switch operation {
			case format.OperationXz:
				whole, pieces = &newXzOutline(format.LimitStreamWindowBytes).walker, &newXzOutline(format.LimitStreamWindowBytes).walker
			default:
				anyHeader := func(zstdHeader) error { return nil }
				whole, pieces = &newZstdOutline(checkStreamMagic, anyHeader).walker, &newZstdOutline(checkStreamMagic, anyHeader).walker
			}
			if err := whole.walk(part); err != nil {
				t.Fatal(err)
			}
			for _, each := range part {
				if err := pieces.walk([]byte{each}); err != nil {
					t.Fatal(err)
				}
			}
			if whole.isAtEnd() != pieces.isAtEnd() || whole.isAtEnd() != (length == 0) {
				t.Errorf("%s without %d bytes: at the end %v, in pieces %v", operation, length, whole.isAtEnd(), pieces.isAtEnd())
			}
		}
	}
}

func FuzzStream(f *testing.F) {
	for number, operation := range compressions {
		f.Add(uint8(number), compressed(operation, []byte("some content, some content")))
	}
	f.Fuzz(func(t *testing.T, number uint8, data []byte) {
		operation := compressions[int(number)%len(compressions)]
		stream, err := NewStream(bytes.NewReader(data), format.Chain{operation}, 1<<16)
		if err == nil {
			_, err = io.Copy(io.Discard, stream)
		}
		if err == nil {
			err = stream.Finish()
		}
		if code := codeOf(err); code != "" && code != format.CodeArchiveMalformed {
			t.Errorf("%v", err)
		}
	})
}
