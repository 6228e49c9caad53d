package reader

import "flavorpack/internal/format"

// Where regions may lie. A package of this format has no gaps; what earlier implementations wrote only has to stay inside the file.
//
// Source: spec/pspf-2025.md, "Regions" and "What upstream wrote".

// largestOffset is the most that an offset or size may be.
const largestOffset = 1<<53 - 1

// AlignUp rounds up to a multiple of the alignment.
func AlignUp(value, alignment uint64) uint64 {
	return (value + alignment - 1) / alignment * alignment
}

// TrailerOffsetAfter is where the trailer starts when the region before it ends at `end`.
func TrailerOffsetAfter(end uint64) uint64 {
	return AlignUp(end+format.SizeTrailer, format.SizeFileAlignment) - format.SizeTrailer
}

func outOfRange(layout string, operands ...any) error {
	return format.Errorf(format.CodeRegionOutOfRange, layout, operands...)
}

type namedSize struct {
	name  string
	value uint64
}

// sizesBeforeSlots are the offsets and sizes of all regions but the slots.
func sizesBeforeSlots(index *format.IndexBlock) [5]namedSize {
	return [...]namedSize{
		{"launcher_size", index.LauncherSize},
		{"metadata_offset", index.MetadataOffset},
		{"metadata_size", index.MetadataSize},
		{"slot_table_offset", index.SlotTableOffset},
		{"slot_table_size", index.SlotTableSize},
	}
}

// checkSafe refuses offsets and sizes that not every implementation can hold.
func checkSafe(index *format.IndexBlock) error {
	sizes := sizesBeforeSlots(index)
	for _, size := range append(sizes[:], namedSize{"package_size", index.PackageSize}) {
		if size.value > largestOffset {
			return outOfRange("index field %s is %d, above 2^53 - 1", size.name, size.value)
		}
	}
	return nil
}

// checkRegions checks that launcher, metadata and slot table follow each other inside the file.
//
// It returns whether there is room for copy A. Without it, only an earlier implementation can have written the file.
func checkRegions(index *format.IndexBlock, trailer uint64) (hasCopy bool, err error) {
	for _, size := range sizesBeforeSlots(index) {
		if size.value > trailer {
			return false, outOfRange("%s is %d, the trailer starts at %d", size.name, size.value, trailer)
		}
	}
	hasCopy = index.MetadataOffset == index.LauncherSize+format.SizeIndexBlock
	if !hasCopy && index.MetadataOffset != index.LauncherSize {
		return false, outOfRange("metadata_offset is %d, expected %d", index.MetadataOffset, index.LauncherSize+format.SizeIndexBlock)
	}
	if index.SlotCount > format.LimitSlots {
		return false, outOfRange("slot_count is %d, allowed are %d", index.SlotCount, format.LimitSlots)
	}
	metadataEnd := index.MetadataOffset + index.MetadataSize
	tableStart, tableSize := AlignUp(metadataEnd, format.SizeRegionAlignment), uint64(index.SlotCount)*format.SizeSlotDescriptor
	// One of the earlier builders leaves both fields zero when there are no slots.
	noTable := index.SlotCount == 0 && index.SlotTableOffset == 0 && !hasCopy
	if index.SlotTableSize != tableSize || index.SlotTableOffset != tableStart && !noTable {
		return false, outOfRange("the slot table lies at %d with %d bytes, expected %d with %d",
			index.SlotTableOffset, index.SlotTableSize, tableStart, tableSize)
	}
	if metadataEnd > trailer || tableStart+tableSize > AlignUp(trailer, format.SizeRegionAlignment) {
		return false, outOfRange("metadata or slot table reach past the trailer's start at %d", trailer)
	}
	// Earlier builders compress, and so stay below too.
	if limit := uint64(format.StoredGzipSize(format.LimitMetadataPlainBytes)); index.MetadataSize > limit {
		return false, format.Errorf(format.CodeMetadataMalformed, "metadata_size is %d, allowed are %d", index.MetadataSize, limit)
	}
	return hasCopy, nil
}

// checkSlotRanges checks that slots lie between table and trailer; in a sealed package each follows the one before it.
func checkSlotRanges(index *format.IndexBlock, slots []format.Slot, sealed bool, trailer uint64) error {
	start := index.SlotTableOffset + index.SlotTableSize
	end := start
	for position := range slots {
		slot := &slots[position]
		invalid := func(layout string, operands ...any) error {
			return format.Errorf(format.CodeSlotOutOfRange, "slot %d: "+layout, append([]any{position}, operands...)...)
		}
		if slot.Offset > largestOffset || slot.Size > largestOffset || slot.Offset+slot.Size > largestOffset || slot.OriginalSize > largestOffset {
			return invalid("offset %d, size %d or original size %d is beyond 2^53", slot.Offset, slot.Size, slot.OriginalSize)
		}
		expected := AlignUp(end, format.SizeRegionAlignment)
		end = slot.Offset + slot.Size
		// A slot without data may have any offset in packages of earlier implementations.
		switch isEmpty := !sealed && slot.Size == 0; {
		case isEmpty:
		case end > trailer:
			return invalid("bytes %d..%d, the slot region ends at %d", slot.Offset, end, trailer)
		case sealed && slot.Offset != expected:
			return invalid("starts at %d, expected %d", slot.Offset, expected)
		case slot.Offset < start:
			return invalid("starts at %d, the slot region at %d", slot.Offset, start)
		}
	}
	if expected := TrailerOffsetAfter(end); sealed && trailer != expected {
		return outOfRange("the trailer starts at %d, expected %d: the last region ends at %d", trailer, expected, end)
	}
	return nil
}
