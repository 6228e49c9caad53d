package launcher

import (
	"runtime"

	"flavorpack/internal/format"
)

// marker is that by which tools know a launcher without running it. Version and platform are read from it, so that it is in the
// binary, in one piece. Source: spec/pspf-2025.md, "Launcher marker".
const marker = format.MagicLauncherMarker + "go\x00" + format.Version + "\x00" + runtime.GOOS + "_" + runtime.GOARCH + "\x00"

const (
	system    = runtime.GOOS
	processor = runtime.GOARCH
	platform  = system + "_" + processor
	// launcherName is what `version` and `info` call this program.
	launcherName = "flavor-go-launcher"
)
