package format

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// Values of the metadata document, each read into its place. What earlier builders spelled in several ways is taken from them alone.

func (r *metadataReader) permissions(place **uint16) error {
	var written string
	if err := r.text(&written); err != nil {
		return err
	}
	digits := written
	if r.rules == Lenient {
		digits = trimOctalPrefix(written)
	}
	mode, err := strconv.ParseUint(digits, 8, 12)
	if err != nil || r.rules == Canonical && len(digits) != 4 {
		return r.Refuse("permissions %q are not four octal digits", written)
	}
	permissions := uint16(mode)
	*place = &permissions
	return nil
}

// trimOctalPrefix drops what earlier builders put before octal digits, doubled at times.
func trimOctalPrefix(digits string) string {
	for strings.HasPrefix(digits, "0o") {
		digits = digits[2:]
	}
	return digits
}

// mode reads octal text, or (earlier builders) the number itself.
func (r *metadataReader) mode(place *uint32) error {
	if !r.NextIs('"') {
		number, err := r.Natural()
		if err == nil && number > 0o7777 {
			err = r.Refuse("%d is not a mode", number)
		}
		*place = uint32(number)
		return err
	}
	var written string
	if err := r.text(&written); err != nil {
		return err
	}
	mode, err := strconv.ParseUint(strings.TrimPrefix(trimOctalPrefix(written), "+"), 8, 12)
	if err != nil {
		return r.Refuse("%q is not a mode in octal digits", written)
	}
	*place = uint32(mode)
	return nil
}

// checksum reads `sha256:` and 64 hex digits. Earlier builders doubled the prefix or left the value empty.
func (r *metadataReader) checksum(place **[32]byte) error {
	var written string
	if err := r.text(&written); err != nil {
		return err
	}
	digits, hasPrefix := strings.CutPrefix(written, "sha256:")
	if r.rules == Lenient {
		hasPrefix = true
		for strings.HasPrefix(digits, "sha256:") {
			digits = digits[len("sha256:"):]
		}
	}
	if digest, ok := hex64(digits); ok && hasPrefix {
		*place = &digest
		return nil
	}
	if r.rules == Lenient {
		return nil
	}
	return r.Refuse("checksum %q is not sha256: and 64 hex digits in lower case", written)
}

func hex64(digits string) (digest [32]byte, ok bool) {
	if len(digits) != 64 || digits != lowerASCII(digits) {
		return digest, false
	}
	_, err := hex.Decode(digest[:], []byte(digits))
	return digest, err == nil
}

func (r *metadataReader) text(place *string) (err error) {
	*place, err = r.String()
	return err
}

func (r *metadataReader) optionalText(place **string) error {
	value, err := r.String()
	*place = &value
	return err
}

func (r *metadataReader) natural(place *uint64) (err error) {
	*place, err = r.Natural()
	return err
}

func (r *metadataReader) boolean(place *bool) (err error) {
	*place, err = r.Boolean()
	return err
}

func (r *metadataReader) oneOf(place *string, values ...string) error {
	err := r.text(place)
	if err == nil && !slices.Contains(values, *place) {
		return r.Refuse("%q is not one of %q", *place, values)
	}
	return err
}

// texts reads a list; an empty one is not nil.
func (r *metadataReader) texts(place *[]string) error {
	*place = []string{}
	return r.Array(func() error {
		value, err := r.String()
		*place = append(*place, value)
		return err
	})
}

func (r *metadataReader) argv(place *[]string) error {
	err := r.texts(place)
	if err == nil && len(*place) == 0 {
		return r.Refuse("argv is empty")
	}
	return err
}

// pairs reads an object of texts; an empty one is not nil.
func (r *metadataReader) pairs(place *Map) error {
	*place = Map{}
	return r.Object(func(key string) error {
		value, err := r.String()
		*place = append(*place, Pair{Name: key, Value: value})
		return err
	})
}
