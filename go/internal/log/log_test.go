package log

import (
	"bytes"
	"testing"

	"flavorpack/internal/format"
)

func TestVisible(t *testing.T) {
	t.Run("text_of_packages_does_not_command_the_terminal", func(t *testing.T) {
		if got := Visible("a\x1b[2J\nb\u009bc\u202ed\x7fé 名"); got != "a?[2J?b?c?d?é 名" {
			t.Errorf("got %q", got)
		}
	})
}

func TestLog(t *testing.T) {
	fault := format.Errorf(format.CodeFileMissing, "x\ndoes not exist").WithHint("make it")
	for level, want := range map[string]string{
		"":           "flavor: error: x?does not exist [file-missing]\nhint: make it\nflavor: warning: look\n",
		"loud":       "flavor: error: x?does not exist [file-missing]\nhint: make it\nflavor: warning: look\n",
		"ERROR":      "flavor: error: x?does not exist [file-missing]\nhint: make it\n",
		"off":        "",
		"json":       `{"level":"error","code":"file-missing","message":"x\ndoes not exist","hint":"make it"}` + "\n" + `{"level":"warn","message":"look"}` + "\n",
		"json:error": `{"level":"error","code":"file-missing","message":"x\ndoes not exist","hint":"make it"}` + "\n",
	} {
		t.Run("level_"+level, func(t *testing.T) {
			var out bytes.Buffer
			log := New(&out, level)
			log.Error(fault)
			log.Say(Info, "hidden")
			log.Say(Warn, "look")
			if out.String() != want {
				t.Errorf("got  %q\nwant %q", out.String(), want)
			}
		})
	}
}
