// Package reader opens, verifies and decodes PSPF/2025 packages.
//
// Open reads the trailer and everything from copy A to the slot table, and returns the package together with what it found wrong:
// whether a finding stops a start depends on the validation level, which the metadata may raise. BeforeExtraction and WholeFile
// are the checks over the rest of the file. SlotStream and FrameDecoder turn stored bytes into content; the bytes that they hash
// are the bytes that they decode. ReadArchive reads a tar by the rules for tools.
//
// Nothing is allocated from a declared size before it was checked against the file and the limits.
//
// Source: spec/pspf-2025.md, spec/operations.md, spec/trust.md, and spec/launch.md for the order of checks.
package reader
