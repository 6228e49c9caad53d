package launcher

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What the kernel does with a signal, in the kernel's own form: package os/signal hides what is needed here. Source: sigaction(2).

const (
	actionDefault = 0
	actionIgnore  = 1

	actionSigInfo = 0x4
	actionOnStack = 0x08000000
	actionRestart = 0x10000000
)

type kernelAction struct {
	handler, flags, restorer uintptr
	mask                     uint64
}

func setAction(number syscall.Signal, action kernelAction) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(number), uintptr(unsafe.Pointer(&action)), 0, unsafe.Sizeof(action.mask), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
