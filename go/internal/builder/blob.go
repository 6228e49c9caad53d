package builder

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"os"

	"flavorpack/internal/format"
	"flavorpack/internal/manifest"
	"flavorpack/internal/reader"
)

// blob is a slot's source, brought into the form that its operations name, with everything that metadata says about it. Blobs lie
// in files: their digests are needed before the first byte of the package is written.
type blob struct {
	content      content
	originalSize int64
	// frames is the frame list; empty when there is none.
	frames []format.Frame
	// mode is that of a single file, 0755 or 0644 by the source's executable bit; 0 for archives.
	mode uint16
}

// blobMaker makes the blobs of one build.
type blobMaker struct {
	// folder is where blobs are written that are not stored as they are.
	folder       string
	mtimeSeconds int64
	compression  Compression
	progress     Progress
	// names are those of the tree that all slots are unpacked into.
	names *targetNames
}

// namesOf are those of the tree that a slot is unpacked into: what is published alone meets nobody's names but its own.
func (m *blobMaker) namesOf(slot *manifest.Slot) *targetNames {
	if slot.Lifecycle == "lazy" || slot.Lifecycle == "dev" {
		return newTargetNames(m.names.os)
	}
	return m.names
}

// What a file begins with when it already is what an operation would make of it.
var operationMagics = map[format.Operation][]byte{
	format.OperationGzip:  {0x1f, 0x8b, 8},
	format.OperationBzip2: {'B', 'Z', 'h'},
	format.OperationXz:    {0xfd, '7', 'z', 'X', 'Z', 0},
	format.OperationZstd:  {0x28, 0xb5, 0x2f, 0xfd},
}

// blobOf makes the blob of a slot: a folder becomes an archive; a file that is already in the form asked for is stored as it is;
// any other file is transformed.
//
// Errors: file-missing, file-unreadable, archive-malformed and the codes of entries for an archive that is not one, disk-full,
// interrupted. Source: spec/builder.md, "What a builder does".
func (m *blobMaker) blobOf(ctx context.Context, slot *manifest.Slot) (blob, error) {
	info, err := os.Stat(slot.Source)
	if err != nil {
		return blob{}, fileError(err, slot.Source, "read")
	}
	if info.IsDir() {
		return m.archiveFolder(ctx, slot)
	}
	if slot.Operations.IsArchive() {
		return m.takeArchive(ctx, slot)
	}
	if err := m.namesOf(slot).add(slot.Target); err != nil {
		return blob{}, err
	}
	isInForm, err := beginsInForm(slot.Source, slot.Operations)
	if err != nil {
		return blob{}, err
	}
	transform := m.compressFile
	if isInForm {
		transform = m.takeFile
	}
	made, err := transform(ctx, slot)
	if err != nil {
		return blob{}, err
	}
	executable, err := isExecutable(slot.Source, info)
	made.mode = 0o644
	if executable {
		made.mode = 0o755
	}
	return made, err
}

// beginsInForm tells whether a file begins as the last operation's output does; every file is in the form of no operation.
func beginsInForm(path string, chain format.Chain) (bool, error) {
	if len(chain) == 0 {
		return true, nil
	}
	file, err := openRegular(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	magic := operationMagics[chain[len(chain)-1]]
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(file, head); err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return false, fileError(err, path, "read")
	}
	return bytes.Equal(head, magic), nil
}

func (m *blobMaker) archiveFolder(ctx context.Context, slot *manifest.Slot) (blob, error) {
	names := m.namesOf(slot)
	entries, err := listFolder(slot.Source, m.mtimeSeconds, names.copiesLinks())
	if err != nil {
		return blob{}, err
	}
	for position := range entries {
		if err := names.addBelow(slot.Target, &entries[position].TarEntry); err != nil {
			return blob{}, err
		}
	}
	m.progress.Step("compress "+slot.ID, archiveSize(entries))
	out, err := createBlobFile(m.folder)
	if err != nil {
		return blob{}, err
	}
	defer out.file.Close()
	if compressions := slot.Operations.Compressions(); len(compressions) != 1 || compressions[0] != format.OperationZstd {
		return m.stream(slot, out, func(plain io.Writer) error { return writeArchive(ctx, entries, streamSink{plain}) })
	}
	frames, err := m.writeFrames(out, func(sink tarSink) error { return writeArchive(ctx, entries, sink) })
	if err != nil {
		return blob{}, fileError(err, out.file.Name(), "write")
	}
	made := blob{content: out.content(), frames: frames}
	for _, frame := range frames {
		made.originalSize += int64(frame.Plain)
	}
	return made, nil
}

// writeFrames stores an archive as zstd frames.
func (m *blobMaker) writeFrames(out *blobFile, write func(tarSink) error) ([]format.Frame, error) {
	encoder, err := newZstd(nil, m.compression, largestWindow)
	if err != nil {
		return nil, format.Errorf(format.CodeInternal, "ZSTD does not start: %w", err)
	}
	defer encoder.Close()
	var frames []format.Frame
	var stored []byte
	cutter := newFrameCutter(func(plain []byte, first *uint64) error {
		stored = encoder.EncodeAll(plain, stored[:0])
		frames = append(frames, format.Frame{
			Offset: uint64(out.size),
			Size:   uint64(len(stored)),
			Plain:  uint64(len(plain)),
			SHA256: sha256.Sum256(stored),
			First:  first,
		})
		m.progress.Advance(int64(len(plain)))
		_, err := out.Write(stored)
		return err
	})
	if err := write(cutter); err != nil {
		return nil, err
	}
	return frames, cutter.cut()
}

func (m *blobMaker) compressFile(ctx context.Context, slot *manifest.Slot) (blob, error) {
	source, err := openRegular(slot.Source)
	if err != nil {
		return blob{}, err
	}
	defer source.Close()
	out, err := createBlobFile(m.folder)
	if err != nil {
		return blob{}, err
	}
	defer out.file.Close()
	m.progress.Step("compress "+slot.ID, sizeOf(source))
	return m.stream(slot, out, func(plain io.Writer) error {
		_, err := copyChunks(ctx, plain, source, slot.Source)
		return err
	})
}

// stream writes plain bytes through the slot's compressing operations.
func (m *blobMaker) stream(slot *manifest.Slot, out *blobFile, write func(plain io.Writer) error) (blob, error) {
	encoder, err := newEncoder(out, slot.Operations.Compressions(), m.compression)
	if err != nil {
		return blob{}, err
	}
	plain := &plainCounter{out: encoder, progress: m.progress}
	err = write(plain)
	if err == nil {
		err = encoder.Close()
	}
	if err != nil {
		return blob{}, fileError(err, out.file.Name(), "write")
	}
	return blob{content: out.content(), originalSize: plain.size}, nil
}

// takeArchive stores an archive as it is, after decoding it once by the rules for readers: what a launcher would refuse is refused
// here.
func (m *blobMaker) takeArchive(ctx context.Context, slot *manifest.Slot) (blob, error) {
	var headers headerList
	names := m.namesOf(slot)
	made, err := m.take(ctx, slot, func(plain *offsetReader) error {
		return reader.ReadArchive(plain, func(entry *format.TarEntry, _ io.Reader) error {
			headers.add(plain.offset, entry.Size)
			return names.addBelow(slot.Target, entry)
		})
	})
	if err != nil {
		return blob{}, err
	}
	if compressions := slot.Operations.Compressions(); len(compressions) == 1 && compressions[0] == format.OperationZstd {
		made.frames, err = listFrames(slot.Source, made.content.size, headers)
	}
	return made, err
}

// takeFile stores a file as it is, after decoding it once.
func (m *blobMaker) takeFile(ctx context.Context, slot *manifest.Slot) (blob, error) {
	return m.take(ctx, slot, discard)
}

// take stores a file as it is; read consumes all of what it decodes to.
func (m *blobMaker) take(ctx context.Context, slot *manifest.Slot, read func(plain *offsetReader) error) (blob, error) {
	made, err := m.decode(ctx, slot, reader.AnySize, read)
	if err == nil && len(slot.Operations.Compressions()) > 1 {
		// Only now is it known what bounds the intermediate results.
		made, err = m.decode(ctx, slot, uint64(made.originalSize), discard)
	}
	return made, err
}

func discard(plain *offsetReader) error {
	_, err := io.Copy(io.Discard, plain)
	return err
}

// decode reads a file that is to be stored as it is. originalSize is what it must decode to, or reader.AnySize.
func (m *blobMaker) decode(ctx context.Context, slot *manifest.Slot, originalSize uint64, read func(plain *offsetReader) error) (blob, error) {
	source, err := openRegular(slot.Source)
	if err != nil {
		return blob{}, err
	}
	defer source.Close()
	m.progress.Step("read "+slot.ID, sizeOf(source))
	stored := &storedReader{ctx: ctx, source: source, path: slot.Source, hash: sha256.New(), progress: m.progress}
	plain := &offsetReader{}
	decoded, err := reader.NewStream(stored, slot.Operations, originalSize)
	if err == nil {
		plain.source = decoded
		err = read(plain)
	}
	if err == nil {
		err = decoded.Finish()
	}
	if err != nil {
		return blob{}, format.AsError(err).Prefixed(slot.Source)
	}
	return blob{content: fileContent(slot.Source, stored.size, [32]byte(stored.hash.Sum(nil))), originalSize: plain.offset}, nil
}
