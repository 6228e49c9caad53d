// Package format holds the bytes of PSPF/2025, decoded and encoded.
//
// Everything here works on bytes that somebody else has read. Nothing is trusted: what comes out is well formed, not verified
// (that is the job of package reader). Normative text: spec/pspf-2025.md, spec/metadata.md, spec/operations.md, spec/trust.md;
// numbers: spec/tables.json, from which constants_gen.go is generated.
package format
