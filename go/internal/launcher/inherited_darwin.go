package launcher

import (
	"os"
	"syscall"
)

// inheritance is what the program must get back of what the Go runtime changed. On macOS programs cannot begin outside the system's
// library, so nobody can write it down before the runtime runs: signals other than SIGHUP and SIGINT that were ignored come
// back to their default. (inherited_linux.go tells what is kept there.)
type inheritance struct{}

var inherited inheritance

func (inheritance) ignoreAgain() {}

func (inheritance) restore() (undo func()) { return func() {} }

// start starts a child.
func (inheritance) start(path string, argv, env []string) (child int, err error) {
	files := []uintptr{os.Stdin.Fd(), os.Stdout.Fd(), os.Stderr.Fd()}
	return syscall.ForkExec(path, argv, &syscall.ProcAttr{Env: env, Files: files})
}
