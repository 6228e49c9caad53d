//go:build unix

package launcher

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// What differs between systems, as Unix has it; windows.go has the other half. (golang.org/x/sys holds the calls that take a
// directory's descriptor, which package syscall lacks.)

const (
	separator     = "/"
	listSeparator = ":"
)

func isAbsolute(path string) bool {
	return strings.HasPrefix(path, "/")
}

// lastComponent is what stands after the last separator.
func lastComponent(path string) string {
	return path[strings.LastIndexByte(path, '/')+1:]
}

// commandName is the name that a package was called by: the last component of argv[0] without `.psp` or `.exe`.
func commandName(command string) string {
	name := lastComponent(command)
	if stem, found := strings.CutSuffix(name, ".psp"); found {
		return stem
	}
	return strings.TrimSuffix(name, ".exe")
}

// plainPath is a path from the environment, in the form that paths of the workenv have.
func plainPath(path string) string {
	return path
}

// withProgramSuffix is the name of the file that a program's name stands for.
func withProgramSuffix(path string) string {
	return path
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// checkProgram tells whether the system can hand arguments to a program unchanged.
func checkProgram(string) error {
	return nil
}

// checkName refuses names that the system cannot have.
func checkName(string) error {
	return nil
}

// checkLink refuses links where the system has none.
func checkLink(string) error {
	return nil
}

// changeMode sets all bits of a mode.
func changeMode(path string, mode fs.FileMode) error {
	return unix.Chmod(path, uint32(mode))
}

// removeTreeAndLock removes a temporary tree while its lock is held.
func removeTreeAndLock(path string, lock *os.File) {
	removeTree(path)
	closeFile(lock)
}

// endedWords tells how a process ended.
func endedWords(ended *os.ProcessState) string {
	status, isStatus := ended.Sys().(syscall.WaitStatus)
	if !isStatus || !status.Signaled() {
		return "exit status: " + strconv.Itoa(ended.ExitCode())
	}
	words := "signal: " + strconv.Itoa(int(status.Signal())) + " (" + unix.SignalName(status.Signal()) + ")"
	if status.CoreDump() {
		words += " (core dumped)"
	}
	return words
}

// nativePath is a path of the metadata as the system writes it.
func nativePath(path string) string {
	return path
}

// isSameName tells whether two names are of one variable.
func isSameName(a, b string) bool {
	return a == b
}

// foldName makes names of one variable equal.
func foldName(name string) string {
	return name
}

// errnoWords is the system's own description of an error: its words, and its number.
func errnoWords(number syscall.Errno) string {
	words := number.Error()
	return strings.ToUpper(words[:1]) + words[1:] + " (os error " + strconv.Itoa(int(number)) + ")"
}

func isDiskFull(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)
}

// isElevated tells whether the process has rights that its caller does not have.
func isElevated() bool {
	return isSecureExecution() || os.Getuid() != os.Geteuid() || os.Getgid() != os.Getegid()
}

// openToRead opens a file, no link. (os.Open would make an epoll descriptor first, for files that do not need one.)
func openToRead(path string) (*os.File, error) {
	return openFile(path, unix.O_RDONLY|unix.O_NOFOLLOW, 0)
}

// openSelf opens the package's own file.
func openSelf(command string) (*os.File, error) {
	paths := ownPaths()
	if lastComponent(command) != command {
		paths = append(paths, command)
	}
	for _, path := range paths {
		if file, err := openFile(path, unix.O_RDONLY, 0); err == nil {
			return file, nil
		}
	}
	return nil, fs.ErrNotExist
}

func openLock(path string) (*os.File, error) {
	return openFile(path, unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW, 0o600)
}

// createFile makes a new file of exactly this mode but for the umask.
func createFile(path string, mode fs.FileMode) (*os.File, error) {
	return openFile(path, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW, uint32(mode))
}

func openFile(path string, flags int, mode uint32) (*os.File, error) {
	for {
		descriptor, err := unix.Open(path, flags|unix.O_CLOEXEC, mode)
		if err == nil {
			return os.NewFile(uintptr(descriptor), path), nil
		}
		if err != unix.EINTR {
			return nil, err
		}
	}
}

// cacheDistrust is why a directory may not hold the cache, or empty.
func cacheDistrust(info fs.FileInfo) string {
	if !info.IsDir() {
		return "is a link or no directory"
	}
	status, isStatus := info.Sys().(*syscall.Stat_t)
	if user := uint32(os.Geteuid()); isStatus && status.Uid != user && status.Uid != 0 {
		return "belongs to user " + strconv.Itoa(int(status.Uid)) + ", expected " + strconv.Itoa(int(user))
	}
	if isStatus && status.Mode&0o022 != 0 {
		mode := strconv.FormatUint(uint64(status.Mode&0o7777), 8)
		return "is writable by others: mode " + strings.Repeat("0", 4-min(4, len(mode))) + mode
	}
	return ""
}

// sharedCaches are places for those who have no cache of their own.
func sharedCaches() []string {
	name := "flavor-" + strconv.Itoa(os.Geteuid())
	return []string{below("/var/tmp", name), below("/tmp", name)}
}

// checkWritable tells why the process may not write into a directory.
func checkWritable(path string) error {
	return unix.Access(path, unix.W_OK|unix.X_OK)
}

// tryLock takes the kernel lock of an open file if it is free.
func tryLock(file *os.File) locked {
	for {
		switch err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err {
		case nil:
			return lockedByUs
		case unix.EWOULDBLOCK:
			return lockedByAnother
		case unix.EINTR:
		default:
			return lockUnsupported
		}
	}
}

// keepLock keeps the lock of a file for as long as the program lives: a second descriptor, which exec does not close.
func keepLock(file *os.File) error {
	_, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD, 0)
	return err
}

// withoutUmask runs something while modes of new files are not cut.
func withoutUmask(run func() error) error {
	umask := unix.Umask(0)
	defer unix.Umask(umask)
	return run()
}

// renameDirectory renames a directory to a name that nothing has, or that of an empty directory.
func renameDirectory(from, to string) error {
	return unix.Rename(from, to)
}

// isHeldOpen tells whether a rename failed because something has a file open, which hinders none here.
func isHeldOpen(error) bool {
	return false
}

// isTaken tells whether a rename failed because something with that name is there.
func isTaken(err error) bool {
	return errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, unix.EEXIST) || errors.Is(err, unix.ENOTDIR)
}

// directory is an open directory, below which things are made by relative paths. No path leads through a link at its end.
type directory struct{ file *os.File }

func openDirectory(path string) (directory, error) {
	file, err := openFile(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	return directory{file}, err
}

func (d directory) close() {
	closeFile(d.file)
}

func (d directory) createFile(path string, mode fs.FileMode) (*os.File, error) {
	flags := unix.O_WRONLY | unix.O_CREAT | unix.O_EXCL | unix.O_NOFOLLOW | unix.O_CLOEXEC
	for {
		descriptor, err := unix.Openat(int(d.file.Fd()), path, flags, uint32(mode))
		if err == nil {
			return os.NewFile(uintptr(descriptor), path), nil
		}
		if err != unix.EINTR {
			return nil, err
		}
	}
}

func (d directory) makeDirectory(path string, mode fs.FileMode) error {
	return unix.Mkdirat(int(d.file.Fd()), path, uint32(mode))
}

func (d directory) isDirectory(path string) (bool, error) {
	var status unix.Stat_t
	err := unix.Fstatat(int(d.file.Fd()), path, &status, unix.AT_SYMLINK_NOFOLLOW)
	return status.Mode&unix.S_IFMT == unix.S_IFDIR, err
}

func (d directory) makeLink(path, target string) error {
	return unix.Symlinkat(target, int(d.file.Fd()), path)
}

// setTime sets the time of what has that name, of a link itself.
func (d directory) setTime(path string, seconds int64) error {
	time := unix.NsecToTimespec(0)
	time.Sec = seconds
	return unix.UtimesNanoAt(int(d.file.Fd()), path, []unix.Timespec{time, time}, unix.AT_SYMLINK_NOFOLLOW)
}
