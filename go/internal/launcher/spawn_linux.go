package launcher

import (
	"encoding/binary"
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// Spawn mode passes signals on with one exception: what the terminal sends, it sends to the whole group, and so to the child too.
// Only the kernel's siginfo tells who sent a signal, and os/signal throws it away. So the launcher has a handler of its own
// (signal_linux_*.s), which writes the siginfo into a pipe.

// forwarded are the signals that are passed on to the program.
var forwarded = [...]syscall.Signal{
	unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2, unix.SIGWINCH, unix.SIGCONT, unix.SIGTSTP,
}

// Of siginfo_t. Source: linux/include/uapi/asm-generic/siginfo.h.
const (
	sigInfoSize    = 128
	sigInfoCodeAt  = 8
	sentByTerminal = 0x80 // SI_KERNEL
)

// Of signal_linux_*.s: the handler's address and that of the code that returns from it (amd64 only), and the pipe that it writes into.
var (
	handlerAddress  uintptr
	restorerAddress uintptr
	handlerPipe     int64
)

// handle has a signal reported to the pipe.
func handle(number syscall.Signal) error {
	flags := uintptr(actionSigInfo | actionOnStack | actionRestart | restorerFlag)
	return setAction(number, kernelAction{handler: handlerAddress, flags: flags, restorer: restorerAddress})
}

// runChild runs a program as a child and waits for it, passing signals on. The status is its own, or 128 and the signal that ended it.
func runChild(path string, argv, env []string) (int, error) {
	var pipe [2]int
	// What does not fit is lost: nobody sends that many signals and wants each of them to arrive.
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return 0, err
	}
	if err := unix.SetNonblock(pipe[0], false); err != nil {
		return 0, err
	}
	handlerPipe = int64(pipe[1])
	for _, number := range append(forwarded[:], unix.SIGCHLD) {
		if inherited.ignores(number) && number != unix.SIGCHLD {
			continue
		}
		if err := handle(number); err != nil {
			return 0, err
		}
	}
	child, err := inherited.start(path, argv, env)
	if err != nil {
		return 0, err
	}
	for {
		var info [sigInfoSize]byte
		if _, err := unix.Read(pipe[0], info[:]); errors.Is(err, unix.EINTR) {
			continue
		} else if err != nil {
			return 0, err
		}
		number := syscall.Signal(binary.NativeEndian.Uint32(info[:]))
		if number == unix.SIGCHLD {
			if status, ended, err := childStatus(child); ended || err != nil {
				return status, err
			}
			continue
		}
		isFromTerminal := binary.NativeEndian.Uint32(info[sigInfoCodeAt:]) == sentByTerminal &&
			(number == unix.SIGINT || number == unix.SIGQUIT || number == unix.SIGTSTP)
		if !isFromTerminal {
			// The child has not been waited for, so its number is still its own.
			_ = unix.Kill(child, number)
		}
		if number == unix.SIGTSTP {
			// The program stops, and the launcher with it, so that the shell sees the job stopped.
			_ = unix.Kill(unix.Getpid(), unix.SIGSTOP)
		}
	}
}
