package launcher

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestReadInherited(t *testing.T) {
	status := "Name:\tx\nSigQ:\t0/9\nSigPnd:\t0000000000000000\nSigBlk:\t8000000000004000\nSigIgn:\t0000000000011000\nSigCgt:\t0000000000000002\n"
	found := readInherited([]byte(status), [3]int64{0, -9, 1})
	if found.blocked != 1<<63|1<<(unix.SIGTERM-1) || found.isClosed != [3]bool{false, true, false} {
		t.Errorf("%+v", found)
	}
	if !found.ignores(unix.SIGPIPE) || !found.ignores(unix.SIGCHLD) || found.ignores(unix.SIGTERM) {
		t.Errorf("ignored: %x", found.ignored)
	}
	if nothing := readInherited(nil, [3]int64{}); nothing != (inheritance{}) {
		t.Errorf("without /proc: %+v", nothing)
	}
}
