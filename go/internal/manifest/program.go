package manifest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"flavorpack/internal/format"
)

// content is where a program may come from: the slots, and whether setup commands may add more.
type content struct {
	slots    []Slot
	hasSetup bool
}

// programWords reads a program as words. isCommand tells that it was given as a command line.
//
// Errors: entry-missing without a program, manifest-invalid with two.
func programWords(input ProgramInput, where string) (argv []string, isCommand bool, err error) {
	switch {
	case input.Argv != nil && input.Command != nil:
		return nil, false, format.Errorf(format.CodeManifestInvalid, "%s has both argv and command: one of them says what to start", where)
	case input.Argv != nil:
		return input.Argv, false, nil
	case input.Command != nil:
		argv, err := format.SplitCommand(*input.Command)
		if err != nil {
			fault := format.AsError(err).Prefixed(where + ".command")
			fault.Code = format.CodeManifestInvalid
			return nil, true, fault
		}
		if len(argv) == 0 {
			return nil, true, format.Errorf(format.CodeManifestInvalid, "%s.command holds no word", where)
		}
		return argv, true, nil
	default:
		return nil, false, format.Errorf(format.CodeEntryMissing, "%s names no program: it has neither argv nor command", where).
			WithHint(`write for example argv = ["{workenv}/bin/hello"]`)
	}
}

// filledFirst is a program whose place only the launcher knows.
var filledFirst = regexp.MustCompile(`^\{(slot:[0-9]+|home)\}`)

// settleProgram settles argv[0] and returns the argv to sign, with a warning when the host's PATH decides.
//
// Errors: entry-missing for a program that the package will not hold. See spec/launch.md, "Command".
func settleProgram(argv []string, isCommand bool, content content, where string) (settled []string, warning string, err error) {
	program := argv[0]
	if program == "" {
		return nil, "", format.Errorf(format.CodeEntryMissing, "%s: the program's name is empty", where)
	}
	if strings.HasPrefix(program, "/") || filledFirst.MatchString(program) {
		return argv, "", nil
	}
	if name, isHost := strings.CutPrefix(program, "host:"); isHost {
		if name == "" || strings.Contains(name, "/") {
			return nil, "", format.Errorf(format.CodeManifestInvalid, "%s: %s: expected host:NAME with a bare name", where, quoted(program))
		}
		return argv, "", nil
	}
	below, isBelow := strings.CutPrefix(program, "{workenv}/")
	places := []string{below}
	if !isBelow {
		places = []string{"bin/" + program, program}
	}
	mayBeThere := false
	for _, place := range places {
		isThere, isUnknown := content.holds(place)
		if isThere {
			return argv, "", nil
		}
		mayBeThere = mayBeThere || isUnknown || strings.Contains(place, "{")
	}
	if mayBeThere {
		return argv, "", nil
	}
	isBare := !isBelow && !strings.Contains(program, "/")
	if isBare && isCommand {
		warning := fmt.Sprintf("%s: %s is not in the package and will be searched on the PATH of the machine that runs it; write host:%s to say so, or put it into a slot", where, program, program)
		return append([]string{"host:" + program}, argv[1:]...), warning, nil
	}
	hint := "check the targets of the slots"
	if isBare {
		hint = fmt.Sprintf("write host:%s to use the one on the machine that runs it, or an absolute path", program)
	}
	return nil, "", format.Errorf(format.CodeEntryMissing, "%s: %s is not in the package: looked for %s", where, program, strings.Join(places, " and ")).WithHint(hint)
}

// holds tells whether a path below the workenv will exist. Archives that are taken as they come are not opened: unknown.
func (c content) holds(path string) (isThere, isUnknown bool) {
	isUnknown = c.hasSetup
	for _, slot := range c.slots {
		if !slot.Operations.IsArchive() {
			if slot.Target == path {
				return true, false
			}
			continue
		}
		inside := path
		if slot.Target != "." {
			var isInside bool
			if inside, isInside = strings.CutPrefix(path, slot.Target+"/"); !isInside {
				continue
			}
		}
		if info, err := os.Stat(slot.Source); err != nil || !info.IsDir() {
			isUnknown = true
		} else if _, err := os.Stat(filepath.Join(slot.Source, filepath.FromSlash(inside))); err == nil {
			return true, false
		}
	}
	return false, isUnknown
}
