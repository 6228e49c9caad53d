package reader

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/klauspost/compress/zstd"

	"flavorpack/internal/format"
)

func TestFramesAreExactlyOneFrameOfTheDeclaredSize(t *testing.T) {
	encoder := must(zstd.NewWriter(nil, zstd.WithEncoderCRC(false), zstd.WithSingleSegment(true)))
	plain := bytes.Repeat([]byte("content "), 128)
	good := encoder.EncodeAll(plain, nil)
	empty := must(hex.DecodeString("28b52ffd2000010000"))
	header := func(digits string) []byte { return must(hex.DecodeString("28b52ffd" + digits + "010000")) }
	for name, test := range map[string]struct {
		stored []byte
		code   format.ErrorCode
	}{
		"good":            {good, ""},
		"two frames":      {append(bytes.Clone(good), good...), format.CodeFrameInvalid},
		"an empty one":    {append(bytes.Clone(good), empty...), format.CodeFrameInvalid},
		"a skippable one": {append(bytes.Clone(good), must(hex.DecodeString("502a4d180100000000"))...), format.CodeFrameInvalid},
		"garbage":         {append(bytes.Clone(good), "garbage"...), format.CodeArchiveMalformed},
		"cut":             {good[:len(good)-1], format.CodeArchiveMalformed},
		"cut in its head": {good[:5], format.CodeFrameInvalid},
		"nothing":         {nil, format.CodeFrameInvalid},
		"no frame":        {[]byte("no frame at all"), format.CodeFrameInvalid},
		"no size":         {header("0040"), format.CodeFrameInvalid},
		"another size":    {encoder.EncodeAll(plain[1:], nil), format.CodeFrameInvalid},
		"a dictionary":    {header("61010003"), format.CodeFrameInvalid},
		"a large window":  {header("4078" + "0003"), format.CodeFrameInvalid},
		"a reserved bit":  {header("680003"), format.CodeArchiveMalformed},
		"reserved blocks": {append(header("600003")[:7], 7, 0, 0), format.CodeArchiveMalformed},
		"not its content": {header("600003"), format.CodeArchiveMalformed},
	} {
		decoder := NewFrameDecoder()
		decoder.stored = test.stored
		found, err := decoder.Decode(&format.Frame{Plain: uint64(len(plain))})
		if codeOf(err) != test.code || err == nil && !bytes.Equal(found, plain) {
			t.Errorf("%s: %d bytes, %v", name, len(found), err)
		}
	}
}
