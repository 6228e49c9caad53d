//go:build windows

package launcher

import (
	"testing"

	"flavorpack/internal/format"
)

func TestNamesThatWindowsDoesNotHave(t *testing.T) {
	for _, path := range []string{"a/con", "NUL.txt", "com1", "lpt³", "a:b", "a?", "x.", "x ", "a/b /c", "conout$"} {
		if err := checkName(path); err == nil || format.AsError(err).Code != format.CodePathUnsafe {
			t.Errorf("%q: %v", path, err)
		}
	}
	for _, path := range []string{"console", "a/com10/x.y", "名 x", ".x", "null"} {
		if err := checkName(path); err != nil {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestBatchFilesAreRefused(t *testing.T) {
	for _, path := range []string{"a.bat", `C:\x y\A.CMD`, "a.bat.", "a.cmd . "} {
		if err := checkProgram(path); err == nil || format.AsError(err).Code != format.CodeExecFailed {
			t.Errorf("%q: %v", path, err)
		}
	}
	for _, path := range []string{"a.exe", "bat", "cmd", "a.cmdx"} {
		if err := checkProgram(path); err != nil {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestCommandNameOfWindows(t *testing.T) {
	for command, name := range map[string]string{`C:\a b\Tool.psp.EXE`: "Tool", "x/tool.PSP": "tool", "e": "e"} {
		if found := commandName(command); found != name {
			t.Errorf("%q: %q, expected %q", command, found, name)
		}
	}
}
