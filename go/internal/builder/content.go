package builder

import (
	"bytes"
	"context"
	"crypto/sha256"
	"hash"
	"io"
	"os"
)

// content is what a region of a package holds: where it comes from, and what it was when it was measured.
type content struct {
	// name is for messages.
	name   string
	size   int64
	sha256 [32]byte
	open   func() (io.ReadCloser, error)
}

// bytesContent is content in memory.
func bytesContent(name string, data []byte) content {
	return content{
		name:   name,
		size:   int64(len(data)),
		sha256: sha256.Sum256(data),
		open:   func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
	}
}

// fileContent is all of a file.
func fileContent(path string, size int64, digest [32]byte) content {
	return content{name: path, size: size, sha256: digest, open: func() (io.ReadCloser, error) { return openRegular(path) }}
}

// blobFile is a file that a blob is written to, with its size and digest so far.
type blobFile struct {
	file *os.File
	hash hash.Hash
	size int64
}

// createBlobFile makes a file in the folder of a build. Its name says nothing: ids may differ by case alone, or be a device's name.
func createBlobFile(folder string) (*blobFile, error) {
	file, err := os.CreateTemp(folder, "blob-")
	if err != nil {
		return nil, fileError(err, folder, "write")
	}
	return &blobFile{file: file, hash: sha256.New()}, nil
}

func (f *blobFile) Write(data []byte) (int, error) {
	count, err := f.file.Write(data)
	if err != nil {
		return count, fileError(err, f.file.Name(), "write")
	}
	f.hash.Write(data)
	f.size += int64(count)
	return count, nil
}

func (f *blobFile) content() content {
	return fileContent(f.file.Name(), f.size, [32]byte(f.hash.Sum(nil)))
}

// streamSink is a stream that takes an archive.
type streamSink struct{ io.Writer }

func (s streamSink) header(blocks []byte) error { return s.data(blocks) }

func (s streamSink) data(bytes []byte) error {
	_, err := s.Write(bytes)
	return err
}

// plainCounter counts what goes into an encoder.
type plainCounter struct {
	out      io.Writer
	progress Progress
	size     int64
}

func (c *plainCounter) Write(data []byte) (int, error) {
	count, err := c.out.Write(data)
	c.size += int64(count)
	c.progress.Advance(int64(count))
	return count, err
}

// storedReader reads a file that is stored as it is, and measures it on the way.
type storedReader struct {
	ctx      context.Context
	source   io.Reader
	path     string
	hash     hash.Hash
	size     int64
	progress Progress
}

func (r *storedReader) Read(buffer []byte) (int, error) {
	if err := interrupted(r.ctx); err != nil {
		return 0, err
	}
	count, err := r.source.Read(buffer)
	r.hash.Write(buffer[:count])
	r.size += int64(count)
	r.progress.Advance(int64(count))
	if err != nil && err != io.EOF {
		return count, fileError(err, r.path, "read")
	}
	return count, err
}

// offsetReader knows how far a stream has been read.
type offsetReader struct {
	source io.Reader
	offset int64
}

func (r *offsetReader) Read(buffer []byte) (int, error) {
	count, err := r.source.Read(buffer)
	r.offset += int64(count)
	return count, err
}

// measured fills in the digest of content.
func measured(c content) (content, error) {
	source, err := c.open()
	if err != nil {
		return c, err
	}
	defer source.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, source); err != nil {
		return c, fileError(err, c.name, "read")
	}
	c.sha256 = [32]byte(hash.Sum(nil))
	return c, nil
}
