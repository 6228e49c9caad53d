package launcher

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"testing"
)

func TestWaitForLock(t *testing.T) {
	path := below(t.TempDir(), "lock")
	held, ready := waitForLock(path, func() bool { return false })
	if held == nil || ready {
		t.Fatal("a free lock is not taken")
	}
	if text, err := os.ReadFile(path); separator == "/" && (err != nil || string(text) != strconv.Itoa(os.Getpid())+"\n") {
		t.Errorf("the lock does not name its holder: %q, %v", text, err)
	}
	asked := 0
	if again, ready := waitForLock(path, func() bool { asked++; return asked == 3 }); again != nil || !ready || asked != 3 {
		t.Errorf("a waiter does not start when the work is done: %v, %v, asked %d times", again, ready, asked)
	}
	if claimed, err := claimAbandoned(path); claimed != nil || err != nil {
		t.Errorf("a held lock is abandoned: %v", err)
	}
	closeFile(held)
	claimed, err := claimAbandoned(path)
	if claimed == nil || err != nil {
		t.Fatalf("a free lock is not abandoned: %v", err)
	}
	closeFile(claimed)
}

func TestHoldLock(t *testing.T) {
	path := below(t.TempDir(), "lock")
	held, err := holdLock(path)
	if held == nil || err != nil {
		t.Fatal(err)
	}
	if again, err := holdLock(path); again != nil || err != nil {
		t.Errorf("held twice: %v", err)
	}
	closeFile(held)
	if _, err := claimAbandoned(below(t.TempDir(), "lock")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing lock: %v", err)
	}
}

func TestNoLocksDoNotStopAStart(t *testing.T) {
	if held, ready := waitForLock(below(below(t.TempDir(), "missing"), "lock"), func() bool { return false }); held != nil || ready {
		t.Error("a lock where there can be none")
	}
}
