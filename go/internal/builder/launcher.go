package builder

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"flavorpack/internal/format"
)

// launcherNames are those of this project, the preferred one first.
var launcherNames = []string{"flavor-rs-launcher", "flavor-go-launcher"}

// pinFile names the digests of the helpers beside it, in lines as sha256sum writes them.
const pinFile = "SHA256SUMS"

// LauncherRequest says which launcher a package gets.
type LauncherRequest struct {
	// Given is a path, the name of a launcher, or empty for any.
	Given string
	// Target is what it must run on; nil for what a given file runs on, else this machine's platform.
	Target *format.Platform
	// Folders are where a name is searched, in order.
	Folders []string
	// Strip drops what an ELF launcher does not need at run time.
	Strip bool
}

// Launcher is the executable at the start of a package, measured.
type Launcher struct {
	content
	Path string
	// Target is the platform of the package.
	Target format.Platform
	// Stripped is the number of bytes that were dropped.
	Stripped int64
	// marker is nil for a launcher of somebody else.
	marker *format.Marker
}

// Tool is the name that the launcher's marker gives it: flavor-rs-launcher; unknown without one.
func (l *Launcher) Tool() string {
	if l.marker == nil {
		return "unknown"
	}
	return "flavor-" + strings.Replace(l.marker.Kind, "rust", "rs", 1) + "-launcher"
}

// Version is the one in the launcher's marker; unknown without one.
func (l *Launcher) Version() string {
	if l.marker == nil {
		return "unknown"
	}
	return l.marker.Version
}

// Size is that of the launcher as it stands in the package, in bytes.
func (l *Launcher) Size() int64 { return l.size }

// FindLauncher finds, checks and measures a launcher. It is read, never executed.
//
// Errors: helper-missing with every place searched, or for a launcher of another platform; helper-digest-wrong; file-missing and
// file-unreadable for a path. Source: spec/builder.md, "Where a launcher is searched".
func FindLauncher(request LauncherRequest) (*Launcher, error) {
	if request.Given != "" && !slices.Contains(launcherNames, request.Given) {
		path, err := filepath.Abs(request.Given)
		if err != nil {
			return nil, fileError(err, request.Given, "read")
		}
		return readLauncher(path, [32]byte{}, request)
	}
	names := launcherNames
	if request.Given != "" {
		names = []string{request.Given}
	}
	platform := format.HostPlatform()
	if request.Target != nil {
		platform = *request.Target
	}
	var places []string
	for _, name := range names {
		for _, folder := range request.Folders {
			path := filepath.Join(folder, name+"-"+platform.String())
			if platform.OS == "windows" {
				path += ".exe"
			}
			places = append(places, path)
			if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
				continue
			}
			pin, err := readPin(path)
			if err != nil {
				return nil, err
			}
			request.Target = &platform
			return readLauncher(path, pin, request)
		}
	}
	return nil, format.Errorf(format.CodeHelperMissing, "no launcher for %s: searched %s", platform, strings.Join(places, ", ")).
		WithHint("run make build-helpers in a checkout, or give one with --launcher or FLAVOR_LAUNCHER_BIN")
}

// readPin gives the digest that a folder's SHA256SUMS has for a helper; zero when it names none.
func readPin(helper string) ([32]byte, error) {
	path := filepath.Join(filepath.Dir(helper), pinFile)
	sums, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return [32]byte{}, nil
	}
	if err != nil {
		return [32]byte{}, fileError(err, path, "read")
	}
	for line := range strings.Lines(string(sums)) {
		digest, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		// Behind the space stands another one, or `*` for a file that was read as binary.
		if strings.TrimLeft(name, " *") != filepath.Base(helper) {
			continue
		}
		raw, err := hex.DecodeString(digest)
		if err != nil || len(raw) != sha256.Size {
			return [32]byte{}, format.Errorf(format.CodeHelperDigestWrong, "%s has no SHA-256 for %s but %q", path, filepath.Base(helper), digest)
		}
		return [32]byte(raw), nil
	}
	return [32]byte{}, nil
}

func readLauncher(path string, pin [32]byte, request LauncherRequest) (*Launcher, error) {
	file, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	size := sizeOf(file)
	digest, marker, err := scanLauncher(file)
	if err != nil {
		return nil, err
	}
	if pin != [32]byte{} && pin != digest {
		return nil, format.Errorf(format.CodeHelperDigestWrong, "%s has SHA-256 %x, its folder's %s says %x", path, digest, pinFile, pin).
			WithHint("build or install the helpers again")
	}
	launcher := &Launcher{Path: path, content: fileContent(path, size, digest), Target: format.HostPlatform(), marker: marker}
	if marker != nil {
		platform, err := format.ParsePlatform(marker.Platform)
		if err != nil {
			return nil, format.Errorf(format.CodeHelperMissing, "launcher %s is for %q, which this builder does not know", path, marker.Platform)
		}
		launcher.Target = platform
	}
	if target := request.Target; target != nil {
		if marker != nil && *target != launcher.Target {
			return nil, format.Errorf(format.CodeHelperMissing, "launcher %s is for %s, the package for %s", path, launcher.Target, target).
				WithHint("give a launcher for the target, or another --target")
		}
		launcher.Target = *target
	}
	if !request.Strip {
		return launcher, nil
	}
	kept, header := stripELF(file, size)
	if header == nil {
		return launcher, nil
	}
	launcher.Stripped = size - kept
	launcher.content, err = strippedContent(path, header, kept)
	return launcher, err
}

// scanLauncher reads a file once, for its digest and its marker.
func scanLauncher(file *os.File) (digest [32]byte, marker *format.Marker, err error) {
	hash := sha256.New()
	window := make([]byte, 0, chunkBytes+format.LongestMarker)
	chunk := make([]byte, chunkBytes)
	for {
		count, err := file.Read(chunk)
		hash.Write(chunk[:count])
		if marker == nil {
			window = append(window, chunk[:count]...)
			if found, isThere := format.FindMarker(format.MagicLauncherMarker, window); isThere {
				marker = &found
			}
			carried := min(len(window), format.LongestMarker)
			window = append(window[:0], window[len(window)-carried:]...)
		}
		if err == io.EOF {
			return [32]byte(hash.Sum(nil)), marker, nil
		}
		if err != nil {
			return digest, nil, fileError(err, file.Name(), "read")
		}
	}
}

// strippedContent is the beginning of a file, under another ELF header.
func strippedContent(path string, header []byte, kept int64) (content, error) {
	open := func() (io.ReadCloser, error) {
		file, err := openRegular(path)
		if err != nil {
			return nil, err
		}
		rest := io.NewSectionReader(file, int64(len(header)), kept-int64(len(header)))
		return struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(header), rest), file}, nil
	}
	return measured(content{name: path, size: kept, open: open})
}
