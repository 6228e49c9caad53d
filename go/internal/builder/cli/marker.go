package cli

import (
	"runtime"
	"strings"

	"flavorpack/internal/format"
)

// marker is that by which tools know this program without running it. Source: spec/pspf-2025.md, "Launcher marker".
const marker = format.MagicBuilderMarker + "go\x00" + format.Version + "\x00" + runtime.GOOS + "_" + runtime.GOARCH + "\x00"

// versionLine is what --version prints: name, version and platform. They are read from the marker, so that it is in the binary, in
// one piece.
func versionLine() string {
	fields := strings.Split(marker, "\x00")
	return "flavor-" + fields[1] + "-builder " + fields[2] + " " + fields[3]
}
