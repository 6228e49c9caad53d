package launcher

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// runChild runs a program as a child and waits for it, passing signals on. The status is its own, or 128 and the signal that ended
// it.
//
// What the terminal sends, it sends to the whole group, and so to the child too. macOS does not tell who sent a signal: what comes
// while the launcher's group is in the terminal's foreground is taken to come from there.
func runChild(path string, argv, env []string) (int, error) {
	received := make(chan os.Signal, 64)
	for _, number := range [...]syscall.Signal{
		unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2, unix.SIGWINCH, unix.SIGCONT, unix.SIGTSTP,
	} {
		if !signal.Ignored(number) {
			signal.Notify(received, number)
		}
	}
	signal.Notify(received, unix.SIGCHLD)
	child, err := inherited.start(path, argv, env)
	if err != nil {
		return 0, err
	}
	for {
		number, isNumber := (<-received).(syscall.Signal)
		if !isNumber {
			continue
		}
		if number == unix.SIGCHLD {
			if status, ended, err := childStatus(child); ended || err != nil {
				return status, err
			}
			continue
		}
		isOfTerminal := number == unix.SIGINT || number == unix.SIGQUIT || number == unix.SIGTSTP
		if !isOfTerminal || !isInForeground() {
			// The child has not been waited for, so its number is still its own.
			_ = unix.Kill(child, number)
		}
		if number == unix.SIGTSTP {
			// The program stops, and the launcher with it, so that the shell sees the job stopped.
			_ = unix.Kill(unix.Getpid(), unix.SIGSTOP)
		}
	}
}

func isInForeground() bool {
	terminal, err := unix.Open("/dev/tty", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(terminal)
	group, err := unix.IoctlGetInt(terminal, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
