package launcher

import (
	"slices"
	"strings"
	"testing"

	"flavorpack/internal/format"
)

func TestMatchesGlob(t *testing.T) {
	for _, pair := range [][2]string{{"*", ""}, {"A*", "A"}, {"A?C", "ABC"}, {"*_KEY", "A_KEY_KEY"}, {"*a*b*", "xaxbx"}, {"", ""}} {
		if !matchesGlob(pair[0], pair[1]) {
			t.Errorf("%q does not match %q", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{{"A", "AB"}, {"?", ""}, {"A*", "BA"}, {"*_KEY", "KEY"}, {"", "A"}, {"*a*b", "ba"}} {
		if matchesGlob(pair[0], pair[1]) {
			t.Errorf("%q matches %q", pair[0], pair[1])
		}
	}
}

func TestInheritedEnvironment(t *testing.T) {
	env := []string{"A=1", "FLAVOR_LAUNCHER_CLI=1", "B=2", "FLAVOR_WORKENV=/old", "FLAVOR_DEV=1", "NOVALUE", "C="}
	if found := inheritedEnvironment(Caller{Env: env}); !slices.Equal(found, []string{"A=1", "B=2", "NOVALUE", "C="}) {
		t.Errorf("%q", found)
	}
}

func TestEnvironmentLayers(t *testing.T) {
	metadata := &format.Metadata{Package: format.PackageInfo{Name: "p"}}
	metadata.RuntimeEnv = format.RuntimeEnv{
		Unset: []string{"PYTHON*", "GONE"},
		Pass:  []string{"PYTHONUTF8"},
		Map:   format.Map{{Name: "OLD", Value: "NEW"}, {Name: "MISSING", Value: "X"}},
		Set:   format.Map{{Name: "A", Value: "runtime"}, {Name: "B", Value: "runtime"}, {Name: "C", Value: "runtime {package_name}"}},
	}
	metadata.Workenv.Env = format.Map{{Name: "B", Value: "workenv"}}
	metadata.Execution.Env = format.Map{{Name: "D", Value: "environment"}, {Name: "D", Value: "env"}, {Name: "FLAVOR_PACKAGE", Value: "lie"}}
	caller := Caller{
		Argv: []string{"./x/Tool.psp"},
		Env:  []string{"PYTHONPATH=x", "PYTHONUTF8=1", "GONE=1", "OLD=o", "A=caller", "PATH=/bin"},
	}
	made := buildEnvironment(caller, "/nowhere", filler("/nowhere/w", metadata))
	expected := map[string]string{
		"PYTHONUTF8": "1", "NEW": "o", "A": "runtime", "B": "workenv", "C": "runtime p", "D": "env", "FLAVOR_PACKAGE": "p",
		"FLAVOR_COMMAND_NAME": "Tool", "FLAVOR_ORIGINAL_COMMAND": "./x/Tool.psp", "FLAVOR_CACHE": "/nowhere", "PATH": "/bin",
	}
	for name, value := range expected {
		if found, _ := made.get(name); found != value {
			t.Errorf("%s is %q, expected %q", name, found, value)
		}
	}
	for _, name := range []string{"PYTHONPATH", "GONE", "OLD"} {
		if value, found := made.get(name); found {
			t.Errorf("%s is still there: %q", name, value)
		}
	}
}

func TestUnsetStarLeavesWhatTheLauncherSets(t *testing.T) {
	metadata := &format.Metadata{RuntimeEnv: format.RuntimeEnv{Unset: []string{"*"}}}
	made := buildEnvironment(Caller{Env: []string{"A=1", "PATH=/bin", "HOME=/h"}}, "/nowhere", filler("/nowhere/w", metadata))
	if len(made) != 9 {
		t.Errorf("%q", made)
	}
	for _, entry := range made {
		if !strings.HasPrefix(entry, "FLAVOR_") {
			t.Errorf("%q", entry)
		}
	}
}
