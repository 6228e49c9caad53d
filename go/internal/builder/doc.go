// Package builder turns a manifest into a package: blobs of its slots, metadata, layout, signatures, one file written front to
// back. Given the same manifest, launcher, key, SOURCE_DATE_EPOCH and slots that are pre-archived or uncompressed, every builder
// of this project writes the same bytes.
//
// Source: spec/builder.md, spec/pspf-2025.md, spec/operations.md, spec/metadata.md.
package builder
