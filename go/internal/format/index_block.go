package format

import (
	"bytes"
	"encoding/binary"
	"hash/adler32"
)

// IndexBlock holds the fields of the index block (8192 bytes, little-endian) that are used for something. What must be zero or
// fixed is checked by IndexFieldsFault.
//
// Source: spec/pspf-2025.md, "Index block". Offsets are generated from spec/tables.json.
type IndexBlock struct {
	FormatVersion     uint32
	IndexChecksum     uint32
	PackageSize       uint64
	LauncherSize      uint64
	MetadataOffset    uint64
	MetadataSize      uint64
	SlotTableOffset   uint64
	SlotTableSize     uint64
	SlotCount         uint32
	Flags             uint32
	PublicKey         [32]byte
	MetadataChecksum  [32]byte
	MetadataSignature [64]byte
	Seal              [64]byte
	PageSize          uint32
	// BuildTimestamp is in seconds since 1970, or 0.
	BuildTimestamp  uint64
	Capabilities    uint64
	Compatibility   uint32
	ProtocolVersion uint32
}

type zeroField struct {
	name         string
	offset, size int
}

// Cosigner is one record of the co-signer area.
type Cosigner struct {
	PublicKey [32]byte
	Signature [64]byte
}

// DecodeIndexBlock reads the fields, in file order. Any bytes have a reading; checks come after.
func DecodeIndexBlock(block *[SizeIndexBlock]byte) IndexBlock {
	read32 := func(at int) uint32 { return binary.LittleEndian.Uint32(block[at:]) }
	read64 := func(at int) uint64 { return binary.LittleEndian.Uint64(block[at:]) }
	return IndexBlock{
		FormatVersion:     read32(indexFormatVersionAt),
		IndexChecksum:     read32(indexIndexChecksumAt),
		PackageSize:       read64(indexPackageSizeAt),
		LauncherSize:      read64(indexLauncherSizeAt),
		MetadataOffset:    read64(indexMetadataOffsetAt),
		MetadataSize:      read64(indexMetadataSizeAt),
		SlotTableOffset:   read64(indexSlotTableOffsetAt),
		SlotTableSize:     read64(indexSlotTableSizeAt),
		SlotCount:         read32(indexSlotCountAt),
		Flags:             read32(indexFlagsAt),
		PublicKey:         [32]byte(block[indexPublicKeyAt:]),
		MetadataChecksum:  [32]byte(block[indexMetadataChecksumAt:]),
		MetadataSignature: [64]byte(block[indexMetadataSignatureAt:]),
		Seal:              [64]byte(block[indexSealAt:]),
		PageSize:          read32(indexPageSizeAt),
		BuildTimestamp:    read64(indexBuildTimestampAt),
		Capabilities:      read64(indexCapabilitiesAt),
		Compatibility:     read32(indexCompatibilityAt),
		ProtocolVersion:   read32(indexProtocolVersionAt),
	}
}

// Encode writes the block as builders do: what is fixed holds its value, and the checksum is computed, whatever the fields
// FormatVersion, IndexChecksum, PageSize, Compatibility and ProtocolVersion say.
func (index *IndexBlock) Encode() [SizeIndexBlock]byte {
	var block [SizeIndexBlock]byte
	put32 := func(at int, value uint32) { binary.LittleEndian.PutUint32(block[at:], value) }
	put64 := func(at int, value uint64) { binary.LittleEndian.PutUint64(block[at:], value) }
	put32(indexFormatVersionAt, IndexFormatVersionValue)
	put64(indexPackageSizeAt, index.PackageSize)
	put64(indexLauncherSizeAt, index.LauncherSize)
	put64(indexMetadataOffsetAt, index.MetadataOffset)
	put64(indexMetadataSizeAt, index.MetadataSize)
	put64(indexSlotTableOffsetAt, index.SlotTableOffset)
	put64(indexSlotTableSizeAt, index.SlotTableSize)
	put32(indexSlotCountAt, index.SlotCount)
	put32(indexFlagsAt, index.Flags)
	copy(block[indexPublicKeyAt:], index.PublicKey[:])
	copy(block[indexMetadataChecksumAt:], index.MetadataChecksum[:])
	copy(block[indexMetadataSignatureAt:], index.MetadataSignature[:])
	copy(block[indexSealAt:], index.Seal[:])
	put32(indexPageSizeAt, SizePage)
	put64(indexBuildTimestampAt, index.BuildTimestamp)
	put64(indexCapabilitiesAt, index.Capabilities)
	put32(indexCompatibilityAt, IndexFormatVersionValue)
	put32(indexProtocolVersionAt, IndexProtocolVersionValue)
	copy(block[indexBoxMarkerAt:], MagicBox)
	put32(indexIndexChecksumAt, IndexChecksum(&block))
	return block
}

// HasSignature tells whether any signature field is filled. (A package that carries a key but no signature is not unsigned: it
// is broken.)
func (index *IndexBlock) HasSignature() bool {
	return index.PublicKey != [32]byte{} || index.MetadataSignature != [64]byte{} || index.Seal != [64]byte{}
}

// IndexChecksum is Adler-32 of the block with the checksum field taken as zero.
func IndexChecksum(block *[SizeIndexBlock]byte) uint32 {
	zeroed := *block
	clear(zeroed[indexIndexChecksumAt : indexIndexChecksumAt+indexIndexChecksumSize])
	return adler32.Checksum(zeroed[:])
}

// IndexFieldsFault is the first field that must be zero or fixed and is not, for a package that announces the seal; nil for none.
//
// Errors: index-field-invalid; version-unsupported for compatibility and protocol_version.
func IndexFieldsFault(block *[SizeIndexBlock]byte) *Error {
	index := DecodeIndexBlock(block)
	if index.Compatibility != IndexFormatVersionValue || index.ProtocolVersion != IndexProtocolVersionValue {
		return Errorf(CodeVersionUnsupported, "index fields compatibility and protocol_version are 0x%08x and %d, expected 0x%08x and %d",
			index.Compatibility, index.ProtocolVersion, IndexFormatVersionValue, IndexProtocolVersionValue)
	}
	if index.Flags&^FlagsWritten != 0 {
		return Errorf(CodeIndexFieldInvalid, "index field flags is %#x, known bits are %#x", index.Flags, FlagsWritten)
	}
	if index.Capabilities&^CapabilitiesWritten != 0 {
		return Errorf(CodeIndexFieldInvalid, "index field capabilities is %#x, known bits are %#x", index.Capabilities, CapabilitiesWritten)
	}
	if index.PageSize != SizePage {
		return Errorf(CodeIndexFieldInvalid, "index field page_size is %d, expected %d", index.PageSize, SizePage)
	}
	for _, field := range indexZeroFields {
		if !IsZero(block[field.offset : field.offset+field.size]) {
			return Errorf(CodeIndexFieldInvalid, "index field %s is not zero", field.name)
		}
	}
	if string(block[indexBoxMarkerAt:]) != MagicBox {
		return Errorf(CodeIndexFieldInvalid, "index field box_marker does not hold the box marker")
	}
	if _, err := Cosigners(block); err != nil {
		return AsError(err)
	}
	return nil
}

// CosignerArea is the part of the block that holds the co-signers' records.
func CosignerArea(block *[SizeIndexBlock]byte) []byte {
	return block[indexCosignersAt : indexCosignersAt+indexCosignersSize]
}

// Cosigners are the co-signers, in order.
//
// Errors: index-field-invalid when a record follows an empty one or the rest of the area is not zero.
func Cosigners(block *[SizeIndexBlock]byte) ([]Cosigner, error) {
	area := CosignerArea(block)
	used := (len(bytes.TrimRight(area, "\x00")) + SizeCosigner - 1) / SizeCosigner
	if used > LimitCosigners {
		return nil, Errorf(CodeIndexFieldInvalid, "index field cosigners: bytes after the fifth record are not zero")
	}
	records := make([]Cosigner, 0, used)
	for position := range used {
		record := area[position*SizeCosigner : (position+1)*SizeCosigner]
		if IsZero(record) {
			return nil, Errorf(CodeIndexFieldInvalid, "index field cosigners: record %d is empty but a later one is not", position)
		}
		records = append(records, Cosigner{PublicKey: [32]byte(record), Signature: [64]byte(record[32:])})
	}
	return records, nil
}

// IsZero tells whether every byte is zero.
func IsZero(data []byte) bool {
	for _, each := range data {
		if each != 0 {
			return false
		}
	}
	return true
}
