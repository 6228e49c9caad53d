package format

import (
	"bytes"
	"strings"
)

// Marker is what a launcher or builder says about itself in its own bytes, so that nobody has to run it to learn it.
//
// Source: spec/pspf-2025.md, "Launcher marker".
type Marker struct {
	// Kind is the language: rust, go.
	Kind    string
	Version string
	// Platform is linux_amd64 and so on.
	Platform string
}

const longestMarkerField = 32

// LongestMarker is the most bytes that a marker has: what a search through a file in pieces must carry over.
const LongestMarker = len(MagicLauncherMarker) + 3*(longestMarkerField+1)

// FindMarker finds the first complete marker behind a prefix (MagicLauncherMarker or MagicBuilderMarker). The prefix alone is
// none: any code that searches for it contains it.
func FindMarker(prefix string, data []byte) (Marker, bool) {
	for {
		at := bytes.Index(data, []byte(prefix))
		if at < 0 {
			return Marker{}, false
		}
		data = data[at+len(prefix):]
		fields := strings.SplitN(string(data[:min(len(data), LongestMarker)]), "\x00", 4)
		if len(fields) == 4 && isMarkerField(fields[0]) && isMarkerField(fields[1]) && isMarkerField(fields[2]) {
			return Marker{Kind: fields[0], Version: fields[1], Platform: fields[2]}, true
		}
	}
}

func isMarkerField(text string) bool {
	isUnprintable := func(char rune) bool { return char < 0x20 || char > 0x7e }
	return 1 <= len(text) && len(text) <= longestMarkerField && !strings.ContainsFunc(text, isUnprintable)
}
