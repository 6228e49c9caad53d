package builder

import (
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"debug/elf"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"flavorpack/internal/format"
	"flavorpack/internal/manifest"
	"flavorpack/internal/reader"
)

type silence struct{}

func (silence) Step(string, int64) {}
func (silence) Advance(int64)      {}
func (silence) Warn(string)        {}

// writeFiles makes a folder with files; the keys are paths, content behind `-> ` is a link's target.
func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for path, content := range files {
		path = filepath.Join(folder, path)
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		if target, isLink := strings.CutPrefix(content, "-> "); err == nil && isLink {
			err = os.Symlink(target, path)
		} else if err == nil {
			err = os.WriteFile(path, []byte(content), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// fakeLauncher is a file with a launcher's marker, put together here so that this program has none.
func fakeLauncher(t *testing.T, folder, name string, platform string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	content := strings.Join([]string{"some code ", format.MagicLauncherMarker + "rust", "0.9", platform, strings.Repeat("x", 1001)}, "\x00")
	content = strings.Replace(content, "code \x00", "code ", 1)
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// request is a build of the manifest's members besides package and execution, with sources in the folder.
func request(t *testing.T, folder, members string) Request {
	t.Helper()
	path := filepath.Join(folder, "m.json")
	text := `{"package":{"name":"a","version":"1"},"execution":{"argv":["/bin/true"]}` + members + `}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	source, _, err := manifest.Read(path, folder)
	if err != nil {
		t.Fatal(err)
	}
	launcher, err := FindLauncher(LauncherRequest{Given: fakeLauncher(t, folder, "launcher", "linux_amd64")})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := SeedSigner("test")
	if err != nil {
		t.Fatal(err)
	}
	output := filepath.Join(t.TempDir(), "a.psp")
	return Request{Manifest: source, Launcher: launcher, Signer: signer, Compression: CompressionFast, Output: output, Verify: true, Progress: silence{}}
}

func build(t *testing.T, request Request) (*Result, *reader.Package) {
	t.Helper()
	result, err := Build(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(request.Output)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	opened, err := reader.Open(file, uint64(sizeOf(file)), reader.LevelStrict)
	if err != nil {
		t.Fatal(err)
	}
	return result, opened.Package
}

func wantCode(t *testing.T, err error, code format.ErrorCode) {
	t.Helper()
	if err == nil || format.AsError(err).Code != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

func stored(t *testing.T, pkg *reader.Package, position int) []byte {
	t.Helper()
	slot := pkg.Slots[position]
	data := make([]byte, slot.Size)
	if err := pkg.ReadAt(data, slot.Offset); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestBuild(t *testing.T) {
	files := map[string]string{"tree/a": "1", "tree/b/c": strings.Repeat("2", 1000), "tree/l": "-> b/c", "file": "hello", "empty": ""}
	const members = `,"slots":[{"id":"t","source":"tree","target":"t"},{"id":"f","source":"file","permissions":"755"},{"id":"e","source":"empty"}]`
	t.Run("gives_the_same_file_again", func(t *testing.T) {
		folder := writeFiles(t, files)
		first, _ := build(t, request(t, folder, members))
		again := request(t, folder, members)
		second, pkg := build(t, again)
		written, err := os.ReadFile(again.Output)
		if err != nil {
			t.Fatal(err)
		}
		if first.SHA256 != second.SHA256 || sha256.Sum256(written) != second.SHA256 || second.PackageID != pkg.ID || int64(len(written)) != second.Size {
			t.Errorf("%x, %x, file %x; id %x, %x", first.SHA256, second.SHA256, sha256.Sum256(written), second.PackageID, pkg.ID)
		}
		if mode := *pkg.Metadata.Slots[1].Permissions; mode != 0o755 || *pkg.Metadata.Slots[2].Permissions != 0o644 || pkg.Metadata.Slots[0].Permissions != nil {
			t.Errorf("mode %o", mode)
		}
	})
	t.Run("dates_come_from_SOURCE_DATE_EPOCH", func(t *testing.T) {
		request := request(t, writeFiles(t, files), members)
		epoch := uint64(1700000000)
		request.SourceDateEpoch = &epoch
		_, pkg := build(t, request)
		if build := pkg.Metadata.Build.Timestamp; build != "2023-11-14T22:13:20Z" || pkg.Index.BuildTimestamp != epoch || pkg.Metadata.Package.Sequence != epoch {
			t.Errorf("%s, %d, %d", build, pkg.Index.BuildTimestamp, pkg.Metadata.Package.Sequence)
		}
	})
	t.Run("without_a_key_is_unsigned", func(t *testing.T) {
		request := request(t, writeFiles(t, files), members)
		request.Signer = nil
		_, pkg := build(t, request)
		if pkg.Index.HasSignature() || pkg.Metadata.Verification.Signed || pkg.Metadata.Verification.KeyLifetime != "" {
			t.Errorf("%+v", pkg.Metadata.Verification)
		}
	})
	t.Run("leaves_nothing_when_interrupted_and_keeps_what_was_there", func(t *testing.T) {
		request := request(t, writeFiles(t, files), members)
		if err := os.WriteFile(request.Output, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := Build(ctx, request)
		wantCode(t, err, format.CodeInterrupted)
		left, _ := os.ReadDir(filepath.Dir(request.Output))
		content, _ := os.ReadFile(request.Output)
		if len(left) != 1 || string(content) != "old" {
			t.Errorf("%v, %q", left, content)
		}
	})
	t.Run("refuses_a_launcher_that_changed", func(t *testing.T) {
		request := request(t, writeFiles(t, files), members)
		if err := os.WriteFile(request.Launcher.Path, []byte("another"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Build(t.Context(), request)
		wantCode(t, err, format.CodeIoError)
		if left, _ := os.ReadDir(filepath.Dir(request.Output)); len(left) != 0 {
			t.Errorf("left %v", left)
		}
	})
	t.Run("without_a_folder_for_the_output", func(t *testing.T) {
		request := request(t, writeFiles(t, files), members)
		request.Output = filepath.Join(request.Output, "below")
		_, err := Build(t.Context(), request)
		wantCode(t, err, format.CodeOutputUnwritable)
	})
}

func TestCompression(t *testing.T) {
	decoders := map[string]func(io.Reader) (io.Reader, error){
		"gzip":  func(in io.Reader) (io.Reader, error) { return gzip.NewReader(in) },
		"bzip2": func(in io.Reader) (io.Reader, error) { return bzip2.NewReader(in), nil },
		"xz":    func(in io.Reader) (io.Reader, error) { return xz.NewReader(in) },
		"zstd":  func(in io.Reader) (io.Reader, error) { return zstd.NewReader(in) },
	}
	for _, size := range []int{0, 1, 3_000_000} {
		content := strings.Repeat("0123456789", size/10+1)[:size]
		for _, chain := range []string{"gzip", "bzip2", "xz", "zstd", "xz|gzip", "zstd|bzip2|xz|gzip|zstd|bzip2|xz|gzip", "xz|xz|xz|xz|xz|xz|xz|xz", "zstd|zstd|zstd|zstd|zstd|zstd|zstd|zstd"} {
			t.Run(fmt.Sprintf("%s_of_%d_bytes", chain, size), func(t *testing.T) {
				folder := writeFiles(t, map[string]string{"f": content})
				_, pkg := build(t, request(t, folder, `,"slots":[{"id":"f","source":"f","operations":"`+chain+`"}]`))
				var plain io.Reader = bytes.NewReader(stored(t, pkg, 0))
				operations := strings.Split(chain, "|")
				slices.Reverse(operations)
				for _, operation := range operations {
					decoded, err := decoders[operation](plain)
					if err != nil {
						t.Fatal(err)
					}
					plain = decoded
				}
				found, err := io.ReadAll(plain)
				if err != nil || string(found) != content || pkg.Slots[0].OriginalSize != uint64(size) {
					t.Errorf("%d bytes, %v", len(found), err)
				}
			})
		}
	}
	t.Run("a_file_in_that_form_is_stored_as_it_is", func(t *testing.T) {
		var packed bytes.Buffer
		writer := gzip.NewWriter(&packed)
		_, _ = io.WriteString(writer, "abc")
		_ = writer.Close()
		folder := writeFiles(t, map[string]string{"f.gz": packed.String(), "cut.gz": packed.String()[:packed.Len()-1]})
		_, pkg := build(t, request(t, folder, `,"slots":[{"id":"f","source":"f.gz","operations":"gzip"}]`))
		if !bytes.Equal(stored(t, pkg, 0), packed.Bytes()) || pkg.Slots[0].OriginalSize != 3 {
			t.Errorf("%x, %d", stored(t, pkg, 0), pkg.Slots[0].OriginalSize)
		}
		_, err := Build(t.Context(), request(t, folder, `,"slots":[{"id":"f","source":"cut.gz","operations":"gzip"}]`))
		wantCode(t, err, format.CodeArchiveMalformed)
	})
	t.Run("an_intermediate_result_far_longer_than_the_content_is_refused", func(t *testing.T) {
		// Two bytes of content behind 3 MB of empty blocks of deflate, which gzip makes small again.
		var long, packed bytes.Buffer
		long.WriteString("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff")
		long.WriteString(strings.Repeat("\x00\x00\x00\xff\xff", 600_000))
		long.WriteString("\x01\x02\x00\xfd\xffhi")
		long.Write(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte("hi"))), 2))
		writer := gzip.NewWriter(&packed)
		_, _ = writer.Write(long.Bytes())
		_ = writer.Close()
		folder := writeFiles(t, map[string]string{"f": packed.String()})
		_, err := Build(t.Context(), request(t, folder, `,"slots":[{"id":"f","source":"f","operations":"gzip|gzip"}]`))
		wantCode(t, err, format.CodeArchiveMalformed)
	})
}

func TestArchive(t *testing.T) {
	t.Run("is_in_the_order_of_paths", func(t *testing.T) {
		folder := writeFiles(t, map[string]string{"t/b/c": "", "t/b.c": "", "t/b-c": "", "t/ü": "", "t/a": "-> b/c"})
		entries, err := listFolder(filepath.Join(folder, "t"), 7, false)
		if err != nil {
			t.Fatal(err)
		}
		var paths []string
		for _, entry := range entries {
			paths = append(paths, entry.Path)
		}
		if want := []string{"a", "b", "b-c", "b.c", "b/c", "ü"}; !slices.Equal(paths, want) {
			t.Errorf("got %q", paths)
		}
	})
	for name, test := range map[string]struct {
		files map[string]string
		code  format.ErrorCode
	}{
		"refuses_a_link_that_leaves_the_tree": {map[string]string{"t/l": "-> ../x"}, format.CodeLinkUnsafe},
		"refuses_an_absolute_link":            {map[string]string{"t/l": "-> /etc/passwd"}, format.CodeLinkUnsafe},
		"refuses_the_name_of_the_stamp":       {map[string]string{"t/.pspf-package-id": ""}, format.CodePathUnsafe},
		"refuses_a_backslash":                 {map[string]string{"t/a\\b": ""}, format.CodePathUnsafe},
		"refuses_a_name_that_is_not_UTF-8":    {map[string]string{"t/a\xff": ""}, format.CodePathUnsafe},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS != "linux" {
				t.Skip("needs a file system that takes any name")
			}
			_, err := listFolder(filepath.Join(writeFiles(t, test.files), "t"), 0, false)
			wantCode(t, err, test.code)
		})
	}
	t.Run("given_as_a_file_is_held_to_the_rules_for_readers", func(t *testing.T) {
		header, _ := format.EncodeTarHeader(&format.TarEntry{Path: "a/../b"}, 1)
		folder := writeFiles(t, map[string]string{"bad.tar": string(header) + strings.Repeat("\x00", format.TarEndBytes)})
		_, err := Build(t.Context(), request(t, folder, `,"slots":[{"id":"f","source":"bad.tar","operations":"tar"}]`))
		wantCode(t, err, format.CodePathUnsafe)
	})
}

func TestFrames(t *testing.T) {
	t.Run("of_a_large_tree_are_cut_at_blocks", func(t *testing.T) {
		noise := make([]byte, 20<<20)
		for at, state := 0, uint32(1); at < len(noise); at++ {
			state = state*1664525 + 1013904223
			noise[at] = byte(state >> 24)
		}
		folder := writeFiles(t, map[string]string{"t/a": string(noise), "t/b": "end"})
		_, pkg := build(t, request(t, folder, `,"slots":[{"id":"t","source":"t"}]`))
		frames, err := pkg.Metadata.Slots[0].DecodeFrames()
		if err != nil {
			t.Fatal(err)
		}
		firsts := []string{}
		for _, frame := range frames {
			first := "-"
			if frame.First != nil {
				first = fmt.Sprint(*frame.First)
			}
			firsts = append(firsts, fmt.Sprintf("%d/%s", frame.Plain, first))
		}
		rest := 512 + 20<<20 - 2*framePlainBytes
		want := fmt.Sprintf("%d/0 %d/- %d/%d", framePlainBytes, framePlainBytes, rest+512+512+1024, rest)
		if got := strings.Join(firsts, " "); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	// An archive of two frames that a caller made, the second beginning at an offset of the tar.
	long := strings.Repeat("n", 120)
	extended, _ := format.EncodeTarHeader(&format.TarEntry{Path: long}, 1)
	plain, _ := format.EncodeTarHeader(&format.TarEntry{Path: "a", Size: 1}, 1)
	archive := slices.Concat(plain, []byte("x"), make([]byte, 511), extended, make([]byte, format.TarEndBytes))
	for name, test := range map[string]struct {
		cut      int
		checksum bool
		want     string
	}{
		"between_entries":         {1024, false, "1024/0 2560/0"},
		"between_header_and_data": {512, false, "512/0 3072/512"},
		"behind_a_pax_header":     {2048, false, ""},
		"inside_a_block":          {1000, false, ""},
		"with_checksums":          {1024, true, ""},
	} {
		t.Run("of_a_given_archive_cut_"+name, func(t *testing.T) {
			encoder, err := zstd.NewWriter(nil, zstd.WithEncoderCRC(test.checksum), zstd.WithSingleSegment(true))
			if err != nil {
				t.Fatal(err)
			}
			packed := encoder.EncodeAll(archive[test.cut:], encoder.EncodeAll(archive[:test.cut], nil))
			folder := writeFiles(t, map[string]string{"t.tar.zst": string(packed)})
			_, pkg := build(t, request(t, folder, `,"slots":[{"id":"t","source":"t.tar.zst","operations":"tar.zst"}]`))
			got := []string{}
			if pkg.Metadata.Slots[0].Frames != nil {
				frames, err := pkg.Metadata.Slots[0].DecodeFrames()
				if err != nil {
					t.Fatal(err)
				}
				for _, frame := range frames {
					got = append(got, fmt.Sprintf("%d/%d", frame.Plain, *frame.First))
				}
			}
			if strings.Join(got, " ") != test.want || !bytes.Equal(stored(t, pkg, 0), packed) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestWheel(t *testing.T) {
	var wheel bytes.Buffer
	writer := zip.NewWriter(&wheel)
	const content = "x = 1\n"
	// Written in the raw, the entry has its sizes in its header; otherwise they follow it in a data descriptor.
	header := &zip.FileHeader{Name: "a/__init__.py", CRC32: crc32.ChecksumIEEE([]byte(content)), CompressedSize64: uint64(len(content)), UncompressedSize64: uint64(len(content))}
	member, err := writer.CreateRaw(header)
	if err == nil {
		_, err = io.WriteString(member, content)
	}
	if err == nil {
		err = writer.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	for before := range 9 {
		t.Run(fmt.Sprintf("behind_%d_bytes", before), func(t *testing.T) {
			folder := writeFiles(t, map[string]string{"f": strings.Repeat("f", before), "a-1-py3-none-any.whl": wheel.String()})
			request := request(t, folder, `,"slots":[{"id":"f","source":"f"},{"id":"w","source":"a-1-py3-none-any.whl","purpose":"wheel"}]`)
			_, pkg := build(t, request)
			plain, err := reader.PlainWheel(stored(t, pkg, 1), pkg.Slots[1].Offset)
			if err != nil || !bytes.Equal(plain, wheel.Bytes()) {
				t.Errorf("not the zip that was given: %v", err)
			}
			archive, err := zip.OpenReader(request.Output)
			if err != nil {
				t.Fatal(err)
			}
			defer archive.Close()
			if archive.File[0].Name != "a/__init__.py" || len(archive.Comment) != format.SizeTrailer {
				t.Errorf("%s, comment of %d bytes", archive.File[0].Name, len(archive.Comment))
			}
		})
	}
	var described bytes.Buffer
	writer = zip.NewWriter(&described)
	if _, err := writer.Create("a"); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"something_behind_it": wheel.String() + "x", "a_data_descriptor": described.String(), "nothing_in_it": ""} {
		t.Run("with_"+name, func(t *testing.T) {
			folder := writeFiles(t, map[string]string{"w.whl": content})
			_, err := Build(t.Context(), request(t, folder, `,"slots":[{"id":"w","source":"w.whl","purpose":"wheel"}]`))
			wantCode(t, err, format.CodeBuildFailed)
		})
	}
}

func TestStrip(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("this program is no ELF file")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	launcher, err := FindLauncher(LauncherRequest{Given: self, Strip: true})
	if err != nil {
		t.Fatal(err)
	}
	source, err := launcher.open()
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	kept, err := io.ReadAll(source)
	if err != nil || int64(len(kept)) != launcher.size || sha256.Sum256(kept) != launcher.sha256 || launcher.Stripped == 0 {
		t.Fatalf("%d bytes, %d stripped, %v", len(kept), launcher.Stripped, err)
	}
	parsed, err := elf.NewFile(bytes.NewReader(kept))
	if err != nil || len(parsed.Sections) != 0 || len(parsed.Progs) == 0 {
		t.Errorf("%v", err)
	}
	if size, header := stripELF(bytes.NewReader(kept), launcher.size); size != launcher.size || header != nil {
		t.Error("what ends at its last segment is stripped again")
	}
	whole, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	whole[elf.EI_CLASS] = byte(elf.ELFCLASS32)
	if _, header := stripELF(bytes.NewReader(whole), int64(len(whole))); header != nil {
		t.Error("what has 32 bits is stripped")
	}
	if size, header := stripELF(strings.NewReader("no ELF"), 6); size != 6 || header != nil {
		t.Error("what is no ELF is stripped")
	}
}

func TestLauncher(t *testing.T) {
	folder := t.TempDir()
	rust := fakeLauncher(t, folder, "flavor-rs-launcher-linux_arm64", "linux_arm64")
	target := format.Platform{OS: "linux", Arch: "arm64"}
	find := func(given string, target *format.Platform) (*Launcher, error) {
		return FindLauncher(LauncherRequest{Given: given, Target: target, Folders: []string{t.TempDir(), folder}})
	}
	t.Run("is_found_by_name_and_platform", func(t *testing.T) {
		for _, given := range []string{"", "flavor-rs-launcher"} {
			launcher, err := find(given, &target)
			if err != nil || launcher.Path != rust || launcher.Tool() != "flavor-rs-launcher" || launcher.Version() != "0.9" {
				t.Errorf("%+v, %v", launcher, err)
			}
		}
	})
	t.Run("given_as_a_file_decides_the_platform", func(t *testing.T) {
		if launcher, err := find(rust, nil); err != nil || launcher.Target != target {
			t.Errorf("%+v, %v", launcher, err)
		}
		_, err := find(rust, &format.Platform{OS: "darwin", Arch: "arm64"})
		wantCode(t, err, format.CodeHelperMissing)
		_, err = find(rust+"x", nil)
		wantCode(t, err, format.CodeFileMissing)
	})
	t.Run("missing_names_every_place", func(t *testing.T) {
		_, err := find("flavor-go-launcher", &target)
		wantCode(t, err, format.CodeHelperMissing)
		if !strings.Contains(err.Error(), filepath.Join(folder, "flavor-go-launcher-linux_arm64")) {
			t.Error(err)
		}
	})
	t.Run("is_held_to_its_pin", func(t *testing.T) {
		content, err := os.ReadFile(rust)
		if err != nil {
			t.Fatal(err)
		}
		for sum, want := range map[[32]byte]bool{sha256.Sum256(content): true, sha256.Sum256(nil): false} {
			line := hex.EncodeToString(sum[:]) + "  flavor-rs-launcher-linux_arm64\n"
			if err := os.WriteFile(filepath.Join(folder, pinFile), []byte("00  other\n"+line), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := find("", &target)
			if (err == nil) != want {
				t.Errorf("%v", err)
			}
			if !want {
				wantCode(t, err, format.CodeHelperDigestWrong)
			}
			if _, err := find(rust, nil); err != nil {
				t.Errorf("a file given by path has a pin: %v", err)
			}
		}
	})
	t.Run("of_somebody_else_is_unknown", func(t *testing.T) {
		launcher, err := find(filepath.Join(folder, pinFile), &target)
		if err != nil || launcher.Tool() != "unknown" || launcher.Target != target {
			t.Errorf("%+v, %v", launcher, err)
		}
	})
}

func TestKeys(t *testing.T) {
	seed, err := SeedSigner("test")
	if err != nil {
		t.Fatal(err)
	}
	public := seed.PublicKey()
	if got := hex.EncodeToString(public[:]); got != "67d3b5eaf0c0bf6b5a602d359daecc86a7a74053490ec37ae08e71360587c870" {
		t.Errorf("the key of the seed \"test\" is %s", got)
	}
	private, err := x509.MarshalPKCS8PrivateKey(seed.private)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(ed25519.PublicKey(public[:]))
	if err != nil {
		t.Fatal(err)
	}
	toPEM := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	folder := writeFiles(t, map[string]string{
		"private.pem": toPEM("PRIVATE KEY", private),
		"public.pem":  toPEM("PUBLIC KEY", spki),
		"public.ssh":  "ssh-ed25519 " + base64.StdEncoding.EncodeToString(format.OpensshBlob(public)) + " me\n",
		"bad.ssh":     "ssh-ed25519 AAAA me\n",
		"text":        "hello",
	})
	if signer, err := FileSigner(filepath.Join(folder, "private.pem")); err != nil || signer.PublicKey() != public || signer.Lifetime != "publisher" {
		t.Errorf("%v", err)
	}
	for _, form := range []string{hex.EncodeToString(public[:]), filepath.Join(folder, "public.pem"), filepath.Join(folder, "public.ssh")} {
		if key, err := ReadPublicKey(form); err != nil || key != public {
			t.Errorf("%s: %v", form, err)
		}
	}
	for path, code := range map[string]format.ErrorCode{"bad.ssh": format.CodeKeyInvalid, "text": format.CodeKeyInvalid, "private.pem": format.CodeKeyInvalid, "nowhere": format.CodeFileMissing} {
		_, err := ReadPublicKey(filepath.Join(folder, path))
		wantCode(t, err, code)
	}
	for path, code := range map[string]format.ErrorCode{"text": format.CodeKeyInvalid, "public.pem": format.CodeKeyInvalid, "nowhere": format.CodeFileMissing} {
		_, err := FileSigner(filepath.Join(folder, path))
		wantCode(t, err, code)
	}
	if _, err := SeedSigner(""); err == nil {
		t.Error("an empty seed is taken")
	}
}
