package main

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"

	"flavorpack/internal/format"
	"flavorpack/internal/reader"
)

// listArchive gives the entries of a tar, in order: path, type, mode, size, link target, SHA-256 of a file's content.
func listArchive(source io.Reader) (any, error) {
	entries := format.List{}
	err := reader.ReadArchive(source, func(entry *format.TarEntry, content io.Reader) error {
		mode, digest := "0755", ""
		if entry.Kind == format.TarFile {
			if !entry.Executable {
				mode = "0644"
			}
			hasher := sha256.New()
			if _, err := io.Copy(hasher, content); err != nil {
				return err
			}
			digest = hex.EncodeToString(hasher.Sum(nil))
		}
		entries = append(entries, format.List{entry.Path, tarKinds[entry.Kind], mode, int64(entry.Size), entry.LinkTarget, digest})
		return nil
	})
	return entries, err
}

// measure hashes and counts what is read through it.
type measure struct {
	source io.Reader
	digest hash.Hash
	size   int64
}

func (m *measure) Read(buffer []byte) (int, error) {
	count, err := m.source.Read(buffer)
	m.digest.Write(buffer[:count])
	m.size += int64(count)
	return count, err
}
