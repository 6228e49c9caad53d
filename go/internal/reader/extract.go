package reader

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"

	"flavorpack/internal/format"
)

// Chain gives the operations of a slot.
//
// Errors: operation-unknown, operation-unsupported, slot-field-invalid, naming the slot.
func (p *Package) Chain(position int) (format.Chain, error) {
	unpack := format.UnpackChainSkippingZeros
	if p.IsSealed() {
		unpack = format.UnpackChain
	}
	chain, err := unpack(p.Slots[position].Operations)
	if err != nil {
		return nil, format.AsError(err).Prefixed(p.slotName(position))
	}
	return chain, nil
}

// SlotStream is the content of a slot as one stream, every operation but TAR undone.
//
// Read it to the end, then call Finish: only that says whether the bytes were the signed ones.
type SlotStream struct {
	*Stream
	stored   *storedReader
	position int
}

// OpenSlot begins to read a slot.
//
// Errors: those of Chain and of NewStream.
func (p *Package) OpenSlot(position int) (*SlotStream, error) {
	chain, err := p.Chain(position)
	if err != nil {
		return nil, err
	}
	slot := &p.Slots[position]
	// Earlier builders did not agree on what original_size is.
	plain := AnySize
	if p.IsSealed() {
		plain = slot.OriginalSize
	}
	stored := &storedReader{pkg: p, at: slot.Offset, end: slot.Offset + slot.Size, hasher: sha256.New()}
	stream, err := NewStream(stored, chain, plain)
	if err != nil {
		return nil, format.AsError(err).Prefixed(p.slotName(position))
	}
	return &SlotStream{Stream: stream, stored: stored, position: position}, nil
}

// slotName tells people which slot an error is about.
func (p *Package) slotName(position int) string {
	return fmt.Sprintf("slot %d (%q)", position, p.Metadata.Slots[position].ID)
}

// Read gives content.
func (s *SlotStream) Read(buffer []byte) (int, error) {
	count, err := s.Stream.Read(buffer)
	if err != nil && err != io.EOF {
		err = format.AsError(err).Prefixed(s.stored.pkg.slotName(s.position))
	}
	return count, err
}

// Finish tells whether the digest of what was read is the signed one.
//
// Errors: archive-malformed when bytes follow the content, or it is not as long as announced.
func (s *SlotStream) Finish() (digestFits bool, err error) {
	if err := s.Stream.Finish(); err != nil {
		return false, format.AsError(err).Prefixed(s.stored.pkg.slotName(s.position))
	}
	if s.stored.at < s.stored.end {
		return false, undecodable("%s: stored bytes follow the content", s.stored.pkg.slotName(s.position))
	}
	return s.stored.pkg.isSlotDigest(s.position, [sha256.Size]byte(s.stored.hasher.Sum(nil))), nil
}

// storedReader reads a slot as it lies in the file. What is hashed is what is decoded.
type storedReader struct {
	pkg     *Package
	at, end uint64
	hasher  hash.Hash
}

func (r *storedReader) Read(buffer []byte) (int, error) {
	if r.at == r.end {
		return 0, io.EOF
	}
	buffer = buffer[:min(uint64(len(buffer)), r.end-r.at)]
	if err := r.pkg.ReadAt(buffer, r.at); err != nil {
		return 0, err
	}
	r.hasher.Write(buffer)
	r.at += uint64(len(buffer))
	return len(buffer), nil
}
