package launcher

import (
	"os"
	"strconv"
	"time"
)

// Kernel locks: they end with the process that holds them, however it ends.
//
// The extraction lock only saves double work; a workenv is right without it. Source: spec/launch.md, "Extraction".

const (
	lockPoll     = 20 * time.Millisecond
	lockPatience = 5 * time.Second
)

type locked int

const (
	lockedByUs locked = iota
	lockedByAnother
	// The file system has no locks.
	lockUnsupported
)

// waitForLock waits for the lock at path; isReady is asked before each wait. It returns the lock, nil where there are no locks or
// its holder took too long, and whether another process did the work meanwhile.
func waitForLock(path string, isReady func() bool) (held *os.File, ready bool) {
	file, err := openLock(path)
	if err != nil {
		return nil, false
	}
	for started := time.Now(); ; time.Sleep(lockPoll) {
		switch tryLock(file) {
		case lockedByUs:
			noteHolder(file)
			return file, false
		case lockUnsupported:
			closeFile(file)
			return nil, false
		}
		ready := isReady()
		if ready || time.Since(started) >= lockPatience {
			closeFile(file)
			return nil, ready
		}
	}
}

// holdLock makes the lock file of a temporary tree and holds it. It returns nil when a sweeper took the tree for a dead one: try
// another name.
func holdLock(path string) (*os.File, error) {
	file, err := openLock(path)
	if err != nil {
		return nil, err
	}
	if tryLock(file) == lockedByAnother {
		closeFile(file)
		return nil, nil
	}
	// A sweeper may have removed the file between its opening and its locking.
	named, err := os.Lstat(path)
	held, heldErr := file.Stat()
	if err != nil || heldErr != nil || !os.SameFile(named, held) {
		closeFile(file)
		return nil, nil
	}
	noteHolder(file)
	return file, nil
}

// claimAbandoned tells whether the process that made the lock file at path is gone; the lock is then held by the caller.
func claimAbandoned(path string) (*os.File, error) {
	file, err := openToRead(path)
	if err != nil {
		return nil, err
	}
	if tryLock(file) != lockedByUs {
		closeFile(file)
		return nil, nil
	}
	return file, nil
}

// noteHolder is for people who look; nothing reads it.
func noteHolder(file *os.File) {
	_ = file.Truncate(0)
	_, _ = file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
}

// closeFile closes a file of which nothing is lost when that fails: it was read, or its content decides nothing.
func closeFile(file *os.File) {
	_ = file.Close()
}
