package reader

import (
	"crypto/sha256"
	"fmt"

	"flavorpack/internal/format"
)

const chunkBytes = 1 << 20

// Check is one named step, and what it found: nil for nothing wrong.
type Check struct {
	Name    string
	Finding *Finding
}

// BeforeExtraction checks what must hold before slots are read, at every level: metadata signature, co-signatures, descriptors,
// paddings. (Open has seen trailer, copy A, seal and metadata digest.)
//
// Errors: what no level tolerates, for example operation-unsupported.
func BeforeExtraction(p *Package) ([]Finding, error) {
	if err := checkContents(p); err != nil || !p.IsSealed() {
		return nil, err
	}
	padding, err := padding(p)
	if err != nil {
		return nil, err
	}
	var findings []Finding
	for _, found := range []*Finding{metadataSignature(p), cosignatures(p), descriptors(p), padding} {
		if found != nil {
			findings = append(findings, *found)
		}
	}
	return findings, nil
}

// WholeFile checks all that Open did not look at: level strict, and `verify`. In a package of an earlier implementation, only what
// was defined then.
//
// `progress` is told how many bytes were hashed since it was last called; it may be nil.
//
// Errors: file-unreadable.
func WholeFile(p *Package, progress func(count uint64)) ([]Check, error) {
	if err := checkContents(p); err != nil {
		return []Check{{"slots", &Finding{Fault: FaultMalformed, Err: format.AsError(err)}}}, nil
	}
	var checks []Check
	if p.IsSealed() {
		padding, err := padding(p)
		if err != nil {
			return nil, err
		}
		launcher, err := launcher(p, progress)
		if err != nil {
			return nil, err
		}
		checks = []Check{
			{"metadata signature", metadataSignature(p)},
			{"co-signatures", cosignatures(p)},
			{"slot descriptors", descriptors(p)},
			{"padding", padding},
			{"launcher digest", launcher},
		}
	}
	for position := range p.Slots {
		found, err := SlotDigest(p, position, progress)
		if err != nil {
			return nil, err
		}
		checks = append(checks, Check{fmt.Sprintf("slot %d (%s) digest", position, p.Metadata.Slots[position].ID), found})
	}
	return checks, nil
}

// checkContents refuses what a builder of this format may never write, and no level lets pass: chains, targets, ids and frame
// lists that cannot be used.
func checkContents(p *Package) error {
	ids := map[string]bool{}
	for position := range p.Metadata.Slots {
		slot := &p.Metadata.Slots[position]
		chain, err := p.Chain(position)
		if err != nil {
			return err
		}
		if !p.IsSealed() {
			continue
		}
		if ids[slot.ID] {
			return format.Errorf(format.CodeMetadataMalformed, "metadata: two slots have the id %q", slot.ID)
		}
		ids[slot.ID] = true
		target, err := format.CheckTarget(slot.Target)
		if err != nil {
			return format.AsError(err).Prefixed(fmt.Sprintf("slot %d (%q): target", position, slot.ID))
		}
		if target == "." && !chain.IsArchive() {
			return format.Errorf(format.CodePathUnsafe, "slot %d (%q): target: a single file has the root as its target", position, slot.ID)
		}
		if slot.Frames == nil {
			continue
		}
		if chain.Canonical() != "tar.zst" {
			return format.Errorf(format.CodeFrameInvalid, "slot %d (%q) has a frame list and the operations %q", position, slot.ID, chain.Canonical())
		}
		if _, err := slot.DecodeFrames(); err != nil {
			return err
		}
	}
	return nil
}

func metadataSignature(p *Package) *Finding {
	if p.Index.HasSignature() && !format.VerifyEd25519(p.Index.PublicKey, p.MetadataJSON, p.Index.MetadataSignature) {
		found := metadataSignatureWrong()
		return &found
	}
	return nil
}

func cosignatures(p *Package) *Finding {
	// A malformed area was found by Open as an invalid index field.
	records, err := format.Cosigners(p.block)
	if err != nil {
		return nil
	}
	message := format.CosignMessage(p.block, p.slotTable)
	for number, record := range records {
		if !format.VerifyEd25519(record.PublicKey, message, record.Signature) {
			found := finding(FaultSignature, format.CodeCosignerWrong, "co-signature %d does not verify", number)
			return &found
		}
	}
	return nil
}

// descriptors: every descriptor agrees with its slot's entry in the metadata.
func descriptors(p *Package) *Finding {
	for position := range p.Slots {
		slot, entry := &p.Slots[position], &p.Metadata.Slots[position]
		if name := fixedFieldFault(slot); name != "" {
			found := finding(FaultConsistency, format.CodeSlotFieldInvalid,
				"slot %d (%q): descriptor field %s holds a value that it may not hold", position, entry.ID, name)
			return &found
		}
		if name := p.disagreement(position); name != "" {
			found := finding(FaultConsistency, format.CodeSlotMismatch,
				"slot %d (%q): %s differs between descriptor and metadata", position, entry.ID, name)
			return &found
		}
	}
	return nil
}

func fixedFieldFault(slot *format.Slot) string {
	switch {
	case slot.Priority != format.SlotPriorityValue:
		return "priority"
	case slot.Reserved != 0:
		return "reserved"
	}
	return ""
}

// disagreement names the first field in which a descriptor differs from the metadata; empty for none.
func (p *Package) disagreement(position int) string {
	slot, entry := &p.Slots[position], &p.Metadata.Slots[position]
	// A purpose that has no code is 0.
	purpose, _ := format.PurposeCode(entry.Purpose)
	lifecycle, hasLifecycle := format.LifecycleCode(entry.Lifecycle)
	platform, hasPlatform := uint8(0), true
	if entry.Platform != nil {
		platform, hasPlatform = format.PlatformCode(*entry.Platform)
	}
	permissions := uint16(0)
	if entry.Permissions != nil {
		permissions = *entry.Permissions
	}
	// What checkContents took is a chain.
	chain, _ := p.Chain(position)
	switch {
	case slot.ID != format.SlotID(position):
		return "id"
	case slot.Size != entry.Size:
		return "size"
	case slot.OriginalSize != entry.OriginalSize:
		return "original_size"
	case slot.NameHash != format.NameHash(entry.ID):
		return "name_hash"
	case entry.Checksum == nil || slot.Checksum != format.ShortDigest(*entry.Checksum):
		return "checksum"
	case chain.Canonical() != entry.Operations:
		return "operations"
	case slot.Purpose != purpose:
		return "purpose"
	case !hasLifecycle || slot.Lifecycle != lifecycle:
		return "lifecycle"
	case !hasPlatform || slot.Platform != platform:
		return "platform"
	case slot.Permissions != permissions:
		return "permissions"
	}
	return ""
}

// padding: every byte between regions is zero. In a sealed package Open has bounded the gaps.
func padding(p *Package) (*Finding, error) {
	type gap struct{ from, to uint64 }
	gaps := []gap{{p.Index.MetadataOffset + p.Index.MetadataSize, p.Index.SlotTableOffset}}
	end := p.Index.SlotTableOffset + p.Index.SlotTableSize
	for _, slot := range p.Slots {
		gaps = append(gaps, gap{end, slot.Offset})
		end = slot.Offset + slot.Size
	}
	for _, gap := range append(gaps, gap{end, p.TrailerOffset()}) {
		bytes := make([]byte, gap.to-gap.from)
		if len(bytes) == 0 {
			continue
		}
		if err := p.ReadAt(bytes, gap.from); err != nil {
			return nil, err
		}
		for at, each := range bytes {
			if each != 0 {
				found := finding(FaultConsistency, format.CodePaddingNotZero, "the padding byte at %d is not zero", gap.from+uint64(at))
				return &found, nil
			}
		}
	}
	return nil, nil
}

func launcher(p *Package, progress func(uint64)) (*Finding, error) {
	signed, size := p.Metadata.Launcher, p.Index.LauncherSize
	if *signed.Size == size {
		found, err := p.digest(0, size, progress)
		if err != nil || found == *signed.Checksum {
			return nil, err
		}
	}
	found := finding(FaultLauncherDigest, format.CodeLauncherDigestWrong,
		"the launcher (bytes 0..%d) is not the one in the signed metadata", size)
	return &found, nil
}

// SlotDigest hashes the stored bytes of a slot.
//
// Errors: file-unreadable.
func SlotDigest(p *Package, position int, progress func(count uint64)) (*Finding, error) {
	slot := &p.Slots[position]
	found, err := p.digest(slot.Offset, slot.Size, progress)
	if err != nil || p.isSlotDigest(position, found) {
		return nil, err
	}
	return SlotDigestFinding(p, position), nil
}

// SlotDigestFinding is the finding for a slot whose digest is not the signed one.
func SlotDigestFinding(p *Package, position int) *Finding {
	slot := &p.Slots[position]
	found := finding(FaultSlotDigest, format.CodeSlotDigestWrong, "slot %d (%q, bytes %d..%d) is not the one in the signed metadata",
		position, p.Metadata.Slots[position].ID, slot.Offset, slot.Offset+slot.Size)
	return &found
}

// isSlotDigest tells whether a SHA-256 is the one that the metadata (or, lacking it, the descriptor) names.
func (p *Package) isSlotDigest(position int, digest [sha256.Size]byte) bool {
	slot := &p.Slots[position]
	if expected := p.Metadata.Slots[position].Checksum; expected != nil {
		return *expected == digest
	}
	// Earlier builders wrote nothing for slots without data.
	return slot.Size == 0 || slot.Checksum == format.ShortDigest(digest)
}

func (p *Package) digest(offset, size uint64, progress func(uint64)) (digest [sha256.Size]byte, err error) {
	hasher := sha256.New()
	buffer := make([]byte, min(chunkBytes, size))
	for done := uint64(0); done < size; {
		chunk := buffer[:min(uint64(len(buffer)), size-done)]
		if err := p.ReadAt(chunk, offset+done); err != nil {
			return digest, err
		}
		hasher.Write(chunk)
		done += uint64(len(chunk))
		if progress != nil {
			progress(uint64(len(chunk)))
		}
	}
	return [sha256.Size]byte(hasher.Sum(nil)), nil
}
