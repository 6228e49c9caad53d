package reader

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"flavorpack/internal/format"
)

const vectors = "../../../conformance/vectors/packages"

func vector(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(vectors, name+".psp"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// verdict is what `verify` says: the code of the first thing that is wrong.
func verdict(data []byte) format.ErrorCode {
	opened, err := Open(bytes.NewReader(data), uint64(len(data)), LevelStrict)
	if err != nil {
		return codeOf(err)
	}
	for _, found := range opened.Findings {
		if found.Fault != FaultUnsigned && found.Fault != FaultSealNotAnnounced {
			return found.Err.Code
		}
	}
	checks, err := WholeFile(opened.Package, nil)
	if err != nil {
		return codeOf(err)
	}
	for _, check := range checks {
		if check.Finding != nil {
			return check.Finding.Err.Code
		}
	}
	return ""
}

func codeOf(err error) format.ErrorCode {
	if err == nil {
		return ""
	}
	return format.AsError(err).Code
}

func TestEveryByteOfAPackageIsCovered(t *testing.T) {
	data := vector(t, "intact")
	if code := verdict(data); code != "" {
		t.Fatalf("the package itself: %s", code)
	}
	for at := range data {
		// One bit of each byte, and every bit over the file.
		data[at] ^= 1 << (at % 8)
		if verdict(data) == "" {
			t.Errorf("bit %d of byte %d may be changed", at%8, at)
		}
		data[at] ^= 1 << (at % 8)
	}
}

func TestAPackageIsRefusedAtEveryOtherLength(t *testing.T) {
	data := vector(t, "intact")
	for length := range data {
		if verdict(data[:length]) == "" {
			t.Errorf("cut at %d", length)
		}
	}
	for _, tail := range [][]byte{{0}, make([]byte, 16), data} {
		if verdict(append(bytes.Clone(data), tail...)) == "" {
			t.Errorf("%d bytes appended", len(tail))
		}
	}
}

// A level that tolerates a fault still tells of it.
func TestFindingsAreKeptForTheLevelToJudge(t *testing.T) {
	data := vector(t, "intact")
	index := format.DecodeIndexBlock((*[format.SizeIndexBlock]byte)(data[len(data)-format.SizeTrailer+4:]))
	data[index.LauncherSize+100] ^= 1
	opened, err := Open(bytes.NewReader(data), uint64(len(data)), LevelNone)
	if err != nil || len(opened.Findings) != 1 || opened.Findings[0].Err.Code != format.CodeIndexCopyDiffers {
		t.Errorf("copy A: %+v, %v", opened, err)
	}
	data[index.LauncherSize+100] ^= 1
	data[index.MetadataOffset+100] ^= 1
	if _, err := Open(bytes.NewReader(data), uint64(len(data)), LevelNone); codeOf(err) != format.CodeMetadataChecksumWrong {
		t.Errorf("undecodable metadata of a wrong digest: %v", err)
	}
}

// The table of spec/trust.md, as it is written there: strict, standard, relaxed, minimal, none.
func TestActionsAreThoseOfTheTable(t *testing.T) {
	for fault, row := range map[Fault]string{
		FaultMalformed: "FFFFF", FaultConsistency: "FFWW-", FaultSignature: "FFWW-", FaultSlotDigest: "FFFW-",
		FaultUnsigned: "FW---", FaultSealNotAnnounced: "F----", FaultLauncherDigest: "F----",
	} {
		for column, cell := range row {
			level := LevelStrict - Level(column)
			if found := "FW-"[level.Action(fault)]; rune(found) != cell {
				t.Errorf("fault %d at %s: %c, the table says %c", fault, level, found, cell)
			}
		}
	}
	for name, wanted := range map[string]Level{"STRICT": LevelStrict, "none": LevelNone, "Relaxed": LevelRelaxed} {
		if level, ok := ParseLevel(name); !ok || level != wanted {
			t.Errorf("%s is %s, %v", name, level, ok)
		}
	}
	if _, ok := ParseLevel("paranoid"); ok {
		t.Error("paranoid is a level")
	}
}

func FuzzOpen(f *testing.F) {
	for _, name := range []string{"intact", "upstream_go", "upstream_rust", "upstream_python"} {
		f.Add(vector(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		opened, err := Open(bytes.NewReader(data), uint64(len(data)), LevelNone)
		if err != nil {
			return
		}
		if _, err := BeforeExtraction(opened.Package); err != nil {
			return
		}
		if _, err := WholeFile(opened.Package, nil); err != nil {
			t.Errorf("%v", err)
		}
	})
}
