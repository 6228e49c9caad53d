//go:build windows

package launcher

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"flavorpack/internal/format"
)

// The system as Windows has it: the same functions as in unix.go. Source: spec/launch.md, "Windows".
//
// Package os opens long paths in their `\\?\` form by itself; only what is called directly here needs it said.

const (
	separator     = `\`
	listSeparator = ";"
	// canReplaceProcess: nothing replaces a process here.
	canReplaceProcess = false
)

const (
	// How long a rename is tried while somebody, a virus scanner perhaps, has a file of the tree open.
	renamePatience = 5 * time.Second
	renamePoll     = 50 * time.Millisecond
	// The lock's byte lies where no content is, since locks on Windows keep others from reading.
	lockOffsetHigh = 1 << 30
)

func isAbsolute(path string) bool {
	return filepath.IsAbs(path)
}

// lastComponent is what stands after the last separator.
func lastComponent(path string) string {
	return path[strings.LastIndexAny(path, `/\:`)+1:]
}

// commandName is the name that a package was called by: the last component of argv[0] without `.exe` and `.psp`, in any case of
// letters.
func commandName(command string) string {
	return withoutSuffix(withoutSuffix(lastComponent(command), ".exe"), ".psp")
}

func withoutSuffix(name, suffix string) string {
	if stem := len(name) - len(suffix); stem >= 0 && strings.EqualFold(name[stem:], suffix) {
		return name[:stem]
	}
	return name
}

// plainPath is a path from the environment, in the form that paths of the workenv have.
func plainPath(path string) string {
	return filepath.Clean(path)
}

// nativePath is a path of the metadata as the system writes it.
func nativePath(path string) string {
	return strings.ReplaceAll(path, "/", separator)
}

// isSameName tells whether two names are of one variable.
func isSameName(a, b string) bool {
	return strings.EqualFold(a, b)
}

// foldName makes names of one variable equal.
func foldName(name string) string {
	return strings.ToUpper(name)
}

// withProgramSuffix is the name of the file that a program's name stands for: with the suffix of programs where it was left out.
func withProgramSuffix(path string) string {
	if !isFile(path) && isFile(path+".exe") {
		return path + ".exe"
	}
	return path
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func isExecutable(path string) bool {
	return isFile(path)
}

// checkProgram tells whether the system can hand arguments to a program unchanged.
//
// Errors: exec-failed.
func checkProgram(path string) error {
	name := strings.TrimRight(path, ". ")
	if withoutSuffix(name, ".bat") == name && withoutSuffix(name, ".cmd") == name {
		return nil
	}
	return format.Errorf(format.CodeExecFailed, "cannot execute %s: arguments of batch files cannot be quoted safely", path).
		WithHint("name the program that the batch file would start")
}

// checkName tells whether files of this system can have that name.
//
// Errors: path-unsafe.
func checkName(path string) error {
	unsafeName := func(what string) error {
		return format.Errorf(format.CodePathUnsafe, "path %q %s, which Windows does not allow", path, what)
	}
	for _, name := range strings.Split(path, "/") {
		switch {
		case strings.ContainsFunc(name, func(char rune) bool { return char < ' ' || strings.ContainsRune(`<>:"|?*\`, char) }):
			return unsafeName(`has a control character or one of <>:"|?*`)
		case strings.HasSuffix(name, ".") || strings.HasSuffix(name, " "):
			return unsafeName("ends in a dot or a space")
		case format.IsDeviceName(name):
			return unsafeName("has the name of a device")
		}
	}
	return nil
}

// checkLink refuses links, which not everybody may make here; packers turn them into copies.
//
// Errors: entry-refused.
func checkLink(path string) error {
	return format.Errorf(format.CodeEntryRefused, "tar entry %q: symbolic links are not allowed on Windows", path)
}

// changeMode: modes are not set.
func changeMode(string, fs.FileMode) error {
	return nil
}

// errnoWords is the system's own description of an error: its words, and its number.
func errnoWords(number syscall.Errno) string {
	return number.Error() + " (os error " + strconv.Itoa(int(number)) + ")"
}

func isOneOf(err error, numbers ...syscall.Errno) bool {
	for _, number := range numbers {
		if errors.Is(err, number) {
			return true
		}
	}
	return false
}

func isDiskFull(err error) bool {
	return isOneOf(err, windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

// isElevated: there is no set-user-id here, and who runs as administrator chose to.
func isElevated() bool {
	return false
}

// sharedCaches are places for those who have no cache of their own.
func sharedCaches() []string {
	return []string{below(plainPath(os.TempDir()), "flavor")}
}

// cacheDistrust is why a directory may not hold the cache, or empty.
func cacheDistrust(info fs.FileInfo) string {
	// Package os takes no reparse point for a directory.
	if !info.IsDir() {
		return "is a link or no directory"
	}
	return ""
}

// openSelf opens the package's own file.
func openSelf(string) (*os.File, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

// openToRead opens a file, no link.
func openToRead(path string) (*os.File, error) {
	return openNoLink(path, os.O_RDONLY)
}

func openLock(path string) (*os.File, error) {
	return openNoLink(path, os.O_RDWR|os.O_CREATE)
}

func openNoLink(path string, flags int) (*os.File, error) {
	file, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, err
	}
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		closeFile(file)
		return nil, fs.ErrInvalid
	}
	return file, nil
}

// createFile makes a new file; modes are not set.
func createFile(path string, mode fs.FileMode) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
}

// isTerminal tells whether it is one on which a line can be erased.
func isTerminal(file *os.File) bool {
	var mode uint32
	console := windows.Handle(file.Fd())
	return windows.GetConsoleMode(console, &mode) == nil &&
		windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}

// fileSystem tells the free bytes of a directory's file system, and whether programs may be executed from it.
func fileSystem(path string) (freeBytes uint64, noExec bool, err error) {
	wide, err := verbatim(path)
	if err != nil {
		return 0, false, err
	}
	return freeBytes, false, windows.GetDiskFreeSpaceEx(wide, &freeBytes, nil, nil)
}

// verbatim is a path for a call that has no other way to be told of long paths.
func verbatim(path string) (*uint16, error) {
	switch {
	case strings.HasPrefix(path, `\\?\`) || strings.HasPrefix(path, `\\.\`):
	case strings.HasPrefix(path, `\\`):
		path = `\\?\UNC` + path[1:]
	default:
		path = `\\?\` + path
	}
	return windows.UTF16PtrFromString(path)
}

// checkWritable tells why the process may not write into a directory.
func checkWritable(path string) error {
	wide, err := verbatim(path)
	if err != nil {
		return err
	}
	const addFileAndDirectory = windows.FILE_WRITE_DATA | windows.FILE_APPEND_DATA
	handle, err := windows.CreateFile(wide, addFileAndDirectory, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE,
		nil, windows.OPEN_EXISTING, windows.FILE_FLAG_BACKUP_SEMANTICS, 0)
	if err != nil {
		return err
	}
	return windows.CloseHandle(handle)
}

// tryLock takes the kernel lock of an open file if it is free.
func tryLock(file *os.File) locked {
	place := windows.Overlapped{OffsetHigh: lockOffsetHigh}
	err := windows.LockFileEx(windows.Handle(file.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &place)
	switch {
	case err == nil:
		return lockedByUs
	case isOneOf(err, windows.ERROR_NOT_SUPPORTED, windows.ERROR_INVALID_FUNCTION):
		return lockUnsupported
	}
	return lockedByAnother
}

// keepLock: the launcher stays until the program ends, and a second handle with it.
func keepLock(file *os.File) error {
	var kept windows.Handle
	own := windows.CurrentProcess()
	return windows.DuplicateHandle(own, windows.Handle(file.Fd()), own, &kept, 0, false, windows.DUPLICATE_SAME_ACCESS)
}

// withoutUmask: there is none.
func withoutUmask(run func() error) error {
	return run()
}

// fingerprint tells one state of a file from another.
func fingerprint(file *os.File) (string, error) {
	var found windows.ByHandleFileInformation
	err := windows.GetFileInformationByHandle(windows.Handle(file.Fd()), &found)
	return fmt.Sprintf("%08x %08x %08x %08x %08x %08x %08x %08x %08x\n",
		found.VolumeSerialNumber, found.FileIndexHigh, found.FileIndexLow, found.FileSizeHigh, found.FileSizeLow,
		found.CreationTime.HighDateTime, found.CreationTime.LowDateTime, found.LastWriteTime.HighDateTime, found.LastWriteTime.LowDateTime), err
}

// renameDirectory renames a directory to where nothing is. It is tried again for a while when something in it is open.
func renameDirectory(from, to string) error {
	old, err := verbatim(from)
	if err != nil {
		return err
	}
	renamed, err := verbatim(to)
	if err != nil {
		return err
	}
	for started := time.Now(); ; time.Sleep(renamePoll) {
		err := windows.MoveFileEx(old, renamed, 0)
		switch {
		case err == nil || !isHeldOpen(err):
			return err
		// What stands in the way may also show as a refusal.
		case exists(to):
			return windows.ERROR_ALREADY_EXISTS
		case time.Since(started) >= renamePatience:
			return err
		}
	}
}

// isHeldOpen tells whether a rename was refused because somebody uses what it would move.
func isHeldOpen(err error) bool {
	return isOneOf(err, windows.ERROR_ACCESS_DENIED, windows.ERROR_SHARING_VIOLATION, windows.ERROR_LOCK_VIOLATION)
}

// isTaken tells whether a rename failed because something with that name is there.
func isTaken(err error) bool {
	return isOneOf(err, windows.ERROR_ALREADY_EXISTS, windows.ERROR_FILE_EXISTS, windows.ERROR_DIR_NOT_EMPTY)
}

// removeTreeAndLock removes a temporary tree. An open file cannot be removed everywhere, so its lock goes first.
func removeTreeAndLock(path string, lock *os.File) {
	closeFile(lock)
	removeTree(path)
}

// directory is a directory, below which an archive is unpacked. No link is ever made in it, so no path leads out.
type directory struct{ path string }

func openDirectory(path string) (directory, error) {
	info, err := os.Lstat(path)
	if err == nil && !info.IsDir() {
		err = windows.ERROR_DIRECTORY
	}
	return directory{path}, err
}

func (d directory) close() {}

func (d directory) at(path string) string {
	return below(d.path, nativePath(path))
}

func (d directory) createFile(path string, mode fs.FileMode) (*os.File, error) {
	return createFile(d.at(path), mode)
}

func (d directory) makeDirectory(path string, mode fs.FileMode) error {
	return os.Mkdir(d.at(path), mode)
}

func (d directory) isDirectory(path string) (bool, error) {
	info, err := os.Lstat(d.at(path))
	return err == nil && info.IsDir(), err
}

func (d directory) makeLink(string, string) error {
	return windows.ERROR_NOT_SUPPORTED
}

// setTime sets the time of what has that name.
func (d directory) setTime(path string, seconds int64) error {
	time := time.Unix(seconds, 0)
	return os.Chtimes(d.at(path), time, time)
}

// replaceProcess is never called.
func replaceProcess(string, []string, []string) error {
	return windows.ERROR_NOT_SUPPORTED
}

// endedWords tells how a process ended.
func endedWords(ended *os.ProcessState) string {
	if status := uint32(ended.ExitCode()); status&0x8000_0000 != 0 {
		return fmt.Sprintf("exit code: %#x", status)
	}
	return "exit code: " + strconv.Itoa(ended.ExitCode())
}

// runChild runs a program as a child and waits for it. The status is its own, 32 bits.
//
// The child is in the same console and gets its events itself; it is in a job that ends it when the launcher ends. Its own children are
// not. Without the job, which a system may refuse, the program runs as well.
func runChild(path string, argv, env []string) (int, error) {
	// The runtime's own handler stays the last one, and is never reached.
	if err := leaveEventsToProgram(); err != nil {
		return 0, err
	}
	process, err := os.StartProcess(path, argv, &os.ProcAttr{Env: env, Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}})
	if err != nil {
		return 0, err
	}
	if job, err := newJobObject(process.Pid); err == nil {
		defer func() { _ = windows.CloseHandle(job) }()
	}
	ended, err := process.Wait()
	if err != nil {
		return 0, err
	}
	return ended.ExitCode(), nil
}

// leaveEventsToProgram: what a console tells its processes is the program's to act on.
func leaveEventsToProgram() error {
	handler := windows.NewCallback(func(event uint32) uintptr {
		if event != windows.CTRL_C_EVENT && event != windows.CTRL_BREAK_EVENT {
			// The window closes, or the session ends. To return would end the launcher before its program has ended.
			select {}
		}
		return 1
	})
	set := windows.NewLazySystemDLL("kernel32.dll").NewProc("SetConsoleCtrlHandler")
	if done, _, err := set.Call(handler, 1); done == 0 {
		return err
	}
	return nil
}

// newJobObject makes a job that ends a process when the job's last handle is closed, that is when the launcher ends.
func newJobObject(process int) (windows.Handle, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, err
	}
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{
		LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | windows.JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK,
	}}
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	if err == nil {
		err = assignToJob(job, process)
	}
	if err != nil {
		return 0, errors.Join(err, windows.CloseHandle(job))
	}
	return job, nil
}

func assignToJob(job windows.Handle, process int) error {
	handle, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(process))
	if err != nil {
		return err
	}
	return errors.Join(windows.AssignProcessToJobObject(job, handle), windows.CloseHandle(handle))
}
