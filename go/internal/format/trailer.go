package format

import "strings"

// The trailer: the last 8200 bytes of a package. Box marker, index block, wand marker.
//
// Source: spec/pspf-2025.md, "Regions".

// EncodeTrailer puts the markers around an index block.
func EncodeTrailer(block *[SizeIndexBlock]byte) []byte {
	trailer := make([]byte, 0, SizeTrailer)
	trailer = append(trailer, MagicBox...)
	trailer = append(trailer, block[:]...)
	return append(trailer, MagicWand...)
}

// IndexBlockOfTrailer gives the index block (copy B) between the markers.
//
// Errors: not-a-package when a marker is missing.
func IndexBlockOfTrailer(trailer *[SizeTrailer]byte) (*[SizeIndexBlock]byte, error) {
	if !strings.HasPrefix(string(trailer[:]), MagicBox) || !strings.HasSuffix(string(trailer[:]), MagicWand) {
		return nil, Errorf(CodeNotAPackage, "the file does not end in a PSPF trailer: its markers are missing").
			WithHint("the file is not a package, or was cut short or appended to; fetch it again")
	}
	return (*[SizeIndexBlock]byte)(trailer[len(MagicBox):]), nil
}
