package reader

import (
	"errors"

	"flavorpack/internal/format"
)

const longestWheelPadding = 15

var errNotWheel = errors.New("it is no zip whose comment is the trailer")

// PlainWheel gives the wheel slot back as the plain zip that the builder was given: offsets count from the zip's own start, no
// padding, no comment.
//
// Errors: archive-malformed.
//
// Source: spec/pspf-2025.md, "The wheel slot".
func PlainWheel(blob []byte, slotOffset uint64) ([]byte, error) {
	zip, err := plainWheel(blob, slotOffset)
	if err != nil {
		return nil, undecodable("wheel slot: %w", err)
	}
	return zip, nil
}

func plainWheel(blob []byte, slotOffset uint64) ([]byte, error) {
	if len(blob) < format.ZipEndBytes {
		return nil, errNotWheel
	}
	endAt := uint64(len(blob) - format.ZipEndBytes)
	record := blob[endAt:]
	end, ok := format.DecodeZipEnd(record)
	centralAt := uint64(end.CentralOffset) - slotOffset
	if !ok || end.CommentSize != format.SizeTrailer || centralAt > endAt || centralAt+uint64(end.CentralSize) != endAt {
		return nil, errNotWheel
	}
	central, err := format.ShiftZipCentral(blob[centralAt:endAt], -int64(slotOffset))
	if err != nil {
		return nil, err
	}
	entriesEnd, err := wheelEntriesEnd(blob, central)
	if err != nil {
		return nil, err
	}
	if entriesEnd > centralAt || centralAt-entriesEnd > longestWheelPadding || !format.IsZero(blob[entriesEnd:centralAt]) {
		return nil, errNotWheel
	}
	zip := make([]byte, 0, len(blob))
	zip = append(zip, blob[:entriesEnd]...)
	zip = append(zip, central...)
	return append(zip, format.WithZipEnd(record, uint32(entriesEnd), 0)...), nil
}

// wheelEntriesEnd is where the entry that lies last ends. Nothing but its own size tells: it may end in zeros itself.
func wheelEntriesEnd(blob, central []byte) (uint64, error) {
	entries, err := format.ZipEntries(central)
	if err != nil {
		return 0, err
	}
	var latest uint64
	for _, entry := range entries {
		header := uint64(entry.LocalOffset)
		if header+format.ZipLocalBytes > uint64(len(blob)) {
			return 0, errNotWheel
		}
		latest = max(latest, header+format.ZipLocalSize(blob[header:])+uint64(entry.CompressedSize))
	}
	return latest, nil
}
