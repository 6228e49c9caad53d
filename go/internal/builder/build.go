package builder

import (
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"

	"flavorpack/internal/format"
	"flavorpack/internal/manifest"
)

// Request is what a build is asked for.
type Request struct {
	Manifest *manifest.Manifest
	Launcher *Launcher
	// Signer is nil for an unsigned package.
	Signer *Signer
	// SourceDateEpoch is in seconds since 1970; nil when it is not set.
	SourceDateEpoch *uint64
	Compression     Compression
	// Output is an absolute path; replaced if it exists.
	Output string
	// Verify checks the finished file before it gets its name.
	Verify   bool
	Progress Progress
}

// Result is what was written.
type Result struct {
	PackageID [32]byte
	// SHA256 is that of the file.
	SHA256   [32]byte
	Size     int64
	Metadata *format.Metadata
}

// Build writes a package: blobs, metadata, layout, signatures, one file written front to back under a temporary name beside the
// output, verified, and renamed.
//
// Errors: those of blobs, output-unwritable, disk-full, metadata-malformed when the metadata grows above its limit, build-failed for
// a wheel that cannot be one, verification-failed, interrupted. Nothing is left behind, and an existing output stays as it was.
//
// Source: spec/builder.md, "What a builder does"; spec/pspf-2025.md.
func Build(ctx context.Context, request Request) (result *Result, err error) {
	// Blobs and package lie beside the output: there is room where it will be, and the rename stays on one file system.
	folder, err := os.MkdirTemp(filepath.Dir(request.Output), "."+filepath.Base(request.Output)+".*.tmp")
	if err != nil {
		return nil, fileError(err, request.Output, "write")
	}
	defer os.RemoveAll(folder)
	slots, wheel, err := makeBlobs(ctx, &request, folder)
	if err != nil {
		return nil, err
	}
	draft := &draft{request: &request, slots: slots}
	if err := draft.compose(wheel); err != nil {
		return nil, err
	}
	regions, id := draft.seal()
	path := filepath.Join(folder, "package")
	request.Progress.Step("write "+filepath.Base(request.Output), draft.layout.packageSize)
	digest, err := writeRegions(ctx, path, regions, request.Progress)
	if err != nil {
		return nil, err
	}
	if request.Verify {
		if err := verify(path, request.Progress); err != nil {
			return nil, err
		}
	}
	if err := interrupted(ctx); err != nil {
		return nil, err
	}
	if err := os.Rename(path, request.Output); err != nil {
		return nil, fileError(err, request.Output, "write")
	}
	return &Result{PackageID: id, SHA256: digest, Size: draft.layout.packageSize, Metadata: &draft.metadata}, nil
}

// makeBlobs makes the blobs in order. What a wheel holds depends on where it lies, and is filled in later.
func makeBlobs(ctx context.Context, request *Request, folder string) (slots []builtSlot, wheel *wheelZip, err error) {
	maker := &blobMaker{folder: folder, mtimeSeconds: format.DefaultMtimeSeconds, compression: request.Compression, progress: request.Progress, names: newTargetNames(request.Launcher.Target.OS)}
	if request.SourceDateEpoch != nil {
		maker.mtimeSeconds = int64(*request.SourceDateEpoch)
	}
	for position := range request.Manifest.Slots {
		slot := &request.Manifest.Slots[position]
		made, err := maker.blobOf(ctx, slot)
		if err != nil {
			return nil, nil, err
		}
		slots = append(slots, builtSlot{slot, made})
		if slot.IsWheel() {
			if wheel, err = readWheelZip(slot.Source); err != nil {
				return nil, nil, err
			}
		}
	}
	if warning := maker.names.warning(); warning != "" {
		request.Progress.Warn(warning)
	}
	return slots, wheel, nil
}

// builtSlot is a slot of the manifest and its blob.
type builtSlot struct {
	*manifest.Slot
	blob blob
}

// draft is a package that grows: metadata and layout, then signatures.
type draft struct {
	request  *Request
	slots    []builtSlot
	metadata format.Metadata
	document []byte
	layout   layout
}

// compose makes metadata and layout. With a wheel they depend on each other: its padding depends on where it lies, that on the
// length of the metadata, that on the slot's size.
func (d *draft) compose(wheel *wheelZip) error {
	if wheel == nil {
		return d.lay()
	}
	last := &d.slots[len(d.slots)-1].blob
	for padding, round := int64(0), 0; round < format.SizeFileAlignment; round++ {
		last.content.size, last.originalSize = wheel.slotSize(padding), wheel.slotSize(padding)
		if err := d.lay(); err != nil {
			return err
		}
		missing := (trailerPhase - d.layout.contentEnd%format.SizeFileAlignment + format.SizeFileAlignment) % format.SizeFileAlignment
		if missing > 0 {
			padding = (padding + missing) % format.SizeFileAlignment
			continue
		}
		content, err := wheel.content(d.layout.slotOffsets[len(d.slots)-1], padding)
		if err != nil {
			return err
		}
		last.content = content
		return d.lay()
	}
	return format.Errorf(format.CodeInternal, "the wheel's padding does not settle")
}

// lay encodes the metadata and places the regions.
func (d *draft) lay() error {
	var err error
	if d.metadata, err = describe(d.request, d.slots); err != nil {
		return err
	}
	if d.document, err = d.metadata.Encode(); err != nil {
		return err
	}
	sizes := make([]int64, len(d.slots))
	for position := range d.slots {
		sizes[position] = d.slots[position].blob.content.size
	}
	d.layout = layOut(d.request.Launcher.size, int64(format.StoredGzipSize(len(d.document))), sizes)
	return nil
}

// seal signs, and returns the regions in the order of the file and the package id.
func (d *draft) seal() (regions []region, packageID [32]byte) {
	framed := format.EncodeStoredGzip(d.document)
	table := d.slotTable()
	index := format.IndexBlock{
		PackageSize:      uint64(d.layout.packageSize),
		LauncherSize:     uint64(d.request.Launcher.size),
		MetadataOffset:   uint64(d.layout.metadataOffset),
		MetadataSize:     uint64(len(framed)),
		SlotTableOffset:  uint64(d.layout.slotTableOffset),
		SlotTableSize:    uint64(d.layout.slotTableSize),
		SlotCount:        uint32(len(d.slots)),
		Flags:            d.flags(),
		MetadataChecksum: sha256.Sum256(framed),
		Capabilities:     d.capabilities(),
	}
	if epoch := d.request.SourceDateEpoch; epoch != nil {
		index.BuildTimestamp = *epoch
	}
	signer := d.request.Signer
	if signer != nil {
		index.PublicKey = signer.PublicKey()
		index.MetadataSignature = signer.sign(d.document)
	}
	block := index.Encode()
	if signer != nil {
		index.Seal = signer.sign(format.SealMessage(&block, table))
		block = index.Encode()
	}
	launcher := d.request.Launcher
	regions = []region{
		{0, launcher.content},
		{launcher.size, bytesContent("index block", block[:])},
		{d.layout.metadataOffset, bytesContent("metadata", framed)},
		{d.layout.slotTableOffset, bytesContent("slot table", table)},
	}
	for position := range d.slots {
		regions = append(regions, region{d.layout.slotOffsets[position], d.slots[position].blob.content})
	}
	regions = append(regions, region{d.layout.trailerOffset, bytesContent("trailer", format.EncodeTrailer(&block))})
	return regions, format.PackageID(&block, table)
}

func (d *draft) slotTable() []byte {
	var table []byte
	for position := range d.slots {
		slot, entry := &d.slots[position], &d.metadata.Slots[position]
		descriptor := format.Slot{
			ID:           format.SlotID(position),
			NameHash:     format.NameHash(entry.ID),
			Offset:       uint64(d.layout.slotOffsets[position]),
			Size:         entry.Size,
			OriginalSize: entry.OriginalSize,
			Operations:   slot.Operations.Pack(),
			Checksum:     format.ShortDigest(*entry.Checksum),
			Priority:     format.SlotPriorityValue,
		}
		// A purpose without a code is 0; manifests hold no other lifecycles and platforms than those that have one.
		descriptor.Purpose, _ = format.PurposeCode(entry.Purpose)
		descriptor.Lifecycle, _ = format.LifecycleCode(entry.Lifecycle)
		if entry.Platform != nil {
			descriptor.Platform, _ = format.PlatformCode(*entry.Platform)
		}
		if entry.Permissions != nil {
			descriptor.Permissions = *entry.Permissions
		}
		encoded := descriptor.Encode()
		table = append(table, encoded[:]...)
	}
	return table
}

func (d *draft) flags() uint32 {
	var flags uint32
	if signer := d.request.Signer; signer != nil {
		flags |= format.FlagSigned
		if signer.Lifetime == lifetimePublisher {
			flags |= format.FlagReproducible
		}
	}
	for position := range d.slots {
		if len(d.slots[position].Operations.Compressions()) > 0 {
			flags |= format.FlagCompressed
		}
	}
	return flags
}

func (d *draft) capabilities() uint64 {
	var capabilities uint64
	if d.request.Signer != nil {
		capabilities |= format.CapabilitySigned
	}
	for position := range d.slots {
		if len(d.slots[position].blob.frames) > 0 {
			capabilities |= format.CapabilityStreaming
		}
	}
	return capabilities
}
