package launcher

import (
	"strings"
	"testing"
)

func TestRewriteShebang(t *testing.T) {
	long := "#!/bin/sh\n'''exec' \"/tmp/1/tree/bin/python\" \"$0\" \"$@\"\n' '''\n"
	for script, expected := range map[string]string{
		"#!/tmp/1/tree/bin/python\nx /tmp/1/tree\n": "#!/final/bin/python\nx /tmp/1/tree\n",
		"#!/tmp/1/tree/bin/python":                  "#!/final/bin/python",
		long:                                        strings.ReplaceAll(long, "/tmp/1/tree", "/final"),
		"#!/bin/sh\necho /tmp/1/tree\n":             "",
		"/tmp/1/tree":                               "",
		"#!/bin/sh\n\n\n'''exec' /tmp/1/tree\n":     "",
	} {
		if found := string(rewriteShebang([]byte(script), []byte("/tmp/1/tree"), []byte("/final"))); found != expected {
			t.Errorf("%q became %q", script, found)
		}
	}
}
