package reader

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"flavorpack/internal/format"
)

func tarOf(entries []format.TarEntry, content string) []byte {
	var archive []byte
	for number := range entries {
		blocks, _ := format.EncodeTarHeader(&entries[number], number+1)
		archive = append(archive, blocks...)
		if entries[number].Kind == format.TarFile {
			archive = append(archive, content...)
			archive = append(archive, make([]byte, format.TarPadding(uint64(len(content))))...)
		}
	}
	return append(archive, make([]byte, format.TarEndBytes)...)
}

func read(archive []byte) (entries []format.TarEntry, contents []string, err error) {
	err = ReadArchive(bytes.NewReader(archive), func(entry *format.TarEntry, content io.Reader) error {
		data, err := io.ReadAll(content)
		entries, contents = append(entries, *entry), append(contents, string(data))
		return err
	})
	return entries, contents, err
}

func TestArchivesAreRead(t *testing.T) {
	written := []format.TarEntry{
		{Path: "d", Kind: format.TarDirectory},
		{Path: "d/a", Kind: format.TarFile, Size: 4, Executable: true},
		{Path: "d/link", Kind: format.TarLink, LinkTarget: "../d/a"},
		{Path: "é", Kind: format.TarFile, Size: 4, MtimeSeconds: 9},
	}
	entries, contents, err := read(tarOf(written, "text"))
	if err != nil || !slices.Equal(entries, written) || !slices.Equal(contents, []string{"", "text", "", "text"}) {
		t.Errorf("%+v %q, %v", entries, contents, err)
	}
	// What is not read of a file is passed over.
	count := 0
	err = ReadArchive(bytes.NewReader(tarOf(written, "text")), func(*format.TarEntry, io.Reader) error { count++; return nil })
	if err != nil || count != len(written) {
		t.Errorf("%d entries, %v", count, err)
	}
}

func TestArchivesThatMayNotBe(t *testing.T) {
	file := format.TarEntry{Path: "a", Kind: format.TarFile, Size: 4}
	good := tarOf([]format.TarEntry{file}, "text")
	padded := bytes.Clone(good)
	padded[format.SizeTarBlock+5] = 1
	for name, test := range map[string]struct {
		archive []byte
		code    format.ErrorCode
	}{
		"nothing":         {nil, format.CodeArchiveMalformed},
		"one zero block":  {good[:len(good)-format.SizeTarBlock], format.CodeArchiveMalformed},
		"no end":          {good[:len(good)-format.TarEndBytes], format.CodeArchiveMalformed},
		"half a block":    {good[:len(good)-1], format.CodeArchiveMalformed},
		"half a file":     {good[:format.SizeTarBlock+2], format.CodeArchiveMalformed},
		"more at the end": {append(bytes.Clone(good), 1), format.CodeArchiveMalformed},
		"padding":         {padded, format.CodeArchiveMalformed},
		"twice":           {tarOf([]format.TarEntry{file, file}, "text"), format.CodeEntryConflict},
		"link outside":    {tarOf([]format.TarEntry{{Path: "l", Kind: format.TarLink, LinkTarget: "../x"}}, ""), format.CodeLinkUnsafe},
	} {
		if _, _, err := read(test.archive); codeOf(err) != test.code {
			t.Errorf("%s: %v, expected %s", name, err, test.code)
		}
	}
}

func FuzzReadArchive(f *testing.F) {
	f.Add(tarOf([]format.TarEntry{{Path: "a", Kind: format.TarFile, Size: 4}, {Path: "l", Kind: format.TarLink, LinkTarget: "a"}}, "text"))
	f.Add(tarOf([]format.TarEntry{{Path: "é", Kind: format.TarDirectory}}, ""))
	f.Fuzz(func(t *testing.T, archive []byte) {
		entries, _, err := read(archive)
		if err == nil {
			for _, entry := range entries {
				if pathErr := format.CheckPath(entry.Path); pathErr != nil {
					t.Errorf("%v", pathErr)
				}
			}
		} else if code := codeOf(err); code == format.CodeInternal {
			t.Errorf("%v", err)
		}
	})
}
