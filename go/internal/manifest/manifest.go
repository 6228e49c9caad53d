package manifest

import "flavorpack/internal/format"

// Manifest is what a package is made of, before any byte of it exists: every default filled in, every value checked. What needs no
// source has the form in which the metadata carries it.
type Manifest struct {
	// Package.Sequence 0 means SOURCE_DATE_EPOCH, or takes no part.
	Package         format.PackageInfo
	Execution       format.Execution
	Slots           []Slot
	RuntimeEnv      format.RuntimeEnv
	Workenv         format.Workenv
	SetupCommands   []format.SetupCommand
	CacheValidation *format.CacheValidation
	Requirements    *format.Requirements
	// MinimumLevel is a validation level, or empty.
	MinimumLevel string
}

// Slot is one unit of content.
type Slot struct {
	// ID is unique; [A-Za-z0-9][A-Za-z0-9._-]{0,63}.
	ID string
	// Source is the absolute path of a folder (which is archived) or of a file.
	Source string
	// Target is a path below the workenv, "." for its root. An archive is unpacked into it, a single file is written at it.
	Target     string
	Operations format.Chain
	Purpose    string
	Lifecycle  string
	// Permissions is the mode of a single file; nil takes it from the source's executable bit.
	Permissions *uint16
	// Platform is the operating system that the slot is for; nil for any.
	Platform *string
}

// IsWheel tells whether the slot is a zip that becomes the package's wheel (spec/pspf-2025.md, "The wheel slot").
func (s *Slot) IsWheel() bool { return s.Purpose == wheelPurpose }
