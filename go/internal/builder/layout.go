package builder

import "flavorpack/internal/format"

// layout is where each region of a package lies. The reader checks the same rules.
//
// Source: spec/pspf-2025.md, "Regions".
type layout struct {
	metadataOffset  int64
	slotTableOffset int64
	slotTableSize   int64
	// slotOffsets are in the order of the table.
	slotOffsets []int64
	// contentEnd is where the last slot, or the table, ends.
	contentEnd    int64
	trailerOffset int64
	packageSize   int64
}

// layOut places the regions one after the other. slotSizes are the stored sizes, in the order of the table.
func layOut(launcherSize, metadataSize int64, slotSizes []int64) layout {
	l := layout{metadataOffset: launcherSize + format.SizeIndexBlock, slotTableSize: int64(len(slotSizes)) * format.SizeSlotDescriptor}
	l.slotTableOffset = alignUp(l.metadataOffset+metadataSize, format.SizeRegionAlignment)
	l.contentEnd = l.slotTableOffset + l.slotTableSize
	for _, size := range slotSizes {
		offset := alignUp(l.contentEnd, format.SizeRegionAlignment)
		l.slotOffsets = append(l.slotOffsets, offset)
		l.contentEnd = offset + size
	}
	l.packageSize = alignUp(l.contentEnd+format.SizeTrailer, format.SizeFileAlignment)
	l.trailerOffset = l.packageSize - format.SizeTrailer
	return l
}

func alignUp(value, alignment int64) int64 {
	return (value + alignment - 1) / alignment * alignment
}
