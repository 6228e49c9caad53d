//go:build darwin

package launcher

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// isSecureExecution tells whether the kernel started the program with raised rights.
func isSecureExecution() bool {
	return unix.Issetugid()
}

// ownPaths are the names under which the launcher's own file may be found, best first.
func ownPaths() []string {
	path, err := os.Executable()
	if err != nil {
		return nil
	}
	return []string{path}
}

func isTerminal(file *os.File) bool {
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TIOCGETA)
	return err == nil
}

// fileSystem tells the free bytes of a directory's file system, and whether programs may be executed from it.
func fileSystem(path string) (freeBytes uint64, noExec bool, err error) {
	var answer unix.Statfs_t
	if err := unix.Statfs(path, &answer); err != nil {
		return 0, false, err
	}
	return answer.Bavail * uint64(answer.Bsize), answer.Flags&unix.MNT_NOEXEC != 0, nil
}

// fingerprint tells one state of a file from another.
func fingerprint(file *os.File) (string, error) {
	var status unix.Stat_t
	err := unix.Fstat(int(file.Fd()), &status)
	modified, changed := status.Mtim, status.Ctim
	return fmt.Sprintf("%d %d %d %d.%09d %d.%09d\n",
		status.Dev, status.Ino, status.Size, modified.Sec, modified.Nsec, changed.Sec, changed.Nsec), err
}
