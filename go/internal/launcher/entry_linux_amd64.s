#include "textflag.h"

// The first code of the process: see inherited_linux.go. Nothing but registers and these variables is touched, and the stack pointer
// is as the kernel set it when the runtime's own first code follows.

#define SYS_READ 0
#define SYS_OPEN 2
#define SYS_CLOSE 3
#define SYS_FCNTL 72
#define F_GETFD 1

#define WRITE_DOWN(descriptor, place) \
	MOVL $SYS_FCNTL, AX \
	MOVL $descriptor, DI \
	MOVL $F_GETFD, SI \
	SYSCALL \
	MOVQ AX, place

TEXT ·entry(SB),NOSPLIT|NOFRAME,$0-0
	WRITE_DOWN(0, ·entryDescriptors+0(SB))
	WRITE_DOWN(1, ·entryDescriptors+8(SB))
	WRITE_DOWN(2, ·entryDescriptors+16(SB))
	MOVL $SYS_OPEN, AX
	LEAQ ·statusPath(SB), DI
	XORL SI, SI
	XORL DX, DX
	SYSCALL
	TESTQ AX, AX
	JLT run
	MOVQ AX, DI
	LEAQ ·entryStatus(SB), SI
	MOVL $4096, DX
	MOVL $SYS_READ, AX
	SYSCALL
	MOVQ AX, ·entryStatusLength(SB)
	MOVL $SYS_CLOSE, AX
	SYSCALL
run:
	// The kernel's value: no function to run at exit.
	XORL DX, DX
	JMP _rt0_amd64_linux(SB)

DATA ·statusPath+0(SB)/8, $"/proc/se"
DATA ·statusPath+8(SB)/8, $"lf/statu"
DATA ·statusPath+16(SB)/2, $"s\x00"
GLOBL ·statusPath(SB), RODATA, $18
