package reader

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"testing"

	"flavorpack/internal/format"
)

// plainZip is a zip of stored and compressed entries, the last of which ends in zeros.
func plainZip() []byte {
	var out bytes.Buffer
	writer := zip.NewWriter(&out)
	must(must(writer.Create("a.py")).Write([]byte("print(1)")))
	must(must(writer.CreateRaw(&zip.FileHeader{Name: "b.py", CompressedSize64: 4, UncompressedSize64: 4})).Write([]byte("b\x00\x00\x00")))
	if err := writer.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// asSlot is what a builder makes of it.
func asSlot(plain []byte, offset uint64, padding int, comment uint16) []byte {
	record := plain[len(plain)-format.ZipEndBytes:]
	end, _ := format.DecodeZipEnd(record)
	central := must(format.ShiftZipCentral(plain[end.CentralOffset:len(plain)-format.ZipEndBytes], int64(offset)))
	slot := append(bytes.Clone(plain[:end.CentralOffset]), make([]byte, padding)...)
	slot = append(slot, central...)
	return append(slot, format.WithZipEnd(record, end.CentralOffset+uint32(offset)+uint32(padding), comment)...)
}

func TestAWheelIsGivenBackAsItWas(t *testing.T) {
	plain := plainZip()
	for _, offset := range []uint64{0, 1000000} {
		for _, padding := range []int{0, 1, 15} {
			found, err := PlainWheel(asSlot(plain, offset, padding, format.SizeTrailer), offset)
			if err != nil || !bytes.Equal(found, plain) {
				t.Errorf("offset %d, padding %d: %v", offset, padding, err)
			}
		}
	}
}

func TestOtherZipsAreNoWheels(t *testing.T) {
	plain := plainZip()
	good := asSlot(plain, 8, 3, format.SizeTrailer)
	for name, slot := range map[string][]byte{
		"padding": asSlot(plain, 8, 16, format.SizeTrailer), "comment": asSlot(plain, 8, 0, format.SizeTrailer-1), "plain": plain,
	} {
		if _, err := PlainWheel(slot, 8); codeOf(err) != format.CodeArchiveMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := PlainWheel(good, 9); codeOf(err) != format.CodeArchiveMalformed {
		t.Errorf("offset: %v", err)
	}
	for length := range good {
		if _, err := PlainWheel(good[:length], 8); codeOf(err) != format.CodeArchiveMalformed {
			t.Errorf("cut at %d: %v", length, err)
		}
	}
	end := len(good) - format.ZipEndBytes
	binary.LittleEndian.PutUint16(good[end+10:], 0xffff)
	if _, err := PlainWheel(good, 8); codeOf(err) != format.CodeArchiveMalformed {
		t.Errorf("zip64: %v", err)
	}
}
