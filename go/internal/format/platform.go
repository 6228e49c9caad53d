package format

import (
	"runtime"
	"strings"
)

// Platforms that packages may be for, as `{os}_{arch}`.
var Platforms = [...]string{"linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64", "windows_arm64"}

// Platform is an operating system and a processor.
type Platform struct {
	OS, Arch string
}

// String gives the platform's name, such as linux_amd64.
func (p Platform) String() string {
	return p.OS + "_" + p.Arch
}

// ParsePlatform reads `{os}_{arch}`.
//
// Errors: usage for any other text.
func ParsePlatform(text string) (Platform, error) {
	for _, known := range Platforms {
		if text == known {
			os, arch, _ := strings.Cut(text, "_")
			return Platform{OS: os, Arch: arch}, nil
		}
	}
	return Platform{}, Errorf(CodeUsage, "unknown platform %q: expected one of %s", text, strings.Join(Platforms[:], ", "))
}

// HostPlatform is what this program was built for.
func HostPlatform() Platform {
	return Platform{OS: runtime.GOOS, Arch: runtime.GOARCH}
}
