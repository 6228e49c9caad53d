#include "textflag.h"

// A signal handler in the kernel's own convention: see spawn_linux.go. It runs on the runtime's signal stack, in any thread, and
// only makes a system call; the kernel restores all registers afterwards.

#define SYS_WRITE 1
#define SYS_RT_SIGRETURN 15
#define SIGINFO_SIZE 128

TEXT handler<>(SB),NOSPLIT|NOFRAME,$0-0
	// SI is the address of the siginfo.
	MOVQ ·handlerPipe(SB), DI
	MOVL $SIGINFO_SIZE, DX
	MOVL $SYS_WRITE, AX
	SYSCALL
	RET

TEXT restorer<>(SB),NOSPLIT|NOFRAME,$0-0
	MOVL $SYS_RT_SIGRETURN, AX
	SYSCALL
	INT $3

DATA ·handlerAddress(SB)/8, $handler<>(SB)
GLOBL ·handlerAddress(SB), RODATA, $8
DATA ·restorerAddress(SB)/8, $restorer<>(SB)
GLOBL ·restorerAddress(SB), RODATA, $8
