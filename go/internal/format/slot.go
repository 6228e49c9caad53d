package format

import (
	"crypto/sha256"
	"encoding/binary"
)

// Slot is a slot descriptor: 64 bytes, little-endian; descriptors stand back to back in the slot table. Ranges against the file
// are the reader's job.
//
// Source: spec/pspf-2025.md, "Slot descriptor". Offsets are generated from spec/tables.json.
type Slot struct {
	ID       uint64
	NameHash uint64
	// Offset counts from byte 0 of the package file.
	Offset uint64
	// Size is the stored size.
	Size         uint64
	OriginalSize uint64
	// Operations is the chain, packed; see Chain.
	Operations uint64
	// Checksum is the ShortDigest of the stored blob.
	Checksum  uint64
	Purpose   uint8
	Lifecycle uint8
	Priority  uint8
	Platform  uint8
	// Reserved must be zero.
	Reserved uint16
	// Permissions is a Unix mode such as 0o644; 0 for archives.
	Permissions uint16
}

// DecodeSlot reads one descriptor, in file order. Any bytes have a reading; checks come after.
func DecodeSlot(descriptor *[SizeSlotDescriptor]byte) Slot {
	read64 := func(at int) uint64 { return binary.LittleEndian.Uint64(descriptor[at:]) }
	read16 := func(at int) uint16 { return binary.LittleEndian.Uint16(descriptor[at:]) }
	return Slot{
		ID:           read64(slotIdAt),
		NameHash:     read64(slotNameHashAt),
		Offset:       read64(slotOffsetAt),
		Size:         read64(slotSizeAt),
		OriginalSize: read64(slotOriginalSizeAt),
		Operations:   read64(slotOperationsAt),
		Checksum:     read64(slotChecksumAt),
		Purpose:      descriptor[slotPurposeAt],
		Lifecycle:    descriptor[slotLifecycleAt],
		Priority:     descriptor[slotPriorityAt],
		Platform:     descriptor[slotPlatformAt],
		Reserved:     read16(slotReservedAt),
		Permissions:  read16(slotPermissionsAt),
	}
}

// Encode writes the descriptor.
func (s *Slot) Encode() [SizeSlotDescriptor]byte {
	var descriptor [SizeSlotDescriptor]byte
	put64 := func(at int, value uint64) { binary.LittleEndian.PutUint64(descriptor[at:], value) }
	put16 := func(at int, value uint16) { binary.LittleEndian.PutUint16(descriptor[at:], value) }
	put64(slotIdAt, s.ID)
	put64(slotNameHashAt, s.NameHash)
	put64(slotOffsetAt, s.Offset)
	put64(slotSizeAt, s.Size)
	put64(slotOriginalSizeAt, s.OriginalSize)
	put64(slotOperationsAt, s.Operations)
	put64(slotChecksumAt, s.Checksum)
	descriptor[slotPurposeAt] = s.Purpose
	descriptor[slotLifecycleAt] = s.Lifecycle
	descriptor[slotPriorityAt] = s.Priority
	descriptor[slotPlatformAt] = s.Platform
	put16(slotReservedAt, s.Reserved)
	put16(slotPermissionsAt, s.Permissions)
	return descriptor
}

// SlotID is the id of the slot at a position of the table, from 0.
func SlotID(position int) uint64 {
	return uint64(position) << 8
}

// NameHash is the name_hash of a slot's id.
func NameHash(id string) uint64 {
	return ShortDigest(sha256.Sum256([]byte(id)))
}

// ShortDigest is the first 8 bytes of a SHA-256, as descriptors hold it.
func ShortDigest(digest [sha256.Size]byte) uint64 {
	return binary.LittleEndian.Uint64(digest[:])
}
