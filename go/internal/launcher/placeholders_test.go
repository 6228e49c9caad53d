package launcher

import (
	"testing"

	"flavorpack/internal/format"
)

func filler(workenv string, metadata *format.Metadata) placeholders {
	return placeholders{workenv: workenv, metadata: metadata, home: func() string { return "" }}
}

func TestFill(t *testing.T) {
	metadata := &format.Metadata{
		Package: format.PackageInfo{Name: "{version}", Version: "1.0"},
		Slots:   []format.SlotEntry{{Target: "."}, {Target: "lib"}, {Target: "{workenv}/old"}},
	}
	filler := filler("/w e", metadata)
	for template, filled := range map[string]string{
		"{workenv}/bin:{workenv}":    "/w e/bin:/w e",
		"{package_name} {version}":   "{version} 1.0",
		"{slot:0} {slot:1} {slot:2}": "/w e /w e" + separator + "lib /w e" + separator + "old",
		"{platform}":                 platform,
		"{{version}}":                "{1.0}",
	} {
		if found := filler.fill(template); found != filled {
			t.Errorf("%q: %q, expected %q", template, found, filled)
		}
	}
	for _, text := range []string{"{", "}", "{}", "${HOME}", "{ workenv }", "{slot:9}", "{slot:x}", "{slot:-1}", "a{b{", "{home}", "{workenv"} {
		if found := filler.fill(text); found != text {
			t.Errorf("%q became %q", text, found)
		}
	}
}
