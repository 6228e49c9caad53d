package launcher

import (
	"os"
	"strings"
	"testing"

	"flavorpack/internal/format"
)

func TestBannerVersion(t *testing.T) {
	for text, expected := range map[string]libcVersion{
		"..GNU C Library (X 2.31-13) stable release version 2.36.\nCopyright": {2, 36},
		"release version .release version 2.4":                                {2, 4},
	} {
		if found, ok := bannerVersion([]byte(text)); !ok || found != expected {
			t.Errorf("%q: %v", text, found)
		}
	}
	if _, ok := bannerVersion([]byte("nothing")); ok {
		t.Error("a version is found where there is none")
	}
	if !(libcVersion{2, 9}).isBelow(libcVersion{2, 35}) {
		t.Error("versions are compared as text")
	}
}

func TestCheckRequirements(t *testing.T) {
	if err := checkRequirements(format.Requirements{}); err != nil {
		t.Error(err)
	}
	if err := checkGlibc("/nowhere/ld.so", "2.2"); err == nil || !strings.Contains(err.Error(), "has none") {
		t.Error(err)
	}
	if _, err := os.Stat(glibcLoader); err != nil {
		return
	}
	if err := checkRequirements(format.Requirements{Libc: "glibc", LibcVersion: "2.2"}); err != nil {
		t.Error(err)
	}
	err := checkRequirements(format.Requirements{Libc: "glibc", LibcVersion: "2.999"})
	if err == nil || format.AsError(err).Code != format.CodePlatformUnfit {
		t.Error(err)
	}
}
