package format

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"
)

func TestStoredGzipIsGzip(t *testing.T) {
	for _, size := range []int{0, 1, 65535, 65536, 131070, 200000} {
		plain := bytes.Repeat([]byte{7}, size)
		framed := EncodeStoredGzip(plain)
		if len(framed) != StoredGzipSize(size) {
			t.Errorf("%d bytes are framed in %d, announced were %d", size, len(framed), StoredGzipSize(size))
		}
		if found, err := DecodeStoredGzip(framed, 1<<20); err != nil || !bytes.Equal(found, plain) {
			t.Errorf("%d bytes: %v", size, err)
		}
		unzip, err := gzip.NewReader(bytes.NewReader(framed))
		if err != nil {
			t.Fatal(err)
		}
		if found, err := io.ReadAll(unzip); err != nil || !bytes.Equal(found, plain) {
			t.Errorf("%d bytes, by the library: %v", size, err)
		}
	}
}

func TestDecodeStoredGzipRefusesEveryOtherFraming(t *testing.T) {
	good := EncodeStoredGzip([]byte("{}"))
	for at := range good {
		changed := bytes.Clone(good)
		changed[at] ^= 0x10
		if _, err := DecodeStoredGzip(changed, 100); codeOf(err) != CodeMetadataMalformed {
			t.Errorf("byte %d changed: %v", at, err)
		}
		if _, err := DecodeStoredGzip(good[:at], 100); codeOf(err) != CodeMetadataMalformed {
			t.Errorf("cut at %d: %v", at, err)
		}
	}
	for name, framed := range map[string][]byte{
		"trailing byte":    append(bytes.Clone(good), 0),
		"short block":      replaced(EncodeStoredGzip([]byte("12")), 10, 0, 1, 0, 0xfe, 0xff, '1', 1, 1, 0, 0xfe, 0xff, '2'),
		"empty last block": replaced(EncodeStoredGzip(bytes.Repeat([]byte{1}, 65535)), 10, 0),
	} {
		if _, err := DecodeStoredGzip(framed, 1<<20); codeOf(err) != CodeMetadataMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := DecodeStoredGzip(good, 1); codeOf(err) != CodeMetadataMalformed {
		t.Errorf("limit: %v", err)
	}
}

func replaced(data []byte, at int, bytes ...byte) []byte {
	return append(append(data[:at:at], bytes...), data[min(len(data), at+len(bytes)):]...)
}

func FuzzDecodeStoredGzip(f *testing.F) {
	f.Add(EncodeStoredGzip(nil))
	f.Add(EncodeStoredGzip([]byte("{}")))
	f.Add(EncodeStoredGzip(bytes.Repeat([]byte("x"), 70000)))
	f.Fuzz(func(t *testing.T, framed []byte) {
		plain, err := DecodeStoredGzip(framed, 1<<20)
		if err == nil && !bytes.Equal(EncodeStoredGzip(plain), framed) {
			t.Errorf("another framing of %d bytes is taken", len(plain))
		}
	})
}
