package format

import (
	"archive/tar"
	"bytes"
	"io"
	"strings"
	"testing"
)

const long = "directory/with/a/very/long/name/that/goes/on/and/on/until/it/does/not/fit/into/one/hundred/bytes/any/more"

func entries() []TarEntry {
	return []TarEntry{
		{Path: "d", Kind: TarDirectory, MtimeSeconds: DefaultMtimeSeconds},
		{Path: "d/run", Kind: TarFile, Size: 5, Executable: true, MtimeSeconds: DefaultMtimeSeconds},
		{Path: "link", Kind: TarLink, LinkTarget: "d/run", MtimeSeconds: 7},
		{Path: long + "/é", Kind: TarLink, LinkTarget: "../" + long, MtimeSeconds: DefaultMtimeSeconds},
		{Path: "large", Kind: TarFile, Size: 1 << 33, MtimeSeconds: DefaultMtimeSeconds},
	}
}

// decodeEntry feeds the header blocks of one entry to a decoder.
func decodeEntry(blocks []byte) (TarEntry, error) {
	var decoder TarDecoder
	for {
		header, err := decoder.Header((*[SizeTarBlock]byte)(blocks))
		if err != nil || header.Kind != TarHeaderExtension {
			return header.Entry, err
		}
		blocks = blocks[SizeTarBlock:]
		size := header.Extension.Size
		if err := decoder.Extend(header.Extension, blocks[:size]); err != nil {
			return TarEntry{}, err
		}
		blocks = blocks[size+TarPadding(uint64(size)):]
	}
}

func TestTarHeadersAreReadBackAndByTheLibrary(t *testing.T) {
	for _, entry := range entries() {
		blocks, hasPax := EncodeTarHeader(&entry, 3)
		if found, err := decodeEntry(blocks); err != nil || found != entry {
			t.Errorf("%+v is read as %+v, %v", entry, found, err)
		}
		if wanted := len(entry.Path) > 100 || entry.Size >= 1<<33; hasPax != wanted {
			t.Errorf("%q: pax header %v", entry.Path, hasPax)
		}
		header, err := tar.NewReader(io.MultiReader(bytes.NewReader(blocks), bytes.NewReader(make([]byte, TarEndBytes)))).Next()
		if err != nil {
			t.Errorf("%q: the library says %v", entry.Path, err)
			continue
		}
		if strings.TrimSuffix(header.Name, "/") != entry.Path || header.Linkname != entry.LinkTarget || uint64(header.Size) != entry.Size ||
			header.ModTime.Unix() != entry.MtimeSeconds || (header.Mode == 0o755) != (entry.Executable || entry.Kind != TarFile) {
			t.Errorf("%q is read by the library as %+v", entry.Path, header)
		}
	}
}

func TestTheDecoderTakesWhatOtherWritersEmit(t *testing.T) {
	base := TarEntry{Path: "a", Kind: TarFile, Size: 5}
	for name, change := range map[string]func(block []byte){
		"type NUL":  func(block []byte) { block[tarTypeAt] = 0 },
		"GNU magic": func(block []byte) { copy(block[tarMagic[0]:], gnuTarMagic) },
		"owner":     func(block []byte) { copy(block[tarUID[0]:], "0001750\x00") },
		"spaces":    func(block []byte) { copy(block[tarSize[0]:], "          5 ") },
		"dot slash": func(block []byte) { copy(block, "./a") },
	} {
		blocks, _ := EncodeTarHeader(&base, 1)
		change(blocks)
		if found, err := decodeEntry(resealed(blocks)); err != nil || found != base {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
	}
	blocks, _ := EncodeTarHeader(&base, 1)
	copy(blocks[tarPrefix[0]:], "x/y")
	if found, err := decodeEntry(resealed(blocks)); err != nil || found.Path != "x/y/a" {
		t.Errorf("prefix: %+v, %v", found, err)
	}
}

func TestTheDecoderRefusesTheRest(t *testing.T) {
	set := func(at int, text string) func([]byte) { return func(block []byte) { copy(block[at:], text) } }
	tests := map[string]struct {
		change func(block []byte)
		code   ErrorCode
	}{
		"magic":             {set(tarMagic[0], "\x00\x00\x00\x00\x00\x00\x00\x00"), CodeArchiveMalformed},
		"base-256 size":     {set(tarSize[0], "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05"), CodeArchiveMalformed},
		"size":              {set(tarSize[0], "0000000000x"), CodeArchiveMalformed},
		"directory of data": {set(tarTypeAt, "5"), CodeArchiveMalformed},
		"setuid":            {set(tarMode[0], "0004755"), CodeEntryRefused},
		"sticky":            {set(tarMode[0], "0001755"), CodeEntryRefused},
		"absolute":          {set(0, "/a"), CodePathUnsafe},
		"trailing slash":    {set(0, "a/"), CodePathUnsafe},
		"not UTF-8":         {set(0, "\xff"), CodePathUnsafe},
		"root as file":      {set(0, "."), CodePathUnsafe},
	}
	for _, kind := range "13467gSVDMANE" {
		tests["type "+string(kind)] = struct {
			change func(block []byte)
			code   ErrorCode
		}{set(tarTypeAt, string(kind)), CodeEntryRefused}
	}
	for name, test := range tests {
		blocks, _ := EncodeTarHeader(&TarEntry{Path: "a", Size: 5}, 1)
		test.change(blocks)
		if _, err := decodeEntry(resealed(blocks)); codeOf(err) != test.code {
			t.Errorf("%s: %v, expected %s", name, err, test.code)
		}
	}
	blocks, _ := EncodeTarHeader(&TarEntry{Path: "a", Size: 5}, 1)
	blocks[0]++
	if _, err := decodeEntry(blocks); codeOf(err) != CodeArchiveMalformed {
		t.Errorf("checksum: %v", err)
	}
}

func TestExtensions(t *testing.T) {
	for name, test := range map[string]struct {
		typeFlag byte
		data     string
		wanted   TarEntry
		code     ErrorCode
	}{
		"path and size": {'x', paxRecord("path", "b/c") + paxRecord("size", "100000") + paxRecord("mtime", "1.5"), TarEntry{Path: "b/c", Size: 100000}, ""},
		"GNU name":      {'L', "long/name\x00", TarEntry{Path: "long/name", Size: 5}, ""},
		"unsafe path":   {'x', paxRecord("path", "../x"), TarEntry{}, CodePathUnsafe},
		"sparse":        {'x', paxRecord("GNU.sparse.name", "x"), TarEntry{}, CodeArchiveMalformed},
		"comment":       {'x', paxRecord("comment", "x"), TarEntry{}, CodeArchiveMalformed},
		"twice":         {'x', paxRecord("path", "a") + paxRecord("path", "a"), TarEntry{}, CodeArchiveMalformed},
		"no number":     {'x', "x path=a\n", TarEntry{}, CodeArchiveMalformed},
		"too long":      {'x', "99 path=a\n", TarEntry{}, CodeArchiveMalformed},
		"too short":     {'x', "3 path=a\n", TarEntry{}, CodeArchiveMalformed},
		"no end":        {'x', "9 path=aa", TarEntry{}, CodeArchiveMalformed},
		"no equals":     {'x', "7 path\n", TarEntry{}, CodeArchiveMalformed},
		"empty size":    {'x', "8 size=\n", TarEntry{}, CodeArchiveMalformed},
		"signed size":   {'x', paxRecord("size", "+5"), TarEntry{}, CodeArchiveMalformed},
	} {
		extension, _ := EncodeTarHeader(&TarEntry{Path: "x", Size: uint64(len(test.data))}, 1)
		extension[tarTypeAt] = test.typeFlag
		entry, _ := EncodeTarHeader(&TarEntry{Path: "a", Size: 5}, 1)
		blocks := append(resealed(extension), test.data...)
		blocks = append(blocks, make([]byte, TarPadding(uint64(len(test.data))))...)
		if found, err := decodeEntry(append(blocks, entry...)); codeOf(err) != test.code || err == nil && found != test.wanted {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
	}
	var decoder TarDecoder
	extension, _ := EncodeTarHeader(&TarEntry{Path: "x", Size: 9}, 1)
	extension[tarTypeAt] = 'x'
	if _, err := decoder.Header((*[SizeTarBlock]byte)(resealed(extension))); err != nil || !decoder.IsExtended() {
		t.Errorf("%v", err)
	}
	if _, err := decoder.Header(&[SizeTarBlock]byte{}); codeOf(err) != CodeArchiveMalformed {
		t.Errorf("an extension without its entry: %v", err)
	}
}

// resealed makes the first header's checksum right again.
func resealed(blocks []byte) []byte {
	var field [8]byte
	copy(field[:], "        ")
	copy(blocks[tarChecksum[0]:], field[:])
	sum := tarChecksumOf(blocks[:SizeTarBlock])
	for at := 5; at >= 0; at-- {
		blocks[tarChecksum[0]+at] = '0' + byte(sum&7)
		sum >>= 3
	}
	blocks[tarChecksum[0]+6] = 0
	return blocks
}
