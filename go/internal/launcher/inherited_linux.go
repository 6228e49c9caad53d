package launcher

import (
	"bytes"
	"errors"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// What the launcher inherited and the Go runtime changes before any Go code runs: it takes over signals that were ignored, unblocks
// some that were blocked, and opens /dev/null for standard descriptors that were closed. The program must get all of that
// as the launcher got it (spec/launch.md, "Execution"), so the binary does not begin in the runtime but in `entry`
// (entry_linux_*.s), which writes it down and goes on to the runtime. The linker is told so by -E (build.sh). A binary that was
// linked without it, such as that of a test, inherits what the runtime leaves.

// entry is where the kernel starts the binary. It is never called.
func entry()

// Written by entry.
var (
	// The text of /proc/self/status, which names the signals that are blocked and ignored, and its length.
	entryStatus       [4096]byte
	entryStatusLength int64
	// What fcntl(F_GETFD) said of descriptors 0 to 2: below zero if the descriptor was closed.
	entryDescriptors [3]int64
)

// inherited is what the program must get back.
var inherited = readInherited(entryStatus[:max(0, entryStatusLength)], entryDescriptors)

// lastSignal is the highest number of a signal.
const lastSignal syscall.Signal = 64

type inheritance struct {
	// Bit n-1 for signal n.
	blocked, ignored uint64
	isClosed         [3]bool
}

func readInherited(status []byte, descriptors [3]int64) inheritance {
	found := inheritance{blocked: signalSet(status, "\nSigBlk:\t"), ignored: signalSet(status, "\nSigIgn:\t")}
	for number, flags := range descriptors {
		found.isClosed[number] = flags < 0
	}
	return found
}

func signalSet(status []byte, name string) uint64 {
	_, after, _ := bytes.Cut(status, []byte(name))
	digits, _, _ := bytes.Cut(after, []byte("\n"))
	// A kernel without /proc tells nothing, and nothing is then restored.
	set, _ := strconv.ParseUint(string(digits), 16, 64)
	return set
}

func (i inheritance) ignores(number syscall.Signal) bool {
	return i.ignored>>(number-1)&1 != 0
}

// ignoreAgain ignores what was ignored, with the runtime's knowledge: it ends the process when a pipe is closed unless SIGPIPE is
// ignored. Not SIGCHLD: who ignores it cannot read how children ended.
func (i inheritance) ignoreAgain() {
	for number := syscall.Signal(1); number <= lastSignal; number++ {
		if i.ignores(number) && number != unix.SIGCHLD {
			signal.Ignore(number)
		}
	}
}

// restore makes the calling thread, which is about to become the program, what the launcher was at its start. The function that
// it returns undoes that as far as the launcher needs it.
func (i inheritance) restore() (undo func()) {
	// By the kernel's own call: some signals the runtime does not let anybody ignore.
	for number := syscall.Signal(1); number <= lastSignal; number++ {
		if i.ignores(number) {
			_ = setAction(number, kernelAction{handler: actionIgnore})
		}
	}
	for number, isClosed := range i.isClosed {
		if isClosed {
			unix.CloseOnExec(number)
		}
	}
	undoMask := i.restoreMask()
	return func() {
		undoMask()
		if i.ignores(unix.SIGCHLD) {
			_ = setAction(unix.SIGCHLD, kernelAction{handler: actionDefault})
		}
	}
}

// restoreMask blocks what was blocked, in this thread, which a program or child made from it then has.
func (i inheritance) restoreMask() (undo func()) {
	// The runtime adds nothing to an empty mask; and to lock a thread costs the start of another.
	if i.blocked == 0 {
		return func() {}
	}
	runtime.LockOSThread()
	before, mask := unix.Sigset_t{}, unix.Sigset_t{Val: [16]uint64{i.blocked}}
	err := unix.PthreadSigmask(unix.SIG_SETMASK, &mask, &before)
	return func() {
		if err == nil {
			_ = unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
		}
		runtime.UnlockOSThread()
	}
}

// start starts a child that gets what was inherited.
func (i inheritance) start(path string, argv, env []string) (child int, err error) {
	files := []uintptr{os.Stdin.Fd(), os.Stdout.Fd(), os.Stderr.Fd()}
	for number, isClosed := range i.isClosed {
		if isClosed {
			// Closed in the child.
			files[number] = ^uintptr(0)
		}
	}
	defer i.restoreMask()()
	attributes := &syscall.ProcAttr{Env: env, Files: files}
	if i.ignores(unix.SIGCHLD) {
		if child, err := startIgnoringChildren(path, argv, attributes); !errors.Is(err, unix.EPERM) {
			return child, err
		}
		// Where nobody may trace, the program gets SIGCHLD's default.
	}
	return syscall.ForkExec(path, argv, attributes)
}

// startIgnoringChildren starts a child that ignores SIGCHLD. It has that from its parent; but while the parent ignores SIGCHLD, the
// status of a child that ends is lost. So the child is stopped, as for a debugger, until the parent has ceased to ignore it.
func startIgnoringChildren(path string, argv []string, attributes *syscall.ProcAttr) (child int, err error) {
	// Only the thread that made the child may speak to it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	attributes.Sys = &syscall.SysProcAttr{Ptrace: true}
	defer func() { attributes.Sys = nil }()
	// With the runtime's knowledge: in children it takes back what it does not know of.
	signal.Ignore(unix.SIGCHLD)
	child, err = syscall.ForkExec(path, argv, attributes)
	if err := handle(unix.SIGCHLD); err != nil {
		return 0, err
	}
	if err != nil {
		return 0, err
	}
	var stopped syscall.WaitStatus
	if _, err := syscall.Wait4(child, &stopped, 0, nil); err != nil {
		return 0, err
	}
	return child, syscall.PtraceDetach(child)
}
