package launcher

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"flavorpack/internal/format"
)

// Hand over to the program: replace the launcher, or run a child and wait. Source: spec/launch.md, "Execution".
//
// replaceProcess and runChild are the system's: execute_unix.go, spawn_linux.go and their neighbours.

// execute starts the program. It returns in spawn mode, with the program's status or 128 and the signal that ended it, and with
// an error.
//
// Errors: program-missing, exec-failed.
func execute(program command, argv, env []string, spawn bool) (int, error) {
	if !spawn && canReplaceProcess {
		return 0, executeError(program.path, replaceProcess(program.path, argv, env))
	}
	status, err := runChild(program.path, argv, env)
	if err != nil {
		return 0, executeError(program.path, err)
	}
	return status, nil
}

func executeError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		what := "it does not exist"
		if _, err := os.Stat(path); err == nil {
			what = "its interpreter does not exist"
		}
		return format.Errorf(format.CodeProgramMissing, "cannot execute %s: %s", path, what)
	case errors.Is(err, syscall.E2BIG):
		return format.Errorf(format.CodeExecFailed, "cannot execute %s: %w", path, systemWords(err)).
			WithHint("arguments and environment together are larger than the system allows")
	}
	return format.Errorf(format.CodeExecFailed, "cannot execute %s: %w", path, systemWords(err))
}
