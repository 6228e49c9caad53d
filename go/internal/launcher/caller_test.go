package launcher

import "testing"

func TestCommandName(t *testing.T) {
	for command, name := range map[string]string{
		"/a/b.c/tool.psp": "tool", "tool.exe": "tool", "./tool.v1": "tool.v1", "": "",
	} {
		if found := (Caller{Argv: []string{command}}).commandName(); found != name {
			t.Errorf("%q: %q, expected %q", command, found, name)
		}
	}
	if found := (Caller{}).commandName(); found != "" {
		t.Errorf("without argv: %q", found)
	}
}

func TestDirectory(t *testing.T) {
	caller := Caller{Env: []string{"A=", "B=x/y", "C=" + absolute("c"), "CC=" + absolute("e"), "D"}}
	for _, name := range []string{"A", "B", "D", "E"} {
		if value, ok := caller.directory(name); ok {
			t.Errorf("%s: %q counts as set", name, value)
		}
	}
	if value, ok := caller.directory("C"); !ok || value != absolute("c") {
		t.Errorf("C: %q", value)
	}
	if value, ok := caller.variable("A"); !ok || value != "" {
		t.Errorf("A: %q, %v", value, ok)
	}
}

// absolute is an absolute path of this system.
func absolute(path string) string {
	if separator == "/" {
		return "/" + path
	}
	return `C:\` + path
}
