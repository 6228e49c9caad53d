#include "textflag.h"

// A signal handler in the kernel's own convention: see spawn_linux.go. It runs on the runtime's signal stack, in any thread, and
// only makes a system call; the kernel restores all registers afterwards.

#define SYS_WRITE 64
#define SIGINFO_SIZE 128

TEXT handler<>(SB),NOSPLIT|NOFRAME,$0-0
	// R1 is the address of the siginfo; R30 that of the kernel's code that returns.
	MOVD ·handlerPipe(SB), R0
	MOVD $SIGINFO_SIZE, R2
	MOVD $SYS_WRITE, R8
	SVC
	RET

DATA ·handlerAddress(SB)/8, $handler<>(SB)
GLOBL ·handlerAddress(SB), RODATA, $8
