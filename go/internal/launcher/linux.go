//go:build linux

package launcher

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What the kernel says about the process in its auxiliary vector. Source: getauxval(3).
const (
	auxSecure         = 23
	auxExecutedPathAt = 31
)

func auxiliary(key uintptr) uintptr {
	vector, err := unix.Auxv()
	if err != nil {
		return 0
	}
	for _, pair := range vector {
		if pair[0] == key {
			return pair[1]
		}
	}
	return 0
}

// isSecureExecution tells whether the kernel started the program with raised rights: setuid, setgid, file capabilities.
func isSecureExecution() bool {
	return auxiliary(auxSecure) != 0
}

// ownPaths are the names under which the launcher's own file may be found, best first.
func ownPaths() []string {
	paths := []string{"/proc/self/exe"}
	if address := auxiliary(auxExecutedPathAt); address != 0 {
		// The kernel's copy of the path, at the end of the stack; it stays there as long as the process lives.
		paths = append(paths, unix.BytePtrToString(*(**byte)(unsafe.Pointer(&address))))
	}
	return paths
}

func isTerminal(file *os.File) bool {
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}

// fileSystem tells the free bytes of a directory's file system, and whether programs may be executed from it.
func fileSystem(path string) (freeBytes uint64, noExec bool, err error) {
	var answer unix.Statfs_t
	if err := unix.Statfs(path, &answer); err != nil {
		return 0, false, err
	}
	fragment := answer.Frsize
	if fragment == 0 {
		fragment = answer.Bsize
	}
	return answer.Bavail * uint64(fragment), answer.Flags&unix.ST_NOEXEC != 0, nil
}

// fingerprint tells one state of a file from another.
func fingerprint(file *os.File) (string, error) {
	var status unix.Stat_t
	err := unix.Fstat(int(file.Fd()), &status)
	modified, changed := status.Mtim, status.Ctim
	return fmt.Sprintf("%d %d %d %d.%09d %d.%09d\n",
		status.Dev, status.Ino, status.Size, modified.Sec, modified.Nsec, changed.Sec, changed.Nsec), err
}
