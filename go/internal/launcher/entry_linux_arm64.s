#include "textflag.h"

// The first code of the process: see inherited_linux.go. Nothing but registers and these variables is touched, and the stack pointer
// is as the kernel set it when the runtime's own first code follows.

#define SYS_FCNTL 25
#define SYS_OPENAT 56
#define SYS_CLOSE 57
#define SYS_READ 63
#define F_GETFD 1
#define AT_FDCWD -100

#define WRITE_DOWN(descriptor, place) \
	MOVD $SYS_FCNTL, R8 \
	MOVD $descriptor, R0 \
	MOVD $F_GETFD, R1 \
	SVC \
	MOVD R0, place

TEXT ·entry(SB),NOSPLIT|NOFRAME,$0-0
	WRITE_DOWN(0, ·entryDescriptors+0(SB))
	WRITE_DOWN(1, ·entryDescriptors+8(SB))
	WRITE_DOWN(2, ·entryDescriptors+16(SB))
	MOVD $SYS_OPENAT, R8
	MOVD $AT_FDCWD, R0
	MOVD $·statusPath(SB), R1
	MOVD $0, R2
	MOVD $0, R3
	SVC
	CMP $0, R0
	BLT run
	MOVD R0, R19
	MOVD $·entryStatus(SB), R1
	MOVD $4096, R2
	MOVD $SYS_READ, R8
	SVC
	MOVD R0, ·entryStatusLength(SB)
	MOVD R19, R0
	MOVD $SYS_CLOSE, R8
	SVC
run:
	JMP _rt0_arm64_linux(SB)

DATA ·statusPath+0(SB)/8, $"/proc/se"
DATA ·statusPath+8(SB)/8, $"lf/statu"
DATA ·statusPath+16(SB)/2, $"s\x00"
GLOBL ·statusPath(SB), RODATA, $18
