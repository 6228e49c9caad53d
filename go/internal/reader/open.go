package reader

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"io"

	"flavorpack/internal/format"
)

// Package is an open package. Everything is read through the one file that it was opened with.
type Package struct {
	File     io.ReaderAt
	Index    format.IndexBlock
	Slots    []format.Slot
	Metadata *format.Metadata
	// MetadataJSON is the signed document, byte for byte.
	MetadataJSON []byte
	// ID is SHA-256 of the seal message.
	ID [sha256.Size]byte

	block     *[format.SizeIndexBlock]byte
	slotTable []byte
}

// Opened is a package, and what is wrong with it as far as it was read, in the order in which it was found.
type Opened struct {
	Package  *Package
	Findings []Finding
}

// Level is the level used: the environment's, or the package's own minimum if that is higher.
func (o *Opened) Level(environment Level) Level {
	// No minimum is -1, which is below all levels.
	own, _ := ParseLevel(o.Package.Metadata.Verification.MinimumLevel)
	return max(environment, own)
}

// ReadAt fills the buffer from an offset of the package.
//
// Errors: file-unreadable.
func (p *Package) ReadAt(buffer []byte, offset uint64) error {
	return readAt(p.File, buffer, offset)
}

// IsSealed tells whether the rules of this format hold; they do not for packages of earlier implementations.
func (p *Package) IsSealed() bool {
	return p.Metadata.Sealed
}

// TrailerOffset is where the trailer begins.
func (p *Package) TrailerOffset() uint64 {
	return p.Index.PackageSize - format.SizeTrailer
}

func readAt(file io.ReaderAt, buffer []byte, offset uint64) error {
	count, err := file.ReadAt(buffer, int64(offset))
	if count == len(buffer) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return format.Errorf(format.CodeFileUnreadable, "cannot read %d bytes at %d of the package: %w", len(buffer), offset, err)
}

// Open opens a package of `size` bytes.
//
// `environment` is the level that the environment asks for. It decides one thing here: when decoding must stop, an earlier
// finding that this level refuses is what is reported, since it is the cause and decoding only the consequence.
//
// Errors: what no level tolerates.
func Open(file io.ReaderAt, size uint64, environment Level) (*Opened, error) {
	o := opening{file: file, size: size}
	pkg, err := o.read()
	if err == nil {
		return &Opened{Package: pkg, Findings: o.findings}, nil
	}
	fault := format.AsError(err)
	for _, found := range o.findings {
		isUndecodable := fault.Code == format.CodeMetadataMalformed && found.Err.Code == format.CodeMetadataChecksumWrong
		// Not signed is no cause of anything.
		isCause := found.Fault != FaultUnsigned && found.Fault != FaultSealNotAnnounced
		if isUndecodable || isCause && environment.Action(found.Fault) == Refuse {
			return nil, found.Err
		}
	}
	return nil, fault
}

// opening is a package while it is being opened.
type opening struct {
	file     io.ReaderAt
	size     uint64
	block    *[format.SizeIndexBlock]byte
	index    format.IndexBlock
	hasCopy  bool
	findings []Finding

	// The regions between launcher and slots, in one read.
	copyA, framed, slotTable []byte
}

func (o *opening) found(findings ...Finding) {
	o.findings = append(o.findings, findings...)
}

func (o *opening) read() (*Package, error) {
	if err := o.readIndex(); err != nil {
		return nil, err
	}
	var err error
	if o.hasCopy, err = checkRegions(&o.index, o.size-format.SizeTrailer); err != nil {
		return nil, err
	}
	if err := o.readRegions(); err != nil {
		return nil, err
	}
	document, metadata, undecodable := decodeMetadata(o.framed)
	if err := o.checkSeal(metadata, document); err != nil {
		return nil, err
	}
	if undecodable != nil {
		return nil, undecodable
	}
	if len(metadata.Slots) != int(o.index.SlotCount) {
		return nil, format.Errorf(format.CodeSlotMismatch, "the slot table has %d slots, the metadata %d", o.index.SlotCount, len(metadata.Slots))
	}
	slots := make([]format.Slot, o.index.SlotCount)
	for position := range slots {
		slots[position] = format.DecodeSlot((*[format.SizeSlotDescriptor]byte)(o.slotTable[position*format.SizeSlotDescriptor:]))
	}
	if err := checkSlotRanges(&o.index, slots, metadata.Sealed, o.size-format.SizeTrailer); err != nil {
		return nil, err
	}
	return &Package{
		File: o.file, Index: o.index, Slots: slots, Metadata: metadata, MetadataJSON: document,
		ID: format.PackageID(o.block, o.slotTable), block: o.block, slotTable: o.slotTable,
	}, nil
}

func (o *opening) readIndex() error {
	if o.size < format.SizeTrailer {
		return format.Errorf(format.CodeNotAPackage, "the file has %d bytes, a trailer alone has %d", o.size, format.SizeTrailer)
	}
	var trailer [format.SizeTrailer]byte
	err := readAt(o.file, trailer[:], o.size-format.SizeTrailer)
	if err != nil {
		return err
	}
	if o.block, err = format.IndexBlockOfTrailer(&trailer); err != nil {
		return err
	}
	o.index = format.DecodeIndexBlock(o.block)
	if checksum := format.IndexChecksum(o.block); o.index.IndexChecksum == 0 || o.index.IndexChecksum != checksum {
		o.found(finding(FaultConsistency, format.CodeIndexChecksumWrong,
			"the index block's checksum is %08x, found %08x", o.index.IndexChecksum, checksum))
	}
	if o.index.FormatVersion != format.IndexFormatVersionValue {
		return format.Errorf(format.CodeVersionUnsupported,
			"format_version is 0x%08x, this launcher knows 0x%08x", o.index.FormatVersion, format.IndexFormatVersionValue)
	}
	if err := checkSafe(&o.index); err != nil {
		return err
	}
	if o.index.PackageSize != o.size {
		return format.Errorf(format.CodePackageSizeWrong, "package_size is %d, the file has %d bytes", o.index.PackageSize, o.size).
			WithHint("the file was cut short or appended to; fetch it again")
	}
	return nil
}

// readRegions reads what lies between launcher and slots. The index's ranges have been checked against the file.
func (o *opening) readRegions() error {
	start, end := o.index.MetadataOffset, o.index.SlotTableOffset+o.index.SlotTableSize
	if o.hasCopy {
		start = o.index.LauncherSize
	}
	if o.index.SlotCount == 0 {
		end = o.index.MetadataOffset + o.index.MetadataSize
	}
	region := make([]byte, end-start)
	if err := readAt(o.file, region, start); err != nil {
		return err
	}
	o.copyA = region[:o.index.MetadataOffset-start]
	o.framed = region[o.index.MetadataOffset-start:][:o.index.MetadataSize]
	if o.index.SlotCount > 0 {
		o.slotTable = region[o.index.SlotTableOffset-start:]
	}
	return nil
}

// copyFault is where copy A differs from the trailer's block, if it does.
func (o *opening) copyFault() (int, bool) {
	for at := range o.block {
		if at >= len(o.copyA) || o.copyA[at] != o.block[at] {
			return at, true
		}
	}
	return 0, false
}

// checkSeal finds what is wrong with index block, seal and digest of the metadata, which may be nil.
//
// Errors: what a package that announces the seal may not be at any level.
func (o *opening) checkSeal(metadata *format.Metadata, document []byte) error {
	digestFits := sha256.Sum256(o.framed) == o.index.MetadataChecksum
	differsAt, differs := o.copyFault()
	// Undecodable: what such a layout can only be.
	sealed := o.hasCopy && !differs
	if metadata != nil {
		sealed = metadata.Sealed
	}
	if sealed {
		// Whether these count is known only once the metadata is: an earlier implementation filled other fields and wrote no copy A.
		if fault := format.IndexFieldsFault(o.block); fault != nil {
			if fault.Code == format.CodeVersionUnsupported {
				return fault
			}
			o.found(Finding{Fault: FaultConsistency, Err: fault})
		}
		if !o.hasCopy {
			return outOfRange("metadata_offset is %d, expected %d", o.index.MetadataOffset, o.index.LauncherSize+format.SizeIndexBlock)
		}
		if differs {
			o.found(finding(FaultConsistency, format.CodeIndexCopyDiffers,
				"copy A of the index block, at %d, differs from the trailer's: at byte %d", o.index.LauncherSize, differsAt))
		}
		o.found(sealFindings(&o.index, o.block, o.slotTable, metadata)...)
	}
	if !digestFits {
		o.found(finding(FaultSignature, format.CodeMetadataChecksumWrong, "the SHA-256 of the metadata is not the one in the index block"))
	}
	if !sealed && metadata != nil {
		o.found(finding(FaultSealNotAnnounced, format.CodeSealNotAnnounced, "the package announces no seal: it was written by an earlier implementation"))
		o.found(upstreamSignatureFindings(&o.index, document)...)
	}
	return nil
}

// decodeMetadata undoes the framing and decodes. Deflated metadata is read for the sake of earlier packages; the seal forbids it.
func decodeMetadata(framed []byte) ([]byte, *format.Metadata, error) {
	document, framingFault := format.DecodeStoredGzip(framed, format.LimitMetadataPlainBytes)
	if framingFault != nil {
		var isInflated bool
		if document, isInflated = inflate(framed); !isInflated {
			return nil, nil, framingFault
		}
	}
	metadata, err := format.DecodeMetadata(document, framingFault)
	return document, metadata, err
}

func inflate(framed []byte) ([]byte, bool) {
	unzip, err := gzip.NewReader(bytes.NewReader(framed))
	if err != nil {
		return nil, false
	}
	unzip.Multistream(false)
	document, err := io.ReadAll(io.LimitReader(unzip, format.LimitMetadataPlainBytes+1))
	return document, err == nil && len(document) <= format.LimitMetadataPlainBytes
}
