package launcher

import (
	"strings"

	"flavorpack/internal/format"
)

// From `execution` to a path and an argument vector. Source: spec/launch.md, "Command" and "Entries".

// command is a program and its arguments, ready for execve.
type command struct {
	path string
	// argv[0] is path.
	argv []string
	// isPackaged: the program belongs to the package; then its absence is cured by extracting again.
	isPackaged bool
}

// commandOfExecution is the program that the metadata names for this call.
//
// Errors: program-missing, metadata-malformed.
func commandOfExecution(caller Caller, filler placeholders) (command, error) {
	execution := &filler.metadata.Execution
	words := execution.Argv
	for _, entry := range execution.Entries {
		if entry.Name == caller.commandName() {
			words = entry.Argv
			break
		}
	}
	if words == nil {
		if execution.Command == nil {
			return command{}, format.Errorf(format.CodeMetadataMalformed, "metadata: execution names no program")
		}
		var err error
		if words, err = format.SplitCommand(*execution.Command); err != nil {
			return command{}, err
		}
	}
	path, _ := caller.variable("PATH")
	// Packages of earlier implementations name programs of the host by bare words.
	return commandOfWords(words, filler, path, execution.Argv == nil)
}

// commandOfSetup is a setup command's program. Tools of the host may be named by bare words.
func commandOfSetup(step format.SetupCommand, filler placeholders, hostPath string) (command, error) {
	argv := step.Argv
	if argv == nil {
		var err error
		if argv, err = format.SplitCommand(step.Command); err != nil {
			return command{}, err
		}
	}
	return commandOfWords(argv, filler, hostPath, true)
}

func commandOfWords(words []string, filler placeholders, hostPath string, bareMeansHost bool) (command, error) {
	if len(words) == 0 {
		return command{}, format.Errorf(format.CodeProgramMissing, "the command is empty")
	}
	path, isPackaged, err := locate(nativePath(filler.fill(words[0])), filler.workenv, hostPath, bareMeansHost)
	if err != nil {
		return command{}, err
	}
	if err := checkProgram(path); err != nil {
		return command{}, err
	}
	argv := []string{path}
	for _, word := range words[1:] {
		argv = append(argv, filler.fill(word))
	}
	for _, word := range argv {
		if strings.IndexByte(word, 0) >= 0 {
			return command{}, format.Errorf(format.CodeExecFailed, "the command of %q has a NUL in an argument", words[0])
		}
	}
	return command{path, argv, isPackaged}, nil
}

// locate tells where the program lies, and whether that is inside the workenv.
func locate(program, workenv, hostPath string, bareMeansHost bool) (path string, isPackaged bool, err error) {
	if isAbsolute(program) {
		path := withProgramSuffix(program)
		return path, isBelow(workenv, path), nil
	}
	if name, isHost := strings.CutPrefix(program, "host:"); isHost {
		path, err := findOnHost(name, hostPath)
		return path, false, err
	}
	inPrograms := below(below(workenv, "bin"), program)
	for _, candidate := range [...]string{inPrograms, below(workenv, program)} {
		if path := withProgramSuffix(candidate); isFile(path) {
			return path, true, nil
		}
	}
	if bareMeansHost && lastComponent(program) == program {
		path, err := findOnHost(program, hostPath)
		return path, false, err
	}
	// The path that it should have had: a broken tree is extracted again, and then this is what is reported.
	return inPrograms, true, nil
}

// findOnHost searches the caller's PATH. Relative entries are left out: they would let the current directory decide what runs.
//
// Errors: program-missing.
func findOnHost(name, hostPath string) (string, error) {
	if name != "" && lastComponent(name) == name {
		for _, entry := range strings.Split(hostPath, listSeparator) {
			if !isAbsolute(entry) {
				continue
			}
			if path := withProgramSuffix(below(entry, name)); isExecutable(path) {
				return path, nil
			}
		}
	}
	return "", format.Errorf(format.CodeProgramMissing, "program %q is in no absolute directory of PATH", name).
		WithHint("the package needs this program from the system: install it, or correct PATH")
}
