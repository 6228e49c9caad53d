//go:build unix

package launcher

import "syscall"

// canReplaceProcess: the launcher can make way for the program.
const canReplaceProcess = true

// replaceProcess makes the program take the launcher's place. It returns only what went wrong.
func replaceProcess(path string, argv, env []string) error {
	defer inherited.restore()()
	return syscall.Exec(path, argv, env)
}

// childStatus is how a child ended, if it has: its status, or 128 and the signal that ended it.
func childStatus(child int) (status int, ended bool, err error) {
	var how syscall.WaitStatus
	found, err := syscall.Wait4(child, &how, syscall.WNOHANG, nil)
	switch {
	case err != nil || found == 0:
		return 0, false, err
	case how.Signaled():
		return 128 + int(how.Signal()), true, nil
	}
	return how.ExitStatus(), true, nil
}
