package builder

import (
	"context"
	"crypto/sha256"
	"io"
	"os"

	"flavorpack/internal/format"
)

// region is a part of a package; between one and the next are zeros.
type region struct {
	offset int64
	content
}

// writeRegions writes a package front to back, in the order of the file, and returns its SHA-256.
//
// Errors: output-unwritable, disk-full, io-error if a source is not what it was when it was measured, interrupted.
func writeRegions(ctx context.Context, path string, regions []region, progress Progress) (digest [32]byte, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return digest, fileError(err, path, "write")
	}
	defer file.Close()
	out := &packageFile{path: path, file: file, progress: progress}
	hash := sha256.New()
	both := io.MultiWriter(out, hash)
	for _, region := range regions {
		if _, err := both.Write(make([]byte, region.offset-out.size)); err != nil {
			return digest, err
		}
		if err := writeRegion(ctx, both, region); err != nil {
			return digest, err
		}
	}
	if err := file.Sync(); err != nil {
		return digest, fileError(err, path, "write")
	}
	if err := file.Close(); err != nil {
		return digest, fileError(err, path, "write")
	}
	return [32]byte(hash.Sum(nil)), nil
}

func writeRegion(ctx context.Context, out io.Writer, region region) error {
	source, err := region.open()
	if err != nil {
		return err
	}
	defer source.Close()
	hash := sha256.New()
	written, err := copyChunks(ctx, io.MultiWriter(out, hash), source, region.name)
	if err != nil {
		return err
	}
	if written != region.size || [32]byte(hash.Sum(nil)) != region.sha256 {
		return format.Errorf(format.CodeIoError, "%s changed while it was packed", region.name)
	}
	return nil
}

type packageFile struct {
	path     string
	file     *os.File
	progress Progress
	size     int64
}

func (f *packageFile) Write(data []byte) (int, error) {
	count, err := f.file.Write(data)
	f.size += int64(count)
	f.progress.Advance(int64(count))
	if err != nil {
		return count, fileError(err, f.path, "write")
	}
	return count, nil
}
