package format

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The tar of this format, as builders write it: one encoding, the same from every language. What readers accept is in
// tar_decoder.go.
//
// Source: spec/operations.md, "Canonical tar"; POSIX.1-2001 pax.

// TarKind is what an entry is.
type TarKind int

// The kinds of entries that there are.
const (
	TarFile TarKind = iota
	TarDirectory
	TarLink
)

// TarEntry is a file, directory or symbolic link of an archive.
type TarEntry struct {
	// Path is below the root, components joined by `/`, without a trailing slash. Empty for the root, which is only read.
	Path string
	Kind TarKind
	// Size is bytes of file data; 0 unless a file.
	Size uint64
	// Executable is the owner's bit of a file.
	Executable bool
	// LinkTarget is that of a link; empty otherwise.
	LinkTarget   string
	MtimeSeconds int64
}

const (
	// DefaultMtimeSeconds is 1980-01-01, the mtime of everything when SOURCE_DATE_EPOCH is not set.
	DefaultMtimeSeconds = 315532800
	// TarEndBytes is the size of the two zero blocks that end an archive.
	TarEndBytes = 2 * SizeTarBlock

	largestOctalSize = 1 << 33
	posixTarMagic    = "ustar\x0000"
	gnuTarMagic      = "ustar  \x00"
)

// Where the fields of a header block lie: from, to.
var (
	tarName     = [2]int{0, 100}
	tarMode     = [2]int{100, 108}
	tarUID      = [2]int{108, 116}
	tarGID      = [2]int{116, 124}
	tarSize     = [2]int{124, 136}
	tarMtime    = [2]int{136, 148}
	tarChecksum = [2]int{148, 156}
	tarLinkName = [2]int{157, 257}
	tarMagic    = [2]int{257, 265}
	tarDevMajor = [2]int{329, 337}
	tarDevMinor = [2]int{337, 345}
	tarPrefix   = [2]int{345, 500}
)

const tarTypeAt = 156

// TarPadding is the number of zero bytes that fill `size` up to a whole block.
func TarPadding(size uint64) int {
	return int(-size % SizeTarBlock)
}

// EncodeTarHeader writes the header blocks of one entry: the ustar header, after a pax header when it is needed.
//
// `paxNumber` counts the archive's pax headers from 1; `hasPax` tells whether it was used up.
func EncodeTarHeader(entry *TarEntry, paxNumber int) (blocks []byte, hasPax bool) {
	name := entry.Path
	if entry.Kind == TarDirectory {
		name += "/"
	}
	var records []byte
	if !fitsTarField(name) {
		records = append(records, paxRecord("path", name)...)
	}
	if !fitsTarField(entry.LinkTarget) {
		records = append(records, paxRecord("linkpath", entry.LinkTarget)...)
	}
	size := entry.Size
	if size >= largestOctalSize {
		records = append(records, paxRecord("size", strconv.FormatUint(size, 10))...)
		size = 0
	}
	mode := uint64(0o755)
	if entry.Kind == TarFile && !entry.Executable {
		mode = 0o644
	}
	if len(records) > 0 {
		blocks = encodeUstar(fmt.Sprintf("pax/%d", paxNumber), "", 0o644, uint64(len(records)), entry.MtimeSeconds, 'x')
		blocks = append(blocks, records...)
		blocks = append(blocks, make([]byte, TarPadding(uint64(len(records))))...)
	}
	return append(blocks, encodeUstar(name, entry.LinkTarget, mode, size, entry.MtimeSeconds, entry.Kind.typeFlag())...), len(records) > 0
}

func (k TarKind) typeFlag() byte {
	switch k {
	case TarDirectory:
		return '5'
	case TarLink:
		return '2'
	default:
		return '0'
	}
}

func fitsTarField(text string) bool {
	return len(text) <= 100 && !strings.ContainsFunc(text, isUnprintable)
}

func isUnprintable(char rune) bool {
	return char < 0x20 || char > 0x7e
}

// tarFieldText is the text, or its first 100 bytes cut at a character, with `_` for each byte that is not printable ASCII.
func tarFieldText(text string) []byte {
	end := min(100, len(text))
	for end < len(text) && !utf8.RuneStart(text[end]) {
		end--
	}
	field := []byte(text[:end])
	for at, char := range field {
		if isUnprintable(rune(char)) {
			field[at] = '_'
		}
	}
	return field
}

// paxRecord is `length key=value`, where the length counts itself.
func paxRecord(key, value string) string {
	rest := " " + key + "=" + value + "\n"
	length := len(rest) + 1
	for len(strconv.Itoa(length))+len(rest) != length {
		length = len(strconv.Itoa(length)) + len(rest)
	}
	return strconv.Itoa(length) + rest
}

func encodeUstar(name, link string, mode, size uint64, mtimeSeconds int64, kind byte) []byte {
	block := make([]byte, SizeTarBlock)
	octal := func(field [2]int, value uint64) {
		copy(block[field[0]:], fmt.Sprintf("%0*o", field[1]-field[0]-1, value))
	}
	copy(block, tarFieldText(name))
	octal(tarMode, mode)
	octal(tarUID, 0)
	octal(tarGID, 0)
	octal(tarSize, size)
	octal(tarMtime, uint64(mtimeSeconds))
	block[tarTypeAt] = kind
	copy(block[tarLinkName[0]:], tarFieldText(link))
	copy(block[tarMagic[0]:], posixTarMagic)
	octal(tarDevMajor, 0)
	octal(tarDevMinor, 0)
	copy(block[tarChecksum[0]:], fmt.Sprintf("%06o\x00 ", tarChecksumOf(block)))
	return block
}

// tarChecksumOf is the sum of all bytes, those of the checksum field taken as spaces.
func tarChecksumOf(block []byte) uint64 {
	var sum uint64
	for at, char := range block {
		if tarChecksum[0] <= at && at < tarChecksum[1] {
			char = ' '
		}
		sum += uint64(char)
	}
	return sum
}
