package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"

	"flavorpack/internal/format"
	"flavorpack/internal/reader"
)

// tarKinds are the names of entries' types, in the order of format.TarKind.
var tarKinds = [...]string{"file", "directory", "link"}

func askPackage(q question, op string) (any, error) {
	path, err := q.text("path")
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, format.Errorf(format.CodeFileMissing, "cannot open %s: %w", path, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, format.Errorf(format.CodeFileUnreadable, "cannot read %s: it is no regular file", path)
	}
	opened, err := reader.Open(file, uint64(info.Size()), reader.LevelStrict)
	if err != nil {
		return nil, err
	}
	switch op {
	case "verify":
		return verify(opened)
	case "metadata":
		return hex.EncodeToString(opened.Package.MetadataJSON), nil
	default:
		return content(q, opened.Package)
	}
}

// verify gives the first finding that `flavor verify` refuses. That a package is unsigned, or that an earlier implementation wrote
// it, is only said.
func verify(opened *reader.Opened) (any, error) {
	isSigned := true
	for _, found := range opened.Findings {
		switch found.Fault {
		case reader.FaultUnsigned:
			isSigned = false
		case reader.FaultSealNotAnnounced:
		default:
			return nil, found.Err
		}
	}
	pkg := opened.Package
	checks, err := reader.WholeFile(pkg, nil)
	if err != nil {
		return nil, err
	}
	for _, check := range checks {
		if check.Finding != nil {
			return nil, check.Finding.Err
		}
	}
	return format.Object{"package_id": hex.EncodeToString(pkg.ID[:]), "signed": isSigned, "sealed": pkg.IsSealed()}, nil
}

// content decodes a slot, its digest checked.
func content(q question, pkg *reader.Package) (any, error) {
	number, err := q.number("slot")
	if err != nil {
		return nil, err
	}
	position := int(number)
	if position >= len(pkg.Slots) {
		return nil, format.Errorf(format.CodeUsage, "the package has no slot %d", position)
	}
	chain, err := pkg.Chain(position)
	if err != nil {
		return nil, err
	}
	answer, err := decoded(pkg, position, chain.IsArchive())
	if err != nil {
		// When the bytes are not the signed ones, that they do not decode is the consequence.
		if found, digestErr := reader.SlotDigest(pkg, position, nil); digestErr == nil && found != nil {
			return nil, found.Err
		}
		return nil, err
	}
	return answer, nil
}

func decoded(pkg *reader.Package, position int, isArchive bool) (any, error) {
	source, finish, err := slotSource(pkg, position)
	if err != nil {
		return nil, err
	}
	measured := &measure{source: source, digest: sha256.New()}
	answer := format.Object{}
	if isArchive {
		entries, err := listArchive(measured)
		if err != nil {
			return nil, err
		}
		answer["entries"] = entries
	} else if _, err := io.Copy(io.Discard, measured); err != nil {
		return nil, err
	}
	answer["sha256"], answer["size"] = hex.EncodeToString(measured.digest.Sum(nil)), measured.size
	return answer, finish()
}

// slotSource reads a slot as launchers do: frame by frame if it has a list, else as one stream.
func slotSource(pkg *reader.Package, position int) (io.Reader, func() error, error) {
	slot := &pkg.Metadata.Slots[position]
	if pkg.IsSealed() && slot.Frames != nil {
		frames, err := slot.DecodeFrames()
		source := &frameSource{pkg: pkg, position: position, frames: frames, decoder: reader.NewFrameDecoder()}
		return source, func() error { return nil }, err
	}
	stream, err := pkg.OpenSlot(position)
	if err != nil {
		return nil, nil, err
	}
	return stream, func() error {
		digestFits, err := stream.Finish()
		if err == nil && !digestFits {
			return reader.SlotDigestFinding(pkg, position).Err
		}
		return err
	}, nil
}

// frameSource gives the content of frames, one after the other.
type frameSource struct {
	pkg      *reader.Package
	position int
	frames   []format.Frame
	decoder  *reader.FrameDecoder
	rest     []byte
}

func (s *frameSource) Read(buffer []byte) (int, error) {
	for len(s.rest) == 0 {
		if len(s.frames) == 0 {
			return 0, io.EOF
		}
		frame := &s.frames[0]
		s.frames = s.frames[1:]
		digestFits, err := s.decoder.Read(s.pkg, s.position, frame)
		if err != nil {
			return 0, err
		}
		if !digestFits {
			return 0, reader.SlotDigestFinding(s.pkg, s.position).Err
		}
		if s.rest, err = s.decoder.Decode(frame); err != nil {
			return 0, err
		}
	}
	count := copy(buffer, s.rest)
	s.rest = s.rest[count:]
	return count, nil
}
