package format

import "encoding/hex"

// Frame is one zstd frame of a slot. Source: spec/operations.md, "Zstd frames".
type Frame struct {
	// Offset counts from the start of the slot.
	Offset uint64
	// Size is the stored size, Plain the bytes of tar in it.
	Size, Plain uint64
	// SHA256 is that of the stored frame.
	SHA256 [32]byte
	// First is the offset in the plain bytes of the first tar header that starts here; nil when none does.
	First *uint64
}

// EncodeFrames gives the list as SlotEntry.Frames takes it.
func EncodeFrames(frames []Frame) (RawJSON, error) {
	list := make(List, len(frames))
	for position, frame := range frames {
		object := Object{
			"first":  nil,
			"offset": int64(frame.Offset),
			"plain":  int64(frame.Plain),
			"sha256": hex.EncodeToString(frame.SHA256[:]),
			"size":   int64(frame.Size),
		}
		if frame.First != nil {
			object["first"] = int64(*frame.First)
		}
		list[position] = object
	}
	return EncodeJSON(list)
}

// DecodeFrames reads the frame list of a slot and checks it against the slot.
//
// Errors: metadata-malformed for a wrong type; frame-invalid when the frames do not cover the slot's stored and plain bytes, or
// break a limit.
func (s *SlotEntry) DecodeFrames() ([]Frame, error) {
	invalid := func(layout string, operands ...any) error {
		return Errorf(CodeFrameInvalid, "slot %q: frame list: "+layout, append([]any{s.ID}, operands...)...)
	}
	parser, err := NewParser(s.Frames, Canonical)
	if err != nil {
		return nil, err
	}
	r := &metadataReader{Parser: parser}
	var frames []Frame
	var stored, plain uint64
	err = r.Array(func() error {
		frame, err := r.frame(s.ID, len(frames))
		if err != nil {
			return err
		}
		number := len(frames)
		switch {
		case number >= LimitFramesPerSlot:
			return invalid("more than %d frames", LimitFramesPerSlot)
		case frame.Offset != stored:
			return invalid("frame %d starts at %d, expected %d", number, frame.Offset, stored)
		case frame.Size == 0 || frame.Size > LimitFrameStoredBytes:
			return invalid("frame %d has %d stored bytes, allowed are 1 to %d", number, frame.Size, LimitFrameStoredBytes)
		case frame.Plain == 0 || frame.Plain > LimitFramePlainBytes || frame.Plain%SizeTarBlock != 0:
			return invalid("frame %d has %d plain bytes, allowed are multiples of %d up to %d", number, frame.Plain, SizeTarBlock, LimitFramePlainBytes)
		case frame.First != nil && (*frame.First >= frame.Plain || *frame.First%SizeTarBlock != 0):
			return invalid("frame %d: first is not a block of it", number)
		}
		stored += frame.Size
		plain += frame.Plain
		frames = append(frames, frame)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if stored != s.Size || plain != s.OriginalSize {
		return nil, invalid("%d stored and %d plain bytes, the slot has %d and %d", stored, plain, s.Size, s.OriginalSize)
	}
	return frames, nil
}

// frame reads one object of a frame list, in which every member must stand.
func (r *metadataReader) frame(slot string, number int) (Frame, error) {
	var frame Frame
	members, isHex := 0, false
	err := r.Object(func(key string) error {
		members++
		switch key {
		case "first":
			if r.Null() {
				return nil
			}
			var first uint64
			frame.First = &first
			return r.natural(&first)
		case "offset":
			return r.natural(&frame.Offset)
		case "plain":
			return r.natural(&frame.Plain)
		case "sha256":
			digits, err := r.String()
			frame.SHA256, isHex = hex64(digits)
			return err
		case "size":
			return r.natural(&frame.Size)
		}
		members--
		return r.Skip()
	})
	if err == nil && (members != 5 || !isHex) {
		err = Errorf(CodeMetadataMalformed, "metadata: slot %q: frame %d: a member is missing or has a wrong value", slot, number)
	}
	return frame, err
}
