package format

// Metadata is the document that describes a package, complete: what readers need from it, and what builders write into it.
// metadata_decoder.go reads it, metadata_encoder.go writes it.
//
// A nil slice or pointer, and an empty text, is a member that is absent, unless it says otherwise.
//
// Source: spec/metadata.md.
type Metadata struct {
	// Sealed: the document announces verification.integrity_seal.scope, and the rules of this format hold. Otherwise an earlier
	// implementation wrote it (spec/pspf-2025.md, "What upstream wrote"). Documents are written sealed whatever it says.
	Sealed          bool
	Package         PackageInfo
	Slots           []SlotEntry
	Execution       Execution
	RuntimeEnv      RuntimeEnv
	Workenv         Workenv
	SetupCommands   []SetupCommand
	CacheValidation *CacheValidation
	Verification    Verification
	Launcher        *Launcher
	Build           Build
	// Requirements are nil when nobody said anything; without members the package needs nothing.
	Requirements *Requirements
}

// Pair is a name and its value; Map holds pairs in the order of the document.
type (
	Pair struct{ Name, Value string }
	Map  []Pair
)

// PackageInfo says what is packed.
type PackageInfo struct {
	Name, Version string
	Description   *string
	// Sequence orders versions; 0 takes no part.
	Sequence uint64
}

// SlotEntry is a slot as the signed document describes it.
type SlotEntry struct {
	ID string
	// Target is a path below the workenv, `.` for its root.
	Target       string
	Size         uint64
	OriginalSize uint64
	// Checksum is SHA-256 of the stored blob. Earlier builders may have written none.
	Checksum *[32]byte
	// Operations is the canonical spelling of the chain.
	Operations string
	Purpose    string
	Lifecycle  string
	// Permissions is the mode of a single file; nil for archives.
	Permissions *uint16
	// Platform is linux, darwin or windows; absent for any.
	Platform *string
	// Frames is the frame list as JSON; see DecodeFrames and EncodeFrames.
	Frames RawJSON
	// SelfRef marks earlier builders' slot without data. It is not written.
	SelfRef bool
}

// Execution names the programs that a package can start.
type Execution struct {
	Argv []string
	// Command is the same, quoted for a POSIX shell. Packages of this format have both; earlier ones one of them.
	Command *string
	Entries []Entry
	// Entry is the name of the default entry.
	Entry       *string
	Env         Map
	PrimarySlot uint64
}

// Entry is a program that is started when the package is called by its name.
type Entry struct {
	Name string
	Argv []string
}

// RuntimeEnv changes the caller's environment. Members that hold nothing are not written; runtime.env itself is when one is not nil.
type RuntimeEnv struct {
	Unset, Pass []string
	Map, Set    Map
}

// Workenv says what the extracted tree has besides the slots.
type Workenv struct {
	Directories []Directory
	// Env is written when it is not nil.
	Env Map
}

// Directory is made at extraction, if it is not there. The mode is one such as 0o700.
type Directory struct {
	Path string
	Mode uint32
}

// SetupKind is what a setup command does.
type SetupKind string

// The kinds of setup commands.
const (
	SetupExecute             SetupKind = "execute"
	SetupEnumerateAndExecute SetupKind = "enumerate_and_execute"
	SetupWriteFile           SetupKind = "write_file"
	SetupChmod               SetupKind = "chmod"
)

// SetupCommand is a step of the extraction.
type SetupCommand struct {
	Kind SetupKind
	// Argv of what is executed; without it, Command is to be split by the rules of a POSIX shell.
	Argv    []string
	Command string
	// Path: where files are enumerated, or what is written or changed.
	Path string
	// Pattern chooses the files that are enumerated.
	Pattern string
	// Content and Mode of a file.
	Content string
	Mode    uint32
}

// CacheValidation is kept for earlier readers.
type CacheValidation struct {
	CheckFile, ExpectedContent string
}

// Verification says how the package may be checked.
type Verification struct {
	Signed bool
	// MinimumLevel is one of ValidationLevels.
	MinimumLevel string
	// KeyLifetime is build or publisher.
	KeyLifetime string
}

// Launcher is the executable at the start of the package.
type Launcher struct {
	Tool, ToolVersion string
	Platform          string
	// Size and Checksum (SHA-256) are nil in packages of earlier implementations only.
	Size     *uint64
	Checksum *[32]byte
}

// Build says how the package was made.
type Build struct {
	Tool, ToolVersion string
	// Timestamp is RFC 3339, UTC.
	Timestamp     string
	Deterministic bool
	// Platform is that of the target.
	Platform Platform
}

// Requirements are the floor of the C library.
type Requirements struct {
	// Libc is glibc or musl.
	Libc, LibcVersion string
}
