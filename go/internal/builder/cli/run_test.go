package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flavorpack/internal/format"
)

type answer struct {
	status         int
	stdout, stderr string
}

// run starts the program with a manifest m.json, its file `f` and a launcher that has no marker, in a folder of its own.
func run(t *testing.T, folder string, environment map[string]string, arguments ...string) answer {
	t.Helper()
	for name, content := range map[string]string{
		"m.json":   `{"package":{"name":"a","version":"1"},"execution":{"argv":["/bin/true"]},"slots":[{"id":"f","source":"f"}]}`,
		"f":        "hello",
		"launcher": "#!/bin/sh\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(folder)
	var files [2]*os.File
	for position := range files {
		file, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		files[position] = file
	}
	status := Run(arguments, func(name string) string { return environment[name] }, files[0], files[1])
	var said [2]string
	for position, file := range files {
		content, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		said[position] = string(content)
	}
	return answer{status, said[0], said[1]}
}

func TestResult(t *testing.T) {
	folder := t.TempDir()
	environment := map[string]string{"FLAVOR_KEY_SEED": "test", "FLAVOR_LAUNCHER_BIN": "launcher"}
	t.Run("as_JSON", func(t *testing.T) {
		got := run(t, folder, environment, "-m", "m.json", "-o", "a.psp", "--key-seed", "env", "--json", "--target", "linux_arm64",
			"--public-key", "67d3b5eaf0c0bf6b5a602d359daecc86a7a74053490ec37ae08e71360587c870")
		var result struct {
			Error       any
			Output      string
			Platform    string
			KeyLifetime string `json:"key_lifetime"`
			Size        int64
			Verified    bool
			Launcher    struct {
				Name string
				Size int64
			}
			Slots []struct {
				ID           string
				Operations   string
				OriginalSize int64 `json:"original_size"`
			}
		}
		if err := json.Unmarshal([]byte(got.stdout), &result); err != nil {
			t.Fatalf("%v: %+v", err, got)
		}
		info, err := os.Stat(filepath.Join(folder, "a.psp"))
		if err != nil || info.Size() != result.Size || !filepath.IsAbs(result.Output) || result.KeyLifetime != "publisher" || !result.Verified ||
			result.Platform != "linux_arm64" || result.Launcher.Name != "unknown" || result.Launcher.Size != 10 ||
			result.Slots[0].ID != "f" || result.Slots[0].Operations != "raw" || result.Slots[0].OriginalSize != 5 {
			t.Errorf("%v, %s", err, got.stdout)
		}
		if got.status != 0 || got.stderr != "" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("for_people_is_one_line", func(t *testing.T) {
		got := run(t, folder, nil, "-m", "m.json", "-o", "a.psp", "--launcher-bin", "launcher", "--unsigned", "--force", "--strip", "--no-verify", "--log-level", "warn")
		lines := strings.Split(strings.TrimSpace(got.stderr), "\n")
		if got.status != 0 || got.stdout != "" || len(lines) != 2 || !strings.HasPrefix(lines[0], "flavor: warning: the package will be unsigned") ||
			!strings.HasSuffix(lines[1], "nothing to strip, unsigned") {
			t.Errorf("%+v", got)
		}
	})
}

func TestRefusals(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "there"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	base := []string{"-m", "m.json", "-o", "a.psp", "--launcher", "launcher"}
	for name, test := range map[string]struct {
		arguments []string
		code      format.ErrorCode
	}{
		"no_arguments":          {nil, format.CodeUsage},
		"unknown_option":        {append(base, "--what"), format.CodeUsage},
		"argument":              {append(base, "x"), format.CodeUsage},
		"two_keys":              {append(base, "--unsigned", "--key-seed", "x"), format.CodeUsage},
		"public_key_alone":      {append(base, "--public-key", "x"), format.CodeUsage},
		"compression":           {append(base, "--compression", "gzip"), format.CodeUsage},
		"platform":              {append(base, "--target", "linux"), format.CodeUsage},
		"empty_path":            {append(base, "--private-key", ""), format.CodeUsage},
		"seed_of_no_variable":   {append(base, "--key-seed", "env"), format.CodeKeyInvalid},
		"empty_seed":            {append(base, "--key-seed", ""), format.CodeKeyInvalid},
		"another_key":           {append(base, "--key-seed", "x", "--public-key", strings.Repeat("00", 32)), format.CodeKeyInvalid},
		"missing_manifest":      {append(base, "-m", "n.json"), format.CodeFileMissing},
		"manifest_of_what_kind": {append(base, "-m", "f"), format.CodeManifestMissing},
		"existing_output":       {append(base, "-o", "there"), format.CodeOutputExists},
		"output_is_a_folder":    {append(base, "-o", ".", "--force"), format.CodeOutputExists},
		"output_in_no_folder":   {append(base, "-o", "no/a.psp"), format.CodeOutputUnwritable},
		"missing_source":        {append(base, "--workenv-base", "/"), format.CodeFileMissing},
		"launcher_by_name":      {append(base, "--launcher", "flavor-go-launcher"), format.CodeHelperMissing},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, folder, nil, append(test.arguments, "--json")...)
			var document struct {
				Error struct{ Code, Message, Hint string }
			}
			if err := json.Unmarshal([]byte(got.stdout), &document); err != nil {
				t.Fatalf("%v: %+v", err, got)
			}
			if document.Error.Code != string(test.code) || got.status != test.code.Exit() || !strings.Contains(got.stderr, "["+string(test.code)+"]") {
				t.Errorf("want %s, got %+v", test.code, got)
			}
			if _, err := os.Stat(filepath.Join(folder, "a.psp")); err == nil {
				t.Error("a failed build leaves its output")
			}
		})
	}
	if content, _ := os.ReadFile(filepath.Join(folder, "there")); string(content) != "old" {
		t.Errorf("the existing output is %q", content)
	}
	t.Run("SOURCE_DATE_EPOCH", func(t *testing.T) {
		for _, text := range []string{"now", "-1", "8589934592"} {
			if got := run(t, folder, map[string]string{"SOURCE_DATE_EPOCH": text}, base...); got.status != format.ExitUsage {
				t.Errorf("%s: %+v", text, got)
			}
		}
	})
}

func TestVersion(t *testing.T) {
	got := run(t, t.TempDir(), nil, "--version")
	if want := "flavor-go-builder " + format.Version + " " + format.HostPlatform().String() + "\n"; got.status != 0 || got.stdout != want {
		t.Errorf("%+v", got)
	}
}

func TestMarker(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	found, isThere := format.FindMarker(format.MagicBuilderMarker, program)
	if want := (format.Marker{Kind: "go", Version: format.Version, Platform: format.HostPlatform().String()}); !isThere || found != want {
		t.Errorf("the builder's marker: %+v", found)
	}
	if found, isThere := format.FindMarker(format.MagicLauncherMarker, program); isThere {
		t.Errorf("the builder passes for a launcher: %+v", found)
	}
	if !bytes.Contains(program, []byte(marker)) {
		t.Error("the marker is not in one piece")
	}
}
