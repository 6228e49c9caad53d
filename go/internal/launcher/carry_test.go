package launcher

import (
	"bytes"
	"os"
	"testing"
)

func TestPartsOfAFileAreWrittenInAnyOrder(t *testing.T) {
	folder := t.TempDir()
	root, err := openTree(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer root.close()
	const mtimeSeconds = 1_000_000
	file, err := root.createFile("x", 0o644)
	if err != nil {
		t.Fatal(err)
	}
	spanning := newSpanningFile(root, file, "x", 1030, mtimeSeconds)
	at := func(offset uint64) carry { return carry{kind: carryFile, file: spanning, at: offset} }
	if at(0).length() != 1536 || at(512).length() != 1024 {
		t.Error("the filling of the last block counts too")
	}
	last := append(bytes.Repeat([]byte{2}, 518), make([]byte, 506)...)
	if err := at(512).write(last); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(below(folder, "x")); err != nil || info.ModTime().Unix() == mtimeSeconds {
		t.Errorf("the time is set too early: %v, %v", info, err)
	}
	if err := at(0).write(bytes.Repeat([]byte{1}, 512)); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(below(folder, "x")); err != nil || info.ModTime().Unix() != mtimeSeconds {
		t.Errorf("the last byte written sets the time: %v, %v", info, err)
	}
	content, err := os.ReadFile(below(folder, "x"))
	if err != nil || !bytes.Equal(content, append(bytes.Repeat([]byte{1}, 512), last[:518]...)) {
		t.Errorf("%v, %v", content, err)
	}
	// Only what fills the last block is left: zeros, or the archive is malformed.
	if at(1030).write(make([]byte, 10)) != nil || at(1030).write([]byte{1}) == nil {
		t.Error("the filling is not checked")
	}
}

func TestCarryAfter(t *testing.T) {
	file := carry{kind: carryFile, file: newSpanningFile(tree{}, nil, "x", 1030, 0), at: 512}
	for name, test := range map[string]struct {
		from          carry
		length, zeros uint64
		expected      carry
	}{
		"file goes on":     {file, 512, 0, carry{kind: carryFile, file: file.file, at: 1024}},
		"file ends":        {file, 1024, 0, carry{kind: carryNothing}},
		"file, then end":   {file, 1024, 1024, carry{kind: carryEnd, zeroBlocks: 2}},
		"end goes on":      {carry{kind: carryEnd, zeroBlocks: 1}, 0, 512, carry{kind: carryEnd, zeroBlocks: 2}},
		"nothing, nothing": {carry{kind: carryNothing}, 0, 0, carry{kind: carryNothing}},
	} {
		if found := test.from.after(test.length, test.zeros); found != test.expected {
			t.Errorf("%s: %+v", name, found)
		}
	}
}
