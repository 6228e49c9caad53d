package format

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

// The verdicts of the table were computed by an independent implementation of the four rules.
func TestVerifyEd25519GivesTheVerdictsOfTheEdgeCases(t *testing.T) {
	table, err := os.ReadFile("../../../conformance/ed25519-edge-cases.tsv")
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[bool]int{}
	for line := range strings.Lines(string(table)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		key, signature := unhex(t, columns[1]), unhex(t, columns[2])
		wanted := columns[4] == "valid"
		verdicts[wanted]++
		if found := VerifyEd25519([32]byte(key), []byte(columns[3]), [64]byte(signature)); found != wanted {
			t.Errorf("row %s: %v, the table says %s", columns[0], found, columns[4])
		}
	}
	if verdicts[true] == 0 || verdicts[false] < 100 {
		t.Errorf("the table has %d valid and %d invalid rows", verdicts[true], verdicts[false])
	}
}

func TestKeyIDIsWhatSSHKeygenPrints(t *testing.T) {
	// The key of the seed "test", and what `ssh-keygen -l` prints for it.
	key := unhex(t, "67d3b5eaf0c0bf6b5a602d359daecc86a7a74053490ec37ae08e71360587c870")
	if found, wanted := KeyID([32]byte(key)), "SHA256:2eS+Mto52S5ZpMxeoxKBG40mqsedcnZZOmkZQktOsTM"; found != wanted {
		t.Errorf("%s, expected %s", found, wanted)
	}
}

func unhex(t *testing.T, digits string) []byte {
	t.Helper()
	data, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// codeOf is the code of an error; empty for none.
func codeOf(err error) ErrorCode {
	if err == nil {
		return ""
	}
	return AsError(err).Code
}
