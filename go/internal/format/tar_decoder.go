package format

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// longestTarExtension is enough for a path and a link of the longest allowed size, several times over.
const longestTarExtension = 64 * 1024

// TarHeaderKind is what one header block is.
type TarHeaderKind int

const (
	// TarHeaderEntry: Size bytes of file data follow, padded with zeros to a block.
	TarHeaderEntry TarHeaderKind = iota
	// TarHeaderExtension: data that belongs to the next entry's header follows. Read it (padded) and give it to Extend.
	TarHeaderExtension
	// TarHeaderEnd: a zero block. Only zero blocks may follow, and at least one must.
	TarHeaderEnd
)

// TarHeader is what Header read.
type TarHeader struct {
	Kind      TarHeaderKind
	Entry     TarEntry
	Extension TarExtension
}

// TarExtension announces data that says more about the next entry.
type TarExtension struct {
	typeFlag byte
	// Size is bytes of data, without padding.
	Size int
}

// TarDecoder reads header blocks, and remembers what extensions said about the entry to come. It does no I/O, so that a frame in
// memory and a stream go through the same rules: a caller feeds it each 512-byte block that is not file data. Its zero value is
// ready.
//
// Source: spec/operations.md, "Canonical tar" (what readers accept) and "Entry rules".
type TarDecoder struct {
	path, link *string
	size       *uint64
	isExtended bool
}

func tarMalformed(layout string, operands ...any) error {
	return Errorf(CodeArchiveMalformed, "tar: "+layout, operands...)
}

func tarRefused(path, what string) error {
	return Errorf(CodeEntryRefused, "tar entry %q: %s", path, what)
}

// IsExtended tells whether an extension waits for its entry.
func (d *TarDecoder) IsExtended() bool {
	return d.isExtended
}

// Header reads one header block. Targets of links are for CheckLinkTarget.
//
// Errors: archive-malformed, entry-refused, path-unsafe, link-unsafe for a target that is not UTF-8.
func (d *TarDecoder) Header(block *[SizeTarBlock]byte) (TarHeader, error) {
	if IsZero(block[:]) {
		if d.isExtended {
			return TarHeader{}, tarMalformed("an extended header has no entry")
		}
		return TarHeader{Kind: TarHeaderEnd}, nil
	}
	stored, err := tarNumber(block, tarChecksum, "checksum")
	if err != nil {
		return TarHeader{}, err
	}
	if found := tarChecksumOf(block[:]); stored != found {
		return TarHeader{}, tarMalformed("a header's checksum is %o, found %o", stored, found)
	}
	magic := string(block[tarMagic[0]:tarMagic[1]])
	if magic != posixTarMagic && magic != gnuTarMagic {
		return TarHeader{}, tarMalformed("magic and version are %q, expected ustar", magic)
	}
	size, err := tarNumber(block, tarSize, "size")
	if err != nil {
		return TarHeader{}, err
	}
	switch typeFlag := block[tarTypeAt]; typeFlag {
	case 'x', 'L', 'K':
		if size == 0 || size > longestTarExtension {
			return TarHeader{}, tarMalformed("an extended header of %d bytes", size)
		}
		d.isExtended = true
		return TarHeader{Kind: TarHeaderExtension, Extension: TarExtension{typeFlag: typeFlag, Size: int(size)}}, nil
	}
	entry, err := d.entry(block, magic, size)
	return TarHeader{Kind: TarHeaderEntry, Entry: entry}, err
}

func (d *TarDecoder) entry(block *[SizeTarBlock]byte, magic string, size uint64) (TarEntry, error) {
	name, link := tarText(block, tarName), tarText(block, tarLinkName)
	if prefix := tarText(block, tarPrefix); magic == posixTarMagic && prefix != "" {
		name = prefix + "/" + name
	}
	if d.path != nil {
		name = *d.path
	}
	if d.link != nil {
		link = *d.link
	}
	if d.size != nil {
		size = *d.size
	}
	*d = TarDecoder{}

	mode, err := tarNumber(block, tarMode, "mode")
	if err != nil {
		return TarEntry{}, err
	}
	if mode&0o7000 != 0 {
		return TarEntry{}, tarRefused(name, "setuid, setgid or sticky bits are not allowed")
	}
	mtime, err := tarNumber(block, tarMtime, "mtime")
	if err != nil {
		return TarEntry{}, err
	}
	entry := TarEntry{Size: size, MtimeSeconds: int64(mtime)}
	switch typeFlag := block[tarTypeAt]; typeFlag {
	case '0', 0:
		entry.Kind, entry.Executable = TarFile, mode&0o100 != 0
	case '5':
		entry.Kind = TarDirectory
	case '2':
		entry.Kind, entry.LinkTarget = TarLink, link
		if !utf8.ValidString(link) {
			return TarEntry{}, Errorf(CodeLinkUnsafe, "link %q: its target is not UTF-8", name)
		}
	default:
		return TarEntry{}, tarRefused(name, refusedTarType(typeFlag))
	}
	if entry.Kind != TarFile && size != 0 {
		return TarEntry{}, tarMalformed("entry %q is no file but has %d bytes", name, size)
	}
	entry.Path, err = CheckEntryPath(name, entry.Kind == TarDirectory)
	return entry, err
}

func refusedTarType(typeFlag byte) string {
	switch typeFlag {
	case '1':
		return "hard links are not allowed"
	case '3', '4':
		return "devices are not allowed"
	case '6':
		return "FIFOs are not allowed"
	case 'g':
		return "global pax headers are not allowed"
	default:
		return "entries of type " + strconv.QuoteRune(rune(typeFlag)) + " are not allowed"
	}
}

// Extend takes the data of an extension, without its padding.
//
// Errors: archive-malformed.
func (d *TarDecoder) Extend(extension TarExtension, data []byte) error {
	switch extension.typeFlag {
	case 'L':
		return extendOnce(&d.path, untilNUL(data), "name")
	case 'K':
		return extendOnce(&d.link, untilNUL(data), "name")
	}
	for len(data) > 0 {
		key, value, rest, ok := cutPaxRecord(data)
		if !ok {
			return tarMalformed("a pax record is not \"length key=value\"")
		}
		if err := d.extendByRecord(key, value); err != nil {
			return err
		}
		data = rest
	}
	return nil
}

func (d *TarDecoder) extendByRecord(key, value string) error {
	switch key {
	case "path":
		return extendOnce(&d.path, value, "name")
	case "linkpath":
		return extendOnce(&d.link, value, "name")
	case "size":
		size, ok := decimal(value)
		if !ok {
			return tarMalformed("a pax size is not a number")
		}
		return extendOnce(&d.size, size, "size")
	case "mtime", "atime", "ctime", "uid", "gid", "uname", "gname", "LIBARCHIVE.creationtime":
		// Time and owner, which readers ignore. Any other record would change what the entry means.
		return nil
	}
	return tarMalformed("pax records of key %q are not allowed", key)
}

func extendOnce[T any](place **T, value T, what string) error {
	if *place != nil {
		return tarMalformed("a %s is extended twice", what)
	}
	*place = &value
	return nil
}

func cutPaxRecord(data []byte) (key, value string, rest []byte, ok bool) {
	digits, _, found := strings.Cut(string(data[:min(20, len(data))]), " ")
	length, isNumber := decimal(digits)
	if !found || !isNumber || length > uint64(len(data)) || length <= uint64(len(digits)+1) {
		return "", "", nil, false
	}
	record, hasEnd := bytes.CutSuffix(data[len(digits)+1:length], []byte("\n"))
	key, value, hasEquals := strings.Cut(string(record), "=")
	return key, value, data[length:], hasEnd && hasEquals
}

// decimal reads digits alone, without leading zeros, of a number below 2^53.
func decimal(digits string) (uint64, bool) {
	isNoDigit := func(char rune) bool { return char < '0' || char > '9' }
	value, err := strconv.ParseUint(digits, 10, 53)
	isPadded := len(digits) > 1 && digits[0] == '0'
	return value, err == nil && !isPadded && !strings.ContainsFunc(digits, isNoDigit)
}

func untilNUL(field []byte) string {
	text, _, _ := bytes.Cut(field, []byte{0})
	return string(text)
}

func tarText(block *[SizeTarBlock]byte, field [2]int) string {
	return untilNUL(block[field[0]:field[1]])
}

// tarNumber reads octal digits, with spaces before and NULs or spaces after. Base-256 numbers begin with a high bit and are
// refused.
func tarNumber(block *[SizeTarBlock]byte, field [2]int, name string) (uint64, error) {
	digits := strings.TrimRight(strings.TrimLeft(string(block[field[0]:field[1]]), " "), " \x00")
	if digits == "" {
		return 0, nil
	}
	// Twelve octal digits are 36 bits.
	value, err := strconv.ParseUint(digits, 8, 36)
	if err != nil {
		return 0, tarMalformed("field %s is not an octal number", name)
	}
	return value, nil
}
