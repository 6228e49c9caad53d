package reader

import (
	"slices"
	"strings"

	"flavorpack/internal/format"
)

// Level is how much is tolerated, weakest first. Source: spec/trust.md, "Levels".
type Level int

// The levels.
const (
	LevelNone Level = iota
	LevelMinimal
	LevelRelaxed
	LevelStandard
	LevelStrict
)

// Action is what a level does about a fault.
type Action int

// The actions.
const (
	// Refuse: stop, with the exit code of the error.
	Refuse Action = iota
	// Warn: say so in one line and go on.
	Warn
	// Ignore: not looked at.
	Ignore
)

// Fault is a row of the table that some level tolerates. What none tolerates is an error and nothing else.
type Fault int

// The faults.
const (
	// FaultMalformed: what no level tolerates.
	FaultMalformed Fault = iota
	// FaultConsistency: index checksum, copy A, padding, unknown non-zero field, descriptor differs from metadata.
	FaultConsistency
	// FaultSignature: metadata checksum, metadata signature, seal or co-signature wrong; announced seal missing.
	FaultSignature
	FaultSlotDigest
	FaultUnsigned
	FaultSealNotAnnounced
	FaultLauncherDigest
)

// Finding is something that is wrong.
type Finding struct {
	Fault Fault
	Err   *format.Error
}

func finding(fault Fault, code format.ErrorCode, layout string, operands ...any) Finding {
	return Finding{Fault: fault, Err: format.Errorf(code, layout, operands...)}
}

// ParseLevel finds a level by name, in any case.
func ParseLevel(name string) (Level, bool) {
	position := slices.IndexFunc(format.ValidationLevels[:], func(level string) bool { return strings.EqualFold(level, name) })
	return Level(position), position >= 0
}

func (l Level) String() string {
	return format.ValidationLevels[l]
}

// Action is the cell of the table.
func (l Level) Action(fault Fault) Action {
	//           none, minimal, relaxed, standard, strict
	var row [5]Action
	switch fault {
	case FaultMalformed:
		row = [...]Action{Refuse, Refuse, Refuse, Refuse, Refuse}
	case FaultConsistency, FaultSignature:
		row = [...]Action{Ignore, Warn, Warn, Refuse, Refuse}
	case FaultSlotDigest:
		row = [...]Action{Ignore, Warn, Refuse, Refuse, Refuse}
	case FaultUnsigned:
		row = [...]Action{Ignore, Ignore, Ignore, Warn, Refuse}
	case FaultSealNotAnnounced, FaultLauncherDigest:
		row = [...]Action{Ignore, Ignore, Ignore, Ignore, Refuse}
	}
	return row[l]
}
