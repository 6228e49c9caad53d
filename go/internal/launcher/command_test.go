//go:build unix

package launcher

import (
	"strings"
	"testing"

	"flavorpack/internal/format"
)

func TestLocate(t *testing.T) {
	const workenv, path = "/nowhere/w", "/bin:/usr/bin"
	for program, expected := range map[string]struct {
		path       string
		isPackaged bool
	}{
		"/nowhere/w/bin/x": {"/nowhere/w/bin/x", true},
		"/nowhere/wx":      {"/nowhere/wx", false},
		"/bin/missing":     {"/bin/missing", false},
		"x":                {"/nowhere/w/bin/x", true}, // never from PATH
	} {
		found, isPackaged, err := locate(program, workenv, path, false)
		if err != nil || found != expected.path || isPackaged != expected.isPackaged {
			t.Errorf("%s: %s, %v, %v", program, found, isPackaged, err)
		}
	}
	if found, _, err := locate("host:sh", workenv, path, false); err != nil || !strings.HasSuffix(found, "/sh") {
		t.Errorf("host:sh: %s, %v", found, err)
	}
	for _, program := range []string{"host:no-such-program", "host:../sh", "host:"} {
		if _, _, err := locate(program, workenv, path, false); err == nil || format.AsError(err).Code != format.CodeProgramMissing {
			t.Errorf("%s: %v", program, err)
		}
	}
}

func TestRelativeEntriesOfPathAreNotSearched(t *testing.T) {
	for path, isFound := range map[string]bool{"bin:.::": false, "": false, "nowhere:/bin": true} {
		if found, err := findOnHost("sh", path); (err == nil) != isFound {
			t.Errorf("%q: %q, %v", path, found, err)
		}
	}
}
